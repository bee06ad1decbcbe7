"""What is tried on a warehouse's day: the challenger of the trial that runs, where the day is in its arm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.tables import Compared, TrialDayRow, TrialRow
from data.tables.trials import CHALLENGER


@dataclass(frozen=True)
class Tried:
    """A trial with what it tries, and in which warehouses."""

    trial_id: str
    name: str
    compares: Compared
    category: str | None
    challenger: Mapping[str, Any]
    warehouses: frozenset[str]


def tried_on(session: Session, days: Mapping[str, date], moment: datetime) -> Tried | None:
    """What is tried at a moment in any of these warehouses, each on its own day; None: nothing."""
    row = TrialRow
    running = or_(row.ended_at.is_(None), row.ended_at > moment)
    query = select(row).where(row.started_at <= moment, running)
    trial = session.scalars(query.order_by(row.started_at.desc()).limit(1)).first()
    if trial is None:
        return None
    day = TrialDayRow
    arms = select(day.warehouse_id, day.date).where(
        day.trial_id == trial.trial_id, day.arm == CHALLENGER, day.date.in_(set(days.values()))
    )
    here = frozenset(name for name, on in session.execute(arms) if days.get(name) == on)
    if not here:
        return None
    return Tried(trial.trial_id, trial.name, Compared(trial.compares), trial.category, trial.challenger, here)
