"""A warehouse's terms of couriers: as they were set, else the defaults."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from data.importers.kinds.courier_kinds import COURIER_TERMS
from data.kept.one_at_a_time import wait_for_others
from data.languages import Reworded, Sentence
from data.tables import CourierTermsRow
from flows.errors import Invalid
from warehouse.couriers.terms import CourierTerms, Crowd, Delivery, Employed, ImpossibleTerms, Promise

PARTS = {"promise": Promise, "delivery": Delivery, "employed": Employed, "crowd": Crowd}


def terms_of(session: Session, warehouse_id: str) -> CourierTerms:
    """What holds there. Raises Invalid for terms that were set before a check refused them."""
    row = session.get(CourierTermsRow, warehouse_id)
    if row is None:
        return CourierTerms()
    try:
        return as_terms(row.terms)
    except ImpossibleTerms as wrong:
        raise Invalid(
            "The terms of couriers of {warehouse_id} cannot be any more: {wrong}. They are to be set anew.",
            warehouse_id=warehouse_id,
            wrong=_in_words(wrong),
            field=wrong.term,
        ) from wrong


def promise_of(session: Session, warehouse_id: str) -> Promise:
    """What is promised there, whatever else of its terms cannot be any more."""
    row = session.get(CourierTermsRow, warehouse_id)
    return Promise(**({} if row is None else row.terms.get("promise", {})))


def as_terms(kept: dict[str, Any]) -> CourierTerms:
    """Terms from a row; what it does not say is as usual."""
    return CourierTerms(**{name: part(**_told(kept.get(name, {}))) for name, part in PARTS.items()})


def set_terms(session: Session, warehouse_id: str, told: dict[str, Any], by: str) -> CourierTerms:
    """Lets terms hold from the next plan on. Raises Invalid for those that cannot be."""
    try:
        terms = as_terms(told)
    except ImpossibleTerms as wrong:
        raise Invalid("These terms cannot be: {wrong}.", wrong=_in_words(wrong), field=wrong.term) from wrong
    wait_for_others(session.connection(), COURIER_TERMS.name)  # an import of terms too
    row = session.get(CourierTermsRow, warehouse_id)
    if row is None:
        session.add(CourierTermsRow(warehouse_id=warehouse_id, terms=asdict(terms), set_by=by))
    else:
        row.terms, row.set_by = asdict(terms), by
    return terms


def _in_words(wrong: ImpossibleTerms) -> Sentence:
    return Sentence("{reason}. {remedy}", reason=Reworded(wrong.reason), remedy=Reworded(wrong.remedy))


def _told(part: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in part.items()}
