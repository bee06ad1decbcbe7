"""The service level that buyers have set: read as of a moment for a plan, changed for some categories.

A change is a row of its own with who made it, so that what a plan counted on can be read by its moment afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.purchase_terms import category_terms_known_at
from data.kept.one_at_a_time import wait_for_others
from data.languages import Sentence
from data.tables import CategoryTermsRow, ProductRow
from data.tables.judgements import OF_ALL_CATEGORIES
from flows.errors import Invalid, Outdated, Unknown
from warehouse.purchasing.service_level import HIGHEST_FLOOR, NO_SERVICE_LEVEL, CategoryTerms, ServiceLevel

MOST_MONEY: Final = 10**9  # of a unit: what a file may say too
PLACES_OF_MONEY: Final = 4
MOST_UNITS: Final = 10**6  # on display
PLACES_OF_UNITS: Final = 3


@dataclass(frozen=True)
class NewTerms:
    """What a buyer says of a category (OF_ALL_CATEGORIES: of all that have none of their own). What is None is as for
    all; there nothing more is lost than margin and price, no floor is set, nothing has to lie on display, and all is
    taken of what expires first."""

    category: str
    goodwill: Decimal | None = None
    disposal: Decimal | None = None
    fill_rate_floor: float | None = None
    display_minimum: Decimal | None = None
    freshest_first: float | None = None


def service_level_as_of(session: Session, moment: datetime, otherwise: ServiceLevel = NO_SERVICE_LEVEL) -> ServiceLevel:
    """What was set at a moment; `otherwise` where nothing was."""
    known = category_terms_known_at(session, moment)
    return service_level_of(known) if known else otherwise


def service_level_of(known: Mapping[str, CategoryTermsRow]) -> ServiceLevel:
    """What rows by category say together."""
    of_all = known.get(OF_ALL_CATEGORIES)
    overall = CategoryTerms() if of_all is None else _terms(of_all, CategoryTerms())
    own = {category: _terms(row, overall) for category, row in known.items() if category != OF_ALL_CATEGORIES}
    return ServiceLevel(own, overall)


def set_service_level(
    session: Session, told: Sequence[NewTerms], now: datetime, by: str, version: int | None = None
) -> None:
    """Lets these terms hold from now on, all or none. Terms that hold already make no row, so it is safe to repeat; who
    sets or imports terms comes one after the other.

    Raises Unknown for a category that no product is of, Invalid for a number out of range, Outdated where terms were
    set since `version`."""
    wait_for_others(session.connection(), "category-terms")  # the kind by which imports wait
    if version is not None and version != version_of_service_level(session):
        raise Outdated("Somebody has set other terms meanwhile. Load the page again, then make your changes once more.")
    for terms in told:
        check_terms(terms)
    there = {OF_ALL_CATEGORIES, *categories(session)}
    if missing := [terms.category for terms in told if terms.category not in there]:
        raise Unknown(
            "No product is of category {category!r}. Write it as the products have it.",
            category=missing[0],
            field="category",
        )
    known = category_terms_known_at(session, now)
    for terms in map(_in_whole_steps, told):
        if (kept := known.get(terms.category)) is None or terms != _told(kept):
            session.merge(CategoryTermsRow(**vars(terms), known_at=now, set_by=by))
    session.flush()


def version_of_service_level(session: Session) -> int:
    """How often terms were set so far."""
    return session.scalar(select(func.count()).select_from(CategoryTermsRow)) or 0


def categories(session: Session) -> Sequence[str]:
    """Those that products are of, by name."""
    return session.scalars(select(ProductRow.category).distinct().order_by(ProductRow.category)).all()


def _told(row: CategoryTermsRow) -> NewTerms:
    return NewTerms(**{one.name: getattr(row, one.name) for one in fields(NewTerms)})


def _in_whole_steps(terms: NewTerms) -> NewTerms:
    """The terms with money and units as they are kept."""
    return replace(
        terms,
        goodwill=_rounded(terms.goodwill, PLACES_OF_MONEY),
        disposal=_rounded(terms.disposal, PLACES_OF_MONEY),
        display_minimum=_rounded(terms.display_minimum, PLACES_OF_UNITS),
    )


def _rounded(amount: Decimal | None, places: int) -> Decimal | None:
    return None if amount is None else round(amount, places)


def _terms(row: CategoryTermsRow, overall: CategoryTerms) -> CategoryTerms:
    """The terms that a row says; but for a floor, what it does not say is as for all."""
    said = {name: getattr(row, name) for name in ("goodwill", "disposal", "display_minimum", "freshest_first")}
    told = {name: float(amount) for name, amount in said.items() if amount is not None}
    return replace(overall, fill_rate_floor=row.fill_rate_floor, **told)


def check_terms(terms: NewTerms) -> None:
    """Raises Invalid, naming the field, for a number out of range."""
    of = terms.category or Sentence("all categories")
    money = ("goodwill", Sentence("goodwill"), terms.goodwill), ("disposal", Sentence("disposal"), terms.disposal)
    for name, called, amount in money:
        if amount is not None and not 0 <= amount <= MOST_MONEY:
            raise Invalid(
                "The {name} of {of} is {amount}; it is money per unit, from 0 to {most:,}. Correct it, or leave "
                "it empty.",
                name=called,
                of=of,
                amount=amount,
                most=MOST_MONEY,
                field=name,
            )
    shown, share = terms.display_minimum, terms.freshest_first
    if shown is not None and not 0 <= shown <= MOST_UNITS:
        raise Invalid(
            "The display minimum of {of} is {shown}; it is units of each product, from 0 to {most:,}. Correct it, or "
            "leave it empty.",
            of=of,
            shown=shown,
            most=MOST_UNITS,
            field="display_minimum",
        )
    if share is not None and not 0 <= share <= 1:
        raise Invalid(
            "What is taken freshest first of {of} is {share}; it lies between 0 and {most}. Correct it, or leave it "
            "empty.",
            of=of,
            share=_both_ways(share),
            most=_both_ways(1),
            field="freshest_first",
        )
    floor = terms.fill_rate_floor
    if floor is not None and not 0 <= floor <= HIGHEST_FLOOR:
        raise Invalid(
            "The fill rate floor of {of} is {floor}; it lies between 0 and {most}. Correct it, or leave it empty for "
            "no floor.",
            of=of,
            floor=_both_ways(floor),
            most=_both_ways(HIGHEST_FLOOR),
            field="fill_rate_floor",
        )


def _both_ways(share: float) -> Sentence:
    return Sentence("{percent:.10g}% (as a share {share:.10g})", percent=share * 100, share=share)
