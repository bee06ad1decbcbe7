"""Runs of the day that were killed are done again, by whoever serves the schedule.

Of the latest run alone, since a later one does all that an earlier one would, and not for ever: what kills its process
each time is told instead."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading
from data.tables import DayRunRow
from flows.day.asked_runs import ask_for_run, tell_that_it_died
from flows.settings import Settings

AT_MOST = 3  # attempts at a run
WITHIN = timedelta(hours=20)  # of its beginning: then the next night's run is near
ASKED_EVERY = timedelta(minutes=5)  # while nobody takes it up


def run_to_do_again(session: Session, now: datetime) -> DayRunRow | None:
    """The latest run, if it was killed and may be done again."""
    latest = select(DayRunRow).where(DayRunRow.started_at <= now).order_by(DayRunRow.started_at.desc()).limit(1)
    run = session.scalars(latest).first()
    wanted = run is not None and run.is_dead(now) and run.attempts < AT_MOST and now - run.started_at <= WITHIN
    return run if wanted else None


def left_by_the_dead(session: Session, now: datetime) -> str | None:
    """The id of the latest run, if it has not finished, for who knows that nobody is at work: whoever held it is
    dead."""
    for run in session.scalars(select(DayRunRow).where(DayRunRow.finished_at.is_(None), DayRunRow.held_until > now)):
        run.held_until = now
    session.flush()
    found = run_to_do_again(session, now)
    return None if found is None else found.run_id


def ask_for_lost_run(engine: Engine, now: datetime, settings: Settings) -> str | None:
    """Has a run that was killed done again under its id, which is returned. Safe to repeat: it is asked for once in a
    while. Raises NotNow where no schedule is served."""
    with reading(engine) as session:
        run = run_to_do_again(session, now)
    if run is None:
        return None
    tell_that_it_died(run.run_id, settings)
    ask_for_run(run.run_id, settings, again=f"-{run.attempts + 1}-{now.timestamp() // ASKED_EVERY.total_seconds():.0f}")
    return run.run_id
