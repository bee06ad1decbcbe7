"""Deliveries taken in and corrected, and inspections apart from them."""

from typing import Annotated
from uuid import uuid4

from fastapi import Path, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.idempotency import Repeatable, answer_once
from api.pagination import Page, PageQuery, page_of
from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.stock.asked_changes import CorrectedLineIn, InspectionIn, ReceiptIn
from api.stock.receipt_schemas import InspectionOut, ReceiptOut
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import ReceiptRow
from flows.ordering.kept_orders import locked_purchase_order
from flows.stock.inspecting import Inspection, keep_inspection
from flows.stock.receiving import Received, ReceivedLine, correct_receipt_line, receive

router = Router(tags=["stock"])
Reader = Annotated[Principal, requires(Scope.READ)]
Receiver = Annotated[Principal, requires(Scope.RECEIPTS_WRITE)]
CHANGES = responses(NotFound, Conflict, TooLarge, WrongMediaType)


@router.post(
    "/receipts",
    status_code=201,
    response_model=ReceiptOut,
    responses=CHANGES,
    openapi_extra=body_up_to(LISTS),
)
def take_in(
    request: Request, session: WriteSession, now: Now, who: Receiver, asked: ReceiptIn, repeatable: Repeatable
) -> Response:
    """Takes a delivery in: what is accepted becomes lots, what came counts against purchase orders. Sent again under
    its id it changes nothing. 409: a lot number is taken."""
    receipt_id = asked.receipt_id or uuid4().hex
    order = None if asked.purchase_order_id is None else locked_purchase_order(session, asked.purchase_order_id)
    came = Received(
        asked.warehouse_id,
        asked.supplier_id or (order.supplier_id if order else None),
        asked.received_at or now,
        [ReceivedLine(**dict(line)) for line in asked.lines],
        asked.note,
        order.purchase_order_id if order else None,
    )
    overdue = request.app.state.settings.overdue_order_counts
    return answer_once(
        session,
        repeatable,
        who.key_id,
        now,
        lambda: ReceiptOut.model_validate(receive(session, receipt_id, came, now, who.name, overdue)),
    )


@router.get("/receipts/{receipt_id}", responses=responses(NotFound))
def show_receipt(session: ReadSession, who: Reader, receipt_id: PathId) -> ReceiptOut:
    """A receipt with its lines."""
    return ReceiptOut.model_validate(_known_receipt(session, receipt_id))


@router.get("/warehouses/{warehouse_id}/receipts", responses=responses(NotFound))
def list_receipts(
    session: ReadSession, who: Reader, warehouse_id: PathId, asked: Annotated[PageQuery, Query()]
) -> Page[ReceiptOut]:
    """The receipts of a warehouse, the latest first."""
    known_warehouse(session, warehouse_id)
    query = select(ReceiptRow).where(ReceiptRow.warehouse_id == warehouse_id)
    key = [ReceiptRow.received_at, ReceiptRow.receipt_id]
    return page_of(session, query, key, asked, lambda row: ReceiptOut.model_validate(row.ReceiptRow), newest_first=True)


@router.patch("/receipts/{receipt_id}/lines/{line_no}", responses=CHANGES)
def correct_line(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Receiver,
    receipt_id: PathId,
    line_no: Annotated[int, Path(ge=1, le=2**31 - 1)],
    asked: CorrectedLineIn,
) -> ReceiptOut:
    """Sets what a line should have said; its lot, inspection and purchase orders follow. Safe to repeat. 409: more than
    is left was taken out of the lot already."""
    receipt = _known_receipt(session, receipt_id)
    line = next((line for line in receipt.lines if line.line_no == line_no), None)
    if line is None:
        raise not_found("Line", line_no)
    corrected = ReceivedLine(line.product_id, asked.accepted, asked.rejected, asked.defect)
    overdue = request.app.state.settings.overdue_order_counts
    return ReceiptOut.model_validate(
        correct_receipt_line(session, receipt_id, line_no, corrected, now, who.name, overdue)
    )


@router.post("/inspections", status_code=201, response_model=InspectionOut, responses=CHANGES)
def inspect(session: WriteSession, now: Now, who: Receiver, asked: InspectionIn, repeatable: Repeatable) -> Response:
    """Keeps an inspection at origin or before dispatch, or a customer's complaint. 409: it was at receipt."""
    id = asked.id or uuid4().hex
    made = Inspection(
        **{name: value for name, value in asked if name != "id"} | {"inspected_at": asked.inspected_at or now}
    )
    return answer_once(
        session,
        repeatable,
        who.key_id,
        now,
        lambda: InspectionOut.model_validate(keep_inspection(session, id, made, now)),
    )


def _known_receipt(session: Session, receipt_id: str) -> ReceiptRow:
    receipt = session.get(ReceiptRow, receipt_id)
    if receipt is None:
        raise not_found("Receipt", receipt_id)
    return receipt
