"""Purchase plans with their totals, and their lines with the names that people read."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import texts
from api.pagination import AnyRow, AnySelect
from api.problems import NotFound
from api.purchasing.plan_schemas import PlanLineOut, PlanOut, PlanSummary, SupplierPart
from data.tables import PlanLineRow, ProductRow, PurchasePlanRow, SupplierRow
from flows.purchasing.plan_notes import notes_seen
from flows.purchasing.plan_totals import PlanTotals, totals_by_supplier, totals_of_plans
from warehouse.purchasing.plan import PLAN_WARNINGS


def summaries(session: Session, plans: Sequence[PurchasePlanRow]) -> list[PlanSummary]:
    """The plans with what they come to, in the order given."""
    totals = totals_of_plans(session, [plan.plan_id for plan in plans])
    return [_summary(session, plan, totals[plan.plan_id]) for plan in plans]


def _summary(session: Session, plan: PurchasePlanRow, totals: PlanTotals) -> PlanSummary:
    counted = asdict(totals) | {"notes": notes_seen(session, plan.notes)}
    counted["replaced_by"] = sorted({part.replaced_by for part in plan.warehouses if part.replaced_by})
    shown = {name: counted[name] if name in counted else getattr(plan, name) for name in PlanSummary.model_fields}
    return PlanSummary(**shown)


def read_plan(session: Session, plan_id: str) -> PlanOut:
    """One plan, with what it buys from each supplier; raises NotFound."""
    plan = session.get(PurchasePlanRow, plan_id)
    if plan is None:
        raise NotFound(texts.NOT_FOUND.format(kind="Purchase plan", id=plan_id))
    [summary] = summaries(session, [plan])
    parts = [SupplierPart.model_validate(part) for part in totals_by_supplier(session, plan_id)]
    return PlanOut(**summary.model_dump(), suppliers=parts)


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
    line: PlanLineRow = row.PlanLineRow
    shown = {name: getattr(line, name) for name in PlanLineOut.model_fields if hasattr(line, name)}
    return PlanLineOut(
        **shown,
        product_name=row.ProductRow.name,
        unit=row.ProductRow.unit,
        supplier_name=row.supplier_name,
        warnings=[reason["code"] for reason in line.reasons if reason["code"] in PLAN_WARNINGS],
        cost=None if line.unit_price is None else line.quantity * line.unit_price,
    )


def read_line(session: Session, plan_id: str, line_no: int) -> PlanLineOut:
    """One line of a plan that is known to be there."""
    return as_line(session.execute(plan_lines(plan_id).where(PlanLineRow.line_no == line_no)).one())
