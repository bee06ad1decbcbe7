"""Purchase plans from before a moment whose orders are all closed. The orders stay, without their plan."""

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, exists, func, select, update

from data.pruning.batches import in_batches
from data.tables import (
    PlanLineEditRow,
    PlanLineRow,
    PlanTransferRow,
    PlanWarehouseRow,
    PurchaseOrderRow,
    PurchasePlanRow,
)

PLANS, LINES, TRANSFERS, EDITS, PARTS, ORDERS = (
    cast(Table, row.__table__)
    for row in (PurchasePlanRow, PlanLineRow, PlanTransferRow, PlanLineEditRow, PlanWarehouseRow, PurchaseOrderRow)
)


def prune_plans(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, the lines of plans that were delivered before, and the plans with them."""
    if dry_run:
        with engine.connect() as connection:
            old = select(PLANS.c.plan_id).where(_old(before))
            return connection.scalar(select(func.count()).select_from(LINES).where(LINES.c.plan_id.in_(old))) or 0

    def one_plan_s_lines(connection: Connection, size: int) -> int:
        plan_id = connection.scalar(select(PLANS.c.plan_id).where(_old(before)).order_by(PLANS.c.plan_id).limit(1))
        if plan_id is None:
            return 0
        some = select(LINES.c.line_no).where(LINES.c.plan_id == plan_id).order_by(LINES.c.line_no).limit(size)
        numbers = list(connection.scalars(some))
        if numbers:
            of_it = (LINES.c.plan_id == plan_id) & LINES.c.line_no.between(numbers[0], numbers[-1])
            connection.execute(delete(LINES).where(of_it))
            return len(numbers)
        connection.execute(update(ORDERS).where(ORDERS.c.plan_id == plan_id).values(plan_id=None))
        for table in (TRANSFERS, EDITS, PARTS, PLANS):
            connection.execute(delete(table).where(table.c.plan_id == plan_id))
        return 1

    return in_batches(engine, one_plan_s_lines)


def _old(before: datetime) -> ColumnElement[bool]:
    still_open = exists().where(ORDERS.c.plan_id == PLANS.c.plan_id, ORDERS.c.closed_at.is_(None))
    # delivery_date, which an index has, is never later
    delivered = (PLANS.c.delivery_date < before.date()) & (PLANS.c.last_delivery_date < before.date())
    return delivered & (PLANS.c.created_at < before) & ~still_open
