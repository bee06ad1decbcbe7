"""What is told of trials as events. They are about no warehouse, since a trial is told to who sees them all."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import TrialLookRow, TrialRow
from flows.notifying.outbox import OutboxEvent, as_told
from flows.reports.trials.kept import design_of


def ended(session: Session, trial: TrialRow, now: datetime) -> OutboxEvent:
    """How a trial ended, with the effect that was seen last; none where nothing ever was."""
    row = TrialLookRow
    seen = select(row).where(row.trial_id == trial.trial_id, row.effect.is_not(None)).order_by(row.period.desc())
    last = session.scalars(seen.limit(1)).first()
    effect, lowest, highest = (None, None, None) if last is None else (last.effect, last.lowest, last.highest)
    payload = {
        "trial_id": trial.trial_id,
        "name": trial.name,
        "figure": trial.figure,
        "state": trial.state,
        "winner": trial.winner,
        "effect": effect,
        "lowest": lowest,
        "highest": highest,
        "at": as_told(now),
    }
    return OutboxEvent(f"trial_{trial.trial_id}_ended_{as_told(trial.started_at)}", "trial.ended", payload, now)


def length_changed(trial: TrialRow, looks: int, needed: int, before: int, now: datetime) -> OutboxEvent:
    """By its first looks it needs other than the periods it needed before."""
    design = design_of(trial)
    payload = {
        "trial_id": trial.trial_id,
        "name": trial.name,
        "periods_needed": needed,
        "periods_before": before,
        "periods_stated": design.periods,
        "periods_at_most": design.most,
        "last_day": trial.last.isoformat(),
        "at": as_told(now),
    }
    event_id = f"trial_{trial.trial_id}_length_{looks}_{as_told(trial.started_at)}"
    return OutboxEvent(event_id, "trial.length_changed", payload, now)
