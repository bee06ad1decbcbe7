"""Purchase plans with their totals, and their lines with the names that people read."""

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from api import texts
from api.pagination import AnyRow, AnySelect
from api.problems import NotFound
from api.schemas.purchase_plans import PlanLineOut, PlanOut, PlanSummary, SupplierPart
from data.tables import PlanLine, Product, PurchasePlan, Supplier
from data.tables.types import Exact

# quantity has three places and price four; on SQLite both are whole numbers of their smallest step
COST = type_coerce(func.coalesce(func.sum(PlanLine.quantity * PlanLine.unit_price), 0), Exact(7))


def plans() -> AnySelect:
    """Every plan with the number of its lines and their cost."""
    totals = (
        select(PlanLine.plan_id, func.count().label("lines"), COST.label("cost")).group_by(PlanLine.plan_id).subquery()
    )
    return select(
        *PurchasePlan.__table__.columns,
        func.coalesce(totals.c.lines, 0).label("lines"),
        func.coalesce(totals.c.cost, type_coerce(0, Exact(7)), type_=Exact(7)).label("cost"),
    ).outerjoin(totals, totals.c.plan_id == PurchasePlan.plan_id)


def as_summary(row: AnyRow) -> PlanSummary:
    """A row of `plans` as it is shown."""
    return PlanSummary.model_validate(row)


def read_plan(session: Session, plan_id: str) -> PlanOut:
    """One plan, with what it buys from each supplier; raises NotFound."""
    row = session.execute(plans().where(PurchasePlan.plan_id == plan_id)).one_or_none()
    if row is None:
        raise NotFound(texts.NO_SUCH.format(kind="purchase plan", id=plan_id))
    suppliers = session.execute(
        select(Supplier.supplier_id, Supplier.name, func.count().label("lines"), COST.label("cost"))
        .join(PlanLine, PlanLine.supplier_id == Supplier.supplier_id)
        .where(PlanLine.plan_id == plan_id)
        .group_by(Supplier.supplier_id, Supplier.name)
        .order_by(Supplier.supplier_id)
    )
    parts = [SupplierPart.model_validate(part) for part in suppliers]
    return PlanOut(**as_summary(row).model_dump(), suppliers=parts)


def plan_lines(plan_id: str) -> AnySelect:
    """The lines of a plan with product and supplier."""
    query: AnySelect = (
        select(PlanLine, Product, Supplier.name.label("supplier_name"))
        .join(Product, Product.product_id == PlanLine.product_id)
        .outerjoin(Supplier, Supplier.supplier_id == PlanLine.supplier_id)
        .where(PlanLine.plan_id == plan_id)
    )
    return query


def as_line(row: AnyRow) -> PlanLineOut:
    """A row of `plan_lines` as it is shown."""
    line: PlanLine = row.PlanLine
    shown = {name: getattr(line, name) for name in PlanLineOut.model_fields if hasattr(line, name)}
    return PlanLineOut(
        **shown,
        product_name=row.Product.name,
        unit=row.Product.unit,
        supplier_name=row.supplier_name,
        cost=None if line.unit_price is None else line.quantity * line.unit_price,
    )


def read_line(session: Session, plan_id: str, line_no: int) -> PlanLineOut:
    """One line of a plan that is known to be there."""
    return as_line(session.execute(plan_lines(plan_id).where(PlanLine.line_no == line_no)).one())
