"""Notes that a supplier was sent its purchase order, and how."""

from datetime import datetime

from sqlalchemy.orm import Session

from data.kept.purchase_order_ledger import write_down
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderRow
from flows.errors import NotNow
from flows.ordering.kept_orders import locked_purchase_order
from flows.ordering.telling import tell


def mark_sent(session: Session, name: str, now: datetime, by: str, how: str | None = None) -> PurchaseOrderRow:
    """Notes that the purchase order of this number or id was sent; `how` says by which way, as "mail". It may be sent
    again, which is noted too; `sent_at` stays when it was sent first. Raises Unknown, NotNow for a cancelled one."""
    order = locked_purchase_order(session, name)
    if order.cancelled_at is not None:
        raise NotNow("Purchase order {number} is cancelled; it is not sent any more.", number=order.number)
    order.sent_at = order.sent_at or now
    sent = PurchaseOrderEventRow(kind=PurchaseOrderEventKind.SENT, happened_at=now, known_at=now, by=by, note=how)
    write_down(session, order.purchase_order_id, [sent])
    session.flush()
    tell(session, [(order, [sent])])
    return order
