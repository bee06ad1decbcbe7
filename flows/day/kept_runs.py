"""The runs of the day's flow, kept while they go on, so that one that was killed is told as dead and done again without
repeating what it had finished.

A run holds its row for a while and renews that as long as it lives; when the hold has run out, the run is dead. What
each of its steps came to is written down as the step ends.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import cast
from uuid import NAMESPACE_OID, uuid4, uuid5

from sqlalchemy import CursorResult, Engine, update
from sqlalchemy.exc import SQLAlchemyError

from data.bulk import write_rows
from data.database import writing
from data.tables import DayRunRow
from flows.database import database
from flows.errors import NotNow
from flows.for_each_warehouse import reason_of

WHOLE_RUN = "region"  # what an error is kept under that ended all of it
HELD_FOR = timedelta(seconds=60)
RENEWED_EVERY = 15.0  # seconds
Failures = dict[str, str]  # what went wrong, by warehouse

log = logging.getLogger(__name__)


@dataclass
class DayRun:
    """A run under way: as of when it decides what is known (`began_at`, whichever attempt this is), the plan it made,
    what failed by warehouse, and what each finished step came to."""

    run_id: str
    began_at: datetime
    attempt: int
    plan_id: str | None = None
    failed: Failures = field(default_factory=dict)
    steps: dict[str, Failures] = field(default_factory=dict)
    held: bool = True

    @property
    def plan_to_make(self) -> str:
        """The id of the run's plan, whichever attempt makes it: there is one at most."""
        return uuid5(NAMESPACE_OID, f"{self.run_id} {self.began_at.timestamp()}").hex

    def once(self, step: str, work: Callable[[], Failures]) -> Failures:
        """What went wrong in a step, which is done unless an earlier attempt has finished it. Raises NotNow where
        another attempt has taken the run over."""
        if not self.held:
            raise NotNow(
                "Run {run_id} is done by another attempt, which began when this one had not been heard.",
                run_id=self.run_id,
            )
        if step not in self.steps:
            self.steps[step] = work()
            self.failed |= self.steps[step]
            with database() as engine:
                self.held = _write(engine, self, plan_id=self.plan_id, failed=self.failed, steps=self.steps)
        return self.steps[step]


@contextmanager
def kept_run(now: datetime, asked_for: str | None = None) -> Iterator[DayRun]:
    """Keeps a run as of a moment while it goes on, under the id it was `asked_for` if it was; it has finished as much
    later as it took. One under this id that was killed is taken up where it was. Raises NotNow for one at work."""
    since = monotonic()
    with database() as engine:
        run = _begin(engine, asked_for or uuid4().hex, now)
        ended = Event()
        renewing = Thread(target=_renew, args=(engine, run, now, since, ended), name="run-renewal", daemon=True)
        renewing.start()
        try:
            yield run
        except Exception as error:
            if not run.failed:
                run.failed[WHOLE_RUN] = reason_of(error)
            _finish(engine, run, _later(now, since))
            raise
        else:
            _finish(engine, run, _later(now, since))
        finally:  # an interrupt leaves the run unfinished, as a death does
            ended.set()
            renewing.join()


def _begin(engine: Engine, run_id: str, now: datetime) -> DayRun:
    with writing(engine) as session:
        # whoever asked for it may be keeping it at this very moment
        new = (run_id, now, dict[str, str]())
        columns = ["run_id", "started_at", "failed"]
        write_rows(session.connection(), DayRunRow.__table__, columns, [new], "ignore")  # type: ignore[arg-type]
        row = session.get_one(DayRunRow, run_id, with_for_update=True)
        if row.attempts and row.finished_at is None:
            if row.held_until is not None and row.held_until > now:
                raise NotNow("Run {run_id} is under way.", run_id=run_id)
        else:  # new, asked for, or finished and wanted once more
            row.started_at, row.finished_at, row.plan_id = now, None, None
            row.failed, row.steps, row.attempts = {}, {}, 0
        row.attempts += 1
        row.held_until = now + HELD_FOR
        session.flush()
        return DayRun(run_id, row.started_at, row.attempts, row.plan_id, dict(row.failed), dict(row.steps))


def _renew(engine: Engine, run: DayRun, now: datetime, since: float, ended: Event) -> None:
    while not ended.wait(RENEWED_EVERY):
        try:
            run.held = run.held and _write(engine, run, held_until=_later(now, since) + HELD_FOR)
        except SQLAlchemyError as error:  # for longer than a run is held, it lets another attempt begin
            log.warning("the hold of run %s could not be renewed: %s", run.run_id, error)


def _finish(engine: Engine, run: DayRun, finished_at: datetime) -> None:
    _write(engine, run, plan_id=run.plan_id, failed=run.failed, finished_at=finished_at)


def _later(now: datetime, since: float) -> datetime:
    return now + timedelta(seconds=monotonic() - since)


def _write(engine: Engine, run: DayRun, **values: object) -> bool:
    """Writes to the run's row; False where it is another attempt's by now."""
    own = DayRunRow.run_id == run.run_id, DayRunRow.attempts == run.attempt
    with writing(engine) as session:
        return cast(CursorResult[None], session.execute(update(DayRunRow).where(*own).values(values))).rowcount > 0
