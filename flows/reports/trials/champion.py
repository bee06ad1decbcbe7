"""When the terms that a trial's challenger is compared with were set anew while it ran: what it shows from then on is
an effect beside other terms than before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import CategoryTermsRow, Compared, TrialRow
from data.tables.judgements import OF_ALL_CATEGORIES
from flows.purchasing.planning.kept_service_level import service_level_of


def set_anew(session: Session, trials: Sequence[TrialRow], now: datetime) -> dict[str, list[datetime]]:
    """The moments by trial; what its own promotion set is none of them."""
    of_terms = [trial for trial in trials if trial.compares == Compared.TERMS]
    found: dict[str, list[datetime]] = {trial.trial_id: [] for trial in trials}
    if not of_terms:
        return found
    row = CategoryTermsRow
    holds: dict[str, CategoryTermsRow] = {}
    for terms in session.scalars(select(row).where(row.known_at <= now).order_by(row.known_at)):
        then = holds | {terms.category: terms}
        for trial in of_terms:
            runs = trial.started_at < terms.known_at < (trial.ended_at or now)
            if runs and _tried_of(then, trial) != _tried_of(holds, trial):
                found[trial.trial_id].append(terms.known_at)
        holds = then
    return found


def _tried_of(holds: dict[str, CategoryTermsRow], trial: TrialRow) -> list[float | None]:
    """The champion's numbers of what the challenger has otherwise."""
    level = service_level_of(holds)
    category = trial.category or OF_ALL_CATEGORIES
    terms = level.overall if category == OF_ALL_CATEGORIES else level.of(category)
    return [getattr(terms, name) for name in trial.challenger]
