"""Purchase plans: the list, a new one, one plan's lines by warehouse and supplier, and its approval."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from api import texts as problem_texts
from api.pages.plan_totals import totals_by_supplier, totals_of_plans
from api.pages.rendering import done, page
from api.pages.texts import plan_notes
from api.pages.today import next_delivery
from api.problems import NotFound
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.tables import PlanLine, Product, PurchasePlan, Supplier, Warehouse
from flows.purchasing import approve_plan, make_purchase_plan

LINES_A_PAGE = 100
PLANS_SHOWN = 60

router = APIRouter(prefix="/plans", include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.PLANS_WRITE)]


@dataclass(frozen=True)
class LineRow:
    """A plan line with the names that belong to it and its reasons in a few words."""

    line: PlanLine
    product: Product
    warehouse: Warehouse
    supplier: Supplier | None
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
    latest = select(PurchasePlan).order_by(PurchasePlan.delivery_date.desc(), PurchasePlan.created_at.desc())
    warehouses = session.scalars(select(Warehouse).order_by(Warehouse.name, Warehouse.warehouse_id)).all()
    return page(
        request,
        "plans.html",
        plans=totals_of_plans(session, session.scalars(latest.limit(PLANS_SHOWN)).all()),
        warehouses=warehouses,
        delivery=next_delivery(warehouses, now),
    )


@router.post("")
def request_plan(
    session: WriteSession,
    now: Now,
    who: Writes,
    delivery_date: Annotated[date, Form()],
    warehouse_id: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Makes a plan for the chosen warehouses and opens it."""
    plan_id = make_purchase_plan(session, warehouse_id, delivery_date, now, who.name)
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
    chosen = Filter(warehouse, supplier, all_lines, search.strip())
    lines = chosen_lines(plan_id, chosen)
    count = session.scalar(select(func.count()).select_from(lines.subquery())) or 0
    rows = session.execute(lines.offset(first).limit(LINES_A_PAGE)).all()
    return page(
        request,
        "plan.html",
        totals=totals_of_plans(session, [found])[0],
        zone=plan_zone(session, plan_id),
        suppliers=totals_by_supplier(session, plan_id),
        warehouses=warehouses_of_plan(session, plan_id),
        lines=[
            LineRow(line, what, where, who_sells, plan_notes(line.reasons)) for line, what, where, who_sells in rows
        ],
        chosen=chosen,
        count=count,
        first=first,
        step=LINES_A_PAGE,
    )


@router.post("/{plan_id}/approve")
def approve(session: WriteSession, now: Now, who: Writes, plan_id: str) -> Response:
    """Orders what the plan says."""
    orders = approve_plan(session, plan_id, now, who.name)
    return done(f"/plans/{plan_id}", "plan_approved", n=str(len(orders)))


def the_plan(session: Session, plan_id: str) -> PurchasePlan:
    """The plan, or a problem that names it."""
    found = session.get(PurchasePlan, plan_id)
    if found is None:
        raise NotFound(problem_texts.NO_SUCH.format(kind="purchase plan", id=plan_id))
    return found


def chosen_lines(plan_id: str, chosen: Filter) -> Select[tuple[PlanLine, Product, Warehouse, Supplier]]:
    """The plan's lines that the filter lets through, as people look for them: by warehouse, category and name."""
    lines = (
        select(PlanLine, Product, Warehouse, Supplier)
        .join(Product, Product.product_id == PlanLine.product_id)
        .join(Warehouse, Warehouse.warehouse_id == PlanLine.warehouse_id)
        .outerjoin(Supplier, Supplier.supplier_id == PlanLine.supplier_id)
        .where(PlanLine.plan_id == plan_id)
        .order_by(Warehouse.name, Product.category, Product.name, PlanLine.line_no)
    )
    if chosen.warehouse:
        lines = lines.where(PlanLine.warehouse_id == chosen.warehouse)
    if chosen.supplier:
        lines = lines.where(PlanLine.supplier_id == chosen.supplier)
    if chosen.search:
        lines = lines.where(Product.name.icontains(chosen.search, autoescape=True))
    if not chosen.all_lines:
        lines = lines.where(or_(PlanLine.quantity > 0, PlanLine.edited_at.is_not(None)))
    return lines


def warehouses_of_plan(session: Session, plan_id: str) -> list[Warehouse]:
    """The warehouses that the plan buys for."""
    planned = select(PlanLine.warehouse_id).where(PlanLine.plan_id == plan_id)
    return list(session.scalars(select(Warehouse).where(Warehouse.warehouse_id.in_(planned)).order_by(Warehouse.name)))


def plan_zone(session: Session, plan_id: str) -> str:
    """The time zone in which the plan's own times are shown: that of its first line's warehouse."""
    zones = (
        select(Warehouse.timezone)
        .join(PlanLine, PlanLine.warehouse_id == Warehouse.warehouse_id)
        .where(PlanLine.plan_id == plan_id)
        .order_by(PlanLine.line_no)
    )
    return session.scalar(zones.limit(1)) or "UTC"
