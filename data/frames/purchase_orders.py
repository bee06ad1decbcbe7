"""Purchase orders as they were known at a moment: what stands in their rows, less what became known later."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import (
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
)

Events = Sequence[PurchaseOrderEventRow]


@dataclass(frozen=True)
class KnownLine:
    """A line of a purchase order, its sums as they were known; the product's unit."""

    line_no: int
    product_id: str
    offer_id: str | None
    pack_size: Decimal | None
    unit_price: Decimal | None
    ordered: Decimal
    confirmed: Decimal | None
    received: Decimal
    cancelled: Decimal


@dataclass(frozen=True)
class KnownPurchaseOrder:
    """A purchase order as it was known."""

    purchase_order_id: str
    number: str
    plan_id: str | None
    supplier_id: str
    warehouse_id: str
    delivery_date: date
    ordered_at: datetime
    ordered_by: str
    send_by: datetime | None
    sent_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    note: str | None
    lines: tuple[KnownLine, ...]
    updated_at: datetime  # when it changed last, also after the moment


def purchase_orders_known_at(
    session: Session, rows: Sequence[PurchaseOrderRow], moment: datetime
) -> list[KnownPurchaseOrder]:
    """Purchase orders as they were known at a moment, in the order given; those that nobody knew of by then are left
    out. Costs what happened to these orders, not what happened to others."""
    rows = [row for row in rows if row.ordered_at <= moment]
    events = _events_of_those_with_later_ones(session, [row.purchase_order_id for row in rows], moment)
    known = (_known(row, events.get(row.purchase_order_id, ()), moment) for row in rows)
    return [order for order in known if order is not None]


def history_of(session: Session, purchase_order_id: str, moment: datetime) -> Events:
    """What happened to a purchase order and was known at a moment, in the order in which it became known."""
    event = PurchaseOrderEventRow
    query = select(event).where(event.purchase_order_id == purchase_order_id, event.known_at <= moment)
    return session.scalars(query.order_by(event.known_at, event.order_event_id)).all()


def _events_of_those_with_later_ones(
    session: Session, purchase_order_ids: Sequence[str], moment: datetime
) -> dict[str, Events]:
    event = PurchaseOrderEventRow
    of_them = event.purchase_order_id.in_(purchase_order_ids)
    later = set(session.scalars(select(event.purchase_order_id).where(of_them, event.known_at > moment)))
    found: defaultdict[str, list[PurchaseOrderEventRow]] = defaultdict(list)
    if later:
        query = select(event).where(event.purchase_order_id.in_(later)).order_by(event.known_at, event.order_event_id)
        for row in session.scalars(query):
            found[row.purchase_order_id].append(row)
    return dict(found)


def _known(row: PurchaseOrderRow, events: Events, moment: datetime) -> KnownPurchaseOrder | None:
    """The order less what became known after the moment; None where the order itself did. `events` are all of an order
    with later ones, none of an order without."""
    later = [event for event in events if event.known_at > moment]
    lines = tuple(_known_line(line, events, later) for line in row.lines if not _added(line.line_no, later))
    if any(event.kind == PurchaseOrderEventKind.ORDERED for event in later) and not lines:
        return None
    before = [event for event in events if event.known_at <= moment]
    sent = [event.happened_at for event in before if event.kind == PurchaseOrderEventKind.SENT]
    confirmed = [event.known_at for event in before if event.kind == PurchaseOrderEventKind.CONFIRMED]
    cancelled = row.cancelled_at is not None and row.cancelled_at > moment
    return KnownPurchaseOrder(
        purchase_order_id=row.purchase_order_id,
        number=row.number,
        plan_id=row.plan_id,
        supplier_id=row.supplier_id,
        warehouse_id=row.warehouse_id,
        delivery_date=row.delivery_date,
        ordered_at=row.ordered_at,
        ordered_by=row.ordered_by,
        send_by=row.send_by,
        sent_at=(min(sent) if sent else None) if later else row.sent_at,
        confirmed_at=(max(confirmed) if confirmed else None) if later else row.confirmed_at,
        cancelled_at=None if cancelled else row.cancelled_at,
        note=row.note,
        lines=lines,
        updated_at=row.updated_at,
    )


def _added(line_no: int, later: Iterable[PurchaseOrderEventRow]) -> bool:
    """Whether the line was ordered only later: with its order, or added to it."""
    return any(event.kind == PurchaseOrderEventKind.ORDERED and event.line_no in (None, line_no) for event in later)


def _known_line(line: PurchaseOrderLineRow, events: Events, later: Events) -> KnownLine:
    of_it = [event for event in later if event.line_no == line.line_no]
    sums = {PurchaseOrderEventKind.RECEIVED: line.received, PurchaseOrderEventKind.CANCELLED: line.cancelled}
    for event in of_it:
        if event.kind in sums and event.quantity is not None:
            sums[event.kind] -= event.quantity
    confirmed = line.confirmed
    if any(event.kind == PurchaseOrderEventKind.CONFIRMED for event in of_it):
        said = [
            event.quantity
            for event in events
            if event.kind == PurchaseOrderEventKind.CONFIRMED and event.line_no == line.line_no and event not in of_it
        ]
        confirmed = said[-1] if said else None
    return KnownLine(
        line_no=line.line_no,
        product_id=line.product_id,
        offer_id=line.offer_id,
        pack_size=line.pack_size,
        unit_price=line.unit_price,
        ordered=line.quantity,
        confirmed=confirmed,
        received=sums[PurchaseOrderEventKind.RECEIVED],
        cancelled=sums[PurchaseOrderEventKind.CANCELLED],
    )
