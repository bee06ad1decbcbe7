"""The step of the day that plans what to buy, over all warehouses together."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from data.database import reading, writing
from data.tables import PurchasePlanRow
from flows.database import database
from flows.purchasing.purchase_plans import make_purchase_plan
from flows.settings import Settings


def plan_purchase(warehouses: Sequence[str], delivery_date: date, now: datetime, by: str) -> str:
    """One draft purchase plan over all warehouses, which share their suppliers' capacities; returns its id."""
    with database() as engine, writing(engine) as session:
        return make_purchase_plan(session, warehouses, delivery_date, now, by, Settings().purchasing)


def notes_of(plan_id: str) -> list[dict[str, Any]]:
    """What a plan says beside its lines."""
    with database() as engine, reading(engine) as session:
        return session.get_one(PurchasePlanRow, plan_id).notes
