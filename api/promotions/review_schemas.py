"""What is asked of reviews of promotions, and how it is answered."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import Cursor, Limit, from_base64, to_base64, wrong_cursor
from api.values import PRINTABLE, Day, Identifier
from data.frames.worth.promotion_sums import ReviewsAsked
from flows.reports.promotions.reviews import AskedOfPromotions, Review, Reviews, ToldOfPromotion
from flows.reports.weeks import Weeks
from warehouse.worth.morning_figures import Better, Kind
from warehouse.worth.promotions.promotion_figures import BesidePlan, Earned

FIGURE: dict[str, Any] = {
    "figure": "uplift", "kind": "share", "better": "higher", "value": 0.52, "low": 0.41, "high": 0.65
}  # fmt: skip
REVIEW: dict[str, Any] = {
    "product_id": "P0001", "product": "Spinach", "unit": "kg", "starts_on": "2026-11-02", "ends_on": "2026-11-05",
    "discount": 0.8, "promoted": True, "currency": "CNY", "warehouse_id": None, "warehouses": 10,
    "warehouses_not_known": 0, "days_after": 14, "earned": "lost", "beside_plan": "as_planned", "figures": [FIGURE],
}  # fmt: skip
WEEKS: dict[str, Any] = {
    "period": "4weeks", "first_day": "2026-10-22", "last_day": "2026-11-18", "not_added_up": []
}  # fmt: skip


class ReviewsQuery(BaseModel):
    """Promotions that ended within which weeks, of what."""

    period: Weeks = Weeks.FOUR
    until: Annotated[
        Day | None, Field(description="promotions that ended by it; left out: by the last day of which any are told")
    ] = None
    warehouse_id: Identifier | None = None
    category: Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)] | None = None
    product_id: Identifier | None = None

    model_config = ConfigDict(extra="forbid")

    def asked(self) -> AskedOfPromotions:
        """The same for the report."""
        chosen = ReviewsAsked(self.warehouse_id, self.category, self.product_id)
        return AskedOfPromotions(self.period, self.until, chosen)


class ReviewsPageQuery(ReviewsQuery):
    """The same, and which of the promotions."""

    limit: Limit = 100
    cursor: Cursor = None


class PromotionFigureOut(BaseModel):
    """A figure, and between what it lies with 95% confidence (null: it is counted and not estimated); `value` null: not
    known. A share is 0..1; units are the product's, money is in the review's currency."""

    figure: str
    kind: Kind
    better: Better
    value: float | None
    low: float | None
    high: float | None

    model_config = ConfigDict(json_schema_extra={"examples": [FIGURE]})

    @classmethod
    def of(cls, told: ToldOfPromotion) -> Self:
        figure, lies = told.figure, told.lies
        value, low, high = (None, None, None) if lies is None else (lies.value, lies.low, lies.high)
        return cls(figure=figure.name, kind=figure.kind, better=figure.better, value=value, low=low, high=high)


class PromotionReviewOut(BaseModel):
    """What a promotion did in the warehouses of a currency, or in the one that is named. `earned` and `beside_plan` say
    what is beyond chance. Of `warehouses_not_known` of them nobody knows what would have sold: figures leave them
    out."""

    product_id: str
    product: str
    unit: str
    starts_on: date
    ends_on: date
    discount: float
    promoted: bool
    currency: str
    warehouse_id: str | None
    warehouses: int
    warehouses_not_known: int
    days_after: int = Field(description="of the fortnight after it, the days that are known, and without a promotion")
    earned: Earned
    beside_plan: BesidePlan
    figures: list[PromotionFigureOut]

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW]})

    @classmethod
    def of(cls, review: Review) -> Self:
        of = review.of
        return cls(
            product_id=of.product_id,
            product=of.product,
            unit=of.unit,
            starts_on=of.starts_on,
            ends_on=of.ends_on,
            discount=of.discount,
            promoted=of.promoted,
            currency=of.currency,
            warehouse_id=of.warehouse_id,
            warehouses=of.warehouses,
            warehouses_not_known=of.not_known,
            days_after=int(of.days_after),
            earned=review.earned,
            beside_plan=review.beside_plan,
            figures=[PromotionFigureOut.of(told) for told in review.told],
        )


class PromotionReviewsOut(BaseModel):
    """A page of promotions, those that lost most first."""

    period: Weeks
    first_day: date
    last_day: date
    not_added_up: Annotated[list[str], Field(description="warehouses that are not added up to the last day yet")]
    items: list[PromotionReviewOut]
    next: str | None = Field(description="the cursor of the next promotions; null where these are the last")

    model_config = ConfigDict(json_schema_extra={"examples": [WEEKS | {"items": [REVIEW], "next": None}]})

    @classmethod
    def of(cls, found: Reviews, asked: ReviewsPageQuery) -> Self:
        left = found.reviews if asked.cursor is None else _after(found.reviews, asked.cursor)
        shown = left[: asked.limit]
        return cls(
            period=found.asked.period,
            first_day=found.first,
            last_day=found.last,
            not_added_up=list(found.lacking),
            items=[PromotionReviewOut.of(review) for review in shown],
            next=_cursor_of(shown[-1]) if len(left) > len(shown) > 0 else None,
        )


class OnePromotionOut(BaseModel):
    """A promotion over the warehouses of each currency (several where its end or price differ), and by warehouse."""

    together: list[PromotionReviewOut]
    by_warehouse: list[PromotionReviewOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"together": [REVIEW], "by_warehouse": [REVIEW | {"warehouse_id": "W01", "warehouses": 1}]}]
        }
    )


def _key(review: Review) -> list[Any]:
    of = review.of
    return [of.product_id, of.starts_on.isoformat(), of.ends_on.isoformat(), of.discount, of.promoted, of.currency]


def _cursor_of(review: Review) -> str:
    return to_base64(json.dumps(["promotions", _key(review)]).encode())


def _after(reviews: Sequence[Review], cursor: str) -> Sequence[Review]:
    """Those after the last one seen; raises Unprocessable for a cursor of another list, or of a promotion that is told
    no more."""
    try:
        of_what, last_seen = json.loads(from_base64(cursor))
        at = [_key(review) for review in reviews].index(last_seen)
        if of_what != "promotions":
            raise ValueError("of another list")
    except (ValueError, TypeError, RecursionError) as error:
        raise wrong_cursor() from error
    return reviews[at + 1 :]
