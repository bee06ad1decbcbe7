"""Purchase plans with their totals, and their lines with the names that people read."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session

from api.problems import NotFound, not_found
from api.purchasing.plan_schemas import (
    AlternativeOut,
    LinePreview,
    MoneyPart,
    NextTier,
    PlanLineOut,
    PlanOut,
    PlanSummary,
    PlanTransferOut,
    SupplierPart,
)
from data.frames.plan_lines import read_lines
from data.languages import say
from data.tables import PurchasePlanRow
from flows.purchasing.deciding.preview import Preview
from flows.purchasing.notes.plan_notes import notes_seen
from flows.purchasing.showing.named_transfers import named_transfers
from flows.purchasing.showing.plan_totals import PlanTotals, totals_by_supplier, totals_of_plans


def summaries(session: Session, plans: Sequence[PurchasePlanRow]) -> list[PlanSummary]:
    """The plans with what they come to, in the order given."""
    totals = totals_of_plans(session, [plan.plan_id for plan in plans])
    return [_summary(session, plan, totals[plan.plan_id]) for plan in plans]


def _summary(session: Session, plan: PurchasePlanRow, totals: PlanTotals) -> PlanSummary:
    counted = asdict(totals) | {"notes": notes_seen(session, plan.notes), "cost": totals.cost}
    counted["money"] = [MoneyPart.model_validate(part) for part in totals.money]
    counted["replaced_by"] = sorted({part.replaced_by for part in plan.warehouses if part.replaced_by})
    shown = {name: counted[name] if name in counted else getattr(plan, name) for name in PlanSummary.model_fields}
    return PlanSummary(**shown)


def read_plan(session: Session, plan_id: str) -> PlanOut:
    """One plan, with what it buys from each supplier and carries; raises NotFound."""
    plan = session.get(PurchasePlanRow, plan_id)
    if plan is None:
        raise not_found("Purchase plan", plan_id)
    [summary] = summaries(session, [plan])
    parts = [SupplierPart.model_validate(part) for part in totals_by_supplier(session, plan_id)]
    transfers = [PlanTransferOut.model_validate(one) for one in named_transfers(session, plan_id)]
    return PlanOut(**summary.model_dump(), suppliers=parts, transfers=transfers)


def read_line(session: Session, plan_id: str, line_no: int) -> PlanLineOut:
    """One line of a plan; raises NotFound."""
    lines = read_lines(session, plan_id, after=(line_no - 1, line_no - 1), limit=1)
    if not lines or lines[0]["line_no"] != line_no:
        raise NotFound(say("Line {line} of purchase plan {plan} was not found.", line=line_no, plan=plan_id))
    return PlanLineOut.model_validate(lines[0] | {"reasons": json.loads(lines[0]["reasons"])})


def as_preview(preview: Preview) -> LinePreview:
    """A preview as it is shown."""
    shown = {name: getattr(preview, name) for name in LinePreview.model_fields if hasattr(preview, name)}
    if preview.next_tier is not None:
        shown["next_tier"] = NextTier(from_quantity=preview.next_tier[0], unit_price=preview.next_tier[1])
    shown["alternatives"] = [AlternativeOut.model_validate(one) for one in preview.alternatives]
    return LinePreview(**shown)
