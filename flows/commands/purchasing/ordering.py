"""`freshfront orders`: purchase orders listed, shown, placed by hand, confirmed, received and cancelled."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import uuid4

import typer
from sqlalchemy.orm import Session

from data.database import reading, require_current_schema, writing
from data.languages import say
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment
from flows.commands.shell.options import AsOf, Json, Warehouses, day
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.scope import moment_named
from flows.errors import Invalid, Refusal
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.looking_up import (
    SeenPurchaseOrder,
    Wanted,
    facts_of,
    facts_of_event,
    facts_of_line,
    history,
    purchase_order,
    purchase_orders,
)
from flows.ordering.placing import NewPurchaseOrderLine
from flows.ordering.placing_by_hand import place_by_hand
from flows.purchasing.deciding.asking_elsewhere import ask_elsewhere
from flows.settings import Settings
from flows.stock.receiving_purchase_orders import receive_purchase_order
from warehouse.ordering.statuses import ENDED, PurchaseOrderStatus

BY = "command line"
OrderName = Annotated[str, typer.Argument(metavar="ORDER", help="its number, as PO-20261127-014, or its id")]
Quantities = Annotated[
    list[str] | None,
    typer.Option("--quantity", metavar="LINE=QUANTITY", help="of a line; repeat for several; all if not given"),
]


def listing(
    warehouse: Warehouses = None,
    supplier: Annotated[str, typer.Option(help="a supplier id")] = "",
    status: Annotated[
        list[PurchaseOrderStatus] | None, typer.Option(help="repeat for several; all that have not ended if not given")
    ] = None,
    delivery_date: Annotated[str, typer.Option(help="YYYY-MM-DD: those due on this day, also ended ones")] = "",
    all_orders: Annotated[bool, typer.Option("--all", help="also those that have ended")] = False,
    as_of: AsOf = "",
    json: Json = False,
) -> None:
    """List purchase orders, the latest due first: those of which something is to come."""
    due = day(delivery_date, "--delivery-date") if delivery_date else None
    statuses = status or (None if all_orders or due else [one for one in PurchaseOrderStatus if one not in ENDED])
    with database() as engine:
        require_current_schema(engine)
        now = moment(engine, as_of)
        with reading(engine) as session:
            wanted = Wanted(warehouse, supplier or None, statuses, due)
            found = list(purchase_orders(session, wanted, now, Settings().overdue_order_counts))
    answer([facts_of(seen) for seen in found], _list_in_words(found), json)


def show(name: OrderName, as_of: AsOf = "", json: Json = False) -> None:
    """Print a purchase order: its lines, what became of them, and what happened to it."""
    with database() as engine:
        require_current_schema(engine)
        now = moment(engine, as_of)
        with reading(engine) as session:
            data, text = shown_order(session, name, now)
    answer(data, text, json)


def place(
    supplier: Annotated[str, typer.Option(help="a supplier id")],
    warehouse: Annotated[str, typer.Option("--warehouse", "-w", help="a warehouse id")],
    delivery_date: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    line: Annotated[
        list[str], typer.Option(metavar="PRODUCT=QUANTITY[@PRICE]", help="what is ordered; repeat for several products")
    ],
    ordered_at: Annotated[str, typer.Option(help="YYYY-MM-DDTHH:MM; now if not given")] = "",
    note: Annotated[str, typer.Option(help="what is to be said about it")] = "",
    json: Json = False,
) -> None:
    """Enter a purchase order that was placed by hand, by phone say. What came since it was placed counts against it."""
    due = day(delivery_date, "--delivery-date")
    lines = [_line_to_order(text, supplier, warehouse, due) for text in line]
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        placed_at = moment_named(engine, ordered_at, [warehouse]) if ordered_at else None
        with writing(engine) as session:
            counts = Settings().overdue_order_counts
            order = place_by_hand(
                session, lines, now, BY, ordered_at=placed_at, note=note or None, overdue_counts=counts
            )
            data, text = shown_order(session, order.number, now)
    answer(data, text, json)


def confirm(name: OrderName, quantity: Quantities = None, json: Json = False) -> None:
    """Note what the supplier will bring of a purchase order: in full, or less of some lines. Safe to repeat.

    What it declines is asked for elsewhere, by a new draft of the warehouse's plan."""
    said = _quantities(quantity)
    _changed(lambda session, now: confirm_purchase_order(session, name, said, now, BY), name, json)
    with database() as engine:
        try:
            plan_id = ask_elsewhere(engine, name, datetime.now(UTC), Settings().purchasing)
        except Refusal as refusal:  # the confirmation is kept: approving a plan looks at it again
            typer.echo(say("What is lacking is not asked for elsewhere yet: {why}", why=refusal), err=True)
        else:
            if plan_id is not None:
                told = say("What is lacking is asked for elsewhere: freshfront plan show {plan_id}", plan_id=plan_id)
                typer.echo(told, err=json)


def receive(
    name: OrderName,
    quantity: Quantities = None,
    receipt: Annotated[str, typer.Option(help="an id for the receipt, under which this is safe to repeat")] = "",
    received_at: Annotated[str, typer.Option(help="YYYY-MM-DDTHH:MM; now if not given")] = "",
    json: Json = False,
) -> None:
    """Take in what came of a purchase order: all that is outstanding, or so much of some lines."""
    said, settings = _quantities(quantity), Settings()
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        came_at = moment_named(engine, received_at) if received_at else None
        with writing(engine) as session:
            receive_purchase_order(
                session,
                name,
                said,
                now,
                BY,
                receipt_id=receipt or uuid4().hex,
                received_at=came_at,
                overdue_counts=settings.overdue_order_counts,
            )
            data, text = shown_order(session, name, now)
    answer(data, text, json)


def cancel(
    name: OrderName,
    line: Annotated[int | None, typer.Option(help="only this line; the rest stays under way")] = None,
    note: Annotated[str, typer.Option(help="why")] = "",
    json: Json = False,
) -> None:
    """Cancel what has not come of a purchase order, or of one of its lines. Safe to repeat."""
    _changed(
        lambda session, now: cancel_purchase_order(session, name, now, BY, line_no=line, note=note or None), name, json
    )


def _changed(change: Callable[[Session, datetime], object], name: str, json: bool) -> None:
    """Does something to a purchase order and prints what it is then."""
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        with writing(engine) as session:
            change(session, now)
            data, text = shown_order(session, name, now)
    answer(data, text, json)


def _line_to_order(text: str, supplier_id: str, warehouse_id: str, delivery_date: date) -> NewPurchaseOrderLine:
    product_id, _, terms = text.rpartition("=")
    quantity, _, price = terms.partition("@")
    if not product_id:
        raise Invalid("--line {text!r} is not PRODUCT=QUANTITY or PRODUCT=QUANTITY@PRICE.", text=text, field="--line")
    return NewPurchaseOrderLine(
        supplier_id=supplier_id,
        warehouse_id=warehouse_id,
        delivery_date=delivery_date,
        product_id=product_id,
        quantity=_number(quantity, "--line", text),
        unit_price=_number(price, "--line", text) if price else None,
    )


def _quantities(said: Sequence[str] | None) -> dict[int, Decimal] | None:
    if said is None:
        return None
    found: dict[int, Decimal] = {}
    for text in said:
        line_no, _, quantity = text.partition("=")
        if not line_no.isascii() or not line_no.isdigit() or int(line_no) in found:
            raise Invalid("--quantity {text!r}: write LINE=QUANTITY, each line once.", text=text, field="--quantity")
        found[int(line_no)] = _number(quantity, "--quantity", text)
    return found


def _number(written: str, option: str, text: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise Invalid(
            "{option} {text!r}: {written!r} is not a number.", option=option, text=text, written=written, field=option
        ) from None


def shown_order(session: Session, name: str, now: datetime) -> tuple[dict[str, Any], str]:
    """A purchase order as JSON and in words: its lines, and what happened to it."""
    seen = purchase_order(session, name, now, Settings().overdue_order_counts)
    events = [facts_of_event(event) for event in history(session, seen, now)]
    lines = [facts_of_line(line) for line in seen.lines]
    data = facts_of(seen) | {"lines": lines, "history": events}
    text = [_in_words(data), "", _lines_in_words(lines), "", *map(_event_in_words, events)]
    return data, "\n".join(text).rstrip()


def _list_in_words(found: Sequence[SeenPurchaseOrder]) -> str:
    if not found:
        return say("There are no such purchase orders.")
    rows = [
        (
            order["number"],
            order["delivery_date"].isoformat(),
            spoken("order", order["status"]),
            order["warehouse_id"],
            order["supplier_name"],
            f"{order['products']}",
            f"{order['cost']:,.2f} {order['currency']}",
        )
        for order in map(facts_of, found)
    ]
    head = ("number", "due", "status", "warehouse", "supplier", "products", "cost")
    return as_table(head, rows, numbers={5, 6})


def _in_words(order: Mapping[str, Any]) -> str:
    text = say(
        "Purchase order {number} to {supplier} for {warehouse}, due {due}: {status}.",
        number=order["number"],
        supplier=order["supplier_name"],
        warehouse=order["warehouse_name"],
        due=order["delivery_date"],
        status=spoken("order", order["status"]),
    )
    return f"{text} {order['note']}" if order["note"] else text


def _lines_in_words(lines: Sequence[Mapping[str, Any]]) -> str:
    sums = ("ordered", "confirmed", "received", "under_way", "declined", "cancelled", "lapsed")
    rows = [
        (
            str(line["line_no"]),
            line["product_name"],
            *(_plain(line[name]) for name in sums),
            spoken("unit", line["unit"]),
        )
        for line in lines
    ]
    return as_table(("line", "product", *sums, "unit"), rows, numbers={0, *range(2, 2 + len(sums))})


def _event_in_words(event: Mapping[str, Any]) -> str:
    what = spoken("event", event["kind"])
    if event["line_no"] is not None:
        what = say("{what} line {line_no}", what=what, line_no=event["line_no"])
    quantity = "" if event["quantity"] is None else f" {_plain(event['quantity'])}"
    note = f": {event['note']}" if event["note"] else ""
    return f"{event['known_at']:%Y-%m-%d %H:%M} UTC  {what}{quantity}, {event['by']}{note}"


def _plain(quantity: Decimal | None) -> str:
    return "-" if quantity is None else f"{quantity.normalize():f}"
