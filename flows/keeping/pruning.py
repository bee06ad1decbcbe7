"""What is older than the settings keep it is pruned, kind by kind; what goes wrong with one stops no other."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from data.pruning.ended import (
    prune_assortment_proposals,
    prune_audit,
    prune_clock_differences,
    prune_commands,
    prune_courier_days,
    prune_day_runs,
    prune_findings,
    prune_quarantine,
    prune_sign_ins,
    prune_silences,
    prune_trial_days,
)
from data.pruning.events import prune_events
from data.pruning.forecasts import prune_forecasts, prune_hourly_forecasts
from data.pruning.models import prune_models
from data.pruning.plans import prune_plans
from data.pruning.policy import Kind, Pruned
from data.pruning.readings import prune_readings
from flows.for_each_warehouse import reason_of
from flows.settings import Settings

PRUNE: Mapping[Kind, Callable[[Engine, datetime, bool], int]] = {
    Kind.PLANS: prune_plans,
    Kind.FORECASTS: prune_forecasts,
    Kind.HOURLY_FORECASTS: prune_hourly_forecasts,
    Kind.COURIER_DAYS: prune_courier_days,
    Kind.TRIAL_DAYS: prune_trial_days,
    Kind.ASSORTMENT_PROPOSALS: prune_assortment_proposals,
    Kind.MODELS: prune_models,
    Kind.READINGS: prune_readings,
    Kind.EVENTS: prune_events,
    Kind.SIGN_INS: prune_sign_ins,
    Kind.DAY_RUNS: prune_day_runs,
    Kind.FINDINGS: prune_findings,
    Kind.CLOCK_DIFFERENCES: prune_clock_differences,
    Kind.SILENCES: prune_silences,
    Kind.QUARANTINE: prune_quarantine,
    Kind.COMMANDS: prune_commands,
    Kind.AUDIT: prune_audit,
}

log = logging.getLogger(__name__)


@dataclass
class Pruning:
    """What became of each kind that is not kept for ever, and what went wrong by kind."""

    done: list[Pruned] = field(default_factory=list)
    failed: dict[Kind, str] = field(default_factory=dict)


def prune(engine: Engine, now: datetime, settings: Settings, dry_run: bool = False) -> Pruning:
    """Prunes every kind that is not kept for ever, in short transactions; a `dry_run` counts only."""
    pruning = Pruning()
    for kind, remove in PRUNE.items():
        days = settings.retention_days(kind)
        if days == 0:
            continue
        before = now - timedelta(days=days)
        try:
            pruning.done.append(Pruned(kind, before, remove(engine, before, dry_run)))
        except Exception as error:
            log.exception("%s could not be pruned", kind)
            pruning.failed[kind] = reason_of(error)
    return pruning
