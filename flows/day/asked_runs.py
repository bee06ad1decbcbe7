"""A run of the day that is asked for between those of the schedule, by who has brought what it must know.

The Prefect server that keeps the schedule is told over HTTP, so that who asks need not load Prefect; the process that
serves the schedule then runs it. One run at a time: who asks while one is under way is given that one."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.languages import Sentence
from data.tables import DayRunRow
from flows.day.prefect_access import prefect_address, prefect_headers
from flows.errors import NotNow
from flows.settings import Settings

FLOW, DEPLOYMENT = "day", "every-day"
BEGINS_WITHIN = timedelta(minutes=10)  # of being asked for, or who should begin it is dead
ANSWERS_WITHIN = 5.0  # seconds
DAYS, COURIERS = "days", "couriers"  # steps of a run whose results pages show as they come


class DayRunState(StrEnum):
    """How far a run has come."""

    UNDER_WAY = "under_way"
    FINISHED = "finished"
    LOST = "lost"


def state_of(run: DayRunRow, now: datetime) -> DayRunState:
    """How far a run has come at a moment."""
    if run.finished_at is not None:
        return DayRunState.FINISHED
    return DayRunState.LOST if run.is_dead(now) else DayRunState.UNDER_WAY


def run_under_way(session: Session, now: datetime) -> DayRunRow | None:
    """The latest run that is at work or about to begin."""
    at_work = DayRunRow.finished_at.is_(None), DayRunRow.held_until > now
    return session.scalars(select(DayRunRow).where(*at_work).order_by(DayRunRow.started_at.desc()).limit(1)).first()


def is_to_come(session: Session, step: str, now: datetime) -> bool:
    """Whether a run is under way that has not finished this step yet."""
    run = run_under_way(session, now)
    return run is not None and step not in run.steps


def new_run_id() -> str:
    """The id of a run to come."""
    return uuid4().hex


def keep_asked_run(session: Session, run_id: str, now: datetime) -> DayRunRow:
    """Keeps a run that was asked for; one that has begun meanwhile stays as it is."""
    columns = ["run_id", "started_at", "held_until", "failed"]
    asked = (run_id, now, now + BEGINS_WITHIN, dict[str, str]())
    write_rows(session.connection(), DayRunRow.__table__, columns, [asked], "ignore")  # type: ignore[arg-type]
    return session.get_one(DayRunRow, run_id)


def ask_for_run(run_id: str, settings: Settings, client: httpx.Client | None = None, again: str = "") -> None:
    """Asks the Prefect server for a run of the day under this id, once; `again` names a later time. Raises NotNow where
    none answers that knows it."""
    server = prefect_address(settings)
    with client or httpx.Client(timeout=ANSWERS_WITHIN, headers=prefect_headers()) as prefect:
        try:
            known = prefect.get(f"{server}/deployments/name/{FLOW}/{DEPLOYMENT}").raise_for_status().json()
            asked = {"parameters": {"run_id": run_id}, "idempotency_key": f"{run_id}{again}"}
            prefect.post(f"{server}/deployments/{known['id']}/create_flow_run", json=asked).raise_for_status()
        except httpx.HTTPStatusError as error:
            raise _no_schedule(Sentence("its server answers {status}", status=error.response.status_code)) from error
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise _no_schedule(Sentence("no server answers")) from error


def _no_schedule(why: Sentence) -> NotNow:
    return NotNow(
        "No schedule is served that could run the day now ({why}). Run freshfront run, or freshfront flows serve "
        "beside a Prefect server; freshfront train, forecast and plan make do the same step by step.",
        why=why,
    )


def tell_that_it_died(run_id: str, settings: Settings, client: httpx.Client | None = None) -> None:
    """Has the Prefect server show as crashed what it takes for a running run of this id. Raises NotNow where none
    answers."""
    server = prefect_address(settings)
    running = {
        "flows": {"name": {"any_": [FLOW]}},
        "flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}},
    }
    crashed = {"state": {"type": "CRASHED", "message": "It was killed."}, "force": True}
    with client or httpx.Client(timeout=ANSWERS_WITHIN, headers=prefect_headers()) as prefect:
        try:
            for found in prefect.post(f"{server}/flow_runs/filter", json=running).raise_for_status().json():
                if run_id in (found["parameters"].get("run_id"), UUID(found["id"]).hex):
                    prefect.post(f"{server}/flow_runs/{found['id']}/set_state", json=crashed).raise_for_status()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise NotNow("The Prefect server at {server} does not answer.", server=server) from error
