"""Books the sales of all warehouses from order lines, a day in a transaction; a failing warehouse stops no other."""

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import Engine

from data.database import reading, writing
from data.kept.days_to_book import days_to_book, warehouses_to_book
from data.kept.sales_from_orders import Booking, book_day, lines_of_days_not_over
from data.local_days import today_there
from flows.for_each_warehouse import one_at_a_time, side_by_side


@dataclass(frozen=True)
class SalesBooked:
    """What became of the booking: the counts by warehouse, and what went wrong by warehouse."""

    by_warehouse: dict[str, Booking]
    failed: dict[str, str]

    @property
    def total(self) -> Booking:
        """Over all warehouses."""
        return reduce(add, self.by_warehouse.values(), Booking())

    def __str__(self) -> str:
        total = self.total
        again = f" ({_counted(total.days_again, 'day')} booked again)" if total.days_again else ""
        text = f"{_counted(total.rows, 'row')} of sales booked from orders{again}."
        left_out = [
            f"{_counted(count, what)} {why}"
            for count, what, why in (
                (total.lines_with_imported_sales, "order line", "of products whose sales of that day were imported"),
                (total.lines_of_days_not_over, "order line", "of a day that is not over"),
                (total.returns_beyond_sales, "return", "of more than the day's sales"),
            )
            if count
        ]
        text += f" Left out: {'; '.join(left_out)}." if left_out else ""
        return text + "".join(f"\n  failed: {name}: {why}" for name, why in sorted(self.failed.items()))

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self.total), "failed": self.failed}


def book_sales(engine: Engine, now: datetime) -> SalesBooked:
    """Books the listed days that are over at `now`."""
    with reading(engine) as session:
        zones = warehouses_to_book(session)
    work = one_at_a_time(lambda name: _book_warehouse(engine, name, zones[name], now))
    summary = side_by_side("sales", work, list(zones))
    return SalesBooked(summary.done, summary.failed)


def _book_warehouse(engine: Engine, warehouse_id: str, timezone: str, now: datetime) -> Booking:
    with reading(engine) as session:
        days = days_to_book(session, warehouse_id, before=today_there(now, timezone))
        total = Booking(lines_of_days_not_over=lines_of_days_not_over(session, warehouse_id, timezone, now))
    for day in days:
        with writing(engine) as session:
            total += book_day(session, warehouse_id, timezone, day, now)
    return total


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
