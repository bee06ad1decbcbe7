"""Counts what came against the purchase orders that it came for; what nobody had ordered is without an order.

All that came counts, what was rejected too: it is not under way any more. A correction downwards first takes away what
was without an order, and then what the same lot or receipt had counted.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.kept.purchase_order_ledger import write_down
from data.local_days import today_there
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderLineRow, PurchaseOrderRow
from flows.ordering.kept_orders import as_line, close_when_nothing_is_to_come
from flows.ordering.locking import lock_warehouses
from flows.ordering.telling import tell
from warehouse.ordering.matching import LATEST_DELIVERY, match_delivery, match_taken_back
from warehouse.ordering.purchase_order_lines import NOTHING, OVERDUE_COUNTS

Rows = tuple[PurchaseOrderRow, PurchaseOrderLineRow]


@dataclass(frozen=True)
class Delivery:
    """What came of a product (its unit), by whom where that is known; or, below zero, by how much less it was than
    had been said, `said_before` in all. It is known by its lot or, where it became none, by its receipt. Where it names
    a purchase order it counts against that one first."""

    warehouse_id: str
    supplier_id: str | None
    product_id: str
    quantity: Decimal
    happened_at: datetime
    known_at: datetime
    lot_id: str | None = None
    receipt_id: str | None = None
    said_before: Decimal | None = None
    purchase_order_id: str | None = None


def count_deliveries(
    session: Session, deliveries: Sequence[Delivery], by: str, overdue_counts: timedelta = OVERDUE_COUNTS
) -> list[Decimal]:
    """Counts corrections downwards and then deliveries, the earliest first, whose warehouses it locks; returns for each
    what is without an order, and for a correction (quantity below zero, `said_before` what had been said to have come),
    not above zero, what is taken away of that. Raises Unknown for a warehouse."""
    if not deliveries:
        return []
    zones = {id: row.timezone for id, row in lock_warehouses(session, {d.warehouse_id for d in deliveries}).items()}
    count = _Count(session, by, zones, overdue_counts)
    in_order = sorted(range(len(deliveries)), key=lambda n: (deliveries[n].happened_at, n))
    without_order = {n: count.take_back(deliveries[n]) for n in in_order if deliveries[n].quantity < 0}
    coming = [n for n in in_order if n not in without_order]
    count.lines = _lines_that_may_come(session, [deliveries[n] for n in coming])
    without_order |= {n: count.receive(deliveries[n]) for n in coming}
    count.finish()
    return [without_order[n] for n in range(len(deliveries))]


@dataclass
class _Count:
    """A count of deliveries under way: the lines that they may count against, and what it has written so far."""

    session: Session
    by: str
    zones: dict[str, str]
    overdue_counts: timedelta
    lines: dict[tuple[str, str], list[Rows]] = field(default_factory=dict)
    events: defaultdict[str, list[PurchaseOrderEventRow]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, tuple[PurchaseOrderRow, datetime]] = field(default_factory=dict)

    def receive(self, delivery: Delivery) -> Decimal:
        """Counts one delivery; returns what of it is without an order."""
        zone = self.zones[delivery.warehouse_id]
        counted_on_from = today_there(delivery.happened_at - self.overdue_counts, zone)
        there = {
            (order.purchase_order_id, line.line_no): (order, line)
            for order, line in self.lines.get((delivery.warehouse_id, delivery.product_id), ())
            if delivery.supplier_id in (None, order.supplier_id) and order.ordered_at <= delivery.happened_at
        }
        candidates = [as_line(order, line, counted_on_from) for order, line in there.values()]
        named = [line for line in candidates if line.purchase_order_id == delivery.purchase_order_id]
        others = [line for line in candidates if line.purchase_order_id != delivery.purchase_order_id]
        received_on = today_there(delivery.happened_at, zone)
        first = match_delivery(named, delivery.quantity, received_on)
        then = match_delivery(others, first.without_order, received_on)
        for counted, quantity in (*first.against, *then.against):
            order, line = there[counted.purchase_order_id, counted.line_no]
            line.received += quantity
            self._write(delivery, order, line, PurchaseOrderEventKind.RECEIVED, quantity)
        return then.without_order

    def _write(
        self,
        delivery: Delivery,
        order: PurchaseOrderRow,
        line: PurchaseOrderLineRow,
        kind: PurchaseOrderEventKind,
        quantity: Decimal,
    ) -> None:
        self.orders[order.purchase_order_id] = order, delivery.happened_at
        self.events[order.purchase_order_id].append(
            PurchaseOrderEventRow(
                line_no=line.line_no,
                kind=kind,
                quantity=quantity,
                happened_at=delivery.happened_at,
                known_at=delivery.known_at,
                by=self.by,
                lot_id=delivery.lot_id,
                receipt_id=delivery.receipt_id,
            )
        )

    def take_back(self, delivery: Delivery) -> Decimal:
        """Counts one correction downwards; returns what it takes away of what was without an order."""
        self.finish()
        counted = _counted_before(self.session, delivery)
        in_all = sum((quantity for *_, quantity in counted), NOTHING)
        was = in_all if delivery.said_before is None else delivery.said_before
        of_orders = max(-delivery.quantity - max(was - in_all, NOTHING), NOTHING)
        taken = match_taken_back(counted, of_orders)
        for purchase_order_id, line_no, quantity in taken:
            order = self.session.get_one(PurchaseOrderRow, purchase_order_id, populate_existing=True)
            [line] = [line for line in order.lines if line.line_no == line_no]
            line.received -= quantity
            self._write(delivery, order, line, PurchaseOrderEventKind.RECEIVED, -quantity)
            if line.cancelled or order.cancelled_at:  # so what did not come after all is not expected again
                line.cancelled += quantity
                self._write(delivery, order, line, PurchaseOrderEventKind.CANCELLED, quantity)
        return delivery.quantity + sum((quantity for *_, quantity in taken), NOTHING)

    def finish(self) -> None:
        """Writes down what was counted so far, and closes the orders of which nothing is to come any more."""
        for purchase_order_id, events in self.events.items():
            write_down(self.session, purchase_order_id, events)
        for order, at in self.orders.values():
            close_when_nothing_is_to_come([order], at)
        self.session.flush()
        kinds = PurchaseOrderEventKind.RECEIVED, PurchaseOrderEventKind.CANCELLED
        tell(
            self.session,
            [
                (self.orders[purchase_order_id][0], [event for event in events if event.kind == kind])
                for purchase_order_id, events in self.events.items()
                for kind in kinds
            ],
        )
        self.events.clear()
        self.orders.clear()


def _lines_that_may_come(session: Session, deliveries: Sequence[Delivery]) -> dict[tuple[str, str], list[Rows]]:
    """The lines that deliveries may count against, by warehouse and product."""
    if not deliveries:
        return {}
    order, line = PurchaseOrderRow, PurchaseOrderLineRow
    first_day = min(delivery.happened_at for delivery in deliveries).date() - LATEST_DELIVERY - timedelta(days=1)
    query = (
        select(order, line)
        .join(line, line.purchase_order_id == order.purchase_order_id)
        .where(
            order.warehouse_id.in_({delivery.warehouse_id for delivery in deliveries}),
            order.delivery_date >= first_day,
            line.received + line.cancelled < line.quantity,
        )
        .execution_options(populate_existing=True)
    )
    products = {delivery.product_id for delivery in deliveries}
    found: defaultdict[tuple[str, str], list[Rows]] = defaultdict(list)
    for of_order, of_line in session.execute(query).tuples():
        if of_line.product_id in products:
            found[of_order.warehouse_id, of_line.product_id].append((of_order, of_line))
    return dict(found)


def _counted_before(session: Session, delivery: Delivery) -> list[tuple[str, int, Decimal]]:
    """What the delivery's lot, or its receipt where it became no lot, has counted against which line, the first line
    first."""
    order, line, event = PurchaseOrderRow, PurchaseOrderLineRow, PurchaseOrderEventRow
    same = event.lot_id == delivery.lot_id if delivery.lot_id is not None else event.receipt_id == delivery.receipt_id
    quantity = func.sum(event.quantity)
    query = (
        select(event.purchase_order_id, line.line_no, quantity)
        .join(order, order.purchase_order_id == event.purchase_order_id)
        .join(line, (line.purchase_order_id == event.purchase_order_id) & (line.line_no == event.line_no))
        .where(
            same,
            event.kind == PurchaseOrderEventKind.RECEIVED,
            order.warehouse_id == delivery.warehouse_id,
            line.product_id == delivery.product_id,
        )
        .group_by(event.purchase_order_id, line.line_no, order.delivery_date, order.number)
        .having(quantity > 0)
        .order_by(order.delivery_date, order.number, line.line_no)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]
