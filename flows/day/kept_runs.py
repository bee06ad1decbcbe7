"""The runs of the day's flow, kept: when one began and, once it is over, its plan and what failed by warehouse.

A run that was killed stays unfinished, which is how one sees that it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

from sqlalchemy import update

from data.bulk import write_rows
from data.database import writing
from data.tables import DayRunRow
from flows.database import database
from flows.for_each_warehouse import reason_of

WHOLE_RUN = "region"  # what an error is kept under that ended all of it


@dataclass
class DayRun:
    """What a run came to: the plan it made, what failed by warehouse."""

    plan_id: str | None = None
    failed: dict[str, str] = field(default_factory=dict)


@contextmanager
def kept_run(now: datetime, asked_for: str | None = None) -> Iterator[DayRun]:
    """Keeps a run as of a moment while it goes on, under the id it was `asked_for` if it was; it has finished as much
    later as it took."""
    run_id, began, run = asked_for or uuid4().hex, monotonic(), DayRun()
    with database() as engine, writing(engine) as session:
        columns = ["run_id", "started_at", "finished_at", "plan_id", "failed"]
        begun = (run_id, now, None, None, dict[str, str]())
        write_rows(session.connection(), DayRunRow.__table__, columns, [begun])  # type: ignore[arg-type]
    try:
        yield run
    except Exception as error:
        if not run.failed:
            run.failed[WHOLE_RUN] = reason_of(error)
        _finish(run_id, run, now + timedelta(seconds=monotonic() - began))
        raise
    _finish(run_id, run, now + timedelta(seconds=monotonic() - began))


def _finish(run_id: str, run: DayRun, finished_at: datetime) -> None:
    values = {"finished_at": finished_at, "plan_id": run.plan_id, "failed": run.failed}
    with database() as engine, writing(engine) as session:
        session.execute(update(DayRunRow).where(DayRunRow.run_id == run_id).values(values))
