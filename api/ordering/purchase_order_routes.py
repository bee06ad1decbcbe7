"""Purchase orders: listed, shown, placed by hand, sent, confirmed, cancelled, and as documents."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import BackgroundTasks, Query, Request
from starlette.responses import Response

from api.idempotency import Repeatable, answer_once
from api.ordering.afterwards import ask_elsewhere_afterwards
from api.ordering.purchase_order_queries import page_of_orders, read_order
from api.ordering.purchase_order_schemas import (
    AsOfQuery,
    Cancellation,
    Confirmation,
    PlacedByHand,
    PurchaseOrderOut,
    PurchaseOrdersQuery,
    PurchaseOrderSummary,
    Told,
)
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.resources.reading import answer_with
from api.resources.shapes import page_shape
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import Language
from flows.errors import Invalid
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.documents.document_of import document_of
from flows.ordering.documents.formats import WRITERS
from flows.ordering.kept_orders import id_of_purchase_order
from flows.ordering.marking_sent import mark_sent
from flows.ordering.placing import NewPurchaseOrderLine
from flows.ordering.placing_by_hand import place_by_hand

router = Router(prefix="/purchase-orders", tags=["purchase orders"])
Reader = Annotated[Principal, requires(Scope.READ)]
Orderer = Annotated[Principal, requires(Scope.ORDERS_WRITE)]
Format = Literal["pdf", "xlsx", "csv", "xml"]
CHANGES = responses(NotFound, Conflict, TooLarge, WrongMediaType)
FILES = {
    writer.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}, "example": "..."}
    for writer in WRITERS.values()
}


@router.get("", responses=responses(), response_model=page_shape(PurchaseOrderSummary, "purchase orders"))
def list_purchase_orders(
    request: Request, session: ReadSession, now: Now, who: Reader, asked: Annotated[PurchaseOrdersQuery, Query()]
) -> Response:
    """Purchase orders, the latest due first unless another order is asked for."""
    return answer_with(page_of_orders(session, asked, now, _overdue_counts(request)), asked.fields)


@router.post(
    "",
    status_code=201,
    response_model=PurchaseOrderOut,
    responses=CHANGES
    | {201: {"headers": {"Location": {"schema": {"type": "string"}, "description": "address of the order"}}}},
    openapi_extra=body_up_to(LISTS),
)
def place_purchase_order(
    request: Request, session: WriteSession, now: Now, who: Orderer, placed: PlacedByHand, repeatable: Repeatable
) -> Response:
    """Enters a purchase order that was placed by hand."""

    def enter() -> PurchaseOrderOut:
        lines = [
            NewPurchaseOrderLine(
                supplier_id=placed.supplier_id,
                warehouse_id=placed.warehouse_id,
                delivery_date=placed.delivery_date,
                product_id=line.product_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
            for line in placed.lines
        ]
        counts = _overdue_counts(request)
        order = place_by_hand(
            session, lines, now, who.name, ordered_at=placed.ordered_at, note=placed.note, overdue_counts=counts
        )
        return read_order(session, order.number, now, counts)

    response = answer_once(session, repeatable, who.key_id, now, enter)
    number = PurchaseOrderOut.model_validate_json(bytes(response.body)).number
    response.headers["Location"] = f"/v1/purchase-orders/{number}"
    return response


@router.get("/{order}", responses=responses(NotFound))
def show_purchase_order(
    request: Request, session: ReadSession, now: Now, who: Reader, order: PathId, asked: Annotated[AsOfQuery, Query()]
) -> PurchaseOrderOut:
    """A purchase order, by its number or id, with its lines and what happened to it."""
    return read_order(session, order, asked.moment(now), _overdue_counts(request))


@router.post("/{order}/sent", responses=CHANGES)
def mark_purchase_order_sent(
    request: Request, session: WriteSession, now: Now, who: Orderer, order: PathId, told: Told
) -> PurchaseOrderOut:
    """Notes that the supplier was told in another way. 409: the order is cancelled."""
    mark_sent(session, order, now, who.name, told.how)
    return read_order(session, order, now, _overdue_counts(request))


@router.post("/{order}/confirm", responses=CHANGES, openapi_extra=body_up_to(LISTS))
def confirm(
    request: Request,
    session: WriteSession,
    tasks: BackgroundTasks,
    now: Now,
    who: Orderer,
    order: PathId,
    said: Confirmation,
) -> PurchaseOrderOut:
    """Notes what the supplier will bring: what it declines is not under way any more, and a new draft of the
    warehouse's plan asks for it elsewhere. Confirming the same again changes nothing, something else corrects what was
    said. 409: cancelled, or closed after something came."""
    quantities = None if said.lines is None else {line.line_no: line.quantity for line in said.lines}
    if said.lines is not None and quantities is not None and len(quantities) < len(said.lines):
        raise Invalid("A line comes twice.", field="lines")
    confirm_purchase_order(session, order, quantities, now, who.name)
    ask_elsewhere_afterwards(tasks, request, order, now)
    return read_order(session, order, now, _overdue_counts(request))


@router.post("/{order}/cancel", responses=CHANGES)
def cancel(
    request: Request, session: WriteSession, now: Now, who: Orderer, order: PathId, what: Cancellation
) -> PurchaseOrderOut:
    """Cancels all that has not come, or what has not come of one line. Safe to repeat. 409: all of it has come."""
    cancel_purchase_order(session, order, now, who.name, line_no=what.line_no, note=what.note)
    return read_order(session, order, now, _overdue_counts(request))


@router.get(
    "/{order}/document.{file_format}",
    response_class=Response,
    responses=responses(NotFound, Conflict) | {200: {"content": FILES}},
)
def download_document(
    request: Request,
    session: ReadSession,
    who: Reader,
    order: PathId,
    file_format: Format,
    language: Language | None = None,
) -> Response:
    """The order as its supplier gets it, in the supplier's language unless another is asked for: PDF, XLSX, CSV or
    UBL 2.1 (xml). 409: all of it was cancelled."""
    settings = request.app.state.settings
    document = document_of(session, id_of_purchase_order(session, order), settings.shop_name, language)
    writer = WRITERS[file_format]
    headers = {"Content-Disposition": f'attachment; filename="{document.number}.{file_format}"'}
    return Response(writer.write(document), media_type=writer.media_type, headers=headers)


def _overdue_counts(request: Request) -> timedelta:
    counts: timedelta = request.app.state.settings.overdue_order_counts
    return counts
