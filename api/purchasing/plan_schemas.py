"""Purchase plans and their lines as the API takes and shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import PageQuery
from api.values import Day, Identifier, Money, Quantity, Remark
from data.frames.plan_lines import EVERY_LINE, LineFilter, LineSort, LinesShown
from data.tables import EditReason, PlanStatus, TransferStage, Unit
from flows.purchasing.deciding.preview import QuantityQuestion

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
    "lines_approved": 0,
    "warehouses": 2,
    "cost": 18240.35,
    "money": [{"currency": "CNY", "cost": 18240.35, "short": 412.8, "wasted": 268.15}],
    "version": 4,
}
SUPPLIER: dict[str, Any] = {
    "supplier_id": "S017",
    "name": "Chongming farm cooperative",
    "lines_to_buy": 12,
    "warehouses": 2,
    "cost": 1890.4,
    "currency": "CNY",
    "order_by": "2026-11-22T13:30:00Z",
}
TRANSFER: dict[str, Any] = {
    "transfer_no": 1,
    "from_warehouse_id": "W02",
    "from_warehouse_name": "Binjiang",
    "to_warehouse_id": "W01",
    "to_warehouse_name": "Xihu",
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "unit": "piece",
    "quantity": 18,
    "lots": [{"lot_id": "261120-004", "quantity": 18, "last_day": "2026-11-23"}],
    "arrives_at": "2026-11-22T04:30:00Z",
    "waste_avoided": 16.2,
    "shortage_avoided": 3.1,
    "bought_less": 10.0,
    "cost": 12.6,
    "earns": 41.85,
    "currency": "CNY",
    "approved_at": None,
    "approved_by": None,
    "transfer_id": None,
    "stage": None,
}
LINE: dict[str, Any] = {
    "plan_id": PLAN["plan_id"],
    "line_no": 1,
    "warehouse_id": "W01",
    "warehouse_name": "Xihu",
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "category": "leaf vegetables",
    "unit": "piece",
    "supplier_id": "S017",
    "supplier_name": "Chongming farm cooperative",
    "offer_id": "S017-P0001",
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
    "share_accepted": 0.96,
    "at_risk": 9.8,
    "at_risk_short": 3.1,
    "at_risk_waste": 6.7,
    "one_pack_more": 4.2,
    "one_pack_less": 11.6,
    "days_of_cover": 2.3,
    "currency": "CNY",
    "previous_quantity": 30,
    "change": 10,
    "previous_forecast_mean": 33.5,
    "version": 4,
    "reasons": [{"code": "rounded_to_pack", "pack_size": 10.0, "from": 46.0, "to": 50.0}],
    "warnings": [],
    "edit_reason_code": "supplier_has_no_more",
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


class MoneyPart(BaseModel):
    """What a plan's lines cost in one currency (ISO 4217), and what they put at risk: `short` is the margin and
    goodwill lost by the shortage that is expected, `wasted` the cost of the waste and of its disposal."""

    currency: str
    cost: Money
    short: Money
    wasted: Money

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": PLAN["money"]})


class PlanSummary(BaseModel):
    """A purchase plan and what it comes to. A plan has a line for every product that it looked at: `lines` are all of
    them, `lines_to_buy` those that buy something, `lines_edited` those that a buyer changed, `lines_approved` those
    that are ordered. `warehouses` are all that it is for; `money` is what the lines cost and risk as they stand, by
    currency, `cost` that of the only one (null: there are several, which are never added up). `version` counts its
    changes. `origin` is the moment that its forecasts knew up to.
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
    lines_approved: int
    warehouses: int
    cost: Money | None
    money: list[MoneyPart]
    version: int

    model_config = ConfigDict(json_schema_extra={"examples": [PLAN]})


class SupplierPart(BaseModel):
    """What a plan buys from one supplier: lines that buy something, for how many warehouses, their cost, and by when
    the first of its purchase orders must be out."""

    supplier_id: str
    name: str
    lines_to_buy: int
    warehouses: int
    cost: Money
    currency: str
    order_by: datetime | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [SUPPLIER]})


class LotCarried(BaseModel):
    """How much of a lot is carried, and the last day on which it may be dispatched."""

    lot_id: str
    quantity: Quantity
    last_day: date

    model_config = ConfigDict(json_schema_extra={"examples": TRANSFER["lots"]})


class PlanTransferOut(BaseModel):
    """What a plan carries of a product from one of its warehouses to another, in the product's unit: stock that would
    expire in the one and is lacking in the other. `arrives_at` is when it comes if it left as the plan was made. It
    avoids so much waste, shortage and purchases over both, and `earns` what these are worth beyond its `cost`, with its
    share of the drive. Once approved it has a `transfer_id` and a `stage`: it is sent, received, or ends before."""

    transfer_no: int
    from_warehouse_id: str
    from_warehouse_name: str
    to_warehouse_id: str
    to_warehouse_name: str
    product_id: str
    product_name: str
    unit: Unit
    quantity: Quantity
    lots: list[LotCarried]
    arrives_at: datetime
    waste_avoided: float
    shortage_avoided: float
    bought_less: float
    cost: Money
    earns: Money
    currency: str
    approved_at: datetime | None
    approved_by: str | None
    transfer_id: str | None
    stage: TransferStage | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [TRANSFER]})


class PlanOut(PlanSummary):
    """A purchase plan with what it buys from each supplier, the one that costs most first, and what it carries between
    warehouses."""

    suppliers: list[SupplierPart]
    transfers: list[PlanTransferOut]

    model_config = ConfigDict(
        json_schema_extra={"examples": [PLAN | {"suppliers": [SUPPLIER], "transfers": [TRANSFER]}]}
    )


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
                    "transfers": [],
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
    before approving. The supplier must have the order by `order_by`.

    `at_risk` is the margin and goodwill lost by the expected shortage (`at_risk_short`) and the cost of the expected
    waste and its disposal (`at_risk_waste`); `one_pack_more` and `one_pack_less` are what they would change it by.
    `days_of_cover` is for how many days of the forecast stock, what is under way and what is accepted of this quantity
    (`share_accepted`) last together. `previous_...` are of the plan of an earlier day. `version` begins the
    line's `ETag`."""

    plan_id: str
    line_no: int
    warehouse_id: str
    warehouse_name: str
    product_id: str
    product_name: str
    category: str
    unit: Unit
    supplier_id: str | None
    supplier_name: str | None
    offer_id: str | None
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
    share_accepted: float
    at_risk: Money
    at_risk_short: Money
    at_risk_waste: Money
    one_pack_more: Money | None
    one_pack_less: Money | None
    days_of_cover: float | None
    currency: str
    previous_quantity: Quantity | None
    change: Quantity | None
    previous_forecast_mean: float | None
    version: int
    reasons: list[dict[str, Any]]
    warnings: list[str]
    edit_reason_code: EditReason | None
    edit_reason: str | None
    edited_by: str | None
    edited_at: datetime | None
    approved_at: datetime | None
    approved_by: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})


QuantityWanted = Annotated[
    Decimal, Field(ge=0, le=1_000_000, decimal_places=3, description="in the product's unit, in whole packs")
]


class LineEdit(BaseModel):
    """What the buyer wants instead, and why: a code, words, or both. `offer_id` buys it from another supplier."""

    quantity: QuantityWanted
    reason_code: EditReason = EditReason.OTHER
    reason: Remark | None = Field(None, description="in words; needed where the code is `other`")
    offer_id: Identifier | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"quantity": 40, "reason_code": "supplier_has_no_more", "reason": "the farm has 40 left"}]
        },
    )


class NumberedLineEdit(LineEdit):
    """What the buyer wants of one line; `version` is the one that was seen."""

    line_no: int = Field(ge=1, le=2**31 - 1)
    version: int | None = Field(None, ge=1, le=2**31 - 1)

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"line_no": 1, "quantity": 40, "reason_code": "event"}]}
    )


class LineAdded(LineEdit):
    """A line for what the plan did not look at. Without an offer it is the cheapest that can still deliver, without a
    day its next delivery."""

    warehouse_id: Identifier
    product_id: Identifier
    delivery_date: Day | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"warehouse_id": "W01", "product_id": "P0301", "quantity": 40, "reason_code": "event"}]
        },
    )


class ManyEdits(BaseModel):
    """Edits of one plan: all are kept or none."""

    lines: list[NumberedLineEdit] = Field(min_length=1, max_length=2000)

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"lines": [{"line_no": 1, "quantity": 40, "reason_code": "event"}]}]},
    )


class PercentChange(BaseModel):
    """All lines that buy something, of a category, warehouse or supplier, changed by so many percent, in whole
    packs."""

    percent: Annotated[Decimal, Field(ge=-100, le=400, decimal_places=2)]
    reason_code: EditReason = EditReason.OTHER
    reason: Remark | None = Field(None, description="in words; needed where the code is `other`")
    category: Identifier | None = None
    warehouse_id: Identifier | None = None
    supplier_id: Identifier | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"percent": 10, "category": "leaf vegetables", "reason_code": "weather"}]},
    )


class LineEditOut(BaseModel):
    """A change that somebody made to a line, kept for good."""

    line_no: int
    warehouse_id: str
    product_id: str
    from_supplier_id: str | None
    to_supplier_id: str | None
    from_quantity: Quantity | None
    to_quantity: Quantity
    reason_code: EditReason
    reason: str | None
    edited_by: str
    edited_at: datetime

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "line_no": 1,
                    "warehouse_id": "W01",
                    "product_id": "P0001",
                    "from_supplier_id": "S017",
                    "to_supplier_id": "S017",
                    "from_quantity": 50,
                    "to_quantity": 40,
                    "reason_code": "supplier_has_no_more",
                    "reason": "the farm has 40 left",
                    "edited_by": "Li Na",
                    "edited_at": "2026-11-22T01:42:00Z",
                }
            ]
        },
    )


class WantedPreview(BaseModel):
    """Another quantity, perhaps from another supplier, to be looked at."""

    quantity: QuantityWanted
    offer_id: Identifier | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"quantity": 40}]})


class AlternativeOut(BaseModel):
    """An offer that could deliver the line on its day; `capacity_left` null: unlimited."""

    offer_id: str
    supplier_id: str
    supplier_name: str
    unit_price: Money
    pack_size: Quantity
    min_quantity: Quantity
    capacity_left: Quantity | None

    model_config = ConfigDict(from_attributes=True)


class NextTier(BaseModel):
    """The quantity from which a unit is cheaper, and its price."""

    from_quantity: Quantity
    unit_price: Money


class LinePreview(BaseModel):
    """What a line would come to with another quantity. `questions` are what a person would be asked before it is
    kept."""

    quantity: Quantity
    offer_id: str | None
    unit_price: Money | None
    cost: Money | None
    expected_shortage: float
    expected_waste: float
    at_risk: Money
    at_risk_short: Money
    at_risk_waste: Money
    one_pack_more: Money | None
    one_pack_less: Money | None
    days_of_cover: float | None
    capacity_left: Quantity | None
    next_tier: NextTier | None
    alternatives: list[AlternativeOut]
    questions: list[QuantityQuestion]
    version: int

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "quantity": 40,
                    "offer_id": "S017-P0001",
                    "unit_price": 3.2,
                    "cost": 128.0,
                    "expected_shortage": 1.4,
                    "expected_waste": 2.1,
                    "at_risk": 9.8,
                    "at_risk_short": 3.1,
                    "at_risk_waste": 6.7,
                    "one_pack_more": 4.2,
                    "one_pack_less": 11.6,
                    "days_of_cover": 2.3,
                    "capacity_left": 400,
                    "next_tier": {"from_quantity": 100, "unit_price": 2.9},
                    "alternatives": [],
                    "questions": [],
                    "version": 4,
                }
            ]
        }
    )


class EditsQuery(PageQuery):
    """Which changes: all of a plan, or those of a line."""

    line_no: int | None = Field(None, ge=1, le=2**31 - 1)


class LinesChosen(BaseModel):
    """Which lines to approve: those named, or all of a warehouse, supplier or category, or that nothing speaks against
    (`without_warnings`); several narrow each other. Nothing said: all."""

    line_nos: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] | None = Field(None, max_length=20000)
    warehouse_id: Identifier | None = None
    supplier_id: Identifier | None = None
    category: Identifier | None = None
    without_warnings: bool = False
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="the plan's, as it was looked at")

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"supplier_id": "S017"}]})

    @property
    def all_lines(self) -> bool:
        """Whether nothing narrows the plan."""
        return self.line_nos is None and self.as_filter() == EVERY_LINE

    def as_filter(self) -> LineFilter:
        """What narrows the plan's lines beside their numbers."""
        shown = LinesShown.UNWARNED if self.without_warnings else LinesShown.ALL
        return LineFilter(self.warehouse_id, self.supplier_id, self.category, shown=shown)


class PlansQuery(PageQuery):
    """Which plans."""

    delivery_date: Day | None = None
    status: PlanStatus | None = None


class LinesQuery(PageQuery):
    """Which lines, in which order: by number, or by money at risk, the most first."""

    warehouse_id: Identifier | None = None
    supplier_id: Identifier | None = None
    category: Identifier | None = None
    delivery_date: Day | None = None
    warning: Identifier | None = Field(None, description="a code of `warnings`")
    search: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="part of the product's name, id or category"
    )
    sort: LineSort = LineSort.LINE_NO
