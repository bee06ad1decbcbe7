"""What tells how much stock is left at a moment: sales known since it was counted, the usual hours, orders ahead.

Every reader takes what was known by the moment and looks at so many days at most, so none costs more as history grows.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from data.local_days import end_of_day, start_of_day
from data.tables import HOURS, DailySalesRow, HourlyForecastRow, OrderLineRow

Floats = NDArray[np.float64]

ASKED_AT_ONCE = 5_000  # products; SQLite takes 32,766 values in a statement


class DaySold(NamedTuple):
    """Sales of a product's day, in its unit; `hours` (24) is None where only the day is known."""

    total: float
    hours: Floats | None


class Line(NamedTuple):
    """An order line: bought (above 0), returned (below 0) or cancelled (0), in the product's unit."""

    product_id: str
    order_id: str
    ordered_at: datetime
    quantity: Decimal
    wanted_on: date | None


def sales_of_days(
    session: Session, warehouse_id: str, product_ids: Collection[str], first: date, moment: datetime
) -> dict[tuple[str, date], DaySold]:
    """By product and day, the sales of days from `first` on, as they were known last."""
    found: dict[tuple[str, date], DaySold] = {}
    columns = (DailySalesRow.product_id, DailySalesRow.date, DailySalesRow.sales, DailySalesRow.hourly_sales)
    for part in _parts(product_ids):
        query = (
            select(*columns)
            .where(DailySalesRow.warehouse_id == warehouse_id, DailySalesRow.product_id.in_(part))
            .where(DailySalesRow.date >= first, DailySalesRow.known_at <= moment)
            .order_by(DailySalesRow.known_at)
        )
        for product_id, day, total, packed in session.execute(query):
            hours = None if packed is None else np.frombuffer(packed, dtype="<f4").astype(float)
            found[product_id, day] = DaySold(total, hours)
    return found


def sales_summed(
    session: Session, warehouse_id: str, product_ids: Collection[str], first: date, last: date, moment: datetime
) -> dict[str, float]:
    """By product, the sales of the days from `first` to `last` together, as they were known last."""
    row, later = DailySalesRow, aliased(DailySalesRow)
    corrected = (
        select(later.sales)
        .where(later.warehouse_id == row.warehouse_id, later.product_id == row.product_id, later.date == row.date)
        .where(later.known_at > row.known_at, later.known_at <= moment)
    )
    found: dict[str, float] = {}
    for part in _parts(product_ids):
        query = (
            select(row.product_id, func.sum(row.sales))
            .where(row.warehouse_id == warehouse_id, row.product_id.in_(part), row.date.between(first, last))
            .where(row.known_at <= moment, ~corrected.correlate(row).exists())
            .group_by(row.product_id)
        )
        found |= dict(session.execute(query).tuples().all())
    return found


def order_lines_of(
    session: Session, warehouse_id: str, timezone: str, first: date, last: date, moment: datetime
) -> list[Line]:
    """The order lines placed on the local days from `first` to `last`, for whatever day, as known at the moment."""
    at = OrderLineRow.ordered_at
    placed_then = and_(at >= start_of_day(first, timezone), at < end_of_day(last, timezone))
    return [Line(*row) for row in session.execute(_lines(warehouse_id, placed_then, moment))]


def last_ordered_at(session: Session, warehouse_id: str, moment: datetime) -> datetime | None:
    """When the latest order line that was known at the moment was placed; None where there was none."""
    row = OrderLineRow
    latest = (
        select(row.ordered_at)
        .where(row.warehouse_id == warehouse_id, row.ordered_at <= moment, row.known_at <= moment)
        .order_by(row.ordered_at.desc())
        .limit(1)
    )
    return session.scalar(latest)


def ordered_ahead(session: Session, warehouse_id: str, first: date, moment: datetime) -> list[Line]:
    """The order lines that say for which day they are, from `first` on, as known at the moment."""
    return [Line(*row) for row in session.execute(_lines(warehouse_id, OrderLineRow.wanted_on >= first, moment))]


def hourly_means(session: Session, warehouse_id: str, moment: datetime) -> dict[tuple[str, date], Floats]:
    """By product and day, the mean of demand in each hour (24) of the forecasts of hours that were known."""
    query = select(HourlyForecastRow.product_id, HourlyForecastRow.date, HourlyForecastRow.mean).where(
        HourlyForecastRow.warehouse_id == warehouse_id, HourlyForecastRow.origin <= moment
    )
    return {
        (product_id, day): np.frombuffer(mean, dtype="<f8").astype(float)
        for product_id, day, mean in session.execute(query)
    }


def hours_sold(
    session: Session, warehouse_id: str, product_ids: Collection[str], first: date, moment: datetime
) -> Floats:
    """The sales of products together in each hour (24) over the days from `first` on of which the hours are known."""
    known = sales_of_days(session, warehouse_id, product_ids, first, moment).values()
    total = np.zeros(HOURS)
    for day in known:
        if day.hours is not None:
            total += day.hours
    return total


def _lines(warehouse_id: str, which: ColumnElement[bool], moment: datetime) -> Select[Any]:
    return select(
        OrderLineRow.product_id,
        OrderLineRow.order_id,
        OrderLineRow.ordered_at,
        OrderLineRow.quantity,
        OrderLineRow.wanted_on,
    ).where(
        OrderLineRow.warehouse_id == warehouse_id,
        OrderLineRow.ordered_at <= moment,
        OrderLineRow.known_at <= moment,
        which,
    )


def _parts(product_ids: Collection[str]) -> list[Sequence[str]]:
    names = sorted(product_ids)
    return [names[at : at + ASKED_AT_ONCE] for at in range(0, len(names), ASKED_AT_ONCE)]
