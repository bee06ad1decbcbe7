"""The Prefect flows: each a few lines around a step, a task a group of warehouses.

`on_workers` runs one on this machine's threads or, where the settings name a Dask scheduler, on that cluster's workers,
which read from and write to the same PostgreSQL (docs/cluster.md).
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any

from prefect import Flow, Task, flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from data.weather.open_meteo import WeatherSourceFailed
from flows.day import steps
from flows.day.assortment import propose_ranges
from flows.day.buying import plan_purchase
from flows.day.couriers import plan_couriers
from flows.day.feeds import look_at_each_feed
from flows.day.morning import add_up_days, review_promotions
from flows.day.slotting import suggest_slots
from flows.day.trials import look_at_each_period
from flows.errors import Invalid
from flows.for_each_warehouse import (
    GroupFailure,
    RunSummary,
    Work,
    groups_of,
    reason_of,
    summary_of,
    watched_by,
)
from flows.operating.traces import span
from flows.settings import Settings
from forecasting.all_cores import cores, one_of_many

THREADS: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=cores())  # LightGBM takes one each
LOST = "the workers or the scheduler were lost"

PAUSES = (5.0, 30.0, 120.0)  # seconds before what may pass is tried again


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again later can help: a database or an address out of reach can, wrong input cannot."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OperationalError | OSError | WeatherSourceFailed)


def as_tasks(
    step: str, work: Work, warehouse_ids: Sequence[str], together: int = 1, pauses: Sequence[float] = PAUSES
) -> RunSummary:
    """Does the work as one Prefect task a group of warehouses, on the flow's task runner; what may pass is tried again
    after each of the pauses (seconds). The warehouses of a group that failed all the same get a task each. A worker
    that is set up for another database refuses."""
    database = _database_name()

    @task(
        name=step,
        task_run_name=step + " {names}",
        retries=len(pauses),
        retry_delay_seconds=list(pauses),
        retry_jitter_factor=0.5,
        retry_condition_fn=may_pass,
    )
    def for_group(warehouses: Sequence[str], names: str, alone: bool) -> Mapping[str, Any]:
        if (found := _database_name()) != database:
            raise Invalid(
                "FRESHFRONT_DATABASE_URL names {found!r} on this worker, {database!r} where the flow runs.",
                found=found,
                database=database,
            )
        with span(step, warehouses=names), nullcontext() if alone else one_of_many():
            return work(warehouses)

    results: dict[str, Any] = {}
    failures: list[GroupFailure] = []
    progress = watched_by.get()
    progress(step, len(warehouse_ids), 0)
    groups = groups_of(warehouse_ids, together, tasks_at_once(_runner()))
    while groups:
        futures = [for_group.submit(group, _named(group), len(groups) == 1) for group in groups]
        failed: list[str] = []
        for group, future in zip(groups, futures, strict=True):
            result = _result_of(future)
            if not isinstance(result, BaseException):
                results |= result
            elif len(group) == 1:
                results[group[0]] = result
            else:
                failed += group
                failures.append((group, result))
            progress(step, len(warehouse_ids), len(results))
        groups = groups_of(failed, 1, 1)
    summary = summary_of(step, {name: results[name] for name in warehouse_ids}, failures)
    create_markdown_artifact(f"```\n{summary}\n```", key=f"{step}-summary", description=f"Warehouses of one {step} run")
    return summary


def tasks_at_once(runner: TaskRunner[Any] | None) -> int:
    """How many tasks a runner does at once: as many as there are cores here, on a Dask cluster as many as its workers
    have threads."""
    client = getattr(runner, "client", None)
    return cores() if client is None else sum(client.nthreads().values()) or cores()


def _runner() -> TaskRunner[Any] | None:
    """The task runner of the flow that runs here, if one does."""
    running = FlowRunContext.get()
    return None if running is None else running.task_runner


def _named(group: Sequence[str]) -> str:
    """The warehouses of a task, for its name."""
    return group[0] if len(group) == 1 else f"{group[0]}..{group[-1]}"


def _database_name() -> str | None:
    return make_url(Settings().database_url.get_secret_value()).database


def _result_of(future: PrefectFuture[Any]) -> Any:
    """What a task returned or raised; where its worker was lost once too often, that error."""
    try:
        return future.result(raise_on_failure=False)
    except (Exception, CancelledError) as error:
        return RuntimeError(f"{LOST}: {reason_of(error)}")


def task_runner(settings: Settings) -> TaskRunner[Any]:
    """Threads here, or the workers of the Dask cluster that the settings name. Raises Invalid where those would each
    open a SQLite file of their own."""
    if settings.dask_address is None:
        return THREADS
    if make_url(settings.database_url.get_secret_value()).get_backend_name() == "sqlite":
        raise Invalid("Workers on a Dask cluster need a PostgreSQL: set FRESHFRONT_DATABASE_URL to one.")
    from prefect_dask.task_runners import DaskTaskRunner  # slow to import, and only wanted here

    return DaskTaskRunner(address=settings.dask_address)


def on_workers(which: Flow[..., Any], *given: Any) -> Any:
    """Runs a flow with these arguments on the workers that the settings name."""
    with span(f"day {which.name}"):
        return which.with_options(task_runner=task_runner(Settings()))(*given)


@flow(name="weather", task_runner=THREADS)
def weather(warehouses: list[str], now: datetime) -> RunSummary:
    """Fetches the weather, observed and forecast."""
    return steps.fetch_weather(warehouses, now, as_tasks)


@flow(name="feeds", task_runner=THREADS)
def feeds(warehouses: list[str], now: datetime) -> RunSummary:
    """Looks for broken data."""
    return look_at_each_feed(warehouses, now, as_tasks)


@flow(name="train", task_runner=THREADS)
def train(warehouses: list[str], origin: datetime, now: datetime) -> RunSummary:
    """Trains the demand models of these warehouses on what was known at the origin."""
    return steps.train(warehouses, origin, now, as_tasks)


@flow(name="forecast", task_runner=THREADS)
def forecast(warehouses: list[str], origin: datetime, now: datetime) -> RunSummary:
    """Forecasts demand with the models that serve."""
    return steps.forecast(warehouses, origin, now, as_tasks)


@flow(name="orders", task_runner=THREADS)
def orders(warehouses: list[str], origin: datetime) -> RunSummary:
    """Forecasts customers' orders by half hour."""
    return steps.forecast_orders(warehouses, origin, as_tasks)


@flow(name="slots", task_runner=THREADS)
def slots(warehouses: list[str], now: datetime) -> RunSummary:
    """Suggests slots and moves."""
    return suggest_slots(warehouses, now, as_tasks)


@flow(name="days", task_runner=THREADS)
def days(warehouses: list[str], now: datetime) -> RunSummary:
    """Adds up what days were worth."""
    return add_up_days(warehouses, now, as_tasks)


@flow(name="trials")
def trials(now: datetime) -> RunSummary:
    """Looks at the trial that runs."""
    return look_at_each_period(now, as_tasks)


@flow(name="couriers", task_runner=THREADS)
def couriers(warehouses: list[str], now: datetime) -> RunSummary:
    """Plans the couriers of the next days."""
    return plan_couriers(warehouses, now, as_tasks)


@flow(name="assortment", task_runner=THREADS)
def assortment(warehouses: list[str], now: datetime, every: bool = False) -> RunSummary:
    """Proposes changes to ranges, once a week."""
    return propose_ranges(warehouses, now, as_tasks, every)


@flow(name="promotion-effects", task_runner=THREADS)
def promotion_effects(origin: datetime, now: datetime) -> RunSummary:
    """Learns what promotions did."""
    return steps.learn_promotion_effects(origin, now, as_tasks)


@flow(name="promotion-reviews", task_runner=THREADS)
def promotion_reviews() -> RunSummary:
    """Reviews the promotions that are over."""
    return review_promotions(as_tasks)


@flow(name="plan")
def plan(
    warehouses: list[str],
    now: datetime,
    asked_for: str | None = None,
    replace_edited: bool = False,
    plan_id: str | None = None,
) -> str:
    """Makes a draft purchase plan over these warehouses, of what must be ordered now or for the delivery date asked
    for; returns its id, which may be given."""
    day = None if asked_for is None else date.fromisoformat(asked_for)
    return plan_purchase(warehouses, now, "schedule", asked_for=day, replace_edited=replace_edited, plan_id=plan_id)
