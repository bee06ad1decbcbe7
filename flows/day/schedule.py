"""The day's flow with its schedule, and the process that waits for it.

Nothing here loads what a run needs: that happens in the process of the run, which ends with it."""

import logging
from datetime import UTC, datetime
from threading import Thread
from time import sleep

from prefect import flow, serve
from prefect.context import FlowRunContext
from prefect.deployments.runner import RunnerDeployment
from sqlalchemy.exc import SQLAlchemyError

from flows.database import database
from flows.day.asked_runs import DEPLOYMENT, FLOW
from flows.day.keeping import as_scheduled, scheduled
from flows.day.kept_runs import kept_run
from flows.day.lost_runs import ask_for_lost_run
from flows.errors import NotNow
from flows.operating.metrics_port import registry_of_process, told_at
from flows.operating.traces import span, trace
from flows.settings import Settings

LOOK_EVERY = 20.0  # seconds, for runs that were killed

log = logging.getLogger(__name__)


@flow(name=FLOW)
def day(now: datetime | None = None, run_id: str | None = None) -> str:
    """The whole day: sales from orders, weather if the settings say so, train, forecast, a draft plan of what to order,
    slots, what promotions did, as of a moment (none: now); returns the plan's id. It is kept under `run_id`, if given:
    one that was killed goes on after the steps that it had finished.

    Where training fails in a warehouse, its last model forecasts; where forecasting fails, the plan goes on without
    it; a plan that a buyer has edited stays. In the end SomeWarehousesFailed names them all."""
    from flows.day.whole_day import whole_day  # loads all that a run needs

    now = now or datetime.now(UTC)
    trace(Settings(), "day")
    with span("day"), kept_run(now, run_id or _id_of_flow_run()) as run:
        return whole_day(now, run)


def serve_schedule(settings: Settings) -> None:
    """Serves the `day` deployment: runs it by the schedule, whenever somebody asks for it, and again where a run was
    killed, until ended; backups and pruning beside it."""
    Thread(target=_look_for_lost_runs, args=(settings,), name="lost-runs", daemon=True).start()
    with told_at(registry_of_process(), settings.metrics_host, settings.schedule_metrics_port):
        serve(*deployments(settings))


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """What runs by the schedule, and when."""
    what = "Train, forecast, plan and slot all warehouses"
    return [as_scheduled(day, DEPLOYMENT, settings.schedule, settings, what), *scheduled(settings)]


def _id_of_flow_run() -> str | None:
    """A run that nobody asked for by an id of his own has that of its flow run, by which it is found there."""
    running = FlowRunContext.get()
    return None if running is None or running.flow_run is None else running.flow_run.id.hex


def _look_for_lost_runs(settings: Settings) -> None:
    while True:
        try:
            with database() as engine:
                if run_id := ask_for_lost_run(engine, datetime.now(UTC), settings):
                    log.warning("run %s was killed and is done again", run_id)
        except (SQLAlchemyError, NotNow) as error:  # the next look may find them back
            log.warning("runs that were killed are not looked for: %s", error)
        sleep(LOOK_EVERY)
