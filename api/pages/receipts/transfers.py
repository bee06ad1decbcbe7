"""What a warehouse sends to others and receives from them, on a phone: one tap for all of it, or by lot how much."""

from decimal import Decimal
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Response

from api.pages.rendering import done
from api.pages.typed_numbers import TypedNumber
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession
from data.tables import TransferStage
from flows.stock.transfers.receiving import receive_transfer
from flows.stock.transfers.sending import send_transfer

router = Router(prefix="/stock/{warehouse_id}/transfers/{transfer_id}", include_in_schema=False)
Writes = Annotated[Principal, requires(Scope.RECEIPTS_WRITE)]
Lots = Annotated[list[str], Form()]
Quantities = Annotated[list[TypedNumber], Form()]
Why = Annotated[str, Form(max_length=500)]


@router.post("/send")
def send(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    transfer_id: str,
    lot_id: Lots = [],  # noqa: B006 - FastAPI copies it
    quantity: Quantities = [],  # noqa: B006
    because: Why = "",
) -> Response:
    """What left; all of it where no lots are told."""
    sent = send_transfer(session, warehouse_id, transfer_id, _by_lot(lot_id, quantity), because, now, who.name)
    return _done(warehouse_id, "transfer_refused" if sent.stage is TransferStage.REFUSED else "transfer_sent")


@router.post("/receive")
def receive(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    transfer_id: str,
    lot_id: Lots = [],  # noqa: B006 - FastAPI copies it
    quantity: Quantities = [],  # noqa: B006
    because: Why = "",
) -> Response:
    """What came and was accepted; all that had left where no lots are told."""
    receive_transfer(session, warehouse_id, transfer_id, _by_lot(lot_id, quantity), because, now, who.name)
    return _done(warehouse_id, "transfer_received")


def _by_lot(lots: list[str], quantities: list[Decimal]) -> dict[str, Decimal] | None:
    return dict(zip(lots, quantities, strict=True)) if lots else None


def _done(warehouse_id: str, what: str) -> Response:
    return done(f"/stock/{quote(warehouse_id, safe='')}/receive", what)
