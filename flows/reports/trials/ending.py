"""Ends a trial before its time, and makes its challenger what holds everywhere, in one transaction."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from data.frames.purchase_terms import category_terms_known_at
from data.kept.one_at_a_time import wait_for_others
from data.languages import Sentence
from data.tables import Compared, TrialRow, TrialState
from flows.demand.models import model_registry
from flows.errors import Invalid, NotNow, Unknown
from flows.notifying.outbox import write_events
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level
from flows.reports.trials.starting import ONE_AT_A_TIME, still_runs, trial_that_runs
from flows.reports.trials.telling import ended
from warehouse.worth.trials.design import Arm

MONEY_AND_UNITS = ("goodwill", "disposal", "display_minimum")

STATES: Final[Mapping[str, Sentence]] = {
    TrialState.RUNNING: Sentence("running"),
    TrialState.DECIDED: Sentence("decided"),
    TrialState.UNDECIDED: Sentence("undecided"),
    TrialState.STOPPED: Sentence("stopped"),
    TrialState.PROMOTED: Sentence("promoted"),
}


def stop_trial(session: Session, trial_id: str, because: str, now: datetime, by: str) -> TrialRow:
    """Ends a trial that runs: from now on every warehouse is in the champion's arm. Safe to repeat. Raises Unknown, and
    NotNow for one that ended otherwise."""
    trial = _locked(session, trial_id)
    if trial.state == TrialState.STOPPED:
        return trial
    if trial.state != TrialState.RUNNING:
        raise NotNow("Trial {trial_id} has ended: {state}.", trial_id=trial_id, state=STATES[trial.state])
    if not because.strip():
        raise Invalid("Say why the trial is stopped.", field="because")
    trial.state, trial.because, trial.ended_at, trial.ended_by = TrialState.STOPPED, because, now, by
    write_events(session, [ended(session, trial, now)], now)
    session.flush()
    return trial


def promote_trial(session: Session, trial_id: str, because: str | None, now: datetime, by: str) -> TrialRow:
    """Makes the challenger what holds: its terms are set, its models serve. Safe to repeat. Raises Unknown; NotNow
    while another trial runs, and while it is not shown to be better, unless `because` says why it is to hold all the
    same."""
    trial = _locked(session, trial_id)
    if trial.state == TrialState.PROMOTED:
        return trial
    _check_no_other_runs(session, trial)
    if trial.winner != Arm.CHALLENGER and not (because or "").strip():
        champion = trial.winner == Arm.CHAMPION
        what = Sentence("the champion won, and holds already") if champion else Sentence("no winner is shown")
        raise NotNow(
            "Trial {trial_id} is {state}: {what}. To promote its challenger all the same, say why.",
            trial_id=trial_id,
            state=STATES[trial.state],
            what=what,
        )
    if trial.compares == Compared.MODEL:
        _serve(session, trial, now, by)
    else:
        _set_terms(session, trial, now, by)
    trial.state, trial.promoted_at, trial.promoted_by = TrialState.PROMOTED, now, by
    trial.because = "; ".join(why for why in (trial.because, because) if why and why.strip()) or None
    if trial.ended_at is None:
        trial.ended_at, trial.ended_by = now, by
        write_events(session, [ended(session, trial, now)], now)
    session.flush()
    return trial


def _locked(session: Session, trial_id: str) -> TrialRow:
    wait_for_others(session.connection(), ONE_AT_A_TIME)
    trial = session.get(TrialRow, trial_id, with_for_update=True)
    if trial is None:
        raise Unknown(
            "Trial {trial_id!r} was not found. See: freshfront trial list", trial_id=trial_id, field="trial_id"
        )
    return trial


def _check_no_other_runs(session: Session, trial: TrialRow) -> None:
    """What holds is what the challenger of a trial that runs is compared with: no other trial changes it midway."""
    running = trial_that_runs(session)
    if running is not None and running.trial_id != trial.trial_id:
        raise still_runs(running)


def _serve(session: Session, trial: TrialRow, now: datetime, by: str) -> None:
    model_id = trial.challenger["model_id"]
    serves = session.scalars(
        model_registry.serving_region(model_registry.warehouses_on(session, model_id), now)
    ).first()
    if serves is None or serves.model_id != model_id:
        model_registry.roll_back(session, model_id, None, now, f"{by}, trial {trial.trial_id}")


def _set_terms(session: Session, trial: TrialRow, now: datetime, by: str) -> None:
    """The challenger's terms; what it does not name stays as it is now."""
    category = trial.category or ""
    row = category_terms_known_at(session, now).get(category)
    kept = NewTerms(category)
    if row is not None:
        kept = NewTerms(**{one.name: getattr(row, one.name) for one in fields(NewTerms)})
    changed: dict[str, Any] = {
        name: Decimal(str(value)) if name in MONEY_AND_UNITS else value for name, value in trial.challenger.items()
    }
    set_service_level(session, [replace(kept, **changed)], now, by)
