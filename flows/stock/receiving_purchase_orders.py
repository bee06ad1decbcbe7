"""Takes in what came of one purchase order, by its lines: all that is outstanding, or what is said of each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from data.tables import PurchaseOrderRow, ReceiptRow
from flows.errors import Invalid, NotNow, Unknown
from flows.ordering.kept_orders import as_line, locked_purchase_order
from flows.stock.receiving import Received, ReceivedLine, receive
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS


def receive_purchase_order(
    session: Session,
    name: str,
    quantities: Mapping[int, Decimal] | None,
    now: datetime,
    by: str,
    *,
    receipt_id: str,
    received_at: datetime | None = None,
    overdue_counts: timedelta = OVERDUE_COUNTS,
) -> ReceiptRow:
    """Takes in what came of the purchase order of this number or id, by line number in the product's unit; None: all
    that is outstanding. More than was ordered counts against other orders of the supplier, or is without one. Safe to
    repeat under its receipt's id.

    Raises Unknown (order, line), Invalid for a quantity that cannot have come, NotNow where nothing is outstanding."""
    order = locked_purchase_order(session, name)
    kept = session.get(ReceiptRow, receipt_id)
    if quantities is None and kept is not None:
        lines = [ReceivedLine(line.product_id, line.accepted, line.rejected, line.defect) for line in kept.lines]
    else:
        lines = _lines(order, _outstanding(order) if quantities is None else quantities)
    came = Received(
        warehouse_id=order.warehouse_id,
        supplier_id=order.supplier_id,
        received_at=received_at or now,
        lines=lines,
        purchase_order_id=order.purchase_order_id,
    )
    return receive(session, receipt_id, came, now, by, overdue_counts)


def _outstanding(order: PurchaseOrderRow) -> dict[int, Decimal]:
    outstanding = {line.line_no: as_line(order, line).outstanding for line in order.lines}
    if not any(outstanding.values()):
        raise NotNow("Nothing of purchase order {number} is outstanding. Say what came, by line.", number=order.number)
    return {line_no: quantity for line_no, quantity in outstanding.items() if quantity}


def _lines(order: PurchaseOrderRow, quantities: Mapping[int, Decimal]) -> list[ReceivedLine]:
    products = {line.line_no: line.product_id for line in order.lines}
    for line_no, quantity in quantities.items():
        if line_no not in products:
            raise Unknown(
                "Purchase order {number} has no line {line_no}.", number=order.number, line_no=line_no, field="line_no"
            )
        if not quantity.is_finite() or quantity <= 0:
            raise Invalid(
                "Line {line_no} of {number}: say a quantity above 0.",
                line_no=line_no,
                number=order.number,
                field="quantity",
            )
    return [ReceivedLine(products[line_no], quantity) for line_no, quantity in sorted(quantities.items())]
