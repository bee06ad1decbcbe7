"""Purchase plans: made for a delivery date, read, edited line by line, approved, exported."""

from typing import IO, Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import select
from starlette.responses import Response, StreamingResponse

from api.idempotency import Repeatable, answer_once
from api.pagination import Page, page_of, rows_of_page
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.purchasing.plan_queries import as_line, plan_lines, read_line, read_plan, summaries
from api.purchasing.plan_schemas import (
    ApprovedPlan,
    LineEdit,
    LinesQuery,
    PlanLineOut,
    PlanOrder,
    PlanOut,
    PlansQuery,
    PlanSummary,
)
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, RegionSession, WriteSession, engine_of
from api.values import PathId
from data.database import reading
from data.tables import PlanLineRow, PlanStatus, PurchasePlanRow
from flows.purchasing.approving import approve_plan
from flows.purchasing.plan_exports import as_csv, as_xlsx, chunks
from flows.purchasing.planning import plan_what_to_order
from flows.purchasing.purchase_plans import discard_plan, edit_plan_line, keep_plan, note_export

router = APIRouter(prefix="/purchase-plans", tags=["purchase plans"])
Reader = Annotated[Principal, requires(Scope.READ)]
Buyer = Annotated[Principal, requires(Scope.PLANS_WRITE)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post(
    "",
    status_code=201,
    response_model=PlanOut,
    responses=responses(NotFound, Conflict, TooLarge, WrongMediaType)
    | {201: {"headers": {"Location": {"schema": {"type": "string"}, "description": "address of the plan"}}}},
)
def make_plan(
    request: Request,
    region: RegionSession,
    session: WriteSession,
    now: Now,
    who: Buyer,
    order: PlanOrder,
    repeatable: Repeatable,
) -> Response:
    """Makes a draft of what must be ordered now, or for a delivery date, in place of today's other drafts for these
    warehouses. Warehouses that cannot be planned for are left out and named in its notes. 404: a warehouse is unknown;
    409: none can be planned for, or one stands in a draft that was edited."""
    settings = request.app.state.settings.purchasing
    planned = plan_what_to_order(region, order.warehouse_ids, now, settings, order.delivery_date)

    def keep_it() -> PlanOut:
        return read_plan(session, keep_plan(session, planned, who.name, replace_edited=order.replace_edited))

    response = answer_once(session, repeatable, who.key_id, now, keep_it)
    plan_id = PlanOut.model_validate_json(bytes(response.body)).plan_id
    response.headers["Location"] = f"/v1/purchase-plans/{plan_id}"
    return response


@router.get("", responses=responses())
def list_plans(session: ReadSession, who: Reader, asked: Annotated[PlansQuery, Query()]) -> Page[PlanSummary]:
    """Purchase plans, the newest first."""
    query = select(PurchasePlanRow)
    if asked.delivery_date is not None:
        query = query.where(PurchasePlanRow.delivery_date == asked.delivery_date)
    if asked.status is not None:
        query = query.where(PurchasePlanRow.status == asked.status)
    key = [PurchasePlanRow.created_at, PurchasePlanRow.plan_id]
    rows, following = rows_of_page(session, query, key, asked, newest_first=True)
    return Page(items=summaries(session, [row.PurchasePlanRow for row in rows]), next=following)


@router.get("/{plan_id}", responses=responses(NotFound))
def show_plan(session: ReadSession, who: Reader, plan_id: PathId) -> PlanOut:
    """A purchase plan, with what it buys from each supplier."""
    return read_plan(session, plan_id)


@router.get("/{plan_id}/lines", responses=responses(NotFound))
def list_lines(
    session: ReadSession, who: Reader, plan_id: PathId, asked: Annotated[LinesQuery, Query()]
) -> Page[PlanLineOut]:
    """The lines of a plan, all of them or those of a warehouse or a supplier."""
    read_plan(session, plan_id)
    query = plan_lines(plan_id)
    if asked.warehouse_id is not None:
        query = query.where(PlanLineRow.warehouse_id == asked.warehouse_id)
    if asked.supplier_id is not None:
        query = query.where(PlanLineRow.supplier_id == asked.supplier_id)
    return page_of(session, query, [PlanLineRow.line_no], asked, as_line)


@router.patch(
    "/{plan_id}/lines/{line_no}",
    responses=responses(NotFound, Conflict, TooLarge, WrongMediaType),
)
def edit_line(
    session: WriteSession,
    now: Now,
    who: Buyer,
    plan_id: PathId,
    line_no: Annotated[int, Path(ge=1, le=2**31 - 1)],
    edit: LineEdit,
) -> PlanLineOut:
    """Orders another quantity than was suggested, with a reason. 409: the plan is approved already."""
    edit_plan_line(session, plan_id, line_no, edit.quantity, edit.reason, now, who.name)
    session.flush()
    return read_line(session, plan_id, line_no)


@router.post("/{plan_id}/approve", responses=responses(NotFound, Conflict))
def approve(request: Request, now: Now, who: Buyer, plan_id: PathId) -> ApprovedPlan:
    """Turns a draft into purchase orders. Approving again changes nothing and gives the same answer. 409: something has
    changed since the draft was made; it has been worked out anew, and nothing was ordered."""
    engine = engine_of(request)
    orders = approve_plan(engine, plan_id, now, who.name, request.app.state.settings.purchasing)
    with reading(engine) as session:
        return ApprovedPlan(
            **read_plan(session, plan_id).model_dump(),
            purchase_order_ids=[order.purchase_order_id for order in orders],
            purchase_order_numbers=[order.number for order in orders],
        )


@router.post("/{plan_id}/discard", responses=responses(NotFound, Conflict))
def discard(session: WriteSession, now: Now, who: Buyer, plan_id: PathId) -> PlanOut:
    """Puts a draft away: nothing of it is ordered. Discarding again changes nothing. 409: it is approved."""
    discard_plan(session, plan_id, now, who.name)
    session.flush()
    return read_plan(session, plan_id)


@router.get(
    "/{plan_id}/export.csv",
    response_class=Response,
    responses=responses(NotFound) | {200: {"content": {"text/csv": {"example": "line_no,warehouse_id,...\r\n1,W01"}}}},
)
def export_csv(session: ReadSession, writes: WriteSession, now: Now, who: Reader, plan_id: PathId) -> Response:
    """All lines as CSV (UTF-8, comma, header row). The plan remembers that it was exported."""
    plan = read_plan(session, plan_id)
    rows = session.execute(plan_lines(plan_id).order_by(PlanLineRow.line_no)).yield_per(1000)
    file = as_csv(map(as_line, rows))
    note_export(writes, plan_id, now, who.name)
    return _download(file, file_name(plan, "csv"), "text/csv")


@router.get(
    "/{plan_id}/export.xlsx",
    response_class=Response,
    responses=responses(NotFound)
    | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "PK..."}}}},
)
def export_xlsx(session: ReadSession, writes: WriteSession, now: Now, who: Reader, plan_id: PathId) -> Response:
    """All lines as an Excel sheet. The plan remembers that it was exported."""
    plan = read_plan(session, plan_id)
    rows = session.execute(plan_lines(plan_id).order_by(PlanLineRow.line_no)).yield_per(1000)
    file = as_xlsx(map(as_line, rows), f"plan {plan.delivery_date}")
    note_export(writes, plan_id, now, who.name)
    return _download(file, file_name(plan, "xlsx"), XLSX)


def file_name(plan: PlanOut, ending: str) -> str:
    """What an exported plan is called; a draft says that it is not ordered."""
    state = "" if plan.status == PlanStatus.APPROVED else f"-{plan.status}-not-ordered"
    return f"purchase-plan-{plan.delivery_date}{state}.{ending}"


def _download(file: IO[bytes], name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chunks(file), media_type=media_type, headers=headers)
