"""What purchase plans come to: lines, warehouses, suppliers and cost. The one place that counts them.

A plan has a line for every product that it looked at; many of them buy nothing. Which count is which is said by its
name: `lines` are all, `lines_to_buy` those with a quantity above 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, func, select, type_coerce
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, SupplierRow, WarehouseRow
from data.tables.types import Exact

# quantity has three places and price four; on SQLite both are whole numbers of their smallest step, so sums are exact
COST = func.coalesce(func.sum(PlanLineRow.quantity * PlanLineRow.unit_price), 0)
BUYS = PlanLineRow.quantity > 0


@dataclass(frozen=True)
class PlanTotals:
    """A plan added up.

    lines         all of them: one for every product and warehouse looked at, more where an order is split
    lines_to_buy  those that buy something
    lines_edited  those that a buyer changed
    warehouses    that the plan is for, also where nothing is to be bought
    suppliers     that something is bought from
    cost          quantity x price as the lines stand, exactly, in the shop's currency
    """

    lines: int = 0
    lines_to_buy: int = 0
    lines_edited: int = 0
    warehouses: int = 0
    suppliers: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class SupplierTotals:
    """What a plan buys from one supplier: lines that buy something, for how many warehouses, their cost, and by when
    the first of its purchase orders must be out."""

    supplier_id: str
    name: str
    lines_to_buy: int
    warehouses: int
    cost: Decimal
    order_by: datetime | None = None


def totals_of_plans(session: Session, plan_ids: Sequence[str]) -> dict[str, PlanTotals]:
    """The totals of each of these plans by plan_id; zeros for one without lines."""
    query = select(
        PlanLineRow.plan_id,
        func.count(),
        func.count().filter(BUYS),
        func.count(PlanLineRow.edited_at),
        func.count(PlanLineRow.warehouse_id.distinct()),
        func.count(PlanLineRow.supplier_id.distinct()).filter(BUYS),
        type_coerce(COST, Exact(7)),
    )
    query = query.where(PlanLineRow.plan_id.in_(plan_ids)).group_by(PlanLineRow.plan_id)
    found = {plan_id: PlanTotals(*counts) for plan_id, *counts in session.execute(query)}
    return {plan_id: found.get(plan_id, PlanTotals()) for plan_id in plan_ids}


def totals_by_supplier(session: Session, plan_id: str) -> list[SupplierTotals]:
    """The suppliers that a plan buys from: the one that costs most first, then by id."""
    query: Select[tuple[str, str, int, int, Decimal, datetime | None]] = (
        select(
            SupplierRow.supplier_id,
            SupplierRow.name,
            func.count(),
            func.count(PlanLineRow.warehouse_id.distinct()),
            type_coerce(COST, Exact(7)),
            func.min(PlanLineRow.order_by, type_=PlanLineRow.order_by.type),
        )
        .join(PlanLineRow, PlanLineRow.supplier_id == SupplierRow.supplier_id)
        .where(PlanLineRow.plan_id == plan_id, BUYS)
        .group_by(SupplierRow.supplier_id, SupplierRow.name)
        .order_by(COST.desc(), SupplierRow.supplier_id)
    )
    return [SupplierTotals(*row) for row in session.execute(query)]


def plan_zone(session: Session, plan_id: str) -> str:
    """The time zone in which the plan's own times are shown: that of its first line's warehouse."""
    zones = (
        select(WarehouseRow.timezone)
        .join(PlanLineRow, PlanLineRow.warehouse_id == WarehouseRow.warehouse_id)
        .where(PlanLineRow.plan_id == plan_id)
        .order_by(PlanLineRow.line_no)
    )
    return session.scalar(zones.limit(1)) or "UTC"
