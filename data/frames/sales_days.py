"""Up to which day sales are known, and where: what decides the warehouses and the default origin of a forecast."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.local_days import by_clock, end_of_day, same_clock, today_there
from data.tables import DailySalesRow, LotRow, PromotionRow, WarehouseRow

FRESH_STOCK_DAYS = 7  # after a receipt within which a product is to be sold, even if it never was


def warehouses_with_sales(session: Session, cities: Sequence[str] | None = None) -> dict[str, str]:
    """The time zone by warehouse, of the warehouses that have any sales (in these cities), in order of their ids."""
    has_sales = (
        select(DailySalesRow.warehouse_id).where(DailySalesRow.warehouse_id == WarehouseRow.warehouse_id).exists()
    )
    query = (
        select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(has_sales).order_by(WarehouseRow.warehouse_id)
    )
    if cities is not None:
        query = query.where(WarehouseRow.city.in_(cities))
    return {row.warehouse_id: row.timezone for row in session.execute(query)}


def closed_by(session: Session, moment: datetime) -> dict[str, date]:
    """The last day of business by warehouse, of those for which it has passed there at `moment`."""
    query = select(WarehouseRow.warehouse_id, WarehouseRow.closed_on, WarehouseRow.timezone)
    return {
        name: closed
        for name, closed, zone in session.execute(query).tuples()
        if closed is not None and closed < today_there(moment, zone)
    }


def warehouses_to_forecast(session: Session, moment: datetime) -> dict[str, str]:
    """The time zone by warehouse, of those to learn from that are not closed at `moment`."""
    closed = closed_by(session, moment)
    return {name: zone for name, zone in warehouses_to_learn_from(session).items() if name not in closed}


def warehouses_to_learn_from(session: Session) -> dict[str, str]:
    """The time zone by warehouse, closed or not, of those with sales and of new ones: by the end of the last day with
    sales in warehouses of their clock they had stock come in within FRESH_STOCK_DAYS, or a price planned for a later
    day."""
    zones = warehouses_with_sales(session)
    last = session.scalar(select(func.max(DailySalesRow.date)))
    if last is None:
        return zones
    clocks = by_clock(zones, end_of_day(last, "UTC"))
    found = dict(zones)
    for zone, selling in clocks.items():
        last_here = last if len(clocks) == 1 else last_sales_day(session, selling)
        if last_here is not None:
            found |= _about_to_sell(session, last_here, zone)
    return dict(sorted(found.items()))


def _about_to_sell(session: Session, last: date, timezone: str) -> dict[str, str]:
    """The time zone by warehouse, of those of a clock that had stock come in lately or a price planned by the end of
    the last day with sales there."""
    ended = end_of_day(last, timezone)
    stocked = select(LotRow.warehouse_id).where(
        LotRow.known_at <= ended, LotRow.received_at > ended - timedelta(days=FRESH_STOCK_DAYS)
    )
    planned = select(PromotionRow.warehouse_id).where(PromotionRow.known_at <= ended, PromotionRow.ends_on > last)
    new = select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(
        WarehouseRow.warehouse_id.in_(stocked) | WarehouseRow.warehouse_id.in_(planned)
    )
    return {name: zone for name, zone in session.execute(new).tuples() if same_clock(zone, timezone, ended)}


def sales_rows(session: Session, moment: datetime, warehouse_ids: Sequence[str] | None, first: date, last: date) -> int:
    """How many rows of sales are known at a moment of these days, in some warehouses or all."""
    row = DailySalesRow
    query = select(func.count()).select_from(row).where(row.known_at <= moment, row.date.between(first, last))
    if warehouse_ids is not None:
        query = query.where(row.warehouse_id.in_(warehouse_ids))
    return session.scalar(query) or 0


def last_sales_days(session: Session, moment: datetime) -> dict[str, date]:
    """The latest local day by warehouse of which sales were known at `moment`."""
    query = select(DailySalesRow.warehouse_id, func.max(DailySalesRow.date)).where(DailySalesRow.known_at <= moment)
    return dict(session.execute(query.group_by(DailySalesRow.warehouse_id)).tuples().all())


def last_sales_day(session: Session, warehouse_ids: Sequence[str]) -> date | None:
    """The latest local day of which any of these warehouses has sales."""
    return session.scalar(select(func.max(DailySalesRow.date)).where(DailySalesRow.warehouse_id.in_(warehouse_ids)))
