"""The step of the day that plans what to order, over all warehouses together."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from data.database import reading
from data.tables import PurchasePlanRow
from flows.database import database
from flows.purchasing.planning.purchase_plans import edited_drafts, make_purchase_plan
from flows.settings import Settings


def plan_purchase(
    warehouses: Sequence[str],
    now: datetime,
    by: str,
    *,
    asked_for: date | None = None,
    replace_edited: bool = False,
    plan_id: str | None = None,
) -> str:
    """One draft purchase plan over all warehouses, which share their suppliers' capacities; returns its id, which may
    be given."""
    settings = Settings().purchasing
    with database() as engine:
        return make_purchase_plan(
            engine,
            warehouses,
            now,
            by,
            settings,
            asked_for=asked_for,
            replace_edited=replace_edited,
            plan_id=plan_id,
        )


def plan_is_made(plan_id: str) -> bool:
    """Whether there is a plan of this id, whatever became of it."""
    with database() as engine, reading(engine) as session:
        return session.get(PurchasePlanRow, plan_id) is not None


def notes_of(plan_id: str) -> list[dict[str, Any]]:
    """What a plan says beside its lines."""
    with database() as engine, reading(engine) as session:
        return session.get_one(PurchasePlanRow, plan_id).notes


def drafts_that_stay(warehouses: Sequence[str], now: datetime) -> dict[str, str]:
    """By warehouse, of those whose draft of today a buyer has edited, why no plan takes its place."""
    with database() as engine, reading(engine) as session:
        return edited_drafts(session, warehouses, now)
