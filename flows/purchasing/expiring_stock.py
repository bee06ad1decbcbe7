"""Stock to take out or to sell first: lots whose last day has passed, is today or tomorrow, by the warehouse's day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import LotRow, ProductRow, WarehouseRow
from warehouse.stock.expiring import Expiry, expiry_soon


@dataclass(frozen=True)
class ExpiringProduct:
    """What a warehouse must sell or throw away of one product by the end of a day, in the product's unit."""

    warehouse: WarehouseRow
    product: ProductRow
    expires_on: date
    expiry: Expiry
    on_hand: Decimal


def expiring_products(session: Session, warehouses: Sequence[WarehouseRow], now: datetime) -> list[ExpiringProduct]:
    """What expires by tomorrow in these warehouses, one row per warehouse, product and day: the earliest first, then
    the most."""
    if not warehouses:
        return []
    days = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    lots = session.execute(
        select(LotRow.warehouse_id, ProductRow, LotRow.expires_on, LotRow.quantity_on_hand)
        .join(ProductRow, ProductRow.product_id == LotRow.product_id)
        .where(LotRow.warehouse_id.in_(days))
        .where(LotRow.quantity_on_hand > 0, LotRow.expires_on <= max(days.values()) + timedelta(days=1))
    )
    on_hand: defaultdict[tuple[str, ProductRow, date], Decimal] = defaultdict(Decimal)
    for warehouse_id, product, expires_on, quantity in lots:
        if expires_on is not None:  # the query leaves those out already
            on_hand[warehouse_id, product, expires_on] += quantity
    by_id = {place.warehouse_id: place for place in warehouses}
    found = [
        ExpiringProduct(by_id[warehouse_id], product, expires_on, expiry, quantity)
        for (warehouse_id, product, expires_on), quantity in on_hand.items()
        if (expiry := expiry_soon(expires_on, days[warehouse_id]))
    ]
    return sorted(found, key=lambda row: (row.expires_on, -row.on_hand, row.warehouse.warehouse_id))
