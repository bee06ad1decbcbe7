"""What promotions did, by category: for buyers and for whoever plans the next one."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.places.place_queries import known_product
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from api.values import Identifier
from data.tables import PromotionEffectRow
from flows.demand.promotion_effects import category_with_effects
from forecasting.promotions.effects import AFTER, UPLIFT
from forecasting.promotions.siblings import SIBLINGS, TAKEN

router = Router(tags=["forecasts"])


class Effect(StrEnum):
    """What a ratio is of."""

    UPLIFT = UPLIFT
    AFTER = AFTER
    SIBLINGS = SIBLINGS
    TAKEN = TAKEN


class PromotionEffectOut(BaseModel):
    """What promotions did in a category (null: in all together).

    `ratio` is demand over what it would have been without: `uplift` on a `day` of the run (4 stands for all later
    ones), `after` on a day after it, `siblings` of other products of the subcategory on a mean such day. `taken` is the
    share of what promotions added that siblings lost. Depth, 1 - price / list price, is from `depth_from` to below
    `depth_to`; null where it does not matter. `low` to `high` is the 80% interval, `products` and the
    warehouse-product-`days` are those it was seen on, `origin` is the moment up to which it was known."""

    category: str | None
    effect: Effect
    depth_from: float | None
    depth_to: float | None
    day: int
    ratio: float
    low: float | None
    high: float | None
    products: int
    days: int
    origin: datetime

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "category": "leaf vegetables",
                    "effect": "uplift",
                    "depth_from": 0.2,
                    "depth_to": 0.3,
                    "day": 1,
                    "ratio": 1.77,
                    "low": 1.73,
                    "high": 1.85,
                    "products": 74,
                    "days": 536,
                    "origin": "2026-11-21T16:00:00Z",
                }
            ]
        },
    )


class EffectsQuery(PageQuery):
    """Which effects."""

    category: Identifier | None = None
    product_id: Identifier | None = None


@router.get("/promotion-effects", responses=responses(NotFound))
def list_promotion_effects(
    session: ReadSession, who: Annotated[Principal, requires(Scope.READ)], asked: Annotated[EffectsQuery, Query()]
) -> Page[PromotionEffectOut]:
    """What promotions did: over all and by category, those of a category, or those of a product's category,
    and those over all where nothing was learned of it.

    Learned with the daily run; none before the first. 404: the product is unknown."""
    query = select(PromotionEffectRow)
    if asked.category is not None:
        query = query.where(PromotionEffectRow.category == asked.category)
    if asked.product_id is not None:
        category = category_with_effects(session, known_product(session, asked.product_id).category)
        query = query.where(PromotionEffectRow.category.is_not_distinct_from(category))
    return page_of(
        session,
        query,
        [PromotionEffectRow.row_no],
        asked,
        lambda row: PromotionEffectOut.model_validate(row.PromotionEffectRow),
    )
