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
from data.languages import counted, in_one_paragraph, say
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
        days, imported = total.days_again, total.lines_with_imported_sales
        not_over, beyond = total.lines_of_days_not_over, total.returns_beyond_sales
        again = counted(" ({n} day booked again)", " ({n} days booked again)", days) if days else ""
        said = [
            counted(
                "{n} row of sales booked from orders{again}.",
                "{n} rows of sales booked from orders{again}.",
                total.rows,
                again=again,
            )
        ]
        left_out = (
            (
                imported,
                counted(
                    "{n} order line of products whose sales of that day were imported",
                    "{n} order lines of products whose sales of that day were imported",
                    imported,
                ),
            ),
            (
                not_over,
                counted(
                    "{n} order line of a day that is not over", "{n} order lines of a day that is not over", not_over
                ),
            ),
            (
                beyond,
                counted("{n} return of more than the day's sales", "{n} returns of more than the day's sales", beyond),
            ),
        )
        if any(count for count, _ in left_out):
            said.append(say("Left out: {what}.", what="; ".join(text for count, text in left_out if count)))
        failed = "".join(f"\n  {say('failed')}: {name}: {why}" for name, why in sorted(self.failed.items()))
        return in_one_paragraph(said) + failed

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
