"""What slots are suggested from, besides forecasts: the floor, what lies where, and how orders are made up."""

from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import Lot, OrderLine, Product, Slot, Zone


def slots_frame(session: Session, warehouse_id: str) -> pd.DataFrame:
    """slot_id, zone_id, band (the zone's), distance_m, volume_l, product_id (or None) of a warehouse's slots."""
    query = (
        select(Slot.slot_id, Slot.zone_id, Zone.band, Slot.distance_m, Slot.volume_l, Slot.product_id)
        .join(Zone, Zone.zone_id == Slot.zone_id)
        .where(Slot.warehouse_id == warehouse_id)
        .order_by(Slot.slot_id)
    )
    columns = ["slot_id", "zone_id", "band", "distance_m", "volume_l", "product_id"]
    frame = pd.DataFrame(session.execute(query).all(), columns=columns)
    frame["band"] = frame["band"].map(str)
    frame["product_id"] = frame["product_id"].astype(object).where(frame["product_id"].notna(), None)
    return frame.astype({"volume_l": float})


def product_volumes(session: Session) -> pd.DataFrame:
    """product_id, band, volume_l (float, of a unit, NaN unknown) of every product."""
    query = select(Product.product_id, Product.band, Product.volume_l).order_by(Product.product_id)
    frame = pd.DataFrame(session.execute(query).all(), columns=["product_id", "band", "volume_l"])
    frame["band"] = frame["band"].map(str)
    return frame.astype({"volume_l": float})


def stock_on_hand(session: Session, warehouse_id: str) -> pd.Series:
    """Units on hand (float) by product_id."""
    query = (
        select(Lot.product_id, func.sum(Lot.quantity_on_hand))
        .where(Lot.warehouse_id == warehouse_id)
        .group_by(Lot.product_id)
    )
    return pd.Series({row[0]: float(row[1]) for row in session.execute(query)}, dtype=float)


def units_per_line(session: Session, warehouse_id: str, moment: datetime, days: int = 28) -> pd.Series:
    """Mean units (float) of an order line by product_id, over the order lines of the latest days known."""
    query = (
        select(OrderLine.product_id, func.sum(OrderLine.quantity), func.count())
        .where(
            OrderLine.warehouse_id == warehouse_id,
            OrderLine.ordered_at > moment - timedelta(days=days),
            OrderLine.known_at <= moment,
        )
        .group_by(OrderLine.product_id)
    )
    return pd.Series({row[0]: float(row[1]) / row[2] for row in session.execute(query)}, dtype=float)
