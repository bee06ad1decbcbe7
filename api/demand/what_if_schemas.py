"""What a promotion would change, as the API is asked and answers."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.values import Day, Identifier
from forecasting.promotions.what_if import CATEGORY, PROMOTED, SIBLING

MOST_WAREHOUSES = 10  # a request computes; more of them are asked for one after the other
PLANNED: dict[str, Any] = {
    "warehouse_ids": ["W01"],
    "product_id": "P0001",
    "first_day": "2026-11-23",
    "last_day": "2026-11-25",
    "discount": 0.8,
    "promoted": True,
}
DAY: dict[str, Any] = {
    "warehouse_id": "W01",
    "product_id": "P0001",
    "relation": "promoted",
    "date": "2026-11-23",
    "origin": "2026-11-21T16:00:00Z",
    "q10_without": 13.0,
    "q50_without": 22.0,
    "q90_without": 33.0,
    "mean_without": 22.9,
    "q10_with": 19.5,
    "q50_with": 33.0,
    "q90_with": 49.5,
    "mean_with": 34.2,
    "difference": 11.3,
    "extrapolated": False,
    "model": "lightgbm",
}


class Relation(StrEnum):
    """What a product is to the promoted one."""

    PROMOTED = PROMOTED
    SIBLING = SIBLING
    CATEGORY = CATEGORY


class PlannedPromotionIn(BaseModel):
    """A promotion that nobody has booked. `discount` is price / list price: 0.8 is a fifth off. With `promoted` it is
    announced; without, the price is merely lower."""

    warehouse_ids: list[Identifier] = Field(min_length=1, max_length=MOST_WAREHOUSES)
    product_id: Identifier
    first_day: Day = Field(description="a local day, among those forecast")
    last_day: Day
    discount: float = Field(gt=0, le=1, allow_inf_nan=False, strict=True)
    promoted: bool = Field(True, strict=True)

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [PLANNED]})


class WhatIfDay(BaseModel):
    """A product's demand on a local day, in its unit, without the promotion and with it; `difference` is that of the
    means. `relation` says whether it is the promoted product, a sibling (of its subcategory) or of its category.
    `extrapolated`: the models have hardly seen such a price, or no price at all. `origin` is the moment the forecasts
    knew up to."""

    warehouse_id: str
    product_id: str
    relation: Relation
    date: date
    origin: datetime
    q10_without: float
    q50_without: float
    q90_without: float
    mean_without: float
    q10_with: float
    q50_with: float
    q90_with: float
    mean_with: float
    difference: float
    extrapolated: bool
    model: str

    model_config = ConfigDict(json_schema_extra={"examples": [DAY]})


class WhatIfOut(BaseModel):
    """The rows by warehouse, product and day."""

    items: list[WhatIfDay]

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [DAY]}]})
