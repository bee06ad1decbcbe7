"""Purchase orders on their way to their suppliers: sent by mail or chat, and the links on which suppliers confirm."""

from datetime import timedelta
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from api.ordering.purchase_order_queries import read_order
from api.ordering.purchase_order_schemas import PurchaseOrderOut
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession, engine_of
from api.values import PathId
from data.database import reading
from flows.ordering.sending import send_purchase_order
from flows.ordering.supplier_links import make_link, revoke_links

router = Router(prefix="/purchase-orders/{order}", tags=["purchase orders"])
Orderer = Annotated[Principal, requires(Scope.ORDERS_WRITE)]
CHANGES = responses(NotFound, Conflict, TooLarge, WrongMediaType)


class Sending(BaseModel):
    """How to send."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"again": False}})

    again: bool = Field(False, description="send it although it was sent before, under the same number")


class SupplierLinkOut(BaseModel):
    """A link for a supplier; its address is told once."""

    model_config = ConfigDict(json_schema_extra={"example": {"address": "https://shop.example/supplier/3q2..."}})

    address: str


class RevokedLinks(BaseModel):
    """How many links still worked."""

    model_config = ConfigDict(json_schema_extra={"example": {"revoked": 1}})

    revoked: int


@router.post("/send", responses=CHANGES)
def send(request: Request, now: Now, who: Orderer, order: PathId, how: Sending) -> PurchaseOrderOut:
    """Sends the order to its supplier by mail or chat, with the PDF and a link to confirm on; once, unless it is asked
    for again. 409: cancelled, closed, due before today, nowhere to send to, or the message was not taken."""
    engine = engine_of(request)
    send_purchase_order(engine, order, request.app.state.settings, now, who.name, again=how.again)
    counts: timedelta = request.app.state.settings.overdue_order_counts
    with reading(engine) as session:
        return read_order(session, order, now, counts)


@router.post("/links", status_code=201, responses=CHANGES)
def make_supplier_link(
    request: Request, session: WriteSession, now: Now, who: Orderer, order: PathId
) -> SupplierLinkOut:
    """A link on which the supplier confirms this order without an account, once, up to the end of the day of delivery.
    409: cancelled or closed, or that day is over."""
    token = make_link(session, order, now, who.name)
    return SupplierLinkOut(address=request.app.state.settings.supplier_url(token))


@router.delete("/links", responses=responses(NotFound))
def revoke_supplier_links(session: WriteSession, now: Now, who: Orderer, order: PathId) -> RevokedLinks:
    """Ends all links of this order. Safe to repeat."""
    return RevokedLinks(revoked=revoke_links(session, order, now))
