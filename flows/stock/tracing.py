"""Where a lot came from and where it went: farm, receipt, purchase orders, warehouses, and the customers' order lines
of its product in the days on which it was sold from.

Nobody writes down which lot went into which customer's bag. So order lines are named by product and day: whoever may
have got something of the lot is among them, and others are too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from data.local_days import end_of_day, today_there
from data.tables import (
    InspectionRow,
    LotRow,
    OrderLineRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    ReceiptLineRow,
    ReceiptRow,
    StockChangeKind,
    StockChangeRow,
    SupplierRow,
    WarehouseRow,
)
from flows.stock.changing_lots import known_lot

LINES_SHOWN = 1_000
Key = tuple[str, str]


@dataclass(frozen=True)
class Selling:
    """From when to when a lot may have been sold from in a warehouse, whose clock `timezone` is."""

    lot: LotRow
    timezone: str
    first: datetime
    last: datetime

    @property
    def days(self) -> tuple[date, date]:
        """The local days of both."""
        return today_there(self.first, self.timezone), today_there(self.last, self.timezone)


@dataclass(frozen=True)
class Trace:
    """A lot and all that is known of its way. `lots` are the parts of it, in its warehouse and those it was moved to or
    came from; `order_lines` the first LINES_SHOWN of `order_lines_in_all`."""

    lot: LotRow
    supplier: SupplierRow | None
    lots: Sequence[Selling]
    receipts: Sequence[tuple[ReceiptRow, ReceiptLineRow]]
    purchase_orders: Sequence[tuple[PurchaseOrderRow, PurchaseOrderLineRow]]
    inspections: Sequence[InspectionRow]
    changes: Sequence[StockChangeRow]
    order_lines: Sequence[OrderLineRow]
    order_lines_in_all: int


def trace_lot(session: Session, warehouse_id: str, lot_id: str, now: datetime) -> Trace:
    """The way of a lot of a warehouse, as known now. Raises Unknown."""
    lot = known_lot(session, warehouse_id, lot_id)
    keys = _parts_of(session, (warehouse_id, lot_id))
    parts = [session.get_one(LotRow, key) for key in keys]
    changes = session.scalars(
        select(StockChangeRow)
        .where(_among(StockChangeRow.warehouse_id, StockChangeRow.lot_id, keys))
        .order_by(StockChangeRow.happened_at, StockChangeRow.quantity)  # it leaves one warehouse for the other
    ).all()
    selling = [_selling(session, part, [row for row in changes if _key(row) == _key(part)], now) for part in parts]
    receipts = (
        select(ReceiptRow, ReceiptLineRow)
        .join(ReceiptLineRow, ReceiptLineRow.receipt_id == ReceiptRow.receipt_id)
        .where(_among(ReceiptRow.warehouse_id, ReceiptLineRow.lot_id, keys))
    )
    inspections = select(InspectionRow).where(_among(InspectionRow.warehouse_id, InspectionRow.lot_id, keys))
    lines, in_all = _order_lines(session, selling)
    return Trace(
        lot=lot,
        supplier=None if lot.supplier_id is None else session.get(SupplierRow, lot.supplier_id),
        lots=selling,
        receipts=session.execute(receipts.order_by(ReceiptRow.received_at)).tuples().all(),
        purchase_orders=_purchase_orders(session, keys),
        inspections=sorted(session.scalars(inspections), key=lambda row: row.inspected_at),  # SQL would read all
        changes=changes,
        order_lines=lines,
        order_lines_in_all=in_all,
    )


def _key(row: LotRow | StockChangeRow) -> Key:
    return row.warehouse_id, row.lot_id


def _among(
    warehouse: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    lot: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    keys: Sequence[Key],
) -> ColumnElement[bool]:
    return or_(*(and_(warehouse == warehouse_id, lot == lot_id) for warehouse_id, lot_id in keys))


def _parts_of(session: Session, first: Key) -> list[Key]:
    """The lot and those that transfers connect it with, whichever way they went."""
    found, ahead = [first], [first]
    while ahead:
        moves = select(StockChangeRow.action_id).where(
            StockChangeRow.kind == StockChangeKind.MOVED,
            _among(StockChangeRow.warehouse_id, StockChangeRow.lot_id, ahead),
        )
        both = select(StockChangeRow.warehouse_id, StockChangeRow.lot_id).where(StockChangeRow.action_id.in_(moves))
        there = sorted({(row.warehouse_id, row.lot_id) for row in session.execute(both)})
        ahead = [key for key in there if key not in found]
        found += ahead
    return found


def _selling(session: Session, lot: LotRow, changes: Sequence[StockChangeRow], now: datetime) -> Selling:
    """Sold from between its receipt here and its last day, its blocking, or when the ledger says nothing was left."""
    zone = session.get_one(WarehouseRow, lot.warehouse_id).timezone
    came = [row.happened_at for row in changes if row.quantity > 0]
    ends = [now]
    if lot.expires_on is not None:
        ends.append(end_of_day(lot.expires_on, zone))
    if lot.blocked_at is not None:
        ends.append(lot.blocked_at)
    if lot.quantity_on_hand == 0:
        ends.append(changes[-1].happened_at if changes else lot.counted_at)
    return Selling(lot, zone, min(came, default=lot.received_at), min(ends))


def _order_lines(session: Session, selling: Sequence[Selling]) -> tuple[Sequence[OrderLineRow], int]:
    line = OrderLineRow
    which = or_(
        *(
            and_(
                line.warehouse_id == part.lot.warehouse_id,
                line.product_id == part.lot.product_id,
                line.quantity > 0,
                or_(line.ordered_at.between(part.first, part.last), line.wanted_on.between(*part.days)),
            )
            for part in selling
        )
    )
    shown = select(line).where(which).order_by(line.ordered_at, line.order_id, line.line_no).limit(LINES_SHOWN)
    in_all = session.scalar(select(func.count()).select_from(line).where(which)) or 0
    return session.scalars(shown).all(), in_all


def _purchase_orders(session: Session, keys: Sequence[Key]) -> Sequence[tuple[PurchaseOrderRow, PurchaseOrderLineRow]]:
    order, line, event = PurchaseOrderRow, PurchaseOrderLineRow, PurchaseOrderEventRow
    query = (
        select(order, line)
        .join(line, line.purchase_order_id == order.purchase_order_id)
        .join(event, and_(event.purchase_order_id == line.purchase_order_id, event.line_no == line.line_no))
        .where(event.kind == PurchaseOrderEventKind.RECEIVED, _among(order.warehouse_id, event.lot_id, keys))
        .order_by(order.number, line.line_no)
    )
    return list(dict.fromkeys(session.execute(query).tuples()))
