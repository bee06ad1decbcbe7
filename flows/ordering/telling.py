"""What is told of a purchase order: that it was ordered, sent, received, cancelled, or is overdue."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.purchase_orders import KnownPurchaseOrder
from data.tables import (
    OutboxEventRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderRow,
)
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from flows.ordering.looking_up import SeenPurchaseOrder
from flows.ordering.overdue import overdue_purchase_orders

TOLD = {
    PurchaseOrderEventKind.ORDERED: "purchase_order.ordered",
    PurchaseOrderEventKind.SENT: "purchase_order.sent",
    PurchaseOrderEventKind.RECEIVED: "purchase_order.received",
    PurchaseOrderEventKind.CANCELLED: "purchase_order.cancelled",
}


def tell(session: Session, happened: Iterable[tuple[PurchaseOrderRow, Sequence[PurchaseOrderEventRow]]]) -> None:
    """Writes to the outbox what happened to purchase orders: of each, events of its ledger of one kind, written in this
    transaction. It is told under the id of the last of them, so it is told once."""
    told = [_event(order, events) for order, events in happened if events]
    if told:
        write_events(session, told, max(event.happened_at for event in told))


def _event(order: PurchaseOrderRow, events: Sequence[PurchaseOrderEventRow]) -> OutboxEvent:
    last = events[-1]
    more: dict[str, Any] = {}
    if last.kind == PurchaseOrderEventKind.ORDERED:
        new = sum(event.line_no is not None for event in events)
        more = {"plan_id": order.plan_id, "products": new or len(order.lines)}
    elif last.kind == PurchaseOrderEventKind.SENT:
        more = {"how": last.note}
    else:
        more = {"lines": _lines(order, events)}
    if last.kind == PurchaseOrderEventKind.CANCELLED:
        more["note"] = last.note
    payload = _about(order) | {"at": as_told(last.happened_at), "by": last.by} | more
    return OutboxEvent(last.order_event_id, TOLD[last.kind], payload, last.known_at)


def _lines(order: PurchaseOrderRow, events: Sequence[PurchaseOrderEventRow]) -> list[dict[str, Any]]:
    products = {line.line_no: line.product_id for line in order.lines}
    return [
        {"line_no": event.line_no, "product_id": products[event.line_no], "quantity": float(event.quantity)}
        for event in events
        if event.line_no is not None and event.quantity is not None
    ]


def _about(order: PurchaseOrderRow | KnownPurchaseOrder) -> dict[str, Any]:
    return {
        "purchase_order_id": order.purchase_order_id,
        "number": order.number,
        "supplier_id": order.supplier_id,
        "warehouse_id": order.warehouse_id,
        "delivery_date": order.delivery_date.isoformat(),
    }


def tell_of_overdue_orders(engine: Engine, now: datetime, overdue_counts: timedelta) -> int:
    """Tells of purchase orders that are overdue, of each once; returns of how many."""
    with reading(engine) as session:
        told = {
            f"{seen.order.purchase_order_id}:overdue": seen
            for seen in overdue_purchase_orders(session, now, overdue_counts)
        }
        before = set(session.scalars(select(OutboxEventRow.event_id).where(OutboxEventRow.event_id.in_(told))))
        events = [_overdue(event_id, seen, now) for event_id, seen in told.items() if event_id not in before]
    if events:
        with writing(engine) as session:
            write_events(session, events, now)
    return len(events)


def _overdue(event_id: str, seen: SeenPurchaseOrder, now: datetime) -> OutboxEvent:
    outstanding = [
        {"line_no": line.known.line_no, "product_id": line.known.product_id, "quantity": float(line.became.outstanding)}
        for line in seen.lines
        if line.became.outstanding
    ]
    return OutboxEvent(event_id, "purchase_order.overdue", _about(seen.order) | {"lines": outstanding}, now)
