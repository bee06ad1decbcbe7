"""A run of the day that is asked for between those of the schedule, by who has brought what it must know.

The Prefect server that keeps the schedule is told over HTTP, so that who asks need not load Prefect; the process that
serves the schedule then runs it. One run at a time: who asks while one is under way is given that one."""

import os
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import DayRunRow
from flows.errors import NotNow
from flows.settings import Settings

FLOW, DEPLOYMENT = "day", "every-day"
GIVEN_UP_AFTER = timedelta(hours=6)  # by then a run has finished or was killed
ANSWERS_WITHIN = 5.0  # seconds
NO_SCHEDULE = (
    "No schedule is served that could run the day now ({why}). Run freshfront run, or freshfront flows serve beside a "
    "Prefect server; freshfront train, forecast and plan make do the same step by step."
)


class DayRunState(StrEnum):
    """How far a run has come."""

    UNDER_WAY = "under_way"
    FINISHED = "finished"
    LOST = "lost"


def state_of(run: DayRunRow, now: datetime) -> DayRunState:
    """A run that has not finished for hours was killed."""
    if run.finished_at is not None:
        return DayRunState.FINISHED
    return DayRunState.UNDER_WAY if now - run.started_at < GIVEN_UP_AFTER else DayRunState.LOST


def run_under_way(session: Session, now: datetime) -> DayRunRow | None:
    """The latest run that may still be at work."""
    at_work = DayRunRow.finished_at.is_(None), DayRunRow.started_at > now - GIVEN_UP_AFTER
    return session.scalars(select(DayRunRow).where(*at_work).order_by(DayRunRow.started_at.desc()).limit(1)).first()


def new_run_id() -> str:
    """The id of a run to come."""
    return uuid4().hex


def keep_asked_run(session: Session, run_id: str, now: datetime) -> DayRunRow:
    """Keeps a run that was asked for; one that has begun meanwhile stays as it is."""
    columns = ["run_id", "started_at", "failed"]
    write_rows(session.connection(), DayRunRow.__table__, columns, [(run_id, now, {})], "ignore")  # type: ignore[arg-type]
    return session.get_one(DayRunRow, run_id)


def ask_for_run(run_id: str, settings: Settings, client: httpx.Client | None = None) -> None:
    """Asks the Prefect server for a run of the day under this id. Raises NotNow where none answers that knows it."""
    server = os.environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{settings.prefect_port}/api"
    with client or httpx.Client(timeout=ANSWERS_WITHIN) as prefect:
        try:
            known = prefect.get(f"{server}/deployments/name/{FLOW}/{DEPLOYMENT}").raise_for_status().json()
            asked = {"parameters": {"run_id": run_id}, "idempotency_key": run_id}
            prefect.post(f"{server}/deployments/{known['id']}/create_flow_run", json=asked).raise_for_status()
        except httpx.HTTPStatusError as error:
            raise NotNow(NO_SCHEDULE.format(why=f"its server answers {error.response.status_code}")) from error
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise NotNow(NO_SCHEDULE.format(why="no server answers")) from error
