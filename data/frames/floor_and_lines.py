"""What slots are suggested from, besides forecasts: the floor, what lies where, and how orders are made up."""

from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import LotRow, OrderLineRow, ProductRow, SlotRow, ZoneRow


def slots_frame(session: Session, warehouse_id: str) -> pd.DataFrame:
    """slot_id, zone_id, band (the zone's), distance_m, volume_l, product_id (or None) of a warehouse's slots."""
    query = (
        select(SlotRow.slot_id, SlotRow.zone_id, ZoneRow.band, SlotRow.distance_m, SlotRow.volume_l, SlotRow.product_id)
        .join(ZoneRow, ZoneRow.zone_id == SlotRow.zone_id)
        .where(SlotRow.warehouse_id == warehouse_id)
        .order_by(SlotRow.slot_id)
    )
    columns = ["slot_id", "zone_id", "band", "distance_m", "volume_l", "product_id"]
    frame = pd.DataFrame(session.execute(query).all(), columns=columns)
    frame["band"] = frame["band"].map(str)
    frame["product_id"] = frame["product_id"].astype(object).where(frame["product_id"].notna(), None)
    return frame.astype({"volume_l": float})


def product_volumes(session: Session) -> pd.DataFrame:
    """product_id, band, volume_l (float, of a unit, NaN unknown) of every product."""
    query = select(ProductRow.product_id, ProductRow.band, ProductRow.volume_l).order_by(ProductRow.product_id)
    frame = pd.DataFrame(session.execute(query).all(), columns=["product_id", "band", "volume_l"])
    frame["band"] = frame["band"].map(str)
    return frame.astype({"volume_l": float})


def stock_on_hand(session: Session, warehouse_id: str) -> pd.Series:
    """Units on hand (float) by product_id."""
    query = (
        select(LotRow.product_id, func.sum(LotRow.quantity_on_hand))
        .where(LotRow.warehouse_id == warehouse_id)
        .group_by(LotRow.product_id)
    )
    return pd.Series({row[0]: float(row[1]) for row in session.execute(query)}, dtype=float)


def units_per_line(session: Session, warehouse_id: str, moment: datetime, days: int = 28) -> pd.Series:
    """Mean units (float) of an order line by product_id, over the order lines of the latest days known; returns and
    cancelled lines are none to pick."""
    query = (
        select(OrderLineRow.product_id, func.sum(OrderLineRow.quantity), func.count())
        .where(
            OrderLineRow.warehouse_id == warehouse_id,
            OrderLineRow.ordered_at > moment - timedelta(days=days),
            OrderLineRow.known_at <= moment,
            OrderLineRow.quantity > 0,
        )
        .group_by(OrderLineRow.product_id)
    )
    return pd.Series({row[0]: float(row[1]) / row[2] for row in session.execute(query)}, dtype=float)
