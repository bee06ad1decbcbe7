"""The terms that a trial's challenger is compared with, and when they were set anew while it ran: what it shows from
then on is an effect beside other terms than before."""

from collections.abc import Iterable, Mapping, Sequence
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
            names = trial.category or OF_ALL_CATEGORIES, trial.challenger
            if runs and terms_held(then, *names) != terms_held(holds, *names):
                found[trial.trial_id].append(terms.known_at)
        holds = then
    return found


def terms_held(holds: Mapping[str, CategoryTermsRow], category: str, names: Iterable[str]) -> dict[str, float | None]:
    """Some terms of a category as they hold there, be they its own or those of all."""
    level = service_level_of(holds)
    terms = level.overall if category == OF_ALL_CATEGORIES else level.of(category)
    return {name: getattr(terms, name) for name in names}
