"""Purchase orders that were placed elsewhere, by phone say: which rows are one order, and how they are kept.

Rows with one number are one order; without numbers, those that agree on supplier, warehouse, delivery date and moment.
An order that is there stays as it was entered: a file that says otherwise is refused, one that says more adds to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, or_, select
from sqlalchemy.orm import Session

from data.importers.rows.known import ASKED_AT_ONCE, Known
from data.importers.rows.records import Records
from data.kept.locked_warehouses import lock_warehouses
from data.kept.purchase_order_ledger import write_down
from data.kept.purchase_order_numbers import keep_free_of, next_number
from data.local_days import today_there
from data.tables import PurchaseOrderEventKind, PurchaseOrderEventRow, PurchaseOrderLineRow, PurchaseOrderRow

TERMS = ("supplier_id", "warehouse_id", "delivery_date", "ordered_at")
NAMES = ("number", *TERMS)


@dataclass
class _Said:
    """An order as it is kept or as the rows before said it: what it is about and how much of what is kept of it."""

    terms: tuple[str, str, date, datetime]
    cancelled: bool = False
    quantities: dict[str, Decimal] = field(default_factory=dict)


def check_purchase_orders(records: Records, known: Known) -> None:
    """Fills in when it was booked and who ordered it; refuses rows that contradict each other or what is kept."""
    records.fill("known_at", lambda row: records.values["ordered_at"][row])
    records.fill("ordered_by", lambda row: known.by)
    said = _kept(records, known)
    for row in list(records.good_rows()):
        name, terms = _name(records, row), _terms(records, row)
        product_id, quantity = records.values["product_id"][row], records.values["quantity"][row]
        zone = known.ids("warehouses")[records.values["warehouse_id"][row]]
        ordered_on = today_there(records.values["ordered_at"][row], zone)
        order = said.setdefault(name, _Said(terms))
        other = next((n for n, (one, two) in enumerate(zip(order.terms, terms, strict=True)) if one != two), None)
        if records.values["delivery_date"][row] < ordered_on:
            records.refuse(
                row, "delivery_date", f"lies before the day of the order, {ordered_on}", "Correct one of them"
            )
        elif other is not None:
            reason = f"is not {order.terms[other]}, as order {name} has it"
            records.refuse(row, TERMS[other], reason, "Give the other order a number of its own")
        elif order.quantities.get(product_id, quantity) != quantity:
            reason = f"is not {order.quantities[product_id].normalize():f}, as it was ordered"
            records.refuse(row, "quantity", reason, "Cancel the line, and order the new quantity under another number")
        elif order.cancelled and product_id not in order.quantities:
            records.refuse(row, "product_id", "is new in an order that was cancelled", "Order it under another number")


def keep_purchase_orders(connection: Connection, records: Records, known: Known) -> None:
    """Writes the orders that are new, and adds to those that are there what they lack."""
    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    for row in records.good_rows():
        rows_of[_name(records, row)].append(row)
    lock_warehouses(connection, {records.values["warehouse_id"][row] for row in records.good_rows()})
    with Session(connection) as session:
        there = {
            name: order
            for part in _parts(list(rows_of))
            for order in session.scalars(select(PurchaseOrderRow).where(_called(part)))
            for name in (order.number, order.purchase_order_id)
        }
        for name, rows in rows_of.items():
            order = there.get(name)
            if order is None:
                _enter(session, records, rows, known)
            else:
                _add(session, order, records, rows)
        session.commit()  # of the session: the transaction is the import's


def _enter(session: Session, records: Records, rows: Sequence[int], known: Known) -> None:
    first = {name: column[rows[0]] for name, column in records.values.items()}
    number = first.get("number")
    if number is None:
        zone = known.ids("warehouses")[first["warehouse_id"]]
        number = next_number(session, today_there(first["ordered_at"], zone))
    else:
        keep_free_of(session, number)
    order = PurchaseOrderRow(
        purchase_order_id=_id(first.get("number"), _terms(records, rows[0])),
        number=number,
        ordered_by=first["ordered_by"],
        note=first.get("note"),
        **{name: first[name] for name in TERMS},
        lines=[_line(records, row, line_no) for line_no, row in enumerate(rows, start=1)],
    )
    session.add(order)
    session.flush()
    write_down(session, order.purchase_order_id, [_ordered(records, rows[0])])


def _add(session: Session, order: PurchaseOrderRow, records: Records, rows: Sequence[int]) -> None:
    lines = {line.product_id: line for line in order.lines}
    new = [row for row in rows if records.values["product_id"][row] not in lines]
    last = max(line.line_no for line in order.lines)
    for line_no, row in enumerate(new, start=last + 1):
        order.lines.append(_line(records, row, line_no))
        order.closed_at = None
        session.flush()
        write_down(session, order.purchase_order_id, [_ordered(records, row, line_no)])
    for row in rows:
        if (line := lines.get(records.values["product_id"][row])) and records.column("unit_price")[row] is not None:
            line.unit_price = records.values["unit_price"][row]


def _line(records: Records, row: int, line_no: int) -> PurchaseOrderLineRow:
    return PurchaseOrderLineRow(
        line_no=line_no,
        product_id=records.values["product_id"][row],
        quantity=records.values["quantity"][row],
        unit_price=records.column("unit_price")[row],
        received=Decimal(0),
        cancelled=Decimal(0),
    )


def _ordered(records: Records, row: int, line_no: int | None = None) -> PurchaseOrderEventRow:
    return PurchaseOrderEventRow(
        line_no=line_no,
        kind=PurchaseOrderEventKind.ORDERED,
        happened_at=records.values["ordered_at"][row],
        known_at=records.values["known_at"][row],
        by=records.values["ordered_by"][row],
    )


def _kept(records: Records, known: Known) -> dict[str, _Said]:
    """The orders of the rows that are there, by the name that the rows give them."""
    names = {_name(records, row) for row in records.good_rows()}
    found: dict[str, _Said] = {}
    order, line = PurchaseOrderRow, PurchaseOrderLineRow
    for part in _parts(sorted(names)):
        query = (
            select(order.purchase_order_id, order.number, order.cancelled_at, line.product_id, line.quantity)
            .add_columns(*(getattr(order, name) for name in TERMS))
            .join(line, line.purchase_order_id == order.purchase_order_id)
            .where(_called(part))
        )
        for purchase_order_id, number, cancelled_at, product_id, quantity, *terms in known.rows(query):
            name = number if number in names else purchase_order_id
            said = found.setdefault(name, _Said(tuple(terms), cancelled_at is not None))
            said.quantities[product_id] = quantity
    return found


def _called(names: Sequence[str]) -> Any:
    return or_(PurchaseOrderRow.number.in_(names), PurchaseOrderRow.purchase_order_id.in_(names))


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[first : first + ASKED_AT_ONCE] for first in range(0, len(names), ASKED_AT_ONCE))


def _terms(records: Records, row: int) -> tuple[str, str, date, datetime]:
    supplier_id, warehouse_id, delivery_date, ordered_at = (records.values[name][row] for name in TERMS)
    return supplier_id, warehouse_id, delivery_date, ordered_at


def _name(records: Records, row: int) -> str:
    """The number of a row's order, its id where it has none."""
    number: str | None = records.column("number")[row]
    return number if number is not None else _id(None, _terms(records, row))


def _id(number: str | None, terms: tuple[str, str, date, datetime]) -> str:
    about = ":".join(map(str, terms)) if number is None else f"number:{number}"
    return uuid5(NAMESPACE_URL, f"freshfront:entered:{about}").hex
