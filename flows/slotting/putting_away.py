"""Where what came is to be put: of a receipt, and of what is about to be taken in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from data.frames.floor_and_lines import floor_points, slots_frame, what_goods_ask
from data.frames.serving_forecasts import latest_origins
from data.local_days import today_there
from data.tables import ProductRow, ReceiptRow, Unit, WarehouseRow
from flows.slotting.barring import barred_now
from flows.stock.in_reserve import StockInSlots, stock_in_slots
from warehouse.slotting.eligibility.goods import Goods
from warehouse.slotting.eligibility.places import Places
from warehouse.slotting.putting_away import Came, PutAway, Shelves
from warehouse.slotting.routing.floor_plan import Floats
from warehouse.slotting.walked_floor import walked_floor


@dataclass(frozen=True)
class LotToPutAway:
    """A lot of a receipt, how much of it lies in which reserve slot by now, and where the rest of it goes."""

    line_no: int
    lot_id: str
    product: ProductRow
    expires_on: date | None
    in_reserve: Sequence[tuple[str, Decimal]]
    goes: Sequence[PutAway]

    def laid_in(self, slot_id: str) -> Decimal:
        """How much of it lies in a reserve slot by now."""
        return dict(self.in_reserve).get(slot_id, Decimal(0))


def put_away_receipt(session: Session, place: WarehouseRow, receipt: ReceiptRow, now: datetime) -> list[LotToPutAway]:
    """Where the lots of a receipt go, as far as they are there still and were not put into reserve. Empty where no
    slots are known."""
    lot_ids = {line.lot_id for line in receipt.lines}
    stock = _stock(session, place, now)
    others = {lot_id: there for lot_id, there in stock.in_face.items() if lot_id not in lot_ids}
    shelves = _shelves(session, place, replace(stock, in_face=others), now)
    if shelves is None:
        return []
    found = []
    for line in receipt.lines:
        if line.lot_id is None or line.lot_id not in stock.lots:
            continue
        product = session.get_one(ProductRow, line.product_id)
        there = [(slot_id, laid) for (slot_id, lot_id), laid in stock.put.items() if lot_id == line.lot_id]
        goes = tuple(shelves.put_away(_came(product, stock.in_face[line.lot_id])))
        found.append(LotToPutAway(line.line_no, line.lot_id, product, line.expires_on, there, goes))
    return found


def put_away_goods(
    session: Session, place: WarehouseRow, coming: Sequence[tuple[ProductRow, Decimal]], now: datetime
) -> list[Sequence[PutAway]]:
    """Where goods that are about to be taken in would go, each after those before it; empty where no slots are
    known."""
    shelves = _shelves(session, place, _stock(session, place, now), now)
    return [] if shelves is None else [tuple(shelves.put_away(_came(*one))) for one in coming]


def _stock(session: Session, place: WarehouseRow, now: datetime) -> StockInSlots:
    origin = latest_origins(session, [place.warehouse_id], now).get(place.warehouse_id)
    return stock_in_slots(session, place, origin, now)


def _came(product: ProductRow, quantity: Decimal) -> Came:
    litres, kg = (None if told is None else float(told) for told in (product.volume_l, product.weight_kg))
    return Came(product.product_id, float(quantity), litres, kg, whole=product.unit == Unit.PIECE)


def _shelves(session: Session, place: WarehouseRow, stock: StockInSlots, now: datetime) -> Shelves | None:
    """The slots with what lies in them; None where there are none."""
    slots = slots_frame(session, place.warehouse_id)
    if slots.empty:
        return None
    asked = what_goods_ask(session)
    goods = Goods.of(asked.assign(lines_per_day=0.0, space_l=0.0))
    plan = walked_floor(slots, floor_points(session, place.warehouse_id).get("start")).plan
    of_units = asked.set_index("product_id")[["volume_l", "weight_kg"]].fillna(0.0)
    taken_l, taken_kg = _taken(slots, stock, of_units)
    return Shelves(
        goods,
        Places.of(slots),
        plan,
        barred_now(session, place.warehouse_id, today_there(now, place.timezone)),
        taken_l,
        taken_kg,
    )


def _taken(slots: pd.DataFrame, stock: StockInSlots, of_units: pd.DataFrame) -> tuple[Floats, Floats]:
    """(slots,) litres and kg of what lies there; of a product with several faces an equal part in each."""
    products = slots["product_id"].to_numpy(object)
    faces = slots["pick_face"].to_numpy(bool) & slots["product_id"].notna().to_numpy()
    several, lies = pd.Series(products[faces]).value_counts(), stock.by_face()
    units = np.array([
        lies.get(product, 0.0) / several[product] if face else 0.0
        for product, face in zip(products, faces, strict=True)
    ])  # fmt: skip
    number = {slot_id: n for n, slot_id in enumerate(slots["slot_id"])}
    for (slot_id, _), laid in stock.in_reserve.items():
        units[number[slot_id]] += float(laid)
    of_slot = of_units.reindex(products).fillna(0.0).to_numpy(float)
    return units * of_slot[:, 0], units * of_slot[:, 1]
