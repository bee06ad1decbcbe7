"""What promotions did, as a report: those that ended within some weeks, the ones that lost most money first, each with
its figures, between what they lie, and a verdict. Page, API, CSV and command show these, so they tell the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy.orm import Session

from data.frames.worth.promotion_sums import ReviewsAsked, ReviewSums, ended_within, reviews_of
from data.frames.worth.sums import last_day_kept, not_kept
from flows.errors import NotNow, Unknown
from flows.reports.promotions.keeping_reviews import FIRST_TOLD
from flows.reports.weeks import Weeks
from flows.reports.what_is_named import require_what_is_named
from flows.this_century import require_this_century
from warehouse.worth.promotions.promotion_figures import (
    BY_NAME,
    FIGURES,
    BesidePlan,
    Earned,
    Lies,
    PromotionFigure,
    PromotionSums,
    beside_plan,
    earned_or_lost,
)


@dataclass(frozen=True)
class AskedOfPromotions:
    """What is asked for: promotions that ended within these weeks up to `until` (None: the last day of which any are
    told), of some or of all."""

    period: Weeks = Weeks.FOUR
    until: date | None = None
    chosen: ReviewsAsked = field(default_factory=ReviewsAsked)


@dataclass(frozen=True)
class ToldOfPromotion:
    """A figure, and between what it lies; None: not known."""

    figure: PromotionFigure
    lies: Lies | None


@dataclass(frozen=True)
class Review:
    """A promotion in the warehouses of a currency, or in one, with its figures and the verdict, worked out when asked
    for; `sums` is None where too little is known."""

    of: ReviewSums
    sums: PromotionSums | None

    @property
    def told(self) -> Sequence[ToldOfPromotion]:
        """All figures."""
        return [ToldOfPromotion(one, self.lies(one.name)) for one in FIGURES]

    @property
    def earned(self) -> Earned:
        """Whether it earned money."""
        return earned_or_lost(self.lies("earned"))

    @property
    def beside_plan(self) -> BesidePlan:
        """Whether it did what was planned."""
        return beside_plan(self.lies("uplift"), self.lies("planned_uplift"))

    def lies(self, name: str) -> Lies | None:
        """A figure by its name."""
        if self.sums is None:
            return None
        if name not in self._known:
            self._known[name] = BY_NAME[name].value(self.sums)
        return self._known[name]

    @cached_property
    def _known(self) -> dict[str, Lies | None]:
        return {}


@dataclass(frozen=True)
class Reviews:
    """Those that lost most first. `lacking` are warehouses that are not added up to the last day yet."""

    asked: AskedOfPromotions
    first: date
    last: date
    reviews: Sequence[Review]
    lacking: Sequence[str]


def promotion_reviews(session: Session, asked: AskedOfPromotions) -> Reviews:
    """All promotions that ended within these weeks. Raises NotNow where no day has been added up, Unknown, Invalid."""
    chosen, name = asked.chosen, asked.chosen.warehouse_id
    require_what_is_named(session, name, chosen.category, chosen.product_id)
    kept = last_day_kept(session, name)
    if kept is None:
        raise NotNow("No day has been added up yet. Run: freshfront report days")
    require_this_century(asked.until, "until")
    last = asked.until or kept - FIRST_TOLD
    first = last - timedelta(weeks=asked.period.number) + timedelta(days=1)
    reviews = sorted(map(_review, ended_within(session, first, last, chosen)), key=_most_lost_first)
    return Reviews(asked, first, last, reviews, not_kept(session, kept, name))


def review_of(session: Session, product_id: str, starts_on: date) -> tuple[list[Review], list[Review]]:
    """The promotions of a product that began on a day: over the warehouses of each currency, and by warehouse. Raises
    Unknown where none has been reviewed, Invalid."""
    require_this_century(starts_on, "starts_on")
    require_what_is_named(session, product_id=product_id)
    together, by_warehouse = (
        [_review(one) for one in reviews_of(session, product_id, starts_on, apart)] for apart in (False, True)
    )
    if not together:
        raise Unknown(
            "No promotion of product {product_id} that began on {starts_on} has been reviewed: it is a week after it "
            "ended.",
            product_id=product_id,
            starts_on=starts_on,
            field="starts_on",
        )
    return together, by_warehouse


def _review(found: ReviewSums) -> Review:
    return Review(found, PromotionSums.of(found.sums) if found.sums else None)


def _most_lost_first(review: Review) -> tuple[bool, float, str, date]:
    earned = review.lies("earned")
    return earned is None, 0.0 if earned is None else earned.value, review.of.product_id, review.of.starts_on
