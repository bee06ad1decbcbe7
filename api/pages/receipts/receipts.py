"""A delivery at the door, on a phone: choose the purchase order that is due, or a product that nobody ordered; what is
accepted, what is rejected and why; one button. Also what a customer complains about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import Form, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.receipts.put_away_words import goes_to, zone_names
from api.pages.rendering import done, page
from api.pages.texts import say
from api.pages.typed_numbers import TypedNumber
from api.places.place_queries import known_warehouse
from api.problems import Unprocessable
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.local_days import today_there
from data.tables import ProductRow, PurchaseOrderRow, ReceiptRow, Stage, SupplierRow, WarehouseRow
from flows.ordering.kept_orders import as_line
from flows.slotting.putting_away import put_away_goods
from flows.stock.inspecting import Inspection, keep_inspection
from flows.stock.receiving import Received, ReceivedLine, receive
from flows.stock.transfers.showing import transfers_to_do

RECEIPTS_SHOWN = 10

router = Router(prefix="/stock/{warehouse_id}", include_in_schema=False)
Writes = Annotated[Principal, requires(Scope.RECEIPTS_WRITE)]
Texts = Annotated[list[str], Form()]


@dataclass(frozen=True)
class DueOrder:
    """A purchase order that is to come: from whom, when, and how many of its lines."""

    order: PurchaseOrderRow
    supplier: SupplierRow
    lines: int
    overdue: bool


@dataclass(frozen=True)
class LineToTakeIn:
    """A product to take in, how much of it is to come, and where that goes, in words ("": not known)."""

    product: ProductRow
    outstanding: Decimal | None
    goes: str = ""


@router.get("/receive")
def form(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    order: Annotated[str, Query(max_length=64)] = "",
    product: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """What is due to choose from; with an order or a product, the form to take it in."""
    place = known_warehouse(session, warehouse_id)
    chosen = _order_of(session, warehouse_id, order)
    return page(
        request,
        "receipts/receive.html",
        warehouse=place,
        due=due_orders(session, place, now),
        transfers=transfers_to_do(session, [warehouse_id], now),
        chosen=chosen,
        supplier=session.get(SupplierRow, chosen.supplier_id) if chosen else None,
        lines=_with_places(session, place, _lines_to_take_in(session, chosen, product), now),
        product=product,
        products=session.scalars(select(ProductRow).order_by(ProductRow.name, ProductRow.product_id)).all(),
        suppliers=session.scalars(select(SupplierRow).order_by(SupplierRow.name, SupplierRow.supplier_id)).all(),
        receipts=latest_receipts(session, warehouse_id),
        today=today_there(now, place.timezone),
        receipt_id=uuid4().hex,
    )


@router.post("/receive")
def take_in(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    receipt_id: Annotated[str, Form(min_length=1, max_length=64)],
    product_id: Texts,
    accepted: Annotated[list[TypedNumber], Form()],
    rejected: Annotated[list[TypedNumber], Form()],
    defect: Texts,
    lot_id: Texts,
    expires_on: Texts,
    supplier_id: Annotated[str, Form(max_length=64)] = "",
    order: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Takes the delivery in; lines of which nothing came are left out."""
    rows = zip(product_id, accepted, rejected, defect, lot_id, expires_on, strict=True)
    lines = [
        ReceivedLine(product, yes, no, why.strip() or None, number.strip() or None, _day(last))
        for product, yes, no, why, number, last in rows
        if yes or no
    ]
    chosen = _order_of(session, warehouse_id, order)
    came = Received(
        warehouse_id,
        chosen.supplier_id if chosen else supplier_id or None,
        now,
        lines,
        purchase_order_id=chosen.purchase_order_id if chosen else None,
    )
    receive(session, receipt_id, came, now, who.name, request.app.state.settings.overdue_order_counts)
    return done(f"/stock/{quote(warehouse_id, safe='')}/receive", "received", n=str(len(lines)))


@router.post("/complaint")
def complain(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    complaint_id: Annotated[str, Form(min_length=1, max_length=64)],
    product_id: Annotated[str, Form(max_length=64)],
    quantity: Annotated[TypedNumber, Form()],
    defect: Annotated[str, Form(min_length=1, max_length=500)],
    lot_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Keeps what a customer complains about."""
    made = Inspection(
        Stage.COMPLAINT, product_id, quantity, Decimal(0), now, None, warehouse_id, lot_id.strip() or None, defect
    )
    keep_inspection(session, complaint_id, made, now)
    return done(f"/stock/{quote(warehouse_id, safe='')}/receive", "complaint_kept")


def due_orders(session: Session, place: WarehouseRow, now: datetime) -> list[DueOrder]:
    """The purchase orders of which something is to come today or was to come before."""
    today = today_there(now, place.timezone)
    query = (
        select(PurchaseOrderRow, SupplierRow)
        .join(SupplierRow, SupplierRow.supplier_id == PurchaseOrderRow.supplier_id)
        .where(PurchaseOrderRow.warehouse_id == place.warehouse_id, PurchaseOrderRow.closed_at.is_(None))
        .where(PurchaseOrderRow.delivery_date <= today)
        .order_by(PurchaseOrderRow.delivery_date.desc(), SupplierRow.name)
    )
    return [
        DueOrder(order, supplier, sum(as_line(order, line).outstanding > 0 for line in order.lines),
                 order.delivery_date < today)
        for order, supplier in session.execute(query).tuples()
    ]  # fmt: skip


def latest_receipts(session: Session, warehouse_id: str) -> list[tuple[ReceiptRow, SupplierRow | None]]:
    """The deliveries taken in last."""
    query = (
        select(ReceiptRow, SupplierRow)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == ReceiptRow.supplier_id)
        .where(ReceiptRow.warehouse_id == warehouse_id)
        .order_by(ReceiptRow.received_at.desc(), ReceiptRow.receipt_id)
        .limit(RECEIPTS_SHOWN)
    )
    return [(receipt, supplier) for receipt, supplier in session.execute(query)]


def _order_of(session: Session, warehouse_id: str, name: str) -> PurchaseOrderRow | None:
    if not name:
        return None
    order = PurchaseOrderRow
    return session.scalars(select(order).where(order.warehouse_id == warehouse_id, order.number == name)).one_or_none()


def _lines_to_take_in(session: Session, chosen: PurchaseOrderRow | None, product_id: str) -> list[LineToTakeIn]:
    if chosen is not None:
        return [
            LineToTakeIn(session.get_one(ProductRow, line.product_id), as_line(chosen, line).outstanding)
            for line in chosen.lines
            if as_line(chosen, line).may_come > 0
        ]
    product = session.get(ProductRow, product_id) if product_id else None
    return [] if product is None else [LineToTakeIn(product, None)]


def _with_places(
    session: Session, place: WarehouseRow, lines: Sequence[LineToTakeIn], now: datetime
) -> list[LineToTakeIn]:
    """The same with where what is to come goes."""
    coming = [(line.product, line.outstanding) for line in lines if line.outstanding]
    where = iter(put_away_goods(session, place, coming, now) if coming else ())
    zones = zone_names(session, place.warehouse_id)
    return [
        replace(line, goes=goes_to(next(where, ()), line.product, place, zones)) if line.outstanding else line
        for line in lines
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unprocessable(say("receive.not_a_day", what=text)) from None
