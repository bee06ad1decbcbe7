"""A lot: what is left of it, where it came from and went to, and what can be done with it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Request, Response
from sqlalchemy import select

from api.pages.rendering import done, page
from api.pages.texts import quantity as in_words
from api.pages.typed_numbers import TypedNumber
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.tables import ProductRow, WarehouseRow
from flows.stock.blocking import block_lot, unblock_lot
from flows.stock.changing_lots import known_lot
from flows.stock.lots_ageing import life_of_lot
from flows.stock.moving import Transfer, move_to_warehouse
from flows.stock.tracing import trace_lot
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off

ORDER_LINES_SHOWN = 100

router = Router(prefix="/stock/{warehouse_id}/lots", include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.STOCK_WRITE)]
ActionId = Annotated[str, Form(min_length=1, max_length=64)]


@router.get("/{lot_id}")
def lot(request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str, lot_id: str) -> Response:
    """The lot's way, for a recall, and the forms that change it."""
    place = known_warehouse(session, warehouse_id)
    trace = trace_lot(session, warehouse_id, lot_id, now)
    others = select(WarehouseRow).where(WarehouseRow.city == place.city, WarehouseRow.warehouse_id != warehouse_id)
    return page(
        request,
        "stock/lot.html",
        warehouse=place,
        trace=trace,
        life=life_of_lot(session, place, trace.lot, now),
        product=session.get_one(ProductRow, trace.lot.product_id),
        lines=trace.order_lines[:ORDER_LINES_SHOWN],
        others=session.scalars(others.order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all(),
        reasons=list(WriteOffReason),
    )


@router.post("/{lot_id}/write-off")
def take_out(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    lot_id: str,
    action_id: ActionId,
    quantity: Annotated[TypedNumber, Form()],
    reason: Annotated[WriteOffReason, Form()],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes a quantity out of the lot."""
    asked = WriteOff(warehouse_id, [(lot_id, quantity)], reason, now, note.strip() or None)
    write_off(session, action_id, asked, now, who.name)
    unit = session.get_one(ProductRow, known_lot(session, warehouse_id, lot_id).product_id).unit
    return done(_address(warehouse_id, lot_id), "written_off", quantity=in_words(quantity, unit))


@router.post("/{lot_id}/transfer")
def transfer(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    lot_id: str,
    action_id: ActionId,
    to_warehouse_id: Annotated[str, Form(max_length=64)],
    quantity: Annotated[TypedNumber, Form()],
) -> Response:
    """Carries a quantity of the lot to another warehouse."""
    asked = Transfer(warehouse_id, lot_id, to_warehouse_id, quantity)
    move_to_warehouse(session, action_id, asked, now, who.name)
    unit = session.get_one(ProductRow, known_lot(session, warehouse_id, lot_id).product_id).unit
    there = session.get_one(WarehouseRow, to_warehouse_id).name
    return done(_address(warehouse_id, lot_id), "moved", quantity=in_words(quantity, unit), warehouse=there)


@router.post("/{lot_id}/block")
def block(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    lot_id: str,
    because: Annotated[str, Form(max_length=500)],
) -> Response:
    """Nothing is dispatched from the lot any more."""
    block_lot(session, warehouse_id, lot_id, because, now, who.name)
    return done(_address(warehouse_id, lot_id), "lot_blocked")


@router.post("/{lot_id}/unblock")
def unblock(session: WriteSession, who: Writes, warehouse_id: str, lot_id: str) -> Response:
    """The lot may be dispatched again."""
    unblock_lot(session, warehouse_id, lot_id)
    return done(_address(warehouse_id, lot_id), "lot_unblocked")


def _address(warehouse_id: str, lot_id: str) -> str:
    return f"/stock/{quote(warehouse_id, safe='')}/lots/{quote(lot_id, safe='')}"
