"""Places purchase orders: what a plan's approval or a person orders, one order a supplier, warehouse and delivery date.

An order of a plan is named after what it is, so that placing it again finds it and orders nothing. What a plan orders
later from the same supplier joins an order that nobody was told of yet, and becomes one of its own otherwise: a
supplier's document never grows behind its back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.purchase_order_ledger import write_down, write_down_first
from data.kept.purchase_order_numbers import next_numbers
from data.local_days import today_there
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderLineRow, PurchaseOrderRow
from flows.errors import Invalid
from flows.ordering.locking import lock_warehouses
from flows.ordering.telling import tell

LARGEST_QUANTITY = Decimal(1_000_000)  # of one product, in its unit, in one delivery to a front warehouse
PLACES = Decimal("0.001")
Group = tuple[str, str, date]


@dataclass(frozen=True)
class NewPurchaseOrderLine:
    """A product to order, in its unit; `send_by` is the moment by which its supplier must have the order. `line_no` is
    that of the plan's line; without one the lines of an order are numbered on."""

    supplier_id: str
    warehouse_id: str
    delivery_date: date
    product_id: str
    quantity: Decimal
    unit_price: Decimal | None = None
    offer_id: str | None = None
    pack_size: Decimal | None = None
    send_by: datetime | None = None
    line_no: int | None = None


def place_purchase_orders(
    session: Session,
    lines: Sequence[NewPurchaseOrderLine],
    now: datetime,
    by: str,
    plan_id: str | None = None,
    *,
    known_at: datetime | None = None,
) -> list[PurchaseOrderRow]:
    """The purchase orders of these warehouses, suppliers and delivery dates, made or added to where they lack a line;
    in this order. With a plan, whose lines have numbers, it is safe to repeat; without one every call orders anew.
    What was ordered earlier than it is entered says so: `now` is when it was ordered, `known_at` when it is entered.

    Raises Unknown for a warehouse, Invalid for a quantity that cannot be ordered."""
    for line in lines:
        check_quantity(line.product_id, line.quantity)
    warehouses = lock_warehouses(session, (line.warehouse_id for line in lines))
    groups: defaultdict[Group, list[NewPurchaseOrderLine]] = defaultdict(list)
    for line in lines:
        groups[line.warehouse_id, line.supplier_id, line.delivery_date].append(line)
    placing = _Placing(session, now, known_at or now, by, plan_id)
    placed: list[PurchaseOrderRow] = []
    for group, of_it in sorted(groups.items(), key=lambda item: item[0]):
        placed += placing.place(of_it, today_there(now, warehouses[group[0]].timezone))
    placing.write_new_orders()
    return placed


def check_quantity(product_id: str, quantity: Decimal) -> None:
    """Raises Invalid for a quantity that cannot be ordered."""
    if not quantity.is_finite() or not 0 < quantity <= LARGEST_QUANTITY:
        raise Invalid(
            "{product_id}: order more than 0 and at most {largest_quantity:,}.",
            product_id=product_id,
            largest_quantity=LARGEST_QUANTITY,
            field="quantity",
        )
    if quantity != quantity.quantize(PLACES):
        raise Invalid(
            "{product_id}: {quantity} has more than three decimal places.",
            product_id=product_id,
            quantity=quantity,
            field="quantity",
        )


def add_lines(order: PurchaseOrderRow, lines: Iterable[NewPurchaseOrderLine]) -> list[PurchaseOrderLineRow]:
    """Adds lines to a purchase order, numbered on."""
    last = max((line.line_no for line in order.lines), default=0)
    added = [
        PurchaseOrderLineRow(
            line_no=line_no if line.line_no is None else line.line_no,
            product_id=line.product_id,
            offer_id=line.offer_id,
            pack_size=line.pack_size,
            quantity=line.quantity,
            unit_price=line.unit_price,
            received=Decimal(0),
            cancelled=Decimal(0),
        )
        for line_no, line in enumerate(lines, start=last + 1)
    ]
    order.lines.extend(added)
    return added


class _Placing:
    """One call's session, moments, person and plan; the plan's orders that are there, and those that are new."""

    def __init__(self, session: Session, now: datetime, known_at: datetime, by: str, plan_id: str | None) -> None:
        self.session, self.now, self.known_at, self.by, self.plan_id = session, now, known_at, by, plan_id
        self.there: dict[str, PurchaseOrderRow] = {}
        if plan_id is not None:
            of_plan = select(PurchaseOrderRow).where(PurchaseOrderRow.plan_id == plan_id)
            there = session.scalars(of_plan.execution_options(populate_existing=True))
            self.there = {order.purchase_order_id: order for order in there}
        self.new: list[tuple[PurchaseOrderRow, date]] = []
        self.ordered: list[tuple[PurchaseOrderRow, list[PurchaseOrderEventRow]]] = []

    def place(self, lines: list[NewPurchaseOrderLine], order_date: date) -> list[PurchaseOrderRow]:
        """The orders of one supplier, warehouse and delivery date that hold the lines."""
        there: list[PurchaseOrderRow] = []
        new_id = uuid4().hex
        if self.plan_id is not None:
            for new_id in _ids(self.plan_id, lines[0]):
                if new_id not in self.there:
                    break
                there.append(self.there[new_id])
        ordered = {line.line_no for order in there for line in order.lines}
        if missing := [line for line in lines if line.line_no not in ordered]:
            if there and _nobody_knows_of(there[-1]):
                self._join(there[-1], missing)
            else:
                there.append(self._new_order(new_id, missing, order_date))
        return there

    def write_new_orders(self) -> None:
        """Numbers the new orders by their order days and writes them all together."""
        for order_date in sorted({day for _, day in self.new}):
            of_day = [order for order, day in self.new if day == order_date]
            numbers = next_numbers(self.session, order_date, len(of_day))
            for order, number in zip(of_day, numbers, strict=True):
                order.number = number
        self.session.add_all(order for order, _ in self.new)
        self.session.flush()
        for order, _ in self.new:
            event = self._ordered()
            write_down_first(self.session, order.purchase_order_id, event)
            self.ordered.append((order, [event]))
        self.session.flush()
        tell(self.session, self.ordered)

    def _join(self, order: PurchaseOrderRow, lines: list[NewPurchaseOrderLine]) -> None:
        added = add_lines(order, lines)
        order.send_by = _earliest_send_by(lines, order.send_by)
        events = [self._ordered(line.line_no) for line in added]
        write_down(self.session, order.purchase_order_id, events)
        self.ordered.append((order, events))

    def _new_order(
        self, purchase_order_id: str, lines: list[NewPurchaseOrderLine], order_date: date
    ) -> PurchaseOrderRow:
        order = PurchaseOrderRow(
            purchase_order_id=purchase_order_id,
            plan_id=self.plan_id,
            supplier_id=lines[0].supplier_id,
            warehouse_id=lines[0].warehouse_id,
            delivery_date=lines[0].delivery_date,
            ordered_at=self.now,
            ordered_by=self.by,
            send_by=_earliest_send_by(lines),
        )
        add_lines(order, lines)
        self.new.append((order, order_date))
        return order

    def _ordered(self, line_no: int | None = None) -> PurchaseOrderEventRow:
        return PurchaseOrderEventRow(
            line_no=line_no,
            kind=PurchaseOrderEventKind.ORDERED,
            happened_at=self.now,
            known_at=self.known_at,
            by=self.by,
        )


def _ids(plan_id: str, line: NewPurchaseOrderLine) -> Iterable[str]:
    """The ids of a plan's orders of one supplier, warehouse and delivery date: the first, the second, ..."""
    name = f"freshfront:{plan_id}:{line.supplier_id}:{line.warehouse_id}:{line.delivery_date}"
    return (uuid5(NAMESPACE_URL, name if which == 1 else f"{name}:{which}").hex for which in count(1))


def _nobody_knows_of(order: PurchaseOrderRow) -> bool:
    told = (order.sent_at, order.confirmed_at, order.cancelled_at, order.closed_at)
    return not any(told) and not any(line.received or line.cancelled for line in order.lines)


def _earliest_send_by(lines: Iterable[NewPurchaseOrderLine], already: datetime | None = None) -> datetime | None:
    return min(filter(None, (already, *(line.send_by for line in lines))), default=None)
