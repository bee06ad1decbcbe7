"""What lies in reserve, and what in the pick faces: a lot lies in its product's face but for what was put into reserve.

Sales are picked from faces. So what lies in reserve changes by what people say alone, and what is in a face is what is
expected of the product now, less that.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import ReserveStockRow, SlotRow, WarehouseRow
from flows.errors import Invalid, NotNow, Unknown
from flows.ordering.locking import lock_warehouses
from flows.stock.changing_lots import known_lot, require_quantity
from flows.stock.expected_stock import expected_stock
from warehouse.stock.lots import StockLot

NOTHING = Decimal(0)


@dataclass(frozen=True, eq=False)
class StockInSlots:
    """Lots that may be dispatched, by number; how much of each was put into which reserve slot, by slot and lot, and
    how much is expected there; and how much of each lies in its product's face."""

    lots: Mapping[str, StockLot]
    put: Mapping[tuple[str, str], Decimal]
    in_reserve: Mapping[tuple[str, str], Decimal]
    in_face: Mapping[str, Decimal]

    def by_face(self) -> dict[str, float]:
        """How much lies in the face of each product."""
        of_product: defaultdict[str, float] = defaultdict(float)
        for lot_id, there in self.in_face.items():
            of_product[self.lots[lot_id].product_id] += float(there)
        return of_product


def stock_in_slots(session: Session, place: WarehouseRow, origin: datetime | None, now: datetime) -> StockInSlots:
    """Of a warehouse at `now`; `origin` is that of the forecasts (None: there are none). Where less is left of a lot
    than was put into reserve, none of it is in the face, and so much is missing from reserve."""
    today = today_there(now, place.timezone)
    lots = {lot.lot_id: lot for lot in expected_stock(session, place, origin, now).lots if lot.usable_on(today)}
    left = {lot_id: lot.quantity for lot_id, lot in lots.items()}
    rows = select(ReserveStockRow).where(ReserveStockRow.warehouse_id == place.warehouse_id)
    put = {
        (row.slot_id, row.lot_id): row.quantity
        for row in session.scalars(rows.order_by(ReserveStockRow.slot_id, ReserveStockRow.lot_id))
    }
    in_reserve: dict[tuple[str, str], Decimal] = {}
    for (slot_id, lot_id), quantity in put.items():
        there = min(quantity, left.get(lot_id, NOTHING))
        if there > 0:
            in_reserve[slot_id, lot_id] = there
            left[lot_id] -= there
    return StockInSlots(lots, put, in_reserve, left)


def lay_in_reserve(
    session: Session, slot_id: str, lot_id: str, quantity: Decimal, was: Decimal | None = None
) -> ReserveStockRow | None:
    """So much of a lot lies in a reserve slot from now on; None: nothing. Safe to repeat.

    Raises Unknown, Invalid (a pick face, less than nothing), NotNow where the slot holds another product, or where it
    was thought that so much `was` there and it was not."""
    slot = session.get(SlotRow, slot_id)
    if slot is None:
        raise Unknown("Slot {slot_id!r} was not found.", slot_id=slot_id, field="slot_id")
    lock_warehouses(session, [slot.warehouse_id])
    session.refresh(slot)
    require_quantity(quantity, "quantity", above_zero=False)
    lot = known_lot(session, slot.warehouse_id, lot_id)
    if slot.pick_face:
        raise Invalid(
            "Slot {slot_id} is picked from: what lies in it is not told apart.", slot_id=slot_id, field="slot_id"
        )
    if slot.product_id not in (None, lot.product_id) and quantity > 0:
        raise NotNow(
            "Slot {slot_id} holds product {product_id}, and a slot holds one product.",
            slot_id=slot_id,
            product_id=slot.product_id,
        )
    row = session.get(ReserveStockRow, (slot_id, lot_id))
    there = NOTHING if row is None else row.quantity
    if there == quantity:
        return row
    if was is not None and there != was:
        raise NotNow(
            "By now {there:f} of lot {lot_id} lie in slot {slot_id}, not {was:f}.",
            there=there.normalize(),
            lot_id=lot_id,
            slot_id=slot_id,
            was=was.normalize(),
        )
    if row is None:
        row = ReserveStockRow(slot_id=slot_id, lot_id=lot_id, warehouse_id=slot.warehouse_id, quantity=quantity)
        session.add(row)
    elif quantity == 0:
        session.delete(row)
        row = None
    else:
        row.quantity = quantity
    session.flush()
    slot.product_id = _lies_there(session, slot_id)
    return row


def _lies_there(session: Session, slot_id: str) -> str | None:
    """The product of the lots in a slot, None where there is none."""
    lots = select(ReserveStockRow).where(ReserveStockRow.slot_id == slot_id).limit(1)
    row = session.scalars(lots).one_or_none()
    return None if row is None else known_lot(session, row.warehouse_id, row.lot_id).product_id
