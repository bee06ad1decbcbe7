"""What would be ordered if something happened, as the API is asked and answers."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.purchasing.plan_schemas import MoneyPart
from api.values import Day, Identifier, Money, Quantity, Remark
from data.tables import Unit
from flows.purchasing.supposing.supposed import (
    MOST_LATE_DAYS,
    BudgetCut,
    DeliveryLate,
    FarmFails,
    HarvestStopped,
    PromotionAdded,
    Supposed,
)

MOST_WAREHOUSES = 100  # a request computes
MOST_OF_A_KIND = 20
ASKED: dict[str, Any] = {
    "warehouse_ids": ["W01", "W02"],
    "farms_fail": [{"supplier_id": "S017", "first_day": "2026-11-23"}],
    "deliveries_late": [{"supplier_id": "S004", "days": 1}],
}
TOTALS: dict[str, Any] = {
    "lines": 310,
    "lines_to_buy": 284,
    "suppliers": 21,
    "money": [{"currency": "CNY", "cost": 18240.35, "short": 412.8, "wasted": 268.15}],
}
BEFORE: dict[str, Any] = {
    "quantity": 50,
    "suppliers": ["Chongming farm cooperative"],
    "delivery_date": "2026-11-23",
    "cost": 160.0,
    "expected_shortage": 1.4,
    "expected_waste": 2.1,
    "at_risk": 9.8,
}
CHANGE: dict[str, Any] = {
    "warehouse_id": "W01",
    "warehouse_name": "Xihu",
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "unit": "piece",
    "currency": "CNY",
    "more_at_risk": 31.9,
    "more_cost": -80.0,
    "before": BEFORE,
    "after": BEFORE
    | {"quantity": 20, "suppliers": ["Hill farm"], "cost": 80.0, "expected_shortage": 22.4, "at_risk": 41.7},
}
COMPARISON: dict[str, Any] = {
    "made_at": "2026-11-22T01:30:00Z",
    "delivery_date": None,
    "before": TOTALS,
    "after": TOTALS | {"suppliers": 20},
    "changes": [CHANGE],
    "notes": [],
    "notes_after": [
        {
            "code": "budget_reached",
            "warehouses": "W01, W02",
            "budget": 15000.0,
            "wanted": 18240.35,
            "ordered": 0.0,
            "currency": "CNY",
        },
    ],
}


class FarmFailsIn(BaseModel):
    """A supplier brings nothing from a day on, or from it to `last_day`: neither what it offers nor what is on order
    from it."""

    supplier_id: Identifier
    first_day: Day
    last_day: Day | None = None

    model_config = ConfigDict(extra="forbid")


class HarvestStoppedIn(BaseModel):
    """Rain stops the harvest of a supplier, or of all suppliers in a city: of these products, or of all. Nothing of it
    comes on these days, on order or not; orders for later days are taken."""

    first_day: Day
    last_day: Day
    supplier_id: Identifier | None = None
    city: Remark | None = None
    product_ids: list[Identifier] = Field([], max_length=1000)

    model_config = ConfigDict(extra="forbid")


class DeliveryLateIn(BaseModel):
    """What is under way from a supplier, or of one purchase order (its number or id), comes so many days later."""

    supplier_id: Identifier | None = None
    purchase_order_id: Identifier | None = None
    days: Annotated[int, Field(ge=1, le=MOST_LATE_DAYS, strict=True)] = 1

    model_config = ConfigDict(extra="forbid")


class PromotionAddedIn(BaseModel):
    """A product at `discount` (price / list price: 0.8 is a fifth off) on days that are forecast; `promoted`: it is
    announced."""

    product_id: Identifier
    first_day: Day
    last_day: Day
    discount: float = Field(gt=0, le=1, allow_inf_nan=False, strict=True)
    promoted: bool = Field(True, strict=True)

    model_config = ConfigDict(extra="forbid")


class PlanWhatIf(BaseModel):
    """For which warehouses, and what is supposed: at least one thing; several are supposed at once."""

    warehouse_ids: list[Identifier] = Field(min_length=1, max_length=MOST_WAREHOUSES)
    delivery_date: Day | None = Field(
        None, description="as in `POST /v1/purchase-plans`: left out, the delivery that must be ordered now"
    )
    farms_fail: list[FarmFailsIn] = Field([], max_length=MOST_OF_A_KIND)
    harvests_stopped: list[HarvestStoppedIn] = Field([], max_length=MOST_OF_A_KIND)
    deliveries_late: list[DeliveryLateIn] = Field([], max_length=MOST_OF_A_KIND)
    promotions: list[PromotionAddedIn] = Field([], max_length=MOST_OF_A_KIND)
    budget: float | None = Field(
        None,
        gt=0,
        le=1e11,
        allow_inf_nan=False,
        strict=True,
        description="the most that may be spent on the order day",
    )

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ASKED]})

    @property
    def supposed(self) -> list[Supposed]:
        """All of it."""
        return [
            *(FarmFails(**one.model_dump()) for one in self.farms_fail),
            *(
                HarvestStopped(**one.model_dump() | {"product_ids": tuple(one.product_ids)})
                for one in self.harvests_stopped
            ),
            *(DeliveryLate(**one.model_dump()) for one in self.deliveries_late),
            *(PromotionAdded(**one.model_dump()) for one in self.promotions),
            *([] if self.budget is None else [BudgetCut(self.budget)]),
        ]


class TotalsOut(BaseModel):
    """What a plan comes to: its lines, those that buy something, from how many suppliers, and money by currency."""

    lines: int
    lines_to_buy: int
    suppliers: int
    money: list[MoneyPart]

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [TOTALS]})


class OrderedOut(BaseModel):
    """What a plan orders of a product for a warehouse, its lines together; `suppliers` are names."""

    quantity: Quantity
    suppliers: list[str]
    delivery_date: date
    cost: Money
    expected_shortage: float
    expected_waste: float
    at_risk: Money

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [BEFORE]})


class ProductChangeOut(BaseModel):
    """A product of a warehouse whose order differs; null where a plan can say nothing of it, since no forecast reaches
    its next delivery."""

    warehouse_id: str
    warehouse_name: str
    product_id: str
    product_name: str
    unit: Unit
    currency: str
    more_at_risk: Money
    more_cost: Money
    before: OrderedOut | None
    after: OrderedOut | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [CHANGE]})


class PlanWhatIfOut(BaseModel):
    """The plan as things are (`before`) and as it would be (`after`), worked out at `made_at`: what both come to, and
    the products that differ, what puts most money more at risk first. `notes` are those of the plan as things are, and
    `notes_after` of the plan as it would be, as in a purchase plan."""

    made_at: datetime
    delivery_date: date | None = Field(validation_alias="asked_for")
    before: TotalsOut
    after: TotalsOut
    changes: list[ProductChangeOut]
    notes: list[dict[str, Any]]
    notes_after: list[dict[str, Any]]

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, json_schema_extra={"examples": [COMPARISON]})
