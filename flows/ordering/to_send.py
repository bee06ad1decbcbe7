"""Purchase orders that no supplier was told of yet: which they are, by when they must be out, and sending them all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import writing
from data.tables import PurchaseOrderRow, SupplierRow
from flows.errors import Refusal
from flows.ordering.marking_sent import mark_sent
from flows.ordering.sending import send_purchase_order
from flows.settings import Settings


@dataclass(frozen=True)
class ToSend:
    """A purchase order to send; `reachable` where its supplier has an address to send to."""

    number: str
    warehouse_id: str
    supplier_name: str
    send_by: datetime | None
    reachable: bool


@dataclass(frozen=True)
class Sent:
    """The numbers that were sent, and why by number of those that were not."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def purchase_orders_to_send(session: Session, now: datetime) -> list[ToSend]:
    """The orders that are neither sent, confirmed, closed nor cancelled, of days that are not over anywhere; the one
    that must be out first comes first."""
    order = PurchaseOrderRow
    query = (
        select(order.number, order.warehouse_id, SupplierRow.name, order.send_by, SupplierRow.send_to.is_not(None))
        .join(SupplierRow, SupplierRow.supplier_id == order.supplier_id)
        .where(order.sent_at.is_(None), order.confirmed_at.is_(None), order.closed_at.is_(None))
        .where(order.cancelled_at.is_(None), order.delivery_date >= (now - timedelta(days=1)).date())
    )
    found = [ToSend(*row) for row in session.execute(query).tuples()]
    return sorted(found, key=lambda one: (one.send_by or datetime.max.replace(tzinfo=UTC), one.number))


def send_all(
    engine: Engine,
    orders: list[ToSend],
    settings: Settings,
    now: datetime,
    by: str,
    progress: Callable[[int], None] = lambda done: None,
) -> Sent:
    """Sends the orders that can be sent, one after the other; one that is refused stops no other."""
    sent = Sent()
    for done, one in enumerate(orders, start=1):
        if one.reachable:
            try:
                send_purchase_order(engine, one.number, settings, now, by)
                sent.done.append(one.number)
            except Refusal as refusal:
                sent.failed[one.number] = str(refusal)
        else:
            sent.failed[one.number] = f"{one.supplier_name} has no address to send to."
        progress(done)
    return sent


def mark_all_sent(engine: Engine, orders: list[ToSend], now: datetime, by: str, how: str | None) -> Sent:
    """Notes that the suppliers of these orders were told in another way, as by phone; each order in a transaction of
    its own."""
    sent = Sent()
    for one in orders:
        try:
            with writing(engine) as session:
                mark_sent(session, one.number, now, by, how)
            sent.done.append(one.number)
        except Refusal as refusal:
            sent.failed[one.number] = str(refusal)
    return sent
