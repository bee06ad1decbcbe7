"""Purchase plans: the list, a new one, and the workbench, a plan's lines with the riskiest first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Form, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.plans.line_rows import line_rows
from api.pages.plans.lines_view import COLUMNS, LINES_A_PAGE, LinesView, lines_view
from api.pages.plans.shown_plans import with_totals
from api.pages.rendering import done, page
from api.problems import not_found
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from api.values import TransferNo
from data.frames.plan_lines import Line, LineFilter, LinesShown, count_lines, read_lines
from data.tables import EditReason, NameKind, PurchasePlanRow, WarehouseRow
from data.tables.names import in_order_of_names
from flows.ordering.cancelling import not_sent_of_plan
from flows.purchasing.deciding.transfers_of_plan import cancel_transfer_of_plan, leave_out_transfer
from flows.purchasing.notes.plan_notes import in_words, notes_seen
from flows.purchasing.planning.kept_service_level import categories
from flows.purchasing.planning.purchase_plans import discard_plan, make_purchase_plan
from flows.purchasing.showing.named_transfers import named_transfers
from flows.purchasing.showing.names import names_in
from flows.purchasing.showing.plan_totals import plan_zone, totals_by_supplier
from warehouse.purchasing.plan import PLAN_WARNINGS

PLANS_SHOWN = 60

router = Router(prefix="/plans", include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.PLANS_WRITE)]
View = Annotated[LinesView, Depends(lines_view)]


@router.get("")
def plans(request: Request, session: ReadSession, now: Now, who: Reads) -> Response:
    """The latest plans and the form for a new one."""
    latest = select(PurchasePlanRow).order_by(PurchasePlanRow.delivery_date.desc(), PurchasePlanRow.created_at.desc())
    warehouses = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    return page(
        request,
        "plans/plans.html",
        plans=with_totals(session, session.scalars(latest.limit(PLANS_SHOWN)).all()),
        warehouses=warehouses,
    )


@router.post("")
def request_plan(
    request: Request,
    now: Now,
    who: Writes,
    delivery_date: Annotated[date | Literal[""], Form()] = "",
    replace_edited: Annotated[bool, Form()] = False,
    warehouse_id: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Makes a plan for the chosen warehouses and opens it."""
    plan_id = make_purchase_plan(
        engine_of(request),
        warehouse_id,
        now,
        who.name,
        request.app.state.settings.purchasing,
        asked_for=delivery_date or None,
        replace_edited=replace_edited,
    )
    return done(f"/plans/{plan_id}", "plan_made")


@router.get("/{plan_id}")
def plan(request: Request, session: ReadSession, who: Reads, plan_id: str, view: View) -> Response:
    """The workbench: what a plan comes to, and its lines."""
    found = the_plan(session, plan_id)
    notes = notes_seen(session, found.notes)
    names = names_in(session, notes)
    [shown] = with_totals(session, [found])
    chosen = view.chosen
    lines = read_lines(session, plan_id, chosen, view.sort, skip=view.first, limit=LINES_A_PAGE)
    return page(
        request,
        "plans/plan.html",
        shown=shown,
        zone=plan_zone(session, plan_id),
        replaced_by=sorted({part.replaced_by for part in found.warehouses if part.replaced_by}),
        notes=[in_words(note, names) for note in notes],
        suppliers=totals_by_supplier(session, plan_id),
        transfers=named_transfers(session, plan_id),
        warehouses=warehouses_of_plan(session, found),
        categories=in_order_of_names(session, NameKind.CATEGORIES, categories(session)),
        deliveries=_days(found.delivery_date, found.last_delivery_date),
        warnings=sorted(PLAN_WARNINGS),
        kinds=list(LinesShown),
        reasons=list(EditReason),
        columns=list(COLUMNS),
        rows=line_rows(lines, several_currencies=len(shown.totals.money) > 1),
        view=view,
        count=count_lines(session, plan_id, chosen) if view.narrows else shown.totals.lines,
        found_elsewhere=_found_elsewhere(session, plan_id, view) if not lines else None,
        not_sent=len(not_sent_of_plan(session, plan_id)) if shown.totals.lines_approved else 0,
        step=LINES_A_PAGE,
    )


@router.post("/{plan_id}/discard")
def discard(session: WriteSession, now: Now, who: Writes, plan_id: str) -> Response:
    """Puts a draft away."""
    discard_plan(session, plan_id, now, who.name)
    return done(f"/plans/{plan_id}", "plan_discarded")


@router.post("/{plan_id}/transfers/{transfer_no}/leave-out")
def leave_out(session: WriteSession, who: Writes, plan_id: str, transfer_no: TransferNo) -> Response:
    """Takes a transfer out of a draft."""
    leave_out_transfer(session, plan_id, transfer_no)
    return done(f"/plans/{plan_id}", "transfer_left_out")


@router.post("/{plan_id}/transfers/{transfer_no}/cancel")
def cancel_transfer(session: WriteSession, now: Now, who: Writes, plan_id: str, transfer_no: TransferNo) -> Response:
    """Cancels what was to be carried and has not left."""
    cancel_transfer_of_plan(session, plan_id, transfer_no, None, now, who.name)
    return done(f"/plans/{plan_id}", "transfer_cancelled")


def the_plan(session: Session, plan_id: str) -> PurchasePlanRow:
    """The plan, or a problem that names it."""
    found = session.get(PurchasePlanRow, plan_id)
    if found is None:
        raise not_found("Purchase plan", plan_id)
    return found


def the_line(session: Session, plan_id: str, line_no: int) -> Line:
    """The line, or a problem that names it."""
    lines = read_lines(session, plan_id, after=(line_no - 1, line_no - 1), limit=1)
    if not lines or lines[0]["line_no"] != line_no:
        raise not_found("Line", line_no)
    return lines[0]


def warehouses_of_plan(session: Session, plan: PurchasePlanRow) -> Sequence[WarehouseRow]:
    """The warehouses that the plan is for, by name."""
    planned = [part.warehouse_id for part in plan.warehouses]
    rows = select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(planned))
    return session.scalars(rows.order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()


def _found_elsewhere(session: Session, plan_id: str, view: LinesView) -> tuple[int, str] | None:
    """How many lines match what is searched for where nothing else narrows them, and their address; None: the search
    is all that narrows them, or there is none."""
    only_search = replace(LinesView(), search=view.search)
    if not view.search.strip() or view.chosen == only_search.chosen:
        return None
    return count_lines(session, plan_id, LineFilter(search=view.search.strip())), only_search.query()


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
