"""The record that ranges are judged from, of all warehouses of a currency together, since money is never added across
currencies; bounded by weeks, so that nothing costs more as history grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.range_history import range_baskets, range_days, range_products
from data.local_days import today_there
from data.tables import WarehouseRow
from warehouse.assortment.frames import AssortmentHistory


@dataclass(frozen=True)
class LookedBack:
    """How far back a range is judged from, and what a unit costs where no lot says so: list price / `markup`."""

    weeks: int
    basket_weeks: int
    markup: float


def by_currency(session: Session, warehouse_ids: Sequence[str]) -> dict[str, list[str]]:
    """Warehouses by their currency."""
    row = WarehouseRow
    query = select(row.currency, row.warehouse_id).where(row.warehouse_id.in_(warehouse_ids)).order_by(row.warehouse_id)
    found: dict[str, list[str]] = {}
    for currency, name in session.execute(query):
        found.setdefault(currency, []).append(name)
    return found


def history_of(session: Session, warehouse_ids: Sequence[str], now: datetime, looked: LookedBack) -> AssortmentHistory:
    """What is known at a moment of some warehouses of one currency, up to the last day that is over in all of them."""
    row = WarehouseRow
    query = select(row.warehouse_id, row.timezone).where(row.warehouse_id.in_(warehouse_ids))
    zones = dict(session.execute(query).tuples().all())
    last = min(today_there(now, zone) for zone in zones.values()) - timedelta(days=1)
    first = last - timedelta(days=7 * looked.weeks - 1)
    days = range_days(session, sorted(zones), first, last, now, looked.markup)
    paid = days.dropna(subset="price").groupby(["warehouse_id", "product_id"])["price"].median()
    since = last - timedelta(days=7 * looked.basket_weeks - 1)
    baskets = range_baskets(session, zones, since, last, now, paid.reset_index())
    return AssortmentHistory(days, range_products(session), baskets)
