"""What a forecast found: which products may be sold no more, with what was told of the days on which they sold nothing,
which days it left out as bulk orders, and what makes the days ahead other than usual."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from data.tables import (
    BulkOrderRow,
    DailyAvailabilityRow,
    DailySalesRow,
    OccasionRow,
    OrderLineRow,
    SilentProductRow,
)


def silent_products(session: Session, warehouse_id: str, origin: datetime | None) -> Sequence[SilentProductRow]:
    """The products of a warehouse that may be sold no more, by the forecast made at the origin."""
    mine = SilentProductRow.warehouse_id == warehouse_id, SilentProductRow.origin == origin
    return session.scalars(select(SilentProductRow).where(*mine).order_by(SilentProductRow.product_id)).all()


def ended_products(session: Session, warehouse_ids: Collection[str], origin: datetime) -> int:
    """How many products of these warehouses were taken as ended by the forecasts made at the origin."""
    ended = SilentProductRow.ended, SilentProductRow.origin == origin, SilentProductRow.warehouse_id.in_(warehouse_ids)
    return session.scalar(select(func.count()).select_from(SilentProductRow).where(*ended)) or 0


def with_rows_after(
    session: Session, warehouse_id: str, product_ids: Collection[str], day: date, moment: datetime
) -> set[str]:
    """Which of these products have a row of sales, be it 0, of a day after this one, as known at a moment."""
    row = DailySalesRow
    query = select(row.product_id).where(
        row.warehouse_id == warehouse_id, row.product_id.in_(product_ids), row.date > day, row.known_at <= moment
    )
    return set(session.scalars(query.distinct()))


def sold_after(session: Session, warehouse_id: str, since: Mapping[str, date], moment: datetime) -> dict[str, date]:
    """The latest day after the one by product (`since`) on which it sold anything, as known at a moment; products that
    did not are absent."""
    row = DailySalesRow
    query = _latest_of_days(row, row.sales, warehouse_id, since, moment)
    return {name: day for name, day, sales in session.execute(query) if sales > 0 and day > since[name]}


def ordered_since(
    session: Session, warehouse_id: str, product_ids: Collection[str], since: datetime, moment: datetime
) -> dict[str, datetime]:
    """When customers ordered these products last, from a moment on, as known at another; others are absent."""
    row = OrderLineRow
    query = select(row.product_id, func.max(row.ordered_at, type_=row.ordered_at.type)).where(
        row.warehouse_id == warehouse_id,
        row.ordered_at.between(since, moment),
        row.known_at <= moment,
        row.product_id.in_(product_ids),
        row.quantity > 0,
    )
    return dict(session.execute(query.group_by(row.product_id)).tuples().all())


def days_in_stock(session: Session, warehouse_id: str, since: Mapping[str, date], moment: datetime) -> dict[str, int]:
    """On how many days after the one by product (`since`) it is known at a moment to have been in stock at any hour; of
    what was told of a day, the latest counts."""
    row = DailyAvailabilityRow
    told = dict.fromkeys(since, 0)
    for product_id, day, hours in session.execute(
        _latest_of_days(row, row.in_stock_hours, warehouse_id, since, moment)
    ):
        told[product_id] += hours != 0 and day > since[product_id]
    return told


def _latest_of_days(
    row: type[DailySalesRow] | type[DailyAvailabilityRow],
    value: InstrumentedAttribute[Any],
    warehouse_id: str,
    since: Mapping[str, date],
    moment: datetime,
) -> Select[tuple[str, date, Any]]:
    """Product, day and what was known last of each day from the earliest of `since` on, by day."""
    latest = func.row_number().over(partition_by=(row.product_id, row.date), order_by=row.known_at.desc())
    versions = (
        select(row.product_id, row.date, value.label("value"), latest.label("age"))
        .where(
            row.warehouse_id == warehouse_id,
            row.product_id.in_(since),
            row.date > min(since.values(), default=date.max),
            row.known_at <= moment,
        )
        .subquery()
    )
    day = versions.c.date
    return select(versions.c.product_id, day, versions.c.value).where(versions.c.age == 1).order_by(day)


def bulk_orders(session: Session, warehouse_id: str, origin: datetime) -> Sequence[BulkOrderRow]:
    """The bulk orders of a warehouse that the forecast made at the origin has left out, by day."""
    mine = BulkOrderRow.warehouse_id == warehouse_id, BulkOrderRow.origin == origin
    return session.scalars(select(BulkOrderRow).where(*mine).order_by(BulkOrderRow.date)).all()


def occasions(
    session: Session, origins: Mapping[str, datetime], first: date, last: date
) -> dict[tuple[str, date], list[OccasionRow]]:
    """What the days from the first to the last are, or are next to, by warehouse and day, by the forecasts made at each
    warehouse's origin: in the order of the days, of a day itself before those next to it. A day like any other is
    absent."""
    row = OccasionRow
    query = select(row).where(
        tuple_(row.warehouse_id, row.origin).in_(list(origins.items())), row.date.between(first, last)
    )
    found: dict[tuple[str, date], list[OccasionRow]] = {}
    for one in session.scalars(query.order_by(row.date, row.warehouse_id, func.abs(row.away), row.away, row.name)):
        found.setdefault((one.warehouse_id, one.date), []).append(one)
    return found


def closed_for(of_day: Iterable[OccasionRow]) -> str | None:
    """The name of what closes a warehouse on a day, of which the occasions are given; None: it is open."""
    return next((row.name for row in of_day if row.closed and row.away == 0), None)
