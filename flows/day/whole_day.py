"""The whole day in its order, each step once however many attempts the run takes.

What is learned and forecast is of the moment at which the run began, so that a later attempt finds it made; the plan
and the moves are of the moment at which they are made.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Any

from prefect import Flow

from flows.database import database
from flows.day import steps
from flows.day.asked_runs import COURIERS, DAYS
from flows.day.buying import drafts_that_stay, notes_of, plan_is_made
from flows.day.kept_runs import DayRun, Failures
from flows.day.prefect_flows import (
    assortment,
    couriers,
    days,
    feeds,
    forecast,
    on_workers,
    orders,
    plan,
    promotion_effects,
    promotion_reviews,
    slots,
    train,
    trials,
    weather,
)
from flows.day.scope import RegionOfRun, chosen_warehouses, regions_of_run
from flows.demand.forecasts import forecast_at
from flows.for_each_warehouse import RunSummary, SomeWarehousesFailed
from flows.purchasing.notes import plan_notes
from flows.settings import Settings

# told once a buyer can begin the day: forecasts, plan and moves are there, and what is left adds to them
decided: ContextVar[Callable[[], None]] = ContextVar("decided", default=lambda: None)


def whole_day(now: datetime, run: DayRun) -> str:
    """Does what is left of a run; returns the id of its plan. Raises SomeWarehousesFailed, naming them all, in the
    end."""
    run.once("sales", partial(_book_sales, run.began_at))
    with database() as engine:
        warehouses = chosen_warehouses(engine, None, run.began_at)
        regions = regions_of_run(engine, warehouses, run.began_at)
    names = list(warehouses)
    if Settings().fetch_weather:
        run.once("weather", partial(_failures, weather, names, now))
    run.once("feeds", partial(_failures, feeds, list(warehouses), now))
    without_forecast: Failures = {}
    for zone, region in regions.items():
        run.once(f"train {zone}", partial(_failures, train, region.warehouses, region.origin, run.began_at))
        without_forecast |= run.once(f"forecast {zone}", partial(_forecast, run, region))
        run.once(f"orders {zone}", partial(_failures, orders, region.warehouses, region.origin))
    names = [name for name in names if name not in without_forecast]
    if not names:
        raise SomeWarehousesFailed(RunSummary("day", failed=run.failed))
    run.once("plan", partial(_plan, run, names, now))
    run.once("slots", partial(_failures, slots, names, now))
    decided.get()()
    run.once(DAYS, partial(_failures, days, list(warehouses), now))
    run.once("trials", partial(_failures, trials, now))
    origin = max(region.origin for region in regions.values())
    run.once("promotion effects", partial(_failures, promotion_effects, origin, run.began_at))
    run.once("promotion reviews", partial(_failures, promotion_reviews))
    run.once(COURIERS, partial(_failures, couriers, names, now))
    run.once("assortment", partial(_failures, assortment, list(warehouses), now))
    if run.failed or run.plan_id is None:
        done = dict.fromkeys(warehouses.keys() - run.failed.keys(), run.plan_id)
        raise SomeWarehousesFailed(RunSummary("day", done, run.failed))
    return run.plan_id


def _book_sales(now: datetime) -> Failures:
    with database() as engine:
        return steps.book_sales(engine, now).failed


def _forecast(run: DayRun, region: RegionOfRun) -> Failures:
    with database() as engine:
        made = forecast_at(engine, region.warehouses, region.origin) if run.attempt > 1 else set()
    left = [name for name in region.warehouses if name not in made]
    return _failures(forecast, left, region.origin, run.began_at) if left else {}


def _plan(run: DayRun, names: Sequence[str], now: datetime) -> Failures:
    """One plan, unless an earlier attempt has made it or buyers have edited the drafts of all warehouses."""
    failed: Failures = {}
    if not plan_is_made(run.plan_to_make):
        failed = drafts_that_stay(names, now)
        to_plan = [name for name in names if name not in failed]
        if not to_plan:
            return failed
        plan(to_plan, now, plan_id=run.plan_to_make)
    run.plan_id = run.plan_to_make
    return failed | plan_notes.without_forecast(notes_of(run.plan_id))


def _failures(step: Flow[..., RunSummary], *given: Any) -> Failures:
    """What went wrong by warehouse in a step that the day survives."""
    try:
        on_workers(step, *given)
    except SomeWarehousesFailed as error:
        return error.summary.failed
    return {}
