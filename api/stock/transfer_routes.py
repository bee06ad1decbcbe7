"""What a warehouse has to send to others and to receive from them: what plans carry between warehouses."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.pagination import Page, rows_of_page
from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.stock.transfer_schemas import AcceptedIn, SentIn, TransferOut, TransfersQuery
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import TransferRow
from flows.stock.transfers.receiving import receive_transfer
from flows.stock.transfers.sending import send_transfer
from flows.stock.transfers.showing import shown_transfers
from flows.stock.transfers.stages import at_stage

router = Router(prefix="/warehouses/{warehouse_id}/transfers", tags=["stock"])
Reader = Annotated[Principal, requires(Scope.READ)]
Staff = Annotated[Principal, requires(Scope.RECEIPTS_WRITE)]
CHANGES = responses(NotFound, Conflict, TooLarge, WrongMediaType)


@router.get("", responses=responses(NotFound))
def list_transfers(
    session: ReadSession, now: Now, who: Reader, warehouse_id: PathId, asked: Annotated[TransfersQuery, Query()]
) -> Page[TransferOut]:
    """What plans carry from a warehouse and to it, what was approved last first."""
    known_warehouse(session, warehouse_id)
    row = TransferRow
    query = select(row).where(or_(row.from_warehouse_id == warehouse_id, row.to_warehouse_id == warehouse_id))
    if asked.stage is not None:
        query = query.where(at_stage(asked.stage, now))
    rows, following = rows_of_page(session, query, [row.approved_at, row.transfer_id], asked, newest_first=True)
    ids = [found.TransferRow.transfer_id for found in rows]
    shown = {one.transfer.transfer_id: one for one in shown_transfers(session, row.transfer_id.in_(ids), now, [])}
    return Page(items=[TransferOut.of(shown[id]) for id in ids], next=following)


@router.get("/{transfer_id}", responses=responses(NotFound))
def show_transfer(
    session: ReadSession, now: Now, who: Reader, warehouse_id: PathId, transfer_id: PathId
) -> TransferOut:
    """A transfer from the warehouse or to it, and how far it has come."""
    return _shown(session, now, warehouse_id, transfer_id)


@router.post("/{transfer_id}/send", responses=CHANGES)
def send_goods(
    session: WriteSession, now: Now, who: Staff, warehouse_id: PathId, transfer_id: PathId, asked: SentIn
) -> TransferOut:
    """What really left the warehouse. Safe to repeat. 409: it was sent otherwise, has ended or lapsed, a lot is blocked
    or holds less."""
    send_transfer(session, warehouse_id, transfer_id, asked.by_lot(), asked.because, now, who.name)
    return _shown(session, now, warehouse_id, transfer_id)


@router.post("/{transfer_id}/receive", responses=CHANGES)
def receive_goods(
    session: WriteSession, now: Now, who: Staff, warehouse_id: PathId, transfer_id: PathId, asked: AcceptedIn
) -> TransferOut:
    """What arrived in the warehouse and was accepted. Safe to repeat. 409: it is not on the way, or was received
    otherwise."""
    receive_transfer(session, warehouse_id, transfer_id, asked.by_lot(), asked.because, now, who.name)
    return _shown(session, now, warehouse_id, transfer_id)


def _shown(session: Session, now: Now, warehouse_id: str, transfer_id: str) -> TransferOut:
    row = TransferRow
    here = (row.from_warehouse_id == warehouse_id) | (row.to_warehouse_id == warehouse_id)
    found = shown_transfers(session, here & (row.transfer_id == transfer_id), now, [])
    if not found:
        raise not_found("Transfer", transfer_id)
    return TransferOut.of(found[0])
