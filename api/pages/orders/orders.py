"""Purchase orders: the list with their status, and one order with its lines, what happened to it and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Annotated, Literal

from fastapi import BackgroundTasks, Form, Query, Request, Response
from sqlalchemy import select

from api.ordering.afterwards import (
    ask_elsewhere_afterwards,
    mark_all_sent_afterwards,
    send_all_afterwards,
)
from api.pages.rendering import done, page
from api.pages.texts import exact_quantity, say
from api.pages.typed_numbers import as_number
from api.problems import Unprocessable
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from data.tables import ProductRow, PurchaseOrderEventRow, SupplierRow, WarehouseRow
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.documents.formats import WRITERS
from flows.ordering.looking_up import Wanted, history, purchase_order, purchase_orders
from flows.ordering.marking_sent import mark_sent
from flows.ordering.sending import send_purchase_order
from flows.ordering.supplier_links import make_link, revoke_links
from flows.ordering.to_send import purchase_orders_to_send
from warehouse.ordering.statuses import ENDED, PurchaseOrderStatus, may_be_confirmed

ORDERS_A_PAGE = 60
SUMS = ("ordered", "confirmed", "received", "under_way", "declined", "cancelled", "lapsed")
OPEN: Literal["open"] = "open"

router = Router(prefix="/orders", include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.ORDERS_WRITE)]


@dataclass(frozen=True)
class Filter:
    """Which purchase orders are shown; `status` empty: all, `open`: those that have not ended."""

    warehouse: str = ""
    supplier: str = ""
    status: PurchaseOrderStatus | Literal["open", ""] = OPEN
    due: date | None = None

    def wanted(self) -> Wanted:
        """The filter as purchase orders are looked up with it."""
        chosen = {OPEN: [one for one in PurchaseOrderStatus if one not in ENDED], "": None}
        return Wanted(
            warehouse_ids=[self.warehouse] if self.warehouse else None,
            supplier_id=self.supplier or None,
            statuses=chosen[self.status] if self.status in chosen else [PurchaseOrderStatus(self.status)],
            delivery_date=self.due,
        )


@router.get("")
def orders(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse: str = "",
    supplier: str = "",
    status: PurchaseOrderStatus | Literal["open", ""] = OPEN,
    due: date | Literal[""] = "",
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The purchase orders, the latest due first; those that have not ended unless others are asked for."""
    chosen = Filter(warehouse, supplier, status, due or None)
    found = purchase_orders(session, chosen.wanted(), now, _overdue_counts(request), _place_in_list(after))
    rows = list(islice(found, ORDERS_A_PAGE + 1))
    shown = rows[:ORDERS_A_PAGE]
    last = shown[-1].order if len(rows) > ORDERS_A_PAGE else None
    return page(
        request,
        "orders/orders.html",
        orders=shown,
        after=f"{last.delivery_date} {last.number}" if last else "",
        chosen=chosen,
        statuses=list(PurchaseOrderStatus),
        warehouses=session.scalars(select(WarehouseRow).order_by(WarehouseRow.name)).all(),
        suppliers=session.scalars(select(SupplierRow).order_by(SupplierRow.name)).all(),
    )


@router.get("/{order}")
def order(request: Request, session: ReadSession, now: Now, who: Reads, order: str) -> Response:
    """One purchase order."""
    seen = purchase_order(session, order, now, _overdue_counts(request))
    return page(
        request,
        "orders/order.html",
        seen=seen,
        order=seen.order,
        zone=seen.warehouse.timezone,
        history=history(session, seen, now),
        to_come=seen.status not in ENDED,
        confirmable=may_be_confirmed([line.became for line in seen.lines]),
        formats=list(WRITERS),
        sums=SUMS,
        happened=partial(_happened, {line.known.line_no: line.product for line in seen.lines}),
    )


@router.post("/send-all")
def send_every(request: Request, session: ReadSession, tasks: BackgroundTasks, now: Now, who: Writes) -> Response:
    """Sends what no supplier was told of yet, after the answer; what is refused stays to be sent."""
    orders = [one for one in purchase_orders_to_send(session, now) if one.reachable]
    send_all_afterwards(tasks, request, orders, now, who.name)
    return done("/", "orders_being_sent", n=str(len(orders)))


@router.post("/all-told")
def all_told(
    request: Request,
    session: ReadSession,
    tasks: BackgroundTasks,
    now: Now,
    who: Writes,
    how: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Notes that the suppliers of all that cannot be sent from here were told in another way."""
    orders = [one for one in purchase_orders_to_send(session, now) if not one.reachable]
    mark_all_sent_afterwards(tasks, request, orders, now, who.name, how.strip() or None)
    return done("/", "orders_being_marked", n=str(len(orders)))


@router.post("/{order}/send")
def send(request: Request, now: Now, who: Writes, order: str, again: Annotated[bool, Form()] = False) -> Response:
    """Sends the order to its supplier."""
    sent = send_purchase_order(engine_of(request), order, request.app.state.settings, now, who.name, again=again)
    return done(_address(order), "order_sent" if sent else "order_sent_before")


@router.post("/{order}/sent")
def sent(
    session: WriteSession, now: Now, who: Writes, order: str, how: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Notes that the supplier was told in another way."""
    mark_sent(session, order, now, who.name, how.strip() or None)
    return done(_address(order), "order_marked_sent")


@router.post("/{order}/confirm")
def confirm(
    request: Request,
    session: WriteSession,
    tasks: BackgroundTasks,
    now: Now,
    who: Writes,
    order: str,
    line_no: Annotated[list[int], Form()] = [],  # noqa: B006 - FastAPI copies it
    quantity: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Notes what the supplier will bring: so much of the lines named, or everything in full where none is."""
    typed = dict(zip(line_no, quantity, strict=False))
    quantities = {line: _number(text) for line, text in typed.items() if text.strip()}
    confirm_purchase_order(session, order, quantities if typed else None, now, who.name)
    ask_elsewhere_afterwards(tasks, request, order, now)
    return done(_address(order), "order_confirmed")


@router.post("/{order}/cancel")
def cancel(
    session: WriteSession,
    now: Now,
    who: Writes,
    order: str,
    line_no: Annotated[int | Literal[""], Form()] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Cancels what has not come of the order, or of one of its lines."""
    cancel_purchase_order(session, order, now, who.name, line_no=line_no or None, note=note.strip() or None)
    return done(_address(order), "order_cancelled")


@router.post("/{order}/link")
def link(request: Request, session: WriteSession, now: Now, who: Writes, order: str) -> Response:
    """Makes a link on which the supplier confirms, and shows it once."""
    token = make_link(session, order, now, who.name)
    return done(_address(order), "order_link", url=request.app.state.settings.supplier_url(token))


@router.post("/{order}/revoke-links")
def revoke(session: WriteSession, now: Now, who: Writes, order: str) -> Response:
    """Ends all links of the order."""
    return done(_address(order), "order_links_ended", n=str(revoke_links(session, order, now)))


def _happened(products: Mapping[int, ProductRow], event: PurchaseOrderEventRow) -> str:
    """What happened, in a few words."""
    product = None if event.line_no is None else products.get(event.line_no)
    if product is None:
        return say(f"order.event.{event.kind}")
    quantity = event.quantity or Decimal(0)
    kind = "taken_back" if quantity < 0 else event.kind
    return say(f"order.event.line.{kind}", product=product.name, n=exact_quantity(abs(quantity), product.unit))


def _number(text: str) -> Decimal:
    try:
        return as_number(text)
    except ValueError:
        raise Unprocessable(say("order.no_number", text=text[:40])) from None


def _place_in_list(after: str) -> tuple[date, str] | None:
    day, _, number = after.partition(" ")
    try:
        return (date.fromisoformat(day), number) if after else None
    except ValueError:
        raise Unprocessable(say("order.no_place", text=after[:40])) from None


def _address(order: str) -> str:
    return f"/orders/{order}"


def _overdue_counts(request: Request) -> timedelta:
    counts: timedelta = request.app.state.settings.overdue_order_counts
    return counts
