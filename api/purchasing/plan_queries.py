"""Purchase plans with their totals, and their lines with the names that people read."""

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from api import texts
from api.pagination import AnyRow, AnySelect
from api.problems import NotFound
from api.purchasing.plan_schemas import PlanLineOut, PlanOut, PlanSummary, SupplierPart
from data.tables import PlanLineRow, ProductRow, PurchasePlanRow, SupplierRow
from data.tables.types import Exact

# quantity has three places and price four; on SQLite both are whole numbers of their smallest step
COST = type_coerce(func.coalesce(func.sum(PlanLineRow.quantity * PlanLineRow.unit_price), 0), Exact(7))


def plans() -> AnySelect:
    """Every plan with the number of its lines and their cost."""
    totals = (
        select(PlanLineRow.plan_id, func.count().label("lines"), COST.label("cost"))
        .group_by(PlanLineRow.plan_id)
        .subquery()
    )
    return select(
        *PurchasePlanRow.__table__.columns,
        func.coalesce(totals.c.lines, 0).label("lines"),
        func.coalesce(totals.c.cost, type_coerce(0, Exact(7)), type_=Exact(7)).label("cost"),
    ).outerjoin(totals, totals.c.plan_id == PurchasePlanRow.plan_id)


def as_summary(row: AnyRow) -> PlanSummary:
    """A row of `plans` as it is shown."""
    return PlanSummary.model_validate(row)


def read_plan(session: Session, plan_id: str) -> PlanOut:
    """One plan, with what it buys from each supplier; raises NotFound."""
    row = session.execute(plans().where(PurchasePlanRow.plan_id == plan_id)).one_or_none()
    if row is None:
        raise NotFound(texts.NO_SUCH.format(kind="purchase plan", id=plan_id))
    suppliers = session.execute(
        select(SupplierRow.supplier_id, SupplierRow.name, func.count().label("lines"), COST.label("cost"))
        .join(PlanLineRow, PlanLineRow.supplier_id == SupplierRow.supplier_id)
        .where(PlanLineRow.plan_id == plan_id)
        .group_by(SupplierRow.supplier_id, SupplierRow.name)
        .order_by(SupplierRow.supplier_id)
    )
    parts = [SupplierPart.model_validate(part) for part in suppliers]
    return PlanOut(**as_summary(row).model_dump(), suppliers=parts)


def plan_lines(plan_id: str) -> AnySelect:
    """The lines of a plan with product and supplier."""
    query: AnySelect = (
        select(PlanLineRow, ProductRow, SupplierRow.name.label("supplier_name"))
        .join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
        .where(PlanLineRow.plan_id == plan_id)
    )
    return query


def as_line(row: AnyRow) -> PlanLineOut:
    """A row of `plan_lines` as it is shown."""
    line: PlanLineRow = row.PlanLine
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
    return as_line(session.execute(plan_lines(plan_id).where(PlanLineRow.line_no == line_no)).one())
