"""What lies in zones: the lots of the products whose slots are there, as stock is known."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import LotRow, ProductRow, SlotRow, Unit, WarehouseRow
from warehouse.coldchain.zone_alarms import GoodsAtRisk


def goods_at_risk(session: Session, zone_ids: Collection[str], now: datetime) -> dict[str, GoodsAtRisk]:
    """By zone, what lies there; a zone of which no slot is known is left out."""
    of_zones = select(SlotRow.zone_id, SlotRow.warehouse_id, SlotRow.product_id).where(SlotRow.zone_id.in_(zone_ids))
    placed = session.execute(of_zones.distinct()).tuples().all()
    of_warehouses = WarehouseRow.warehouse_id.in_({warehouse_id for _, warehouse_id, _ in placed})
    warehouses = {row.warehouse_id: row for row in session.scalars(select(WarehouseRow).where(of_warehouses))}
    return {
        zone_id: _in_zone(
            session, warehouses[warehouse_id], [p for z, _, p in placed if z == zone_id and p is not None], now
        )
        for zone_id, warehouse_id in {(zone_id, warehouse_id) for zone_id, warehouse_id, _ in placed}
    }


def _in_zone(session: Session, warehouse: WarehouseRow, product_ids: Collection[str], now: datetime) -> GoodsAtRisk:
    query = select(LotRow, ProductRow).join(ProductRow, ProductRow.product_id == LotRow.product_id)
    query = query.where(
        LotRow.warehouse_id == warehouse.warehouse_id,
        LotRow.product_id.in_(product_ids),
        LotRow.quantity_on_hand > 0,
    )
    lots = session.execute(query).tuples().all()
    today = now.astimezone(ZoneInfo(warehouse.timezone)).date()
    lives = [(lot.expires_on - today).days + 1 for lot, _ in lots if lot.expires_on is not None]
    prices = [
        float(lot.quantity_on_hand) * float(price)
        for lot, product in lots
        if (price := lot.unit_cost if lot.unit_cost is not None else product.list_price) is not None
    ]
    return GoodsAtRisk(
        kg=_sum(lots, Unit.KG),
        pieces=_sum(lots, Unit.PIECE),
        money=round(sum(prices), 2) if prices else None,
        currency=warehouse.currency if prices else None,
        days_left=float(max(0, min(lives))) if lives else None,
    )


def _sum(lots: Collection[tuple[LotRow, ProductRow]], unit: Unit) -> float:
    return round(sum(float(lot.quantity_on_hand) for lot, product in lots if product.unit is unit), 3)
