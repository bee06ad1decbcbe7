"""The step of the day that plans what to buy, over all warehouses together."""

from collections.abc import Sequence
from datetime import date, datetime

from data.database import writing
from flows.database import database
from flows.purchasing.purchase_plans import make_purchase_plan
from flows.settings import Settings


def plan_purchase(warehouses: Sequence[str], delivery_date: date, now: datetime, by: str) -> str:
    """One draft purchase plan over all warehouses, which share their suppliers' capacities; returns its id."""
    with database() as engine, writing(engine) as session:
        return make_purchase_plan(session, warehouses, delivery_date, now, by, Settings().purchasing)
