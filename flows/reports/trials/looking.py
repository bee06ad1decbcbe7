"""Each night: looks at the trial that runs once a period of it has ended and been added up, and ends it when it is
decided or its length is over, which is set anew at each look. What was seen at a look stays: later corrections of days
change no earlier one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.sales_days import closed_by
from data.frames.worth.by_day import last_days_kept
from data.languages import say, worded
from data.tables import TrialLookRow, TrialRow, TrialState
from flows.notifying.outbox import write_events
from flows.reports.trials.days import days_of
from flows.reports.trials.kept import before_of, design_of
from flows.reports.trials.telling import ended, length_changed
from warehouse.worth.trials.contrasts import contrasts
from warehouse.worth.trials.design import Design
from warehouse.worth.trials.figures import TRIAL_FIGURES
from warehouse.worth.trials.lengthening import periods_needed
from warehouse.worth.trials.stopping import Contrasts, Shown, shown

WAITED: Final = timedelta(days=7)  # for the days of a warehouse that are not added up; then one looks without them
BY: Final = "night"


@dataclass(frozen=True)
class _Seen:
    """A period that has ended: its contrasts, how many periods the trial is to take by then, how many it was to take
    before, and what all up to it show (None: nothing is known)."""

    period: int
    last_day: date
    rows: list[dict[str, Any]]
    periods: int
    periods_before: int
    told: Shown | None


def look_at_trials(engine: Engine, now: datetime) -> list[str]:
    """Looks at every period that has ended since; returns what was seen, in sentences. Safe to repeat."""
    said = []
    with reading(engine) as session:
        running = session.scalars(select(TrialRow.trial_id).where(TrialRow.state == TrialState.RUNNING)).all()
    for trial_id in running:
        while True:
            with reading(engine) as session:
                trial = session.get_one(TrialRow, trial_id)
                seen = _next(session, trial, now) if trial.state == TrialState.RUNNING else None
            if seen is None:
                break
            with writing(engine) as session:
                said.append(_keep(session, trial_id, seen, now))
    return said


def _next(session: Session, trial: TrialRow, now: datetime) -> _Seen | None:
    """The next period that has ended and was not looked at; None: there is none yet."""
    design = design_of(trial)
    row = TrialLookRow
    looks = session.scalars(select(row).where(row.trial_id == trial.trial_id).order_by(row.period)).all()
    period = len(looks)
    last = design.last_of(period + 1)
    lengths = [look.periods for look in looks]
    before = lengths[-1] if looks else design.periods
    if period >= before or not _added_up(session, design, last, now):
        return None
    figure = TRIAL_FIGURES[trial.figure]
    days = days_of(session, design.warehouses, design.first_of(period), last, figure, trial.category or None)
    here = contrasts(days, design, before_of(trial), [period])
    rows = [] if here is None else _rows(here)
    known = [*(row for look in looks for row in look.contrasts), *rows]
    if not known:
        return _Seen(period, last, rows, before, before, None)
    seen = _contrasts(known, trial.before["scale"])
    periods = periods_needed(seen, period + 1, design, trial.effect)
    told = shown(seen, [*lengths, periods], trial.seed) if rows else None
    return _Seen(period, last, rows, periods, before, told)


def _added_up(session: Session, design: Design, last: date, now: datetime) -> bool:
    """Whether the days up to the last are there, or were waited for; of a warehouse that has closed come no more."""
    closed = closed_by(session, now)
    kept = last_days_kept(session, design.warehouses)
    waited_for = [name for name in design.warehouses if name not in closed]
    there = bool(waited_for) and min(kept.get(name, date.min) for name in waited_for) >= last
    return there or now.date() - last > WAITED


def _rows(seen: Contrasts) -> list[dict[str, Any]]:
    columns = seen.value.tolist(), seen.weight.tolist(), seen.coin.tolist(), seen.period.tolist()
    names = ("value", "weight", "coin", "period")
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _contrasts(rows: list[dict[str, Any]], scale: float) -> Contrasts:
    value, weight = (np.array([row[name] for row in rows], dtype=float) for name in ("value", "weight"))
    coin, period = (np.array([row[name] for row in rows], dtype=np.intp) for name in ("coin", "period"))
    return Contrasts(value, weight, coin, period, scale)


def _keep(session: Session, trial_id: str, seen: _Seen, now: datetime) -> str:
    trial = session.get_one(TrialRow, trial_id, with_for_update=True)
    if trial.state != TrialState.RUNNING or session.get(TrialLookRow, (trial_id, seen.period + 1)) is not None:
        return say("Trial {trial_id} was looked at by another run.", trial_id=trial_id)
    told = seen.told
    session.add(
        TrialLookRow(
            trial_id=trial_id,
            period=seen.period + 1,
            last_day=seen.last_day,
            looked_at=now,
            periods=seen.periods,
            effect=None if told is None else told.effect,
            lowest=None if told is None else told.lowest,
            highest=None if told is None else told.highest,
            decided=told is not None and told.decided,
            contrasts=seen.rows,
        )
    )
    if told is not None and told.decided:
        trial.winner = TRIAL_FIGURES[trial.figure].winner(told.effect)
        trial.state, trial.ended_at, trial.ended_by = TrialState.DECIDED, now, BY
    elif seen.period + 1 >= seen.periods:
        trial.state, trial.ended_at, trial.ended_by = TrialState.UNDECIDED, now, BY
    if seen.periods != seen.periods_before:
        trial.last = design_of(trial).last_of(seen.periods)
    if trial.state != TrialState.RUNNING:
        session.flush()
        write_events(session, [ended(session, trial, now)], now)
    elif seen.periods != seen.periods_before:
        told_of = length_changed(trial, seen.period + 1, seen.periods, seen.periods_before, now)
        write_events(session, [told_of], now)
    session.flush()
    return say(
        "Trial {trial_id}, period {period} of {periods}: {effect}, {state}.",
        trial_id=trial_id,
        period=seen.period + 1,
        periods=seen.periods,
        effect=say("nothing is known") if told is None else say("{effect:+.1%} so far", effect=told.effect),
        state=worded(f"code.trial.{trial.state}", trial.state),
    )
