"""What a supplier says that it will bring: in full, or short. What it declines is not under way from then on, so that
the next plan asks for it elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from data.kept.purchase_order_ledger import write_down
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderRow
from flows.errors import Invalid, NotNow, Unknown
from flows.notifying.outbox import OutboxEvent, write_events
from flows.ordering.kept_orders import as_line, close_when_nothing_is_to_come, locked_purchase_order
from flows.ordering.placing import PLACES
from warehouse.ordering.statuses import may_be_confirmed


def confirm_purchase_order(
    session: Session, name: str, quantities: Mapping[int, Decimal] | None, now: datetime, by: str
) -> PurchaseOrderRow:
    """Notes what the supplier will bring of the purchase order of this number or id, by line number in the product's
    unit; None: all that is still wanted. Lines that are not named stay as they are. Confirming the same again changes
    nothing, something else corrects what was said.

    Raises Unknown (order, line), Invalid for a quantity above what was ordered, NotNow where the order is cancelled,
    or closed after something of it came."""
    order = locked_purchase_order(session, name)
    if quantities is None:
        quantities = {line.line_no: line.quantity - line.cancelled for line in order.lines}
    _check(order, quantities)
    changed = [line for line in order.lines if quantities.get(line.line_no, line.confirmed) != line.confirmed]
    if not changed:
        return order
    if order.cancelled_at is not None:
        raise NotNow("Purchase order {number} is cancelled; there is nothing to confirm.", number=order.number)
    if not may_be_confirmed([as_line(order, line) for line in order.lines]):
        raise NotNow("Purchase order {number} is closed; what came of it is what counts.", number=order.number)
    for line in changed:
        line.confirmed = quantities[line.line_no]
    events = [
        PurchaseOrderEventRow(
            line_no=line.line_no,
            kind=PurchaseOrderEventKind.CONFIRMED,
            quantity=line.confirmed,
            happened_at=now,
            known_at=now,
            by=by,
        )
        for line in changed
    ]
    write_down(session, order.purchase_order_id, events)
    order.confirmed_at = now
    close_when_nothing_is_to_come([order], now)
    session.flush()
    write_events(session, [_to_be_told(order, events[-1].order_event_id, now, by)], now)
    return order


def _check(order: PurchaseOrderRow, quantities: Mapping[int, Decimal]) -> None:
    ordered = {line.line_no: line.quantity for line in order.lines}
    for line_no, quantity in quantities.items():
        if line_no not in ordered:
            raise Unknown(
                "Purchase order {number} has no line {line_no}.", number=order.number, line_no=line_no, field="line_no"
            )
        if not quantity.is_finite() or not 0 <= quantity <= ordered[line_no]:
            most = f"{ordered[line_no].normalize():f}"
            raise Invalid(
                "Line {line_no} of {number}: confirm 0 to {most}, as ordered.",
                line_no=line_no,
                number=order.number,
                most=most,
                field="quantity",
            )
        if quantity != quantity.quantize(PLACES):
            raise Invalid(
                "Line {line_no} of {number}: {quantity} has more than three places.",
                line_no=line_no,
                number=order.number,
                quantity=quantity,
                field="quantity",
            )


def _to_be_told(order: PurchaseOrderRow, event_id: str, now: datetime, by: str) -> OutboxEvent:
    lines = [as_line(order, line) for line in order.lines]
    payload = {
        "purchase_order_id": order.purchase_order_id,
        "number": order.number,
        "supplier_id": order.supplier_id,
        "warehouse_id": order.warehouse_id,
        "delivery_date": order.delivery_date.isoformat(),
        "confirmed_at": now.isoformat(),
        "confirmed_by": by,
        "short": [
            {
                "line_no": line.line_no,
                "product_id": line.product_id,
                "ordered": float(line.ordered),
                "declined": float(line.declined),
            }
            for line in lines
            if line.declined
        ],
    }
    return OutboxEvent(event_id, "purchase_order.confirmed", payload, now)
