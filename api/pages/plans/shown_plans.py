"""Plans with what they come to, as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from data.tables import PlanStatus, PurchasePlanRow
from flows.purchasing.showing.plan_totals import PlanTotals, totals_of_plans


@dataclass(frozen=True)
class ShownPlan:
    """A plan and what it comes to."""

    plan: PurchasePlanRow
    totals: PlanTotals

    @property
    def is_draft(self) -> bool:
        return self.plan.status == PlanStatus.DRAFT


def with_totals(session: Session, plans: Sequence[PurchasePlanRow]) -> list[ShownPlan]:
    """The plans with what they come to, in the order given."""
    totals = totals_of_plans(session, [plan.plan_id for plan in plans])
    return [ShownPlan(plan, totals[plan.plan_id]) for plan in plans]
