"""What the plan of an earlier day ordered and forecast of the same product, so that a buyer sees what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PlanStatus, PlanWarehouseRow, PurchasePlanRow


@dataclass(frozen=True)
class LineBefore:
    """Of a product in a warehouse: what was ordered, in its unit, and the mean of the demand it was to cover."""

    quantity: Decimal
    forecast_mean: float


def lines_before(session: Session, order_dates: Mapping[str, date]) -> dict[tuple[str, str], LineBefore]:
    """By warehouse and product, of each warehouse's latest plan of an earlier order day that was not discarded."""
    part, plan, line = PlanWarehouseRow, PurchasePlanRow, PlanLineRow
    found: dict[tuple[str, str], LineBefore] = {}
    for warehouse_id, day in order_dates.items():
        latest = session.scalar(
            select(part.plan_id)
            .join(plan, plan.plan_id == part.plan_id)
            .where(part.warehouse_id == warehouse_id, part.order_date < day, part.replaced_by.is_(None))
            .where(plan.status != PlanStatus.DISCARDED)
            .order_by(part.order_date.desc(), plan.created_at.desc())
            .limit(1)
        )
        if latest is None:
            continue
        lines = (
            select(line.product_id, func.sum(line.quantity, type_=line.quantity.type), func.max(line.forecast_mean))
            .where(line.plan_id == latest, line.warehouse_id == warehouse_id)
            .group_by(line.product_id)
        )
        for product_id, quantity, mean in session.execute(lines):
            found[warehouse_id, product_id] = LineBefore(quantity, mean)
    return found
