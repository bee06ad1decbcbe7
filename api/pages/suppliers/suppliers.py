"""Suppliers' scorecards as pages: a table for buyers, those that cost most first, a card with all figures of one
supplier, and its sheet, in its own language, without money and without any other supplier, that it can be shown. The
numbers are those of API and CSV.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Query, Request, Response

from api.pages import texts
from api.pages.choosing import address, other_weeks
from api.pages.rendering import page
from api.pages.texts.figures import ARROWS, figure_words, is_better
from api.pages.texts.formats import NOTHING, number
from api.routing import Router
from api.security import Principal, Scope, requires
from api.suppliers.scorecard_schemas import ScorecardsQuery
from api.transactions import Now, ReadSession
from api.values import PathId
from data.languages import language_now, reading_in
from data.tables import Language, SupplierRow
from flows.day.asked_runs import DAYS, is_to_come
from flows.errors import NotNow
from flows.reports.suppliers.scorecards import Scorecard, ToldOfSupplier, scorecard_of
from flows.reports.suppliers.scorecards import supplier_scorecards as all_scorecards

COLUMNS: Final = ("cost_share", "on_time", "in_full", "accepted_receipt", "life_left", "price_over_best")
PERCENT: Final = 100
DEAREST: Final = 50  # suppliers, of which a page shows no more unless it is asked for all

router = Router(include_in_schema=False)


class SuppliersPageQuery(ScorecardsQuery):
    """What the page is asked for: `every` shows all suppliers."""

    every: bool = False


@dataclass(frozen=True)
class Shown:
    """A figure in words. `changed`: between what its change lies, and whether it is for the better; None: by no more
    than chance."""

    label: str
    value: str
    before: str
    arrow: str
    better: bool | None
    changed: str


NOT_KNOWN: Final = Shown("", NOTHING, NOTHING, "", None, "")


@dataclass(frozen=True)
class ShownSupplier:
    """A row of the table with where it leads."""

    name: str
    kind: str
    href: str
    rank: int | None
    costs: Sequence[str]
    shown: Sequence[Shown]


@router.get("/suppliers")
def suppliers(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    asked: Annotated[SuppliersPageQuery, Query()],
) -> Response:
    """All suppliers of some weeks; without them, of the last four that are over."""
    try:
        found = all_scorecards(session, asked.asked())
    except NotNow:
        return page(
            request,
            "layout/nothing_added_up.html",
            title=texts.say("suppliers.title"),
            coming=is_to_come(session, DAYS, now),
        )
    shown = found.cards if asked.every else found.cards[:DEAREST]
    return page(
        request,
        "suppliers/suppliers.html",
        found=found,
        suppliers=[_supplier(card, asked) for card in shown],
        columns=[texts.say(f"supplier_figure.{name}") for name in COLUMNS],
        csv=address("/v1/suppliers/scorecards/export.csv", asked),
        every=address("/suppliers", asked, every="true") if len(shown) < len(found.cards) else None,
        coming=is_to_come(session, DAYS, now),
        **other_weeks("/suppliers", asked, asked.period, found.last),
    )


@router.get("/suppliers/{supplier_id}")
def supplier_card(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    supplier_id: PathId,
    asked: Annotated[ScorecardsQuery, Query()],
) -> Response:
    """Every figure of one supplier, for buyers: also what it cost, and what each percent of it costs."""
    found, card = scorecard_of(session, supplier_id, asked.asked())
    return page(
        request,
        "suppliers/card.html",
        found=found,
        card=card,
        ranked=sum(one.rank is not None for one in found.cards),
        figures=_of_currencies(card.told),
        back=address("/suppliers", asked),
        coming=is_to_come(session, DAYS, now),
        sheet=address(f"{_path(supplier_id)}/scorecard", asked),
        **other_weeks(_path(supplier_id), asked, asked.period, found.last),
    )


@router.get("/suppliers/{supplier_id}/scorecard")
def supplier_scorecard(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    supplier_id: PathId,
    asked: Annotated[ScorecardsQuery, Query()],
) -> Response:
    """The sheet of one supplier, in its language where that is known: to print, or to turn the screen around."""
    farm = session.get(SupplierRow, supplier_id)
    with reading_in(language_now() if farm is None or farm.language is None else Language(farm.language)):
        found, card = scorecard_of(session, supplier_id, asked.asked())
        return page(
            request,
            "suppliers/scorecard.html",
            found=found,
            card=card,
            figures=[_shown(one) for one in card.told if one.figure.for_farm],
            back=address("/suppliers", asked),
            coming=is_to_come(session, DAYS, now),
            **other_weeks(request.url.path, asked, asked.period, found.last),
        )


def _path(supplier_id: str) -> str:
    return f"/suppliers/{quote(supplier_id, safe='')}"


def _supplier(card: Scorecard, asked: ScorecardsQuery) -> ShownSupplier:
    """Of several currencies each has its cost; its share is that of the first."""
    first = {one.figure.name: one for one in reversed(card.told)}
    return ShownSupplier(
        card.name,
        card.kind,
        address(_path(card.supplier_id), asked),
        card.rank,
        [figure_words(one.value, one.figure.kind, one.currency) for one in card.told if one.figure.name == "cost"],
        [_shown(first[name]) if name in first else NOT_KNOWN for name in COLUMNS],
    )


def _of_currencies(told: Sequence[ToldOfSupplier]) -> list[Shown]:
    """In words; where there are several currencies, each figure of one says of which."""
    several = len({one.currency for one in told} - {None}) > 1
    shown = [(one, _shown(one)) for one in told]
    return [
        replace(words, label=f"{words.label} ({one.currency})") if several and one.currency else words
        for one, words in shown
    ]


def _shown(told: ToldOfSupplier) -> Shown:
    figure, value, before, change = told.figure, told.value, told.before, told.change
    arrow, better, changed = "", None, ""
    if value is not None and before is not None and change is not None and change.beyond_chance:
        arrow, better = ARROWS["up" if value > before else "down"], is_better(value, before, figure.better)
    if change is not None:
        changed = texts.say("suppliers.between", low=_points(change.low), high=_points(change.high))
    return Shown(
        texts.say(f"supplier_figure.{figure.name}"),
        figure_words(value, figure.kind, told.currency),
        figure_words(before, figure.kind, told.currency),
        arrow,
        better,
        changed,
    )


def _points(share: float) -> str:
    """`+1.2`"""
    return ("+" if share > 0 else "") + number(share * PERCENT, 1)
