"""What is told of trials: each with what it has shown so far, for pages, API and command alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import TrialDayRow, TrialLookRow, TrialRow, TrialState, WarehouseRow
from flows.errors import Unknown
from flows.reports.trials.champion import set_anew
from flows.reports.trials.kept import design_of
from warehouse.worth.trials.design import Arm, Design


@dataclass(frozen=True)
class TrialTold:
    """A trial, its looks in their order, the arm of each warehouse today (empty when none holds), and when the terms
    that it is compared with were set anew while it ran."""

    trial: TrialRow
    design: Design
    looks: Sequence[TrialLookRow]
    arms_today: dict[str, Arm]
    champion_set_anew: Sequence[datetime]

    @property
    def latest(self) -> TrialLookRow | None:
        """The last look at which something was known."""
        return next((look for look in reversed(self.looks) if look.effect is not None), None)

    @property
    def periods(self) -> int:
        """How many it is to take by what was seen so far."""
        return self.looks[-1].periods if self.looks else self.design.periods

    @property
    def longer_by(self) -> int:
        """How many periods more than stated it takes, since its days scatter more than those before it."""
        return self.periods - self.design.periods


def trials(session: Session, now: datetime, limit: int = 100) -> list[TrialTold]:
    """All trials, the one begun last first."""
    return _told(
        session, session.scalars(select(TrialRow).order_by(TrialRow.started_at.desc()).limit(limit)).all(), now
    )


def trial_told(session: Session, trial_id: str, now: datetime) -> TrialTold:
    """One of them. Raises Unknown."""
    row = session.get(TrialRow, trial_id)
    if row is None:
        raise Unknown(
            "Trial {trial_id!r} was not found. See: freshfront trial list", trial_id=trial_id, field="trial_id"
        )
    return _told(session, [row], now)[0]


def _told(session: Session, rows: Sequence[TrialRow], now: datetime) -> list[TrialTold]:
    looks: dict[str, list[TrialLookRow]] = {row.trial_id: [] for row in rows}
    query = select(TrialLookRow).where(TrialLookRow.trial_id.in_(looks)).order_by(TrialLookRow.period)
    for look in session.scalars(query):
        looks[look.trial_id].append(look)
    anew = set_anew(session, rows, now)
    return [
        TrialTold(
            row,
            design_of(row),
            looks[row.trial_id],
            _arms_today(session, row, now) if row.state == TrialState.RUNNING else {},
            anew[row.trial_id],
        )
        for row in rows
    ]


def _arms_today(session: Session, trial: TrialRow, now: datetime) -> dict[str, Arm]:
    """The arm of each warehouse on its own day."""
    day, place = TrialDayRow, WarehouseRow
    zones = select(place.warehouse_id, place.timezone).where(place.warehouse_id.in_(design_of(trial).warehouses))
    days = {name: today_there(now, zone) for name, zone in session.execute(zones)}
    query = select(day.warehouse_id, day.date, day.arm).where(
        day.trial_id == trial.trial_id, day.date.in_(set(days.values()))
    )
    found = session.execute(query.order_by(day.warehouse_id))
    return {name: Arm(arm) for name, on, arm in found if days.get(name) == on}
