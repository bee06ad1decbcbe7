"""What a supplier has declined is asked for elsewhere: the warehouse's draft of today is made anew, with what is under
way now. Approving it stays a person's decision."""

from datetime import datetime

from sqlalchemy import Engine

from data.database import reading
from data.local_days import today_there
from flows.ordering.looking_up import purchase_order
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from warehouse.purchasing.plan_settings import USUAL, PlanSettings


def ask_elsewhere(engine: Engine, purchase_order_id: str, now: datetime, settings: PlanSettings = USUAL) -> str | None:
    """Plans again for the warehouse of a purchase order of which something was declined; returns the draft's plan_id,
    None where nothing was declined or its day has passed.

    Raises what `make_purchase_plan` does: a draft that a buyer has edited stays, and approving it looks again at what
    has changed."""
    with reading(engine) as session:
        order = purchase_order(session, purchase_order_id, now, settings.overdue_counts)
        passed = order.order.delivery_date < today_there(now, order.warehouse.timezone)
        if passed or not any(line.became.declined > 0 for line in order.lines):
            return None
    by = f"{order.order.number} was confirmed short"
    return make_purchase_plan(engine, [order.order.warehouse_id], now, by, settings)
