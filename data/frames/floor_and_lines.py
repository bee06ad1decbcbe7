"""What slots are suggested from, besides forecasts: the floor, what lies where, what goods ask of a place, and how
orders are made up."""

from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import FloorPointRow, LotRow, OrderLineRow, ProductRow, SlotRow, WalkwayRow, ZoneRow


def slots_frame(session: Session, warehouse_id: str) -> pd.DataFrame:
    """A warehouse's slots, by slot_id: zone_id, band, humidity_low_pct and humidity_high_pct (the zone's, NaN unknown),
    distance_m, volume_l, product_id (or None), aisle (or None), bay and level (whole numbers, NA unknown), x_m, y_m,
    max_weight_kg (NaN: any weight), pick_face."""
    slot, zone = SlotRow, ZoneRow
    query = (
        select(
            *(slot.slot_id, slot.zone_id, zone.band, zone.humidity_low_pct, zone.humidity_high_pct, slot.distance_m),
            *(slot.volume_l, slot.product_id, slot.aisle, slot.bay, slot.level, slot.x_m, slot.y_m),
            *(slot.max_weight_kg, slot.pick_face),
        )
        .join(zone, zone.zone_id == slot.zone_id)
        .where(slot.warehouse_id == warehouse_id)
        .order_by(slot.slot_id)
    )
    frame = pd.DataFrame(session.execute(query).all(), columns=[column["name"] for column in query.column_descriptions])
    frame["band"] = frame["band"].map(str)
    for name in ("product_id", "aisle"):
        frame[name] = _none_where_unknown(frame[name])
    numbers = ("humidity_low_pct", "humidity_high_pct", "volume_l", "max_weight_kg")
    return frame.astype({**dict.fromkeys(numbers, float), "bay": "Int64", "level": "Int64", "pick_face": bool})


def what_goods_ask(session: Session) -> pd.DataFrame:
    """Every product, by product_id: band, volume_l and weight_kg (of a unit, NaN unknown), humidity_low_pct and
    humidity_high_pct (NaN: any), ethylene (produces, sensitive or None), odour (gives, takes or None), allergens (a
    frozenset, empty: none), raw_meat."""
    product = ProductRow
    query = select(
        *(product.product_id, product.band, product.volume_l, product.weight_kg, product.humidity_low_pct),
        *(product.humidity_high_pct, product.ethylene, product.odour, product.allergens, product.raw_meat),
    ).order_by(product.product_id)
    frame = pd.DataFrame(session.execute(query).all(), columns=[column["name"] for column in query.column_descriptions])
    frame["band"] = frame["band"].map(str)
    for name in ("ethylene", "odour"):
        frame[name] = _none_where_unknown(frame[name].map(str, na_action="ignore"))
    frame["allergens"] = (
        frame["allergens"].fillna("").astype(object).map(lambda said: frozenset(said.split(",")) - {""})
    )
    numbers = ("volume_l", "weight_kg", "humidity_low_pct", "humidity_high_pct")
    return frame.astype({**dict.fromkeys(numbers, float), "raw_meat": bool})


def floor_points(session: Session, warehouse_id: str) -> dict[str, tuple[float, float]]:
    """Where (x_m, y_m) tours `start`, orders are packed (`packing`) and goods come in (`dock`), as far as is known."""
    query = select(FloorPointRow.point, FloorPointRow.x_m, FloorPointRow.y_m)
    rows = session.execute(query.where(FloorPointRow.warehouse_id == warehouse_id).order_by(FloorPointRow.point))
    return {str(point): (x_m, y_m) for point, x_m, y_m in rows}


def walkways(session: Session, warehouse_id: str) -> pd.DataFrame:
    """from_x_m, from_y_m, to_x_m, to_y_m of the pieces of floor that can be walked, in the order of their numbers; none
    where aisles and the cross-aisles at their ends are all."""
    ends = (WalkwayRow.from_x_m, WalkwayRow.from_y_m, WalkwayRow.to_x_m, WalkwayRow.to_y_m)
    query = select(*ends).where(WalkwayRow.warehouse_id == warehouse_id).order_by(WalkwayRow.number)
    return pd.DataFrame(session.execute(query).all(), columns=[end.key for end in ends], dtype=float)


def picked_tours(session: Session, warehouse_id: str, since: datetime, until: datetime) -> pd.DataFrame:
    """tour_id (the order) and product_id, a row an order line, in the order in which they were ordered from `since` on
    and before `until`. Returns and cancelled lines are none to pick."""
    line = OrderLineRow
    query = (
        select(line.order_id.label("tour_id"), line.product_id)
        .where(
            line.warehouse_id == warehouse_id,
            line.ordered_at >= since,
            line.ordered_at < until,
            line.quantity > 0,
        )
        .order_by(line.ordered_at, line.order_id, line.line_no)
    )
    return pd.DataFrame(session.execute(query).all(), columns=["tour_id", "product_id"], dtype=object)


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


def _none_where_unknown(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), None)
