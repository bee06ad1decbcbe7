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
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import PlanLineRow, PurchasePlanRow
from flows.purchasing.plan_exports import as_csv, as_xlsx, chunks
from flows.purchasing.purchase_plans import approve_plan, edit_plan_line, make_purchase_plan

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
    request: Request, session: WriteSession, now: Now, who: Buyer, order: PlanOrder, repeatable: Repeatable
) -> Response:
    """Makes a draft of what to buy for a delivery date. Warehouses that cannot be planned
    for are left out and named in its notes. 404: a warehouse is unknown; 409: none can be planned for."""

    def plan_it() -> PlanOut:
        settings = request.app.state.settings.purchasing
        return read_plan(
            session, make_purchase_plan(session, order.warehouse_ids, order.delivery_date, now, who.name, settings)
        )

    response = answer_once(session, repeatable, who.key_id, now, plan_it)
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
def approve(session: WriteSession, now: Now, who: Buyer, plan_id: PathId) -> ApprovedPlan:
    """Turns a draft into purchase orders. Approving again changes nothing and gives the same answer."""
    order_ids = approve_plan(session, plan_id, now, who.name)
    session.flush()
    return ApprovedPlan(**read_plan(session, plan_id).model_dump(), purchase_order_ids=order_ids)


@router.get(
    "/{plan_id}/export.csv",
    response_class=Response,
    responses=responses(NotFound) | {200: {"content": {"text/csv": {"example": "line_no,warehouse_id,...\r\n1,W01"}}}},
)
def export_csv(session: ReadSession, who: Reader, plan_id: PathId) -> Response:
    """All lines as CSV (UTF-8, comma, header row)."""
    plan = read_plan(session, plan_id)
    rows = session.execute(plan_lines(plan_id).order_by(PlanLineRow.line_no)).yield_per(1000)
    return _download(as_csv(map(as_line, rows)), f"purchase-plan-{plan.delivery_date}.csv", "text/csv")


@router.get(
    "/{plan_id}/export.xlsx",
    response_class=Response,
    responses=responses(NotFound)
    | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "PK..."}}}},
)
def export_xlsx(session: ReadSession, who: Reader, plan_id: PathId) -> Response:
    """All lines as an Excel sheet."""
    plan = read_plan(session, plan_id)
    rows = session.execute(plan_lines(plan_id).order_by(PlanLineRow.line_no)).yield_per(1000)
    file = as_xlsx(map(as_line, rows), f"plan {plan.delivery_date}")
    return _download(file, f"purchase-plan-{plan.delivery_date}.xlsx", XLSX)


def _download(file: IO[bytes], name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chunks(file), media_type=media_type, headers=headers)
