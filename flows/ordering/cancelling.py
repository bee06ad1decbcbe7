"""Cancels what has not come of a purchase order or of one of its lines: it is not under way any more, and what comes of
it all the same is without an order. An approval is taken back by cancelling the plan's orders that are not sent."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.purchase_order_ledger import write_down
from data.languages import Sentence
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderLineRow, PurchaseOrderRow
from flows.errors import NotNow, Unknown
from flows.ordering.kept_orders import as_line, close_when_nothing_is_to_come, locked_purchase_order
from flows.ordering.telling import tell


def cancel_purchase_order(
    session: Session, name: str, now: datetime, by: str, *, line_no: int | None = None, note: str | None = None
) -> PurchaseOrderRow:
    """Cancels all that has not come of the purchase order of this number or id, or of one of its lines. Safe to
    repeat. Raises Unknown (order, line), NotNow where all that was ordered has come."""
    order = locked_purchase_order(session, name)
    lines = [line for line in order.lines if line_no in (None, line.line_no)]
    if not lines:
        raise Unknown(
            "Purchase order {number} has no line {line_no}.", number=order.number, line_no=line_no, field="line_no"
        )
    to_cancel = [line for line in lines if as_line(order, line).may_come]
    if not to_cancel and not any(line.cancelled for line in lines):
        what = Sentence("{number}, line {line_no},", number=order.number, line_no=line_no)
        raise NotNow(
            "Purchase order {what} has come in full; nothing of it is left to cancel.",
            what=order.number if line_no is None else what,
        )
    events = [_cancel(order, line, now, by, note) for line in to_cancel]
    write_down(session, order.purchase_order_id, events)
    if to_cancel and not any(as_line(order, line).may_come for line in order.lines):
        order.cancelled_at = now
    close_when_nothing_is_to_come([order], now)
    session.flush()
    tell(session, [(order, events)])
    return order


def not_sent_of_plan(session: Session, plan_id: str) -> list[str]:
    """The ids of a plan's purchase orders of which no supplier was told yet, by number."""
    order = PurchaseOrderRow
    untold = (order.sent_at.is_(None), order.confirmed_at.is_(None), order.closed_at.is_(None))
    query = select(order.purchase_order_id).where(order.plan_id == plan_id, *untold, order.cancelled_at.is_(None))
    return list(session.scalars(query.order_by(order.number)))


def cancel_not_sent_of_plan(session: Session, plan_id: str, now: datetime, by: str) -> int:
    """Takes an approval back as far as no supplier was told of it; how many purchase orders were cancelled."""
    names = not_sent_of_plan(session, plan_id)
    for name in names:
        cancel_purchase_order(session, name, now, by)
    return len(names)


def _cancel(
    order: PurchaseOrderRow, line: PurchaseOrderLineRow, now: datetime, by: str, note: str | None
) -> PurchaseOrderEventRow:
    rest = as_line(order, line).may_come
    line.cancelled += rest
    return PurchaseOrderEventRow(
        line_no=line.line_no,
        kind=PurchaseOrderEventKind.CANCELLED,
        quantity=rest,
        happened_at=now,
        known_at=now,
        by=by,
        note=note,
    )
