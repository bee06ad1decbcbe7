"""Deliveries taken in at the door: what is accepted becomes lots, what is rejected is known with its defect, and all of
it counts against the purchase orders that it came for.

That is the inspection at receipt too, from which plans learn how much of a delivery will be accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange
from data.local_days import today_there
from data.tables import (
    InspectionRow,
    LotRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    ReceiptLineRow,
    ReceiptRow,
    Stage,
    StockChangeKind,
    StockChangeRow,
    SupplierRow,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from flows.ordering.locking import lock_warehouses
from flows.ordering.receiving_against_orders import Delivery, count_deliveries
from flows.stock.changing_lots import known_product, require_past, require_quantity, write
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.stock.lots import last_dispatch_day

NOTHING = Decimal(0)


@dataclass(frozen=True)
class ReceivedLine:
    """What came of a product, in its unit. Without a lot number one is made; without an expiry it follows from the
    product's shelf life."""

    product_id: str
    accepted: Decimal
    rejected: Decimal = NOTHING
    defect: str | None = None
    lot_id: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Received:
    """A delivery as it was taken in; `supplier_id` None: nobody knows whose it is. It counts against the purchase order
    that it names first, and then as any other."""

    warehouse_id: str
    supplier_id: str | None
    received_at: datetime
    lines: Sequence[ReceivedLine]
    note: str | None = None
    purchase_order_id: str | None = None


def receive(
    session: Session,
    receipt_id: str,
    came: Received,
    now: datetime,
    by: str,
    overdue_counts: timedelta = OVERDUE_COUNTS,
) -> ReceiptRow:
    """Takes a delivery in; the receipt, whose lines say what of them nobody had ordered. Safe to repeat under its id.

    Raises Unknown, Invalid, NotNow where a lot's number is taken or the id was used for another delivery."""
    place = lock_warehouses(session, [came.warehouse_id])[came.warehouse_id]
    if (kept := session.get(ReceiptRow, receipt_id)) is not None:
        return _the_same(kept, came)
    _check(session, came, place, now)
    receipt = ReceiptRow(
        receipt_id=receipt_id,
        warehouse_id=came.warehouse_id,
        supplier_id=came.supplier_id,
        received_at=came.received_at,
        known_at=now,
        by=by,
        note=came.note,
    )
    session.add(receipt)
    for line_no, line in enumerate(came.lines, 1):
        kept_line = ReceiptLineRow(
            line_no=line_no,
            product_id=line.product_id,
            accepted=line.accepted,
            rejected=line.rejected,
            defect=line.defect,
            without_order=NOTHING,
        )
        receipt.lines.append(kept_line)
        if line.accepted > 0:
            _make_lot(session, receipt, kept_line, line.lot_id, line.expires_on, place)
        _keep_inspection(session, receipt, kept_line, now)
    session.flush()
    _enter_lots(session, receipt, receipt.lines, now, by)
    deliveries = [
        replace(_delivery(receipt, line, line.accepted + line.rejected, now), purchase_order_id=came.purchase_order_id)
        for line in receipt.lines
    ]
    without_order = count_deliveries(session, deliveries, by, overdue_counts)
    for kept_line, quantity in zip(receipt.lines, without_order, strict=True):
        kept_line.without_order = quantity
    session.flush()
    _price_lots(session, receipt)
    _tell(session, receipt, now, by)
    return receipt


def correct_receipt_line(
    session: Session,
    receipt_id: str,
    line_no: int,
    corrected: ReceivedLine,
    now: datetime,
    by: str,
    overdue_counts: timedelta = OVERDUE_COUNTS,
) -> ReceiptRow:
    """Sets what a line of a receipt should have said: its lot, its inspection and the purchase orders follow. A lot
    that was counted since keeps what the count found. Safe to repeat.

    Raises Unknown, Invalid (also for another product), NotNow where less than nothing would be left of the lot."""
    warehouse_id = session.scalar(select(ReceiptRow.warehouse_id).where(ReceiptRow.receipt_id == receipt_id))
    if warehouse_id is None:
        raise Unknown("Receipt {receipt_id!r} was not found.", receipt_id=receipt_id, field="receipt_id")
    place = lock_warehouses(session, [warehouse_id])[warehouse_id]
    receipt = session.get_one(ReceiptRow, receipt_id, populate_existing=True)
    line = next((line for line in receipt.lines if line.line_no == line_no), None)
    if line is None:
        raise Unknown(
            "Receipt {receipt_id} has no line {line_no}.", receipt_id=receipt_id, line_no=line_no, field="line_no"
        )
    if corrected.product_id != line.product_id:
        raise Invalid(
            "Line {line_no} is of product {product_id}.",
            line_no=line_no,
            product_id=line.product_id,
            field="product_id",
        )
    _check_line(corrected, today_there(receipt.received_at, place.timezone))
    before = replace(corrected, accepted=line.accepted, rejected=line.rejected)
    line.accepted, line.rejected, line.defect = corrected.accepted, corrected.rejected, corrected.defect
    if line.lot_id is not None:
        _correct_lot(session, receipt, line, before.accepted, now, by)
    elif line.accepted > 0:
        _make_lot(session, receipt, line, corrected.lot_id, corrected.expires_on, place)
        session.flush()
        _enter_lots(session, receipt, [line], now, by)
    _keep_inspection(session, receipt, line, now)
    said_before = before.accepted + before.rejected
    more = line.accepted + line.rejected - said_before
    if more:
        delivery = _delivery(receipt, line, more, now)
        if more < 0:
            delivery = replace(delivery, said_before=said_before)
        line.without_order += count_deliveries(session, [delivery], by, overdue_counts)[0]
    changed = session.is_modified(line) or bool(more)
    session.flush()
    if changed:
        _tell(session, receipt, now, by, line_no)
    return receipt


def _tell(session: Session, receipt: ReceiptRow, now: datetime, by: str, corrected_line: int | None = None) -> None:
    """Writes to the outbox that a receipt was taken in, or a line of it corrected."""
    payload = {
        "receipt_id": receipt.receipt_id,
        "warehouse_id": receipt.warehouse_id,
        "supplier_id": receipt.supplier_id,
        "received_at": as_told(receipt.received_at),
        "at": as_told(now),
        "by": by,
        "lines": [
            {
                "line_no": line.line_no,
                "product_id": line.product_id,
                "accepted": float(line.accepted),
                "rejected": float(line.rejected),
                "defect": line.defect,
                "lot_id": line.lot_id,
                "without_order": float(line.without_order),
            }
            for line in receipt.lines
        ],
    }
    if corrected_line is None:
        event = OutboxEvent(f"receipt_{uuid5(NAMESPACE_URL, receipt.receipt_id).hex}", "receipt.taken_in", payload, now)
    else:
        event = OutboxEvent(f"receipt_{uuid4().hex}", "receipt.corrected", payload | {"line_no": corrected_line}, now)
    write_events(session, [event], now)


def _the_same(kept: ReceiptRow, came: Received) -> ReceiptRow:
    said = [(line.product_id, line.accepted + line.rejected) for line in came.lines]
    there = [(line.product_id, line.accepted + line.rejected) for line in kept.lines]
    whose = (kept.warehouse_id, kept.supplier_id) == (came.warehouse_id, came.supplier_id)
    if not whose or [product for product, _ in said] != [product for product, _ in there]:
        raise NotNow(
            "Receipt {receipt_id} is of another delivery. Give this one an id of its own.", receipt_id=kept.receipt_id
        )
    return kept


def _check(session: Session, came: Received, place: WarehouseRow, now: datetime) -> None:
    require_past(came.received_at, now, "received_at")
    if not came.lines:
        raise Invalid("A receipt needs a line.", field="lines")
    if came.supplier_id is not None and session.get(SupplierRow, came.supplier_id) is None:
        raise Unknown("Supplier {supplier_id!r} was not found.", supplier_id=came.supplier_id, field="supplier_id")
    if came.purchase_order_id is not None:
        order = session.get(PurchaseOrderRow, came.purchase_order_id)
        if order is None:
            raise Unknown(
                "Purchase order {purchase_order_id!r} was not found.",
                purchase_order_id=came.purchase_order_id,
                field="purchase_order_id",
            )
        if (order.warehouse_id, order.supplier_id) != (came.warehouse_id, came.supplier_id):
            raise Invalid(
                "Purchase order {number} is of supplier {supplier_id} for warehouse {warehouse_id}.",
                number=order.number,
                supplier_id=order.supplier_id,
                warehouse_id=order.warehouse_id,
                field="purchase_order_id",
            )
    numbers = [line.lot_id for line in came.lines if line.lot_id is not None]
    if len(set(numbers)) < len(numbers):
        raise Invalid("A lot number comes twice in this receipt.", field="lines.lot_id")
    for line in came.lines:
        known_product(session, line.product_id)
        _check_line(line, today_there(came.received_at, place.timezone))


def _check_line(line: ReceivedLine, received_on: date) -> None:
    require_quantity(line.accepted, "lines.accepted", above_zero=False)
    require_quantity(line.rejected, "lines.rejected", above_zero=False)
    if line.accepted + line.rejected == 0:
        raise Invalid(
            "Nothing came of product {product_id}: leave the line out.",
            product_id=line.product_id,
            field="lines.accepted",
        )
    if line.rejected > 0 and not (line.defect and line.defect.strip()):
        raise Invalid(
            "Say what was wrong with what was rejected of {product_id}.",
            product_id=line.product_id,
            field="lines.defect",
        )
    if line.expires_on is not None and line.accepted > 0 and line.expires_on < received_on:
        raise Invalid(
            "{expires_on} lies before the day of receipt: what has expired is rejected.",
            expires_on=line.expires_on,
            field="lines.expires_on",
        )


def _make_lot(
    session: Session,
    receipt: ReceiptRow,
    line: ReceiptLineRow,
    lot_id: str | None,
    expires_on: date | None,
    place: WarehouseRow,
) -> None:
    """Makes the lot of what was accepted, with nothing in it yet: the ledger puts it in."""
    received_on = today_there(receipt.received_at, place.timezone)
    if lot_id is None:
        lot_id = _next_number(session, receipt.warehouse_id, received_on)
    elif (there := session.get(LotRow, (receipt.warehouse_id, lot_id))) is not None:
        raise NotNow(
            "Lot {lot_id} is in warehouse {warehouse_id} already: it came at {received_at}. Give what "
            "came now another number, or none to have one made.",
            lot_id=lot_id,
            warehouse_id=receipt.warehouse_id,
            received_at=there.received_at.isoformat(),
        )
    life = known_product(session, line.product_id).shelf_life_days
    if expires_on is None and life is not None:
        expires_on = last_dispatch_day(received_on, life)
    line.lot_id, line.expires_on = lot_id, expires_on
    session.add(
        LotRow(
            warehouse_id=receipt.warehouse_id,
            lot_id=lot_id,
            product_id=line.product_id,
            supplier_id=receipt.supplier_id,
            received_at=receipt.received_at,
            expires_on=expires_on,
            quantity_received=line.accepted,
            quantity_on_hand=NOTHING,
            known_at=receipt.known_at,
            counted_at=receipt.received_at,
        )
    )
    session.flush()


def _next_number(session: Session, warehouse_id: str, day: date) -> str:
    """The next number of the warehouse's lots of a day that got one here: 260302-007."""
    prefix = f"{day:%y%m%d}-"
    taken = session.scalars(
        select(LotRow.lot_id).where(LotRow.warehouse_id == warehouse_id, LotRow.lot_id.startswith(prefix))
    )
    numbers = [int(lot_id.removeprefix(prefix)) for lot_id in taken if lot_id.removeprefix(prefix).isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1:03}"


def _enter_lots(session: Session, receipt: ReceiptRow, lines: Sequence[ReceiptLineRow], now: datetime, by: str) -> None:
    changes = [
        LotChange(receipt.warehouse_id, line.lot_id, StockChangeKind.RECEIVED, line.accepted, receipt.received_at, now)
        for line in lines
        if line.lot_id is not None
    ]
    write(session, changes, receipt.receipt_id, by)


def _correct_lot(
    session: Session, receipt: ReceiptRow, line: ReceiptLineRow, accepted_before: Decimal, now: datetime, by: str
) -> None:
    """Corrects how much came in a lot and, unless it was counted since, how much is left of it."""
    if line.lot_id is None or line.accepted == accepted_before:
        return
    lot = session.get_one(LotRow, (receipt.warehouse_id, line.lot_id))
    lot.quantity_received += line.accepted - accepted_before
    change = StockChangeRow
    counted = session.scalar(
        select(func.count())
        .select_from(change)
        .where(
            change.warehouse_id == lot.warehouse_id,
            change.lot_id == lot.lot_id,
            change.kind == StockChangeKind.COUNTED,
        )
    )
    if not counted:
        more = line.accepted - accepted_before
        corrected = LotChange(lot.warehouse_id, lot.lot_id, StockChangeKind.RECEIVED, more, receipt.received_at, now,
                              note="corrected")  # fmt: skip
        write(session, [corrected], f"{receipt.receipt_id[:27]}-{uuid4().hex}", by)


def _delivery(receipt: ReceiptRow, line: ReceiptLineRow, quantity: Decimal, now: datetime) -> Delivery:
    return Delivery(
        warehouse_id=receipt.warehouse_id,
        supplier_id=receipt.supplier_id,
        product_id=line.product_id,
        quantity=quantity,
        happened_at=receipt.received_at,
        known_at=now,
        lot_id=line.lot_id,
        receipt_id=receipt.receipt_id,
    )


def _keep_inspection(session: Session, receipt: ReceiptRow, line: ReceiptLineRow, now: datetime) -> None:
    """Keeps what the line says as an inspection at receipt; a correction replaces it."""
    session.merge(
        InspectionRow(
            inspection_id=uuid5(NAMESPACE_URL, f"receipt:{receipt.receipt_id}/{line.line_no}").hex,
            stage=Stage.RECEIPT,
            supplier_id=receipt.supplier_id,
            product_id=line.product_id,
            warehouse_id=receipt.warehouse_id,
            lot_id=line.lot_id,
            inspected_at=receipt.received_at,
            inspected_quantity=line.accepted + line.rejected,
            accepted_quantity=line.accepted,
            defect=line.defect,
            known_at=now,
        )
    )


def _price_lots(session: Session, receipt: ReceiptRow) -> None:
    """Gives lots the price of the purchase orders that they came for, which is what they cost."""
    event, line = PurchaseOrderEventRow, PurchaseOrderLineRow
    paid = (event.purchase_order_id == line.purchase_order_id) & (event.line_no == line.line_no)
    query = (
        select(event.lot_id, func.min(line.unit_price))
        .join(line, paid)
        .where(event.receipt_id == receipt.receipt_id, event.kind == PurchaseOrderEventKind.RECEIVED)
        .group_by(event.lot_id)
    )
    for lot_id, unit_price in session.execute(query).tuples():
        if lot_id is not None and unit_price is not None:
            session.get_one(LotRow, (receipt.warehouse_id, lot_id)).unit_cost = unit_price
    session.flush()
