"""What happened to a purchase order is written down once and never changed; who reads it later knows what was known."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import PurchaseOrderEventRow


def write_down(session: Session, purchase_order_id: str, events: Sequence[PurchaseOrderEventRow]) -> None:
    """Writes events of one purchase order, whose warehouse is locked. Each is numbered on, so that events of one moment
    stay in their order; `order_event_id` and `purchase_order_id` are given here."""
    of_it = PurchaseOrderEventRow.purchase_order_id == purchase_order_id
    there = session.scalar(select(func.count()).select_from(PurchaseOrderEventRow).where(of_it)) or 0
    _add(session, purchase_order_id, events, there)


def write_down_first(session: Session, purchase_order_id: str, event: PurchaseOrderEventRow) -> None:
    """Writes the first event of a purchase order that is made in this transaction."""
    _add(session, purchase_order_id, [event], 0)


def _add(session: Session, purchase_order_id: str, events: Sequence[PurchaseOrderEventRow], there: int) -> None:
    for number, event in enumerate(events, start=there + 1):
        event.purchase_order_id, event.order_event_id = purchase_order_id, f"{purchase_order_id}:{number:04}"
        session.add(event)
