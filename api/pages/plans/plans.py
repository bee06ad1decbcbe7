"""Purchase plans: the list, a new one, one plan's lines by warehouse and supplier, and its approval."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from api import texts as problem_texts
from api.pages.plans.shown_plans import with_totals
from api.pages.rendering import done, page
from api.pages.texts import plan_notes
from api.problems import NotFound
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from data.tables import PlanLineRow, ProductRow, PurchasePlanRow, SupplierRow, WarehouseRow
from flows.purchasing.approving import PlanChanged, approve_plan
from flows.purchasing.names import names_in
from flows.purchasing.plan_notes import in_words, notes_seen
from flows.purchasing.plan_totals import plan_zone, totals_by_supplier
from flows.purchasing.purchase_plans import discard_plan, make_purchase_plan

LINES_A_PAGE = 100
PLANS_SHOWN = 60

router = APIRouter(prefix="/plans", include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.PLANS_WRITE)]


@dataclass(frozen=True)
class ShownLine:
    """A plan line with the names that belong to it and its reasons in a few words."""

    line: PlanLineRow
    product: ProductRow
    warehouse: WarehouseRow
    supplier: SupplierRow | None
    notes: list[tuple[str, bool]]


@dataclass(frozen=True)
class Filter:
    """Which lines of a plan are shown."""

    warehouse: str = ""
    supplier: str = ""
    all_lines: bool = False  # else those that buy something or were edited
    search: str = ""


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
def plan(
    request: Request,
    session: ReadSession,
    who: Reads,
    plan_id: str,
    warehouse: str = "",
    supplier: str = "",
    all_lines: bool = False,
    search: Annotated[str, Query(max_length=100)] = "",
    first: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """One plan: what it comes to, and its lines."""
    found = the_plan(session, plan_id)
    notes = notes_seen(session, found.notes)
    names = names_in(session, notes)
    chosen = Filter(warehouse, supplier, all_lines, search.strip())
    lines = chosen_lines(plan_id, chosen)
    count = session.scalar(select(func.count()).select_from(lines.subquery())) or 0
    rows = session.execute(lines.offset(first).limit(LINES_A_PAGE)).all()
    return page(
        request,
        "plans/plan.html",
        shown=with_totals(session, [found])[0],
        zone=plan_zone(session, plan_id),
        replaced_by=sorted({part.replaced_by for part in found.warehouses if part.replaced_by}),
        notes=[in_words(note, names) for note in notes],
        suppliers=totals_by_supplier(session, plan_id),
        warehouses=warehouses_of_plan(session, plan_id),
        lines=[
            ShownLine(line, what, where, who_sells, plan_notes(line.reasons)) for line, what, where, who_sells in rows
        ],
        chosen=chosen,
        count=count,
        first=first,
        step=LINES_A_PAGE,
    )


@router.post("/{plan_id}/approve")
def approve(request: Request, now: Now, who: Writes, plan_id: str) -> Response:
    """Orders what the plan says; where something has changed, the plan made anew is shown instead, with what it was."""
    settings = request.app.state.settings.purchasing
    try:
        orders = approve_plan(engine_of(request), plan_id, now, who.name, settings)
    except PlanChanged:
        return done(f"/plans/{plan_id}", "plan_changed")
    return done(f"/plans/{plan_id}", "plan_approved", n=str(len(orders)))


@router.post("/{plan_id}/discard")
def discard(session: WriteSession, now: Now, who: Writes, plan_id: str) -> Response:
    """Puts a draft away."""
    discard_plan(session, plan_id, now, who.name)
    return done(f"/plans/{plan_id}", "plan_discarded")


def the_plan(session: Session, plan_id: str) -> PurchasePlanRow:
    """The plan, or a problem that names it."""
    found = session.get(PurchasePlanRow, plan_id)
    if found is None:
        raise NotFound(problem_texts.NOT_FOUND.format(kind="Purchase plan", id=plan_id))
    return found


def chosen_lines(plan_id: str, chosen: Filter) -> Select[tuple[PlanLineRow, ProductRow, WarehouseRow, SupplierRow]]:
    """The plan's lines that the filter lets through, as people look for them: by warehouse, category and name."""
    lines = (
        select(PlanLineRow, ProductRow, WarehouseRow, SupplierRow)
        .join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
        .where(PlanLineRow.plan_id == plan_id)
        .order_by(WarehouseRow.name, ProductRow.category, ProductRow.name, PlanLineRow.line_no)
    )
    if chosen.warehouse:
        lines = lines.where(PlanLineRow.warehouse_id == chosen.warehouse)
    if chosen.supplier:
        lines = lines.where(PlanLineRow.supplier_id == chosen.supplier)
    if chosen.search:
        lines = lines.where(ProductRow.name.icontains(chosen.search, autoescape=True))
    if not chosen.all_lines:
        lines = lines.where(or_(PlanLineRow.quantity > 0, PlanLineRow.edited_at.is_not(None)))
    return lines


def warehouses_of_plan(session: Session, plan_id: str) -> list[WarehouseRow]:
    """The warehouses that the plan buys for."""
    planned = select(PlanLineRow.warehouse_id).where(PlanLineRow.plan_id == plan_id)
    return list(
        session.scalars(select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(planned)).order_by(WarehouseRow.name))
    )
