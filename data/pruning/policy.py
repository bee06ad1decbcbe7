"""For how long each kind of rows is kept, and what a run of pruning came to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What is pruned, in this order: plans before the forecasts that they rest on."""

    PLANS = "plans"
    FORECASTS = "forecasts"
    HOURLY_FORECASTS = "hourly_forecasts"
    COURIER_DAYS = "courier_days"
    TRIAL_DAYS = "trial_days"
    ASSORTMENT_PROPOSALS = "assortment_proposals"
    MODELS = "models"
    READINGS = "readings"
    EVENTS = "events"
    SIGN_INS = "sign_ins"
    DAY_RUNS = "day_runs"
    FINDINGS = "findings"
    CLOCK_DIFFERENCES = "clock_differences"
    SILENCES = "silences"
    QUARANTINE = "quarantine"
    COMMANDS = "commands"
    AUDIT = "audit"


@dataclass(frozen=True)
class Pruned:
    """How many rows of a kind from before a moment were removed, or (a dry run) would be."""

    kind: Kind
    before: datetime
    rows: int
