"""What is told of trials: each with what it has shown so far, for pages, API and command alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import TrialLookRow, TrialRow, TrialState, WarehouseRow
from flows.errors import Unknown
from flows.reports.trials.kept import design_of
from flows.reports.trials.starting import arms_on
from warehouse.worth.trials.design import Arm, Design


@dataclass(frozen=True)
class TrialTold:
    """A trial, its looks in their order, and the arm of each warehouse today (empty when none holds)."""

    trial: TrialRow
    design: Design
    looks: Sequence[TrialLookRow]
    arms_today: dict[str, Arm]

    @property
    def latest(self) -> TrialLookRow | None:
        """The last look at which something was known."""
        return next((look for look in reversed(self.looks) if look.effect is not None), None)


def trials(session: Session, now: datetime, limit: int = 100) -> list[TrialTold]:
    """All trials, the one begun last first."""
    rows = session.scalars(select(TrialRow).order_by(TrialRow.started_at.desc()).limit(limit)).all()
    return [_told(session, row, now) for row in rows]


def trial_told(session: Session, trial_id: str, now: datetime) -> TrialTold:
    """One of them. Raises Unknown."""
    row = session.get(TrialRow, trial_id)
    if row is None:
        raise Unknown(
            "Trial {trial_id!r} was not found. See: freshfront trial list", trial_id=trial_id, field="trial_id"
        )
    return _told(session, row, now)


def _told(session: Session, row: TrialRow, now: datetime) -> TrialTold:
    looks = session.scalars(
        select(TrialLookRow).where(TrialLookRow.trial_id == row.trial_id).order_by(TrialLookRow.period)
    ).all()
    design = design_of(row)
    today: dict[str, Arm] = {}
    if row.state == TrialState.RUNNING:
        zone = session.scalars(select(WarehouseRow.timezone).where(WarehouseRow.warehouse_id.in_(design.warehouses)))
        today = arms_on(session, row.trial_id, today_there(now, zone.first() or "UTC"))
    return TrialTold(row, design, looks, today)
