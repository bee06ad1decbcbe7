"""What a forecast found: which products may be sold no more, with what was told of the days on which they sold nothing,
which days it left out as bulk orders, and what makes the days ahead other than usual."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from data.tables import BulkOrderRow, DailyAvailabilityRow, DailySalesRow, OccasionRow, SilentProductRow


def silent_products(session: Session, warehouse_id: str, origin: datetime | None) -> Sequence[SilentProductRow]:
    """The products of a warehouse that may be sold no more, by the forecast made at the origin."""
    mine = SilentProductRow.warehouse_id == warehouse_id, SilentProductRow.origin == origin
    return session.scalars(select(SilentProductRow).where(*mine).order_by(SilentProductRow.product_id)).all()


def ended_products(session: Session, warehouse_ids: Collection[str], origin: datetime) -> int:
    """How many products of these warehouses were taken as ended by the forecasts made at the origin."""
    ended = SilentProductRow.ended, SilentProductRow.origin == origin, SilentProductRow.warehouse_id.in_(warehouse_ids)
    return session.scalar(select(func.count()).select_from(SilentProductRow).where(*ended)) or 0


def last_rows(session: Session, warehouse_id: str, product_ids: Collection[str], moment: datetime) -> dict[str, date]:
    """The latest day of which these products have a row of sales, be it 0, as known at a moment."""
    query = select(DailySalesRow.product_id, func.max(DailySalesRow.date)).where(
        DailySalesRow.warehouse_id == warehouse_id,
        DailySalesRow.product_id.in_(product_ids),
        DailySalesRow.known_at <= moment,
    )
    return dict(session.execute(query.group_by(DailySalesRow.product_id)).tuples().all())


def days_in_stock(session: Session, warehouse_id: str, since: Mapping[str, date], moment: datetime) -> dict[str, int]:
    """On how many days after the one by product (`since`) it is known at a moment to have been in stock at any hour."""
    row = DailyAvailabilityRow
    query = select(row.product_id, row.date).where(
        row.warehouse_id == warehouse_id,
        row.product_id.in_(since),
        row.date > min(since.values(), default=date.max),
        row.known_at <= moment,
        row.in_stock_hours != 0,
    )
    told = dict.fromkeys(since, 0)
    for product_id, day in session.execute(query.distinct()):
        told[product_id] += day > since[product_id]
    return told


def latest_bulk_orders(session: Session, warehouse_id: str, origin: datetime) -> dict[str, BulkOrderRow]:
    """The latest bulk order of each product (id) of a warehouse, by the forecast made at the origin."""
    mine = BulkOrderRow.warehouse_id == warehouse_id, BulkOrderRow.origin == origin
    return {
        row.product_id: row for row in session.scalars(select(BulkOrderRow).where(*mine).order_by(BulkOrderRow.date))
    }


def occasions(session: Session, origins: Mapping[str, datetime], first: date, last: date) -> list[OccasionRow]:
    """What the days from the first to the last are, or are next to, by the forecasts made at each warehouse's origin;
    by day and warehouse, of a day itself before those next to it."""
    row = OccasionRow
    query = select(row).where(
        tuple_(row.warehouse_id, row.origin).in_(list(origins.items())), row.date.between(first, last)
    )
    return list(session.scalars(query.order_by(row.date, row.warehouse_id, func.abs(row.away), row.away, row.name)))
