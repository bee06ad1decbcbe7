"""Trials of a challenger beside what holds: read, begun, stopped and promoted. They are of all warehouses."""

from typing import Annotated

from fastapi import Request

from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, require_all_warehouses, requires
from api.transactions import Now, ReadSession, WriteSession, engine_of
from api.trials.trial_schemas import BecauseIn, PromoteIn, TrialIn, TrialOut, TrialsOut
from api.values import PathId
from data.database import reading
from flows.reports.trials.ending import promote_trial, stop_trial
from flows.reports.trials.showing import trial_told, trials
from flows.reports.trials.starting import start_trial as start

router = Router(prefix="/trials", tags=["trials"])
Reader = Annotated[Principal, requires(Scope.READ)]
Operator = Annotated[Principal, requires(Scope.RULES_WRITE)]
CHANGED = (NotFound, Conflict, TooLarge, WrongMediaType)


@router.get("", responses=responses())
def list_trials(session: ReadSession, now: Now, who: Reader) -> TrialsOut:
    """Every trial with what it has shown, the one begun last first."""
    require_all_warehouses(who, "trials")
    return TrialsOut(items=[TrialOut.of(told) for told in trials(session, now)])


@router.get("/{trial_id}", responses=responses(NotFound))
def read_trial(session: ReadSession, now: Now, who: Reader, trial_id: PathId) -> TrialOut:
    """One of them."""
    require_all_warehouses(who, "trials")
    return TrialOut.of(trial_told(session, trial_id, now))


@router.post("", responses=responses(*CHANGED))
def start_trial(request: Request, now: Now, who: Operator, told: TrialIn) -> TrialOut:
    """Begins a trial tomorrow, laid out on what the warehouses' days were so far. The one that runs is told where it is
    asked for again. 409: another trial runs, the history is too short, or no trial of a year finds the effect."""
    require_all_warehouses(who, "trials")
    engine = engine_of(request)
    trial_id = start(engine, told.asked(), now, who.name)
    with reading(engine) as session:
        return TrialOut.of(trial_told(session, trial_id, now))


@router.post("/{trial_id}/stop", responses=responses(*CHANGED))
def stop(session: WriteSession, now: Now, who: Operator, trial_id: PathId, told: BecauseIn) -> TrialOut:
    """Ends a trial: every warehouse is in the champion's arm from now on. Safe to repeat. 409: it has ended."""
    require_all_warehouses(who, "trials")
    stop_trial(session, trial_id, told.because, now, who.name)
    return TrialOut.of(trial_told(session, trial_id, now))


@router.post("/{trial_id}/promote", responses=responses(*CHANGED))
def promote(session: WriteSession, now: Now, who: Operator, trial_id: PathId, told: PromoteIn) -> TrialOut:
    """Makes the challenger what holds everywhere: its terms are set, its models serve. Safe to repeat. 409: it is not
    shown to be better, and no reason is given, or another trial runs."""
    require_all_warehouses(who, "trials")
    promote_trial(session, trial_id, told.because, now, who.name)
    return TrialOut.of(trial_told(session, trial_id, now))
