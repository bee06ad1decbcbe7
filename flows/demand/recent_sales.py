"""What a product sold on its latest days, what it missed for want of stock, and which days its forecast left out as
bulk orders, as that is known by now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.recovered_demand import RecoveredDay, recovered_days
from data.tables import HOURS, BulkOrderRow, DailyAvailabilityRow, DailySalesRow, RecoveredDemandRow

DAYS_TOLD = timedelta(days=28)
MOST_DELAYED = timedelta(days=7)  # chosen: sales that are a week late still have four weeks told of
ROUNDING = 0.005  # of the product's unit: kept demand is of single precision
LEAST_GUESSED = 0.05  # chosen, of a day's demand: a guess that less was hidden is one that nothing was


@dataclass(frozen=True)
class SalesDay:
    """What sold on a day, in how many of its hours the product was out of stock (None: not known), and what would have
    sold (None: not worked out, or of no meaning: a bulk order); in the product's unit."""

    date: date
    sold: float
    hours_out: int | None
    demand: float | None = None
    bulk_order: bool = False

    @property
    def guessed(self) -> bool:
        """Whether it was guessed whether it ran out."""
        return self.hours_out is None and self.demand is not None

    @property
    def missed(self) -> float:
        """What did not sell for want of stock; of a guess only what is worth telling."""
        if self.demand is None:
            return 0.0
        missed = self.demand - self.sold
        return missed if missed > (LEAST_GUESSED * self.demand if self.guessed else ROUNDING) else 0.0


def recent_sales(session: Session, warehouse_id: str, product_id: str, until: date) -> list[SalesDay]:
    """The latest four weeks of daily sales up to a day, the oldest first."""
    mine = {"warehouse_id": warehouse_id, "product_id": product_id}
    from_ = until - DAYS_TOLD - MOST_DELAYED
    sales = _latest(
        session.execute(
            select(DailySalesRow.date, DailySalesRow.sales)
            .filter_by(**mine)
            .where(DailySalesRow.date.between(from_, until))
            .order_by(DailySalesRow.date, DailySalesRow.known_at)
        ).tuples()
    )
    in_stock = _latest(
        session.execute(
            select(DailyAvailabilityRow.date, DailyAvailabilityRow.in_stock_hours)
            .filter_by(**mine)
            .where(DailyAvailabilityRow.date.between(from_, until))
            .order_by(DailyAvailabilityRow.date, DailyAvailabilityRow.known_at)
        ).tuples()
    )
    kept = session.get(RecoveredDemandRow, (warehouse_id, product_id))
    recovered = {} if kept is None else recovered_days(kept)
    bulk = set() if kept is None else _bulk_orders(session, kept)
    last = max(sales, default=until)
    return [
        SalesDay(
            when,
            sold,
            None if when not in in_stock else HOURS - in_stock[when].bit_count(),
            None if when in bulk else _demand_of(recovered.get(when), when not in in_stock),
            when in bulk,
        )
        for when, sold in sales.items()
        if when > last - DAYS_TOLD
    ]


def _bulk_orders(session: Session, kept: RecoveredDemandRow) -> set[date]:
    """The days of the product that its forecast left out."""
    row = BulkOrderRow
    query = select(row.date).where(
        row.warehouse_id == kept.warehouse_id, row.origin == kept.origin, row.product_id == kept.product_id
    )
    return set(session.scalars(query))


def _demand_of(day: RecoveredDay | None, guessing: bool) -> float | None:
    """The demand of a day; None too where it was guessed from an availability that is known by now, or the reverse."""
    return day.demand if day is not None and day.guessed == guessing else None


def _latest(rows: Iterable[tuple[date, Any]]) -> dict[date, Any]:
    """By day, the row that became known last: a correction comes after what it corrects."""
    return {when: value for when, value in rows}  # noqa: C416 - a result is not a mapping, though dict() tries
