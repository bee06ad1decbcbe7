"""Whether the day's plan is there in time: a while before the first order cut-off of the order day, by each clock.

What must be ordered that day decides which cut-off is the first; an offer without one closes with the day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.frames.purchase_terms import closures_known_at, offers_known_at
from data.frames.sales_days import warehouses_to_forecast
from data.frames.serving_forecasts import latest_origins
from data.local_days import today_there
from data.tables import DayRunRow, PlanWarehouseRow, ProductRow, PurchasePlanRow, WarehouseRow
from flows.purchasing.deciding.plans_to_decide import unplanned_warehouses
from flows.purchasing.notes.plan_notes import PlanNote, RunState, left_out_of_plan
from flows.purchasing.planning.offers import as_offer, order_by
from warehouse.purchasing.suppliers.delivery import closing_on
from warehouse.purchasing.suppliers.offers import Offer


@dataclass(frozen=True)
class LatePlan:
    """Warehouses of one clock that stand in no plan of their order day although its first cut-off is near or past.

    `without_forecast` are those of them that no forecast reaches; `began_at` is when the latest run did, if any."""

    order_date: date
    timezone: str
    first_cut_off: datetime
    warehouse_ids: Sequence[str]
    without_forecast: Sequence[str]
    because: RunState
    began_at: datetime | None


def late_plans(session: Session, now: datetime, ready_before: timedelta) -> list[LatePlan]:
    """What is late at a moment, where a plan must be there `ready_before` the first cut-off.

    Warehouses count that a night's run plans for: open, with sales or forecasts, and not silent for weeks."""
    waiting = unplanned_warehouses(session, session.scalars(select(WarehouseRow)).all(), now)
    if not waiting:
        return []
    ran_for = warehouses_to_forecast(session, now).keys() | latest_origins(session, None, now).keys()
    by_clock: defaultdict[str, list[WarehouseRow]] = defaultdict(list)
    for place in waiting:
        if place.warehouse_id in ran_for:
            by_clock[place.timezone].append(place)
    found = (_late(session, zone, places, now, ready_before) for zone, places in sorted(by_clock.items()))
    return [late for late in found if late is not None]


def first_cut_off(session: Session, order_date: date, timezone: str, now: datetime) -> datetime | None:
    """The earliest moment of an order day at which an order must be out, by the offers known now; None where nothing
    must be ordered that day."""
    closures = closures_known_at(session, now, order_date)
    sold = set(
        session.scalars(
            select(ProductRow.product_id).where(
                or_(ProductRow.delisted_on.is_(None), ProductRow.delisted_on > order_date)
            )
        )
    )
    offers: defaultdict[str, list[Offer]] = defaultdict(list)
    for row in offers_known_at(session, now, order_date):
        if row.product_id in sold:
            offers[row.product_id].append(as_offer(row, closures.get(row.supplier_id, ())))
    return min(
        (order_by(offer, day, timezone) for known in offers.values() for offer, day in closing_on(known, order_date)),
        default=None,
    )


def fallback_plans(session: Session, warehouses: Iterable[WarehouseRow], now: datetime) -> list[PurchasePlanRow]:
    """The fallback plans in which some of the warehouses stand today, drafts and approved ones."""
    days = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    parts = session.execute(
        select(PlanWarehouseRow, PurchasePlanRow)
        .join(PurchasePlanRow, PurchasePlanRow.plan_id == PlanWarehouseRow.plan_id)
        .where(PlanWarehouseRow.order_date.in_(set(days.values())), PlanWarehouseRow.replaced_by.is_(None))
        .where(PurchasePlanRow.discarded_at.is_(None))
        .order_by(PurchasePlanRow.created_at, PurchasePlanRow.plan_id)
    ).tuples()
    found = {
        plan.plan_id: plan
        for part, plan in parts
        if days.get(part.warehouse_id) == part.order_date and note_of_fallback(plan)
    }
    return list(found.values())


def note_of_fallback(plan: PurchasePlanRow) -> dict[str, Any]:
    """The note that says why a plan is a fallback; empty for one that is not."""
    return next((note for note in plan.notes if note["code"] == PlanNote.FALLBACK_PLAN), {})


def _late(
    session: Session, timezone: str, places: Sequence[WarehouseRow], now: datetime, ready_before: timedelta
) -> LatePlan | None:
    order_date = today_there(now, timezone)
    cut_off = first_cut_off(session, order_date, timezone, now)
    if cut_off is None or now < cut_off - ready_before:
        return None
    names = [place.warehouse_id for place in places]
    tomorrow = dict.fromkeys(names, order_date + timedelta(days=1))
    left_out = left_out_of_plan(session, places, latest_origins(session, names, now), tomorrow, now)
    without_forecast = [name for name, why in left_out.items() if why.code == PlanNote.NO_FORECAST]
    late = [name for name in names if name not in left_out or name in without_forecast]
    if not late:
        return None
    because, began_at = _night_run(session, timezone, order_date, now)
    return LatePlan(order_date, timezone, cut_off, late, without_forecast, because, began_at)


def _night_run(session: Session, timezone: str, order_date: date, now: datetime) -> tuple[RunState, datetime | None]:
    """How far the latest run has come; one of an earlier day that finished is not the one that is waited for."""
    latest = select(DayRunRow).where(DayRunRow.started_at <= now).order_by(DayRunRow.started_at.desc()).limit(1)
    run = session.scalar(latest)
    if run is not None and run.finished_at is None:
        return RunState.KILLED if run.is_dead(now) else RunState.UNFINISHED, run.started_at
    if run is None or today_there(run.started_at, timezone) < order_date:
        return RunState.NOT_BEGUN, None
    return RunState.WITHOUT_PLAN, run.started_at
