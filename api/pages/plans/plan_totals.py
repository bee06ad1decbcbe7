"""What purchase plans come to: lines, warehouses, suppliers and cost, added up exactly."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PlanStatus, PurchasePlanRow, SupplierRow


@dataclass(frozen=True)
class PlanTotals:
    """A plan and its totals over the lines that buy something."""

    plan: PurchasePlanRow
    lines: int
    warehouses: int
    suppliers: int
    edited: int
    cost: Decimal

    @property
    def is_draft(self) -> bool:
        return self.plan.status == PlanStatus.DRAFT


@dataclass(frozen=True)
class SupplierTotals:
    """What one supplier delivers to how many warehouses, and what it costs."""

    supplier_id: str
    name: str
    lines: int
    warehouses: int
    cost: Decimal


def totals_of_plans(session: Session, plans: Sequence[PurchasePlanRow]) -> list[PlanTotals]:
    """The totals of each plan, in the order given."""
    # added up here and not by the database: SQLite keeps decimals as whole numbers of different steps
    rows = session.execute(
        select(
            PlanLineRow.plan_id,
            PlanLineRow.warehouse_id,
            PlanLineRow.supplier_id,
            PlanLineRow.quantity,
            PlanLineRow.unit_price,
            PlanLineRow.edited_at,
        ).where(PlanLineRow.plan_id.in_([plan.plan_id for plan in plans]))
    )
    by_plan = defaultdict(list)
    for row in rows:
        by_plan[row.plan_id].append(row)
    return [
        PlanTotals(
            plan=plan,
            lines=sum(row.quantity > 0 for row in by_plan[plan.plan_id]),
            warehouses=len({row.warehouse_id for row in by_plan[plan.plan_id]}),
            suppliers=len({row.supplier_id for row in by_plan[plan.plan_id] if row.quantity > 0}),
            edited=sum(row.edited_at is not None for row in by_plan[plan.plan_id]),
            cost=_cost((row.quantity, row.unit_price) for row in by_plan[plan.plan_id]),
        )
        for plan in plans
    ]


def totals_by_supplier(session: Session, plan_id: str) -> list[SupplierTotals]:
    """The suppliers of a plan, the largest first."""
    rows = session.execute(
        select(
            PlanLineRow.supplier_id,
            SupplierRow.name,
            PlanLineRow.warehouse_id,
            PlanLineRow.quantity,
            PlanLineRow.unit_price,
        )
        .join(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
        .where(PlanLineRow.plan_id == plan_id, PlanLineRow.quantity > 0)
    )
    by_supplier = defaultdict(list)
    for row in rows:
        by_supplier[row.supplier_id, row.name].append(row)
    totals = [
        SupplierTotals(
            supplier_id=supplier_id,
            name=name,
            lines=len(bought),
            warehouses=len({row.warehouse_id for row in bought}),
            cost=_cost((row.quantity, row.unit_price) for row in bought),
        )
        for (supplier_id, name), bought in by_supplier.items()
    ]
    return sorted(totals, key=lambda supplier: -supplier.cost)


def _cost(lines: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal:
    return sum((quantity * price for quantity, price in lines if price is not None), Decimal(0))
