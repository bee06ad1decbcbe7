"""The step of the day that looks at the trial that runs, which is of all warehouses together."""

from datetime import datetime
from functools import partial

from flows.database import database
from flows.day.steps import REGION
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time
from flows.reports.trials.looking import look_at_trials


def look_at_each_period(now: datetime, each: Each) -> RunSummary:
    """Looks at every period that has ended since; what could not be looked at is looked at the next night."""
    summary = finished(each("trials", one_at_a_time(partial(_look, now=now)), [REGION]))
    summary.notes += summary.done[REGION]
    return summary


def _look(_region: str, now: datetime) -> list[str]:
    with database() as engine:
        return look_at_trials(engine, now)
