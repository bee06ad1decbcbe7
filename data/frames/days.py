"""Up to which day sales are known, and where: what decides the default origin of a forecast."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import DailySales, Lot, Promotion, Warehouse

FRESH_STOCK_DAYS = 7  # after a receipt within which a product is to be sold, even if it never was


def warehouses_with_sales(session: Session, cities: Sequence[str] | None = None) -> dict[str, str]:
    """The time zone by warehouse, of the warehouses that have any sales (in these cities), in order of their ids."""
    has_sales = select(DailySales.warehouse_id).where(DailySales.warehouse_id == Warehouse.warehouse_id).exists()
    query = select(Warehouse.warehouse_id, Warehouse.timezone).where(has_sales).order_by(Warehouse.warehouse_id)
    if cities is not None:
        query = query.where(Warehouse.city.in_(cities))
    return {row.warehouse_id: row.timezone for row in session.execute(query)}


def warehouses_to_forecast(session: Session) -> dict[str, str]:
    """The time zone by warehouse, of those with sales and of new ones: by the end of the last day with sales they had
    stock come in within FRESH_STOCK_DAYS, or a price planned for a later day."""
    zones = warehouses_with_sales(session)
    last = session.scalar(select(func.max(DailySales.date)))
    if last is None:
        return zones
    ended = end_of_day(last, next(iter(zones.values())))
    stocked = select(Lot.warehouse_id).where(
        Lot.known_at <= ended, Lot.received_at > ended - timedelta(days=FRESH_STOCK_DAYS)
    )
    planned = select(Promotion.warehouse_id).where(Promotion.known_at <= ended, Promotion.ends_on > last)
    new = select(Warehouse.warehouse_id, Warehouse.timezone).where(
        Warehouse.warehouse_id.in_(stocked) | Warehouse.warehouse_id.in_(planned)
    )
    return dict(sorted((zones | {row.warehouse_id: row.timezone for row in session.execute(new)}).items()))


def last_sales_day(session: Session, warehouse_ids: Sequence[str]) -> date | None:
    """The latest local day of which any of these warehouses has sales."""
    return session.scalar(select(func.max(DailySales.date)).where(DailySales.warehouse_id.in_(warehouse_ids)))


def end_of_day(day: date, timezone: str) -> datetime:
    """The moment at which a local day has passed."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
