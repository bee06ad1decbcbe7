"""Purchase plans and their lines as the API takes and shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import PageQuery
from api.values import Day, Identifier, Money, Quantity, Remark
from data.tables import PlanStatus, Unit

PLAN: dict[str, Any] = {
    "plan_id": "2f8f6c0d9b0f4c5e8f0a4f2f5d1c7e11",
    "asked_for": None,
    "delivery_date": "2026-11-23",
    "last_delivery_date": "2026-11-24",
    "origin": "2026-11-21T16:00:00Z",
    "status": "draft",
    "created_at": "2026-11-22T01:30:00Z",
    "created_by": "Li Na",
    "approved_at": None,
    "approved_by": None,
    "discarded_at": None,
    "discarded_by": None,
    "replaced_by": [],
    "exported_at": None,
    "exported_by": None,
    "notes": [{"code": "sales_known_until", "warehouses": "W01, W02", "last_day": "2026-11-20"}],
    "lines": 310,
    "lines_to_buy": 284,
    "lines_edited": 3,
    "warehouses": 2,
    "cost": 18240.35,
}
SUPPLIER: dict[str, Any] = {
    "supplier_id": "S017",
    "name": "Chongming farm cooperative",
    "lines_to_buy": 12,
    "warehouses": 2,
    "cost": 1890.4,
    "order_by": "2026-11-22T13:30:00Z",
}
LINE: dict[str, Any] = {
    "plan_id": PLAN["plan_id"],
    "line_no": 1,
    "warehouse_id": "W01",
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "unit": "piece",
    "supplier_id": "S017",
    "supplier_name": "Chongming farm cooperative",
    "delivery_date": "2026-11-23",
    "order_by": "2026-11-22T13:30:00Z",
    "covers_from": "2026-11-23",
    "covers_until": "2026-11-24",
    "forecast_mean": 45.2,
    "forecast_q10": 31.0,
    "forecast_q50": 44.0,
    "forecast_q90": 61.0,
    "usable_stock": 6,
    "on_order": 0,
    "pack_size": 10,
    "planned_quantity": 50,
    "quantity": 40,
    "unit_price": 3.2,
    "cost": 128.0,
    "expected_shortage": 1.4,
    "expected_waste": 2.1,
    "reasons": [{"code": "rounded_to_pack", "pack_size": 10.0, "from": 46.0, "to": 50.0}],
    "warnings": [],
    "edit_reason": "the farm has 40 left",
    "edited_by": "Li Na",
    "edited_at": "2026-11-22T01:42:00Z",
    "approved_at": None,
    "approved_by": None,
}


class PlanOrder(BaseModel):
    """What to make a plan for."""

    warehouse_ids: list[Identifier] = Field(min_length=1, max_length=2000)
    delivery_date: Day | None = Field(
        None,
        description="the local day on which the suppliers deliver; left out: for each product the delivery that must "
        "be ordered now",
    )
    replace_edited: bool = Field(
        False, description="put it in the place of today's drafts for these warehouses also where they were edited"
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"warehouse_ids": ["W01", "W02"], "delivery_date": "2026-11-23"}]},
    )


class PlanSummary(BaseModel):
    """A purchase plan and what it comes to. A plan has a line for every product that it looked at: `lines` are all of
    them, `lines_to_buy` those that buy something, `lines_edited` those that a buyer changed. `warehouses` are all that
    it is for; `cost` is what the lines cost as they stand; `origin` is the moment that its forecasts knew up to.
    It delivers from `delivery_date` to `last_delivery_date`; `asked_for` is the delivery date that somebody asked for.
    `replaced_by` are the newer plans that its warehouses stand in. `notes` are codes with their values: warehouses left
    out and why, how old the sales are, where no stock is known, what has changed since the draft was made."""

    plan_id: str
    asked_for: date | None
    delivery_date: date
    last_delivery_date: date
    origin: datetime
    status: PlanStatus
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    discarded_at: datetime | None
    discarded_by: str | None
    replaced_by: list[str]
    exported_at: datetime | None
    exported_by: str | None
    notes: list[dict[str, Any]]
    lines: int
    lines_to_buy: int
    lines_edited: int
    warehouses: int
    cost: Money

    model_config = ConfigDict(json_schema_extra={"examples": [PLAN]})


class SupplierPart(BaseModel):
    """What a plan buys from one supplier: lines that buy something, for how many warehouses, their cost, and by when
    the first of its purchase orders must be out."""

    supplier_id: str
    name: str
    lines_to_buy: int
    warehouses: int
    cost: Money
    order_by: datetime | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [SUPPLIER]})


class PlanOut(PlanSummary):
    """A purchase plan with what it buys from each supplier, the one that costs most first."""

    suppliers: list[SupplierPart]

    model_config = ConfigDict(json_schema_extra={"examples": [PLAN | {"suppliers": [SUPPLIER]}]})


class ApprovedPlan(PlanOut):
    """An approved plan and the purchase orders it became, one a supplier, warehouse and delivery date."""

    purchase_order_ids: list[str]
    purchase_order_numbers: list[str]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                PLAN
                | {
                    "status": "approved",
                    "approved_at": "2026-11-22T02:00:00Z",
                    "approved_by": "Li Na",
                    "suppliers": [SUPPLIER],
                    "purchase_order_ids": ["6f7c1d6a0e5b5f0a9b3f6a3c9d2e8b41"],
                    "purchase_order_numbers": ["PO-20261122-014"],
                }
            ]
        }
    )


class PlanLineOut(BaseModel):
    """One product for one warehouse from one supplier, in the product's unit.

    `planned_quantity` is what was suggested, `quantity` what will be ordered. The forecast is of the demand from
    `covers_from` to `covers_until`. `reasons` are codes with their values, `warnings` the codes among them to look at
    before approving. The supplier must have the order by `order_by`."""

    plan_id: str
    line_no: int
    warehouse_id: str
    product_id: str
    product_name: str
    unit: Unit
    supplier_id: str | None
    supplier_name: str | None
    delivery_date: date
    order_by: datetime | None
    covers_from: date
    covers_until: date
    forecast_mean: float
    forecast_q10: float
    forecast_q50: float
    forecast_q90: float
    usable_stock: Quantity
    on_order: Quantity
    pack_size: Quantity | None
    planned_quantity: Quantity
    quantity: Quantity
    unit_price: Money | None
    cost: Money | None
    expected_shortage: float
    expected_waste: float
    reasons: list[dict[str, Any]]
    warnings: list[str]
    edit_reason: str | None
    edited_by: str | None
    edited_at: datetime | None
    approved_at: datetime | None
    approved_by: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})


class LineEdit(BaseModel):
    """What the buyer wants instead, and why."""

    quantity: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=3)] = Field(
        description="in the product's unit, in whole packs"
    )
    reason: Remark

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"quantity": 40, "reason": "the farm has 40 left"}]}
    )


class PlansQuery(PageQuery):
    """Which plans."""

    delivery_date: Day | None = None
    status: PlanStatus | None = None


class LinesQuery(PageQuery):
    """Which lines."""

    warehouse_id: Identifier | None = None
    supplier_id: Identifier | None = None
