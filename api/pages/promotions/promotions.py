"""What promotions did as pages: a table of those that ended within some weeks, the ones that lost most first, each with
a verdict in a sentence, and a card of one with every figure and its warehouses. The numbers are those of API and CSV.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Query, Request, Response
from sqlalchemy import select

from api.pages import texts
from api.pages.choosing import address, other_weeks
from api.pages.rendering import page
from api.pages.texts.figures import figure_words
from api.pages.texts.formats import NOTHING, number
from api.promotions.review_schemas import ReviewsQuery
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import Day, PathId
from data.tables import WarehouseRow
from flows.day.asked_runs import DAYS, is_to_come
from flows.errors import NotNow
from flows.reports.promotions.reviews import Review, ToldOfPromotion, promotion_reviews, review_of
from warehouse.worth.morning_figures import Kind
from warehouse.worth.promotions.day_grid import DAYS_AFTER
from warehouse.worth.promotions.promotion_figures import BesidePlan, Earned, Lies

COLUMNS: Final = ("planned_uplift", "uplift", "siblings", "wasted", "earned")
PERCENT: Final = 100
LOST_MOST: Final = 50  # promotions, of which a page shows no more unless it is asked for all

router = Router(include_in_schema=False)


class PromotionsPageQuery(ReviewsQuery):
    """What the page is asked for: `every` shows all promotions."""

    every: bool = False


@dataclass(frozen=True)
class ShownFigure:
    """A figure in words, and between what it lies."""

    label: str
    value: str
    between: str
    known: bool = True


@dataclass(frozen=True)
class ShownReview:
    """A promotion in words: the product or the warehouse, its days and price, and the verdict."""

    name: str
    href: str
    days: tuple[Any, Any]
    price: str
    warehouses: str
    verdict: str
    better: bool | None
    figures: Sequence[ShownFigure]
    notes: Sequence[str]


@router.get("/promotions")
def promotions(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    asked: Annotated[PromotionsPageQuery, Query()],
) -> Response:
    """All promotions that ended within some weeks; without them, within the last four that can be told."""
    try:
        found = promotion_reviews(session, asked.asked())
    except NotNow:
        return page(
            request,
            "layout/nothing_added_up.html",
            title=texts.say("promotions.title"),
            coming=is_to_come(session, DAYS, now),
        )
    shown = found.reviews if asked.every else found.reviews[:LOST_MOST]
    return page(
        request,
        "promotions/promotions.html",
        found=found,
        promotions=[_shown(one, COLUMNS) for one in shown],
        columns=[texts.say(f"promotion_figure.{name}") for name in COLUMNS],
        csv=address("/v1/promotions/reviews/export.csv", asked),
        every=address("/promotions", asked, every="true") if len(shown) < len(found.reviews) else None,
        coming=is_to_come(session, DAYS, now),
        **other_weeks("/promotions", asked, asked.period, found.last),
    )


@router.get("/promotions/{product_id}/{starts_on}")
def promotion_card(
    request: Request,
    session: ReadSession,
    who: Annotated[Principal, requires(Scope.READ)],
    product_id: PathId,
    starts_on: Day,
) -> Response:
    """Every figure of a promotion, and what it did in each warehouse."""
    together, by_warehouse = review_of(session, product_id, starts_on)
    here = WarehouseRow.warehouse_id.in_([one.of.warehouse_id for one in by_warehouse])
    names = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.name).where(here)).tuples().all())
    return page(
        request,
        "promotions/card.html",
        product=together[0].of.product,
        starts_on=starts_on,
        together=[_shown(one) for one in together],
        by_warehouse=[_in_warehouse(one, names) for one in by_warehouse],
        columns=[texts.say(f"promotion_figure.{name}") for name in COLUMNS],
    )


def _shown(review: Review, names: Sequence[str] | None = None) -> ShownReview:
    """With some of its figures, or all."""
    of = review.of
    told = [one for one in review.told if names is None or one.figure.name in names]
    earned = review.lies("earned")
    return ShownReview(
        name=of.product,
        href=f"/promotions/{quote(of.product_id, safe='')}/{of.starts_on}",
        days=(of.starts_on, of.ends_on),
        price=_price(of.discount),
        warehouses=texts.say("promotions.warehouses", n=of.warehouses),
        verdict=_verdict(review),
        better=None if earned is None else earned.positive,
        figures=[_figure(one, review) for one in told],
        notes=_notes(review),
    )


def _in_warehouse(review: Review, names: Mapping[str, str]) -> ShownReview:
    """Under the name of its warehouse, with the way to the product's page there."""
    warehouse_id, product_id = str(review.of.warehouse_id), review.of.product_id
    href = f"/warehouses/{quote(warehouse_id, safe='')}/products/{quote(product_id, safe='')}"
    return replace(_shown(review, COLUMNS), name=names[warehouse_id], href=href)


def _price(discount: float) -> str:
    if discount >= 1:
        return texts.say("promotions.full_price")
    return texts.say("promotions.price", percent=number((1 - discount) * PERCENT))


def _verdict(review: Review) -> str:
    """Did it do what was planned, and did it earn money?"""
    return texts.paragraph([_beside_plan(review), _earned(review)])


def _beside_plan(review: Review) -> str:
    real, planned = review.lies("uplift"), review.lies("planned_uplift")
    if real is None:
        return texts.say("promotions.no_uplift")
    if review.beside_plan is BesidePlan.NOT_KNOWN or planned is None:
        return texts.say("promotions.no_plan", real=_signed_percent(real.value))
    words = {BesidePlan.MORE: "more", BesidePlan.AS_PLANNED: "as_planned", BesidePlan.LESS: "less"}
    name = f"promotions.{words[review.beside_plan]}"
    return texts.say(name, real=_signed_percent(real.value), planned=_signed_percent(planned.value))


def _earned(review: Review) -> str:
    earned, currency = review.lies("earned"), review.of.currency
    if earned is None or review.earned is Earned.NOT_KNOWN:
        return texts.say("promotions.no_money")
    if review.earned is Earned.OPEN:
        low, high = (figure_words(value, Kind.MONEY, currency) for value in (earned.low, earned.high))
        return texts.say("promotions.open_money", low=low, high=high)
    name = "promotions.earned" if review.earned is Earned.EARNED else "promotions.lost"
    return texts.say(name, money=figure_words(abs(earned.value), Kind.MONEY, currency))


def _figure(told: ToldOfPromotion, review: Review) -> ShownFigure:
    lies, kind, label = told.lies, told.figure.kind, texts.say(f"promotion_figure.{told.figure.name}")
    if lies is None:
        return ShownFigure(label, NOTHING, "", known=False)
    return ShownFigure(label, _words(lies.value, kind, review), _between(lies, kind))


def _between(lies: Lies, kind: Kind) -> str:
    """Without the unit, which the figure has."""
    if lies.low is None or lies.high is None:
        return ""
    low, high = (_signed_percent(one) if kind is Kind.SHARE else number(one, 1) for one in (lies.low, lies.high))
    return texts.say("promotions.range", low=low, high=high)


def _words(value: float, kind: Kind, review: Review) -> str:
    if kind is Kind.SHARE:
        return _signed_percent(value)
    if kind is Kind.UNITS:
        return f"{number(value, 1)} {texts.say(f'unit.{review.of.unit}')}"
    return figure_words(value, kind, review.of.currency)


def _signed_percent(share: float) -> str:
    """`+45%`"""
    percent = round(share * PERCENT)
    return f"{'+' if percent > 0 else ''}{number(percent)}%"


def _notes(review: Review) -> list[str]:
    """What limits what is told."""
    of, notes = review.of, []
    if of.not_known and of.sums:
        notes.append(texts.say("promotions.not_known", n=of.not_known))
    if of.sums and of.days_after < DAYS_AFTER:
        notes.append(texts.say("promotions.so_far", n=int(of.days_after)))
    return notes
