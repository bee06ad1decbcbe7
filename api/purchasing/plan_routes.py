"""Purchase plans: made for a delivery date, read, edited line by line, approved, exported."""

import json
from typing import IO, Annotated

from fastapi import Body, Header, Query, Request
from sqlalchemy import select
from starlette.responses import Response, StreamingResponse

from api.idempotency import Repeatable, answer_once
from api.if_match import version_of
from api.pagination import Page, page_of, rows_of_page
from api.problems import (
    Conflict,
    NotFound,
    PreconditionFailed,
    TooLarge,
    WrongMediaType,
    not_found,
    responses,
)
from api.purchasing.line_cursors import cursor_of_line, line_of_cursor
from api.purchasing.plan_queries import (
    as_preview,
    read_line,
    read_plan,
    summaries,
)
from api.purchasing.plan_schemas import (
    ApprovedPlan,
    EditsQuery,
    LineAdded,
    LineEdit,
    LineEditOut,
    LinePreview,
    LinesChosen,
    LinesQuery,
    ManyEdits,
    PercentChange,
    PlanLineOut,
    PlanOrder,
    PlanOut,
    PlansQuery,
    PlanSummary,
    WantedPreview,
)
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.stock.transfer_schemas import CancelledIn
from api.transactions import Now, ReadSession, RegionSession, WriteSession, engine_of
from api.values import LineNo, PathId, TransferNo
from data.database import reading
from data.frames.plan_lines import LineFilter, LinesShown, read_lines_as_json
from data.languages import say
from data.tables import PlanLineEditRow, PlanStatus, PurchasePlanRow
from flows.purchasing.deciding.adding import NewLine, add_line
from flows.purchasing.deciding.approval_summary import lines_to_approve
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.deciding.editing import LineEdit as LineChange
from flows.purchasing.deciding.editing import change_by_percent, edit_plan_lines, undo_last_edit
from flows.purchasing.deciding.preview import preview_of
from flows.purchasing.deciding.transfers_of_plan import cancel_transfer_of_plan, leave_out_transfer
from flows.purchasing.planning.planning import plan_what_to_order
from flows.purchasing.planning.purchase_plans import discard_plan, keep_plan, lines_of_new_plan, note_export
from flows.purchasing.showing.named_lines import named_lines
from flows.purchasing.showing.named_transfers import named_transfers
from flows.purchasing.showing.plan_exports import as_csv, as_xlsx, chunks

router = Router(prefix="/purchase-plans", tags=["purchase plans"])
Reader = Annotated[Principal, requires(Scope.READ)]
Buyer = Annotated[Principal, requires(Scope.PLANS_WRITE)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post(
    "",
    status_code=201,
    response_model=PlanOut,
    responses=responses(NotFound, Conflict, TooLarge, WrongMediaType)
    | {201: {"headers": {"Location": {"schema": {"type": "string"}, "description": "address of the plan"}}}},
    openapi_extra=body_up_to(LISTS),
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
    lines = lines_of_new_plan(region, planned)

    def keep_it() -> PlanOut:
        return read_plan(session, keep_plan(session, planned, lines, who.name, replace_edited=order.replace_edited))

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


@router.get("/{plan_id}/lines", response_model=Page[PlanLineOut], responses=responses(NotFound))
def list_lines(session: ReadSession, who: Reader, plan_id: PathId, asked: Annotated[LinesQuery, Query()]) -> Response:
    """The lines of a plan, all of them or those that the filters let through."""
    chosen = LineFilter(
        warehouse_id=asked.warehouse_id,
        supplier_id=asked.supplier_id,
        category=asked.category,
        delivery_date=asked.delivery_date,
        warning=asked.warning,
        search=asked.search,
    )
    after = None if asked.cursor is None else line_of_cursor(asked.cursor, asked.sort)
    found = read_lines_as_json(session, plan_id, chosen, asked.sort, after=after, limit=asked.limit + 1)
    if not found and session.get(PurchasePlanRow, plan_id) is None:
        raise not_found("Purchase plan", plan_id)
    lines = found[: asked.limit]
    following = json.dumps(cursor_of_line(lines[-1], asked.sort) if len(found) > asked.limit else None)
    items = ",".join([line.json for line in lines])
    return Response(f'{{"items":[{items}],"next":{following}}}', media_type="application/json")


@router.get("/{plan_id}/lines/{line_no}", responses=responses(NotFound))
def show_line(session: ReadSession, who: Reader, plan_id: PathId, line_no: LineNo, response: Response) -> PlanLineOut:
    """A line of a plan; its `ETag` names the version, to give in `If-Match` when it is edited."""
    line = read_line(session, plan_id, line_no)
    response.headers["ETag"] = f'"{line.version}"'
    return line


@router.patch(
    "/{plan_id}/lines/{line_no}",
    responses=responses(NotFound, Conflict, PreconditionFailed, TooLarge, WrongMediaType),
)
def edit_line(
    session: WriteSession,
    now: Now,
    who: Buyer,
    plan_id: PathId,
    line_no: LineNo,
    edit: LineEdit,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> PlanLineOut:
    """Orders another quantity than was suggested, or from another supplier, with a reason; the same again changes
    nothing. 412: the line has changed
    since the version that `If-Match` names. 409: it is ordered already, or, without `If-Match`, somebody else has
    changed it."""
    wanted = LineChange(line_no, edit.quantity, edit.reason_code, edit.reason, edit.offer_id, version_of(if_match))
    edit_plan_lines(session, plan_id, [wanted], now, who.name)
    session.flush()
    line = read_line(session, plan_id, line_no)
    response.headers["ETag"] = f'"{line.version}"'
    return line


@router.post("/{plan_id}/lines/{line_no}/undo", response_model=PlanLineOut, responses=responses(NotFound, Conflict))
def undo_edit(
    session: WriteSession, now: Now, who: Buyer, plan_id: PathId, line_no: LineNo, repeatable: Repeatable
) -> Response:
    """Takes back one's own last change of a line, a change taken back too: send an `Idempotency-Key`, so that asking
    again does it once. 409: there is none, or somebody else has changed it since."""

    def take_back() -> PlanLineOut:
        undo_last_edit(session, plan_id, line_no, now, who.name)
        session.flush()
        return read_line(session, plan_id, line_no)

    return answer_once(session, repeatable, who.key_id, now, take_back, 200)


@router.post(
    "/{plan_id}/lines/{line_no}/preview",
    responses=responses(NotFound, Conflict, PreconditionFailed, TooLarge, WrongMediaType),
)
def preview_edit(
    session: ReadSession, now: Now, who: Buyer, plan_id: PathId, line_no: LineNo, edit: WantedPreview
) -> LinePreview:
    """What another quantity would cost and risk, who could deliver it, and what is asked about it; writes nothing."""
    return as_preview(preview_of(session, plan_id, line_no, edit.quantity, edit.offer_id, now))


@router.post(
    "/{plan_id}/lines",
    status_code=201,
    responses=responses(NotFound, Conflict, TooLarge, WrongMediaType)
    | {201: {"headers": {"Location": {"schema": {"type": "string"}, "description": "address of the line"}}}},
)
def add_plan_line(
    session: WriteSession, now: Now, who: Buyer, plan_id: PathId, added: LineAdded, response: Response
) -> PlanLineOut:
    """Adds a line to a draft. 409: it has one of that product for that day already, which its detail names, so asking
    again adds nothing; or the plan is no draft."""
    wanted = NewLine(
        added.warehouse_id, added.product_id, added.quantity, added.offer_id, added.delivery_date, added.reason_code,
        added.reason,
    )  # fmt: skip
    line_no = add_line(session, plan_id, wanted, now, who.name)
    line = read_line(session, plan_id, line_no)
    response.headers["Location"] = f"/v1/purchase-plans/{plan_id}/lines/{line_no}"
    response.headers["ETag"] = f'"{line.version}"'
    return line


@router.post(
    "/{plan_id}/edits",
    responses=responses(NotFound, Conflict, PreconditionFailed, TooLarge, WrongMediaType),
    openapi_extra=body_up_to(LISTS),
)
def edit_lines(session: WriteSession, now: Now, who: Buyer, plan_id: PathId, edits: ManyEdits) -> PlanOut:
    """Edits many lines of a plan: all are kept or none. 412: one has changed since the version that it names."""
    wanted = [
        LineChange(one.line_no, one.quantity, one.reason_code, one.reason, one.offer_id, one.version)
        for one in edits.lines
    ]
    edit_plan_lines(session, plan_id, wanted, now, who.name)
    session.flush()
    return read_plan(session, plan_id)


@router.post(
    "/{plan_id}/change-by-percent",
    response_model=PlanOut,
    responses=responses(NotFound, Conflict, TooLarge, WrongMediaType),
)
def change_lines_by_percent(
    session: WriteSession, now: Now, who: Buyer, plan_id: PathId, change: PercentChange, repeatable: Repeatable
) -> Response:
    """Raises or lowers all lines that buy something, those of a category, warehouse or supplier, to whole packs. Send
    an `Idempotency-Key`, so that asking again raises them once."""
    chosen = LineFilter(change.warehouse_id, change.supplier_id, change.category, shown=LinesShown.OPEN)

    def change_them() -> PlanOut:
        change_by_percent(session, plan_id, chosen, change.percent, change.reason_code, change.reason, now, who.name)
        session.flush()
        return read_plan(session, plan_id)

    return answer_once(session, repeatable, who.key_id, now, change_them, 200)


@router.get("/{plan_id}/edits", responses=responses(NotFound))
def list_edits(
    session: ReadSession, who: Reader, plan_id: PathId, asked: Annotated[EditsQuery, Query()]
) -> Page[LineEditOut]:
    """What was changed in a plan: who, when, from what, to what and why; the latest first."""
    read_plan(session, plan_id)
    query = select(PlanLineEditRow).where(PlanLineEditRow.plan_id == plan_id)
    if asked.line_no is not None:
        query = query.where(PlanLineEditRow.line_no == asked.line_no)
    key = [PlanLineEditRow.edited_at, PlanLineEditRow.edit_id]
    return page_of(
        session, query, key, asked, lambda row: LineEditOut.model_validate(row.PlanLineEditRow), newest_first=True
    )


@router.post(
    "/{plan_id}/approve",
    responses=responses(NotFound, Conflict, TooLarge, WrongMediaType),
    openapi_extra=body_up_to(LISTS),
)
def approve(
    request: Request,
    now: Now,
    who: Buyer,
    plan_id: PathId,
    chosen: Annotated[LinesChosen | None, Body(examples=[{"supplier_id": "S017"}])] = None,
) -> ApprovedPlan:
    """Turns a draft, or the lines chosen of it, into purchase orders, and books what it carries between warehouses:
    with lines what these count on having brought, the rest once every line that buys is ordered. Approving again
    changes nothing and gives the same answer. 409: something has changed since the draft was made; it has been worked
    out anew, and nothing was ordered. 412: the plan has changed since the version that is named. 403: its orders would
    come to more than the role may approve."""
    engine = engine_of(request)
    chosen = chosen or LinesChosen()
    line_nos = None
    if not chosen.all_lines:
        with reading(engine) as session:
            line_nos = lines_to_approve(session, plan_id, chosen.as_filter(), chosen.line_nos)
    settings = request.app.state.settings
    orders = approve_plan(
        engine,
        plan_id,
        now,
        who.name,
        settings.purchasing,
        line_nos=line_nos,
        at_most=settings.approves_at_most(who.role),
        version=chosen.version,
    )
    with reading(engine) as session:
        return ApprovedPlan(
            **read_plan(session, plan_id).model_dump(),
            purchase_order_ids=[order.purchase_order_id for order in orders],
            purchase_order_numbers=[order.number for order in orders],
        )


@router.delete("/{plan_id}/transfers/{transfer_no}", responses=responses(NotFound, Conflict))
def leave_out(session: WriteSession, who: Buyer, plan_id: PathId, transfer_no: TransferNo) -> PlanOut:
    """Takes a transfer out of a draft: nothing is carried. Lines that counted on it stay as they are, so look at them.
    404: there is none that is not approved yet; 409: the plan is no draft."""
    leave_out_transfer(session, plan_id, transfer_no)
    session.flush()
    return read_plan(session, plan_id)


@router.post(
    "/{plan_id}/transfers/{transfer_no}/cancel", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType)
)
def cancel_transfer(
    session: WriteSession, now: Now, who: Buyer, plan_id: PathId, transfer_no: TransferNo, asked: CancelledIn
) -> PlanOut:
    """Cancels what was approved to be carried and has not left. Safe to repeat. 409: it is not approved yet, was sent,
    or has ended otherwise."""
    cancel_transfer_of_plan(session, plan_id, transfer_no, asked.because, now, who.name)
    session.flush()
    return read_plan(session, plan_id)


@router.post("/{plan_id}/discard", responses=responses(NotFound, Conflict))
def discard(session: WriteSession, now: Now, who: Buyer, plan_id: PathId) -> PlanOut:
    """Puts a draft away: nothing more of it is ordered. One of which a part is ordered is approved with that part.
    Discarding again changes nothing. 409: it is approved."""
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
    file = as_csv(named_lines(session, plan_id))
    note_export(writes, plan_id, now, who.name)
    return _download(file, file_name(plan, "csv"), "text/csv")


@router.get(
    "/{plan_id}/export.xlsx",
    response_class=Response,
    responses=responses(NotFound)
    | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "PK..."}}}},
)
def export_xlsx(session: ReadSession, writes: WriteSession, now: Now, who: Reader, plan_id: PathId) -> Response:
    """All lines as an Excel sheet, and what is carried between warehouses as a second one. The plan remembers that it
    was exported."""
    plan = read_plan(session, plan_id)
    title = say("plan {day}", day=plan.delivery_date)
    file = as_xlsx(named_lines(session, plan_id), title, named_transfers(session, plan_id))
    note_export(writes, plan_id, now, who.name)
    return _download(file, file_name(plan, "xlsx"), XLSX)


def file_name(plan: PlanOut, ending: str) -> str:
    """What an exported plan is called; a draft says that it is not ordered."""
    state = "" if plan.status == PlanStatus.APPROVED else f"-{plan.status}-not-ordered"
    return f"purchase-plan-{plan.delivery_date}{state}.{ending}"


def _download(file: IO[bytes], name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chunks(file), media_type=media_type, headers=headers)
