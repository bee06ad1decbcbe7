"""What a warehouse sends to others and receives from them, on a phone: one tap for all of it, or by lot how much."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form, Response

from api.pages.rendering import done
from api.pages.typed_numbers import TypedNumber
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession
from data.tables import TransferStage
from flows.errors import Invalid
from flows.stock.transfers.asked_quantities import Quantities, by_lot
from flows.stock.transfers.receiving import receive_transfer
from flows.stock.transfers.sending import send_transfer

router = Router(prefix="/stock/{warehouse_id}/transfers/{transfer_id}", include_in_schema=False)
Writes = Annotated[Principal, requires(Scope.RECEIPTS_WRITE)]


@dataclass(frozen=True)
class Told:
    """What was typed: how much of each lot (None: all of all of them), and why not all."""

    quantities: Quantities | None
    because: str


def told(
    lot_id: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    quantity: Annotated[list[TypedNumber], Form()] = [],  # noqa: B006
    because: Annotated[str, Form(max_length=500)] = "",
) -> Told:
    """The lots stand one below the other, each with its quantity. Raises Invalid where one has none."""
    if len(lot_id) != len(quantity):
        raise Invalid("The form is not whole. Load the page again.", field="quantity")
    return Told(by_lot(list(zip(lot_id, quantity, strict=True))) if lot_id else None, because)


ByLot = Annotated[Told, Depends(told)]


@router.post("/send")
def send(session: WriteSession, now: Now, who: Writes, warehouse_id: str, transfer_id: str, left: ByLot) -> Response:
    """What left."""
    sent = send_transfer(session, warehouse_id, transfer_id, left.quantities, left.because, now, who.name)
    return _done(warehouse_id, "transfer_refused" if sent.stage is TransferStage.REFUSED else "transfer_sent")


@router.post("/receive")
def receive(session: WriteSession, now: Now, who: Writes, warehouse_id: str, transfer_id: str, came: ByLot) -> Response:
    """What came and was accepted."""
    receive_transfer(session, warehouse_id, transfer_id, came.quantities, came.because, now, who.name)
    return _done(warehouse_id, "transfer_received")


def _done(warehouse_id: str, what: str) -> Response:
    return done(f"/stock/{quote(warehouse_id, safe='')}/receive", what)
