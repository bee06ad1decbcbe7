"""Backups and pruning by the schedule, as Prefect runs beside the day's. Nothing here loads what a run needs."""

from datetime import UTC, datetime
from typing import Any, cast

from prefect import Flow, flow
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from data.languages import Sentence
from flows.database import database
from flows.errors import NotNow
from flows.settings import Settings

DEPLOYMENT = "kept"


@flow(name="backup", retries=2, retry_delay_seconds=300)
def backup() -> str:
    """Backs up into the folder of the settings, and removes the backups that are too old; returns the new file."""
    from flows.keeping.backing_up import back_up_by_schedule

    with database() as engine:
        return str(back_up_by_schedule(engine, datetime.now(UTC), Settings()).made)


@flow(name="prune")
def prune() -> dict[str, int]:
    """Removes what is older than it is kept; returns how many rows of each kind. Raises NotNow where one could not be
    pruned, when all others are."""
    from flows.keeping.pruning import prune as prune_now

    with database() as engine:
        pruning = prune_now(engine, datetime.now(UTC), Settings())
    if pruning.failed:
        told = [
            Sentence("{kind} could not be pruned: {why}", kind=kind, why=why) for kind, why in pruning.failed.items()
        ]
        raise NotNow("{told}", told="; ".join(map(str, told)))
    return {one.kind: one.rows for one in pruning.done}


def scheduled(settings: Settings) -> list[RunnerDeployment]:
    """What the schedule runs beside the day: backups where a folder for them is set, pruning unless it is set to
    never."""
    wanted: list[tuple[Flow[[], Any], str, str]] = []
    if settings.backup_folder is not None:
        wanted.append((backup, settings.backup_schedule, "Back up the database"))
    if settings.prune_schedule:
        wanted.append((prune, settings.prune_schedule, "Remove what is older than it is kept"))
    return [as_scheduled(which, DEPLOYMENT, when, settings, what) for which, when, what in wanted]


def as_scheduled(which: Flow[..., Any], name: str, cron: str, settings: Settings, what: str) -> RunnerDeployment:
    """A flow's deployment that runs by a schedule."""
    schedule = Cron(cron, timezone=settings.schedule_timezone)
    made = which.to_deployment(name=name, schedule=schedule, description=what)
    return cast(RunnerDeployment, made)  # a coroutine inside an event loop only
