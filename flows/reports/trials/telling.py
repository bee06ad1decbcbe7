"""What is told of trials as events. They are about no warehouse, since a trial is told to who sees them all."""

from datetime import datetime

from data.tables import TrialRow
from flows.notifying.outbox import OutboxEvent, as_told
from flows.reports.trials.kept import design_of

Ends = tuple[float | None, float | None]


def ended(trial: TrialRow, effect: float | None, interval: Ends, now: datetime) -> OutboxEvent:
    """How a trial ended, with the effect that was seen last."""
    lowest, highest = interval
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
