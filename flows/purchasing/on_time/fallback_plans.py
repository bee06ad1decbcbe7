"""Where the day's plan is late, that is told, once an order day, and the last good forecasts make a fallback plan.

It is a draft like any other: the night's run replaces it when it finishes, unless a buyer has edited or approved it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import PlanLineRow
from flows.notifying.outbox import OutboxEvent, write_events
from flows.ordering.locking import lock_warehouses
from flows.purchasing.deciding.plans_to_decide import unplanned_warehouses
from flows.purchasing.notes.plan_notes import PlanNote
from flows.purchasing.on_time.in_time import LatePlan, late_plans
from flows.purchasing.planning.planning import NothingToPlan, PlannedPurchase, plan_what_to_order
from flows.purchasing.planning.purchase_plans import keep_plan, lines_of_new_plan
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.reasons import Reason

BY = "fallback"  # who made such a plan


def see_that_plans_are_in_time(
    engine: Engine, now: datetime, ready_before: timedelta, settings: PlanSettings = USUAL
) -> str | None:
    """Tells of plans that are late at a moment and makes a fallback plan for their warehouses; returns its plan_id, or
    None where nothing is late or no warehouse could be planned for. Safe to repeat."""
    with reading(engine) as session:
        late = late_plans(session, now, ready_before)
    if not late:
        return None
    with writing(engine) as session:  # first, since it is to be told also where no plan comes of it
        write_events(session, [_late_event(one, now) for one in late], now)
    with reading(engine) as session:
        planned = _planned(session, late, now, settings)
        if planned is None:
            return None
        lines = lines_of_new_plan(session, planned)
    with writing(engine) as session:
        return _keep(session, planned, lines, now)


def _planned(
    session: Session, late: Sequence[LatePlan], now: datetime, settings: PlanSettings
) -> PlannedPurchase | None:
    names = [name for one in late for name in one.warehouse_ids]
    try:
        planned = plan_what_to_order(session, names, now, settings)
    except NothingToPlan:  # no forecast reaches any of them, which the event has told
        return None
    first = late[0]
    note = Reason(
        PlanNote.FALLBACK_PLAN,
        {
            "origin": _iso(planned.origin, first.timezone),
            "because": first.because,
            "began_at": None if first.began_at is None else _iso(first.began_at, first.timezone),
        },
    )
    return replace(planned, notes=[note, *planned.notes])


def _keep(session: Session, planned: PlannedPurchase, lines: Sequence[PlanLineRow], now: datetime) -> str | None:
    """Keeps the plan unless one was made meanwhile, which knows more: then the next look decides again."""
    places = lock_warehouses(session, list(planned.order_dates))
    if len(unplanned_warehouses(session, list(places.values()), now)) < len(places):
        return None
    plan_id = keep_plan(session, planned, lines, BY)
    write_events(session, [_fallback_event(plan_id, planned, now)], now)
    return plan_id


def _late_event(late: LatePlan, now: datetime) -> OutboxEvent:
    """One a clock and order day, so that it is told once."""
    payload = {
        "order_date": late.order_date.isoformat(),
        "first_cut_off": _iso(late.first_cut_off),
        "warehouse_ids": list(late.warehouse_ids),
        "without_forecast": list(late.without_forecast),
        "because": late.because,
        "run_began_at": None if late.began_at is None else _iso(late.began_at),
    }
    event_id = f"plan_late_{late.order_date:%Y%m%d}_{late.timezone.replace('/', '-')}"
    return OutboxEvent(event_id, "plan.late", payload, now)


def _fallback_event(plan_id: str, planned: PlannedPurchase, now: datetime) -> OutboxEvent:
    payload = {
        "plan_id": plan_id,
        "origin": _iso(planned.origin),
        "warehouse_ids": sorted(planned.order_dates),
    }
    return OutboxEvent(f"plan_fallback_{plan_id}", "plan.fallback", payload, now)


def _iso(moment: datetime, timezone: str = "UTC") -> str:
    return moment.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds").replace("+00:00", "Z")
