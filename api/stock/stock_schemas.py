"""What the stock operations give back: a warehouse's stock, changes of lots, and the way of a lot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import Page, PageQuery
from api.resources.asking import WHICH_FIELDS, fields_of
from api.resources.shapes import some_members
from api.values import Day, Identifier, Moment, Money, Quantity
from data.tables import Stage, StockChangeKind, StockChangeRow, Unit
from flows.purchasing.shelves.lacking_elsewhere import Lacking
from flows.purchasing.shelves.stock_outlook import LotExpected, ProductStock
from flows.stock.tracing import Trace
from warehouse.stock.lot_ageing import AgesBy, LotLife

LOT: dict[str, Any] = {
    "lot_id": "L-0412",
    "supplier_id": "F01",
    "received_at": "2026-11-22T22:10:00Z",
    "expires_on": "2026-11-24",
    "counted": 12.5,
    "counted_at": "2026-11-23T13:00:00Z",
    "expected": 9.2,
    "kept_aside": 0.0,
    "blocked_because": None,
    "life": {
        "last_day": "2026-11-23",
        "days_left": 0.6,
        "days_lost": 1.4,
        "ages_by": "temperature",
        "class_id": "leaf",
        "lost_by_day": [{"day": "2026-11-23", "hours": 33.6}],
        "hours": 15.8,
        "hours_used": 49.4,
        "hours_not_seen": 0.5,
        "hours_too_cold": 0.0,
        "hours_beyond_band": 0.0,
    },
}
PRODUCT: dict[str, Any] = {
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "unit": "kg",
    "on_shelf": 9.2,
    "expired": 0.0,
    "by_expiry": [{"day": "2026-11-24", "quantity": 9.2}],
    "arriving": [{"day": "2026-11-24", "quantity": 30.0}],
    "next_delivery": "2026-11-24",
    "sold_until_next_delivery": 7.1,
    "expected_on_its_morning": 2.1,
    "days_of_cover": 1.1,
    "runs_out_on": None,
    "unsold": [{"day": "2026-11-24", "quantity": 1.4}],
    "unsold_value": 8.4,
    "lacking_elsewhere": [{"warehouse_id": "W04", "quantity": 3.0}],
    "counted_at": "2026-11-23T13:00:00Z",
    "lots": [LOT],
}
CHANGE: dict[str, Any] = {
    "change_id": "7f9c24e8d1b04c5a9c3b2f6f1a0d4e55",
    "action_id": "count-2026-11-23",
    "warehouse_id": "W01",
    "lot_id": "L-0412",
    "kind": "counted",
    "quantity": -1.5,
    "left": 12.5,
    "happened_at": "2026-11-23T13:00:00Z",
    "known_at": "2026-11-23T13:04:00Z",
    "by": "Li Na",
    "reason": None,
    "note": None,
}


class OneStockQuery(BaseModel):
    """As of when."""

    as_of: Moment | None = Field(None, description="what was known and expected at this moment; now if not given")

    model_config = ConfigDict(extra="forbid")


class OnDay(BaseModel):
    """How much on or up to a day; null: it keeps."""

    day: Day | None
    quantity: float


class LackingOut(BaseModel):
    """About how much another warehouse of the city lacks before its next delivery."""

    warehouse_id: str
    quantity: float


class HoursOfDay(BaseModel):
    """Hours of life lost on a local day: used beyond the hours that it had."""

    day: Day
    hours: float


class LifeOut(BaseModel):
    """The life that a lot has left by the temperatures of its zone: the last day on which it may be dispatched, never
    later than `expires_on`, and for how many days more, today included (null: it keeps).

    `ages_by` says why it ages by the calendar only, where it does; then there are no hours. They are those since it was
    received: `hours_used` of its life, `hours_not_seen` (no reading: taken to be as cold as stated), `hours_too_cold`
    (chilling injury: look at it) and `hours_beyond_band` (warmer than what is known of its class: a bound from
    below)."""

    last_day: Day | None
    days_left: float | None
    days_lost: float
    ages_by: AgesBy
    class_id: str | None
    lost_by_day: list[HoursOfDay]
    hours: float | None
    hours_used: float | None
    hours_not_seen: float | None
    hours_too_cold: float | None
    hours_beyond_band: float | None

    @classmethod
    def of(cls, life: LotLife) -> Self:
        ageing, used = life.ageing, life.ageing.life
        return cls(
            last_day=life.last_day,
            days_left=life.days_left,
            days_lost=ageing.days_lost,
            ages_by=ageing.ages_by,
            class_id=None if ageing.shelf_life_class is None else ageing.shelf_life_class.class_id,
            lost_by_day=[HoursOfDay(day=day, hours=hours) for day, hours in sorted(ageing.lost_by_day.items())],
            hours=None if used is None else used.elapsed,
            hours_used=None if used is None else used.used,
            hours_not_seen=None if used is None else used.unseen,
            hours_too_cold=None if used is None else used.chilled,
            hours_beyond_band=None if used is None else used.beyond,
        )


class LotOut(BaseModel):
    """A lot: what was `counted` and when, what is expected now, after what was sold since and without what is
    `kept_aside` to be carried to another warehouse, and the life it has left."""

    lot_id: str
    supplier_id: str | None
    received_at: datetime
    expires_on: Day | None
    counted: Quantity
    counted_at: datetime
    expected: Quantity
    kept_aside: Quantity
    blocked_because: str | None
    life: LifeOut

    @classmethod
    def of(cls, one: LotExpected) -> Self:
        lot = one.lot
        return cls(
            lot_id=lot.lot_id,
            supplier_id=lot.supplier_id,
            received_at=lot.received_at,
            expires_on=lot.expires_on,
            counted=lot.on_hand,
            counted_at=lot.counted_at,
            expected=one.expected,
            kept_aside=one.kept_aside,
            blocked_because=lot.blocked_because,
            life=LifeOut.of(one.life),
        )


class ProductStockOut(BaseModel):
    """A product's stock in its unit. `runs_out_on`: before the next delivery; `unsold`: what will expire before it
    sells, by its last day; `unsold_value`: what that cost; `lacking_elsewhere`: who could sell it."""

    product_id: str
    product_name: str
    unit: Unit
    on_shelf: float
    expired: float
    by_expiry: list[OnDay]
    arriving: list[OnDay]
    next_delivery: Day | None
    sold_until_next_delivery: float
    expected_on_its_morning: float
    days_of_cover: float | None
    runs_out_on: Day | None
    unsold: list[OnDay]
    unsold_value: Money | None
    lacking_elsewhere: list[LackingOut]
    counted_at: datetime | None
    lots: list[LotOut]

    model_config = ConfigDict(json_schema_extra={"examples": [PRODUCT]})

    @classmethod
    def of(cls, stock: ProductStock, lacking: Sequence[Lacking] = ()) -> Self:
        outlook = stock.outlook
        return cls(
            product_id=stock.product.product_id,
            product_name=stock.product.name,
            unit=stock.product.unit,
            on_shelf=outlook.on_shelf,
            expired=outlook.expired,
            by_expiry=_days(outlook.by_expiry),
            arriving=_days(outlook.arriving),
            next_delivery=outlook.next_delivery,
            sold_until_next_delivery=outlook.sold_until,
            expected_on_its_morning=outlook.on_morning,
            days_of_cover=outlook.days_of_cover,
            runs_out_on=outlook.runs_out_on,
            unsold=_days(outlook.unsold),
            unsold_value=stock.unsold_value,
            lacking_elsewhere=[
                LackingOut(warehouse_id=one.warehouse.warehouse_id, quantity=one.quantity) for one in lacking
            ],
            counted_at=stock.counted_at,
            lots=[LotOut.of(one) for one in stock.lots],
        )


def _days(of: Sequence[tuple[Any, float]]) -> list[OnDay]:
    return [OnDay(day=day, quantity=quantity) for day, quantity in of]


class StockQuery(PageQuery):
    """Which page, and as of when."""

    as_of: Moment | None = Field(None, description="what was known and expected at this moment; now if not given")
    category: Identifier | None = Field(None, description="products of this category")
    fields: fields_of(ProductStockOut) | None = Field(None, description=WHICH_FIELDS)  # type: ignore[valid-type]


class StockPage(Page[ProductStockOut]):
    """Products of a warehouse by id. `counted_at` is when its stock was counted last, null: never; `old`: longer ago
    than the shop wants."""

    items: list[ProductStockOut | some_members(ProductStockOut)]  # type: ignore[valid-type]
    warehouse_id: str
    as_of: datetime
    counted_at: datetime | None
    old: bool

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [PRODUCT],
                    "next": None,
                    "warehouse_id": "W01",
                    "as_of": "2026-11-23T14:00:00Z",
                    "counted_at": "2026-11-23T13:00:00Z",
                    "old": False,
                }
            ]
        }
    )


class StockChangeOut(BaseModel):
    """A change of a lot: by how much (below zero: less), and what was left as of its last count."""

    change_id: str
    action_id: str
    warehouse_id: str
    lot_id: str
    kind: StockChangeKind
    quantity: Quantity
    left: Quantity
    happened_at: datetime
    known_at: datetime
    by: str
    reason: str | None
    note: str | None

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [CHANGE]})


class StockChangesOut(BaseModel):
    """What one request changed, by warehouse and lot."""

    id: str = Field(description="of the request: sent again under it, it changes nothing and is answered the same")
    changes: list[StockChangeOut]

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "count-2026-11-23", "changes": [CHANGE]}]})

    @classmethod
    def of(cls, id: str, changes: Sequence[StockChangeRow]) -> Self:
        return cls(id=id, changes=[StockChangeOut.model_validate(change) for change in changes])


class LotStateOut(BaseModel):
    """Whether a lot is blocked, by whom and why."""

    warehouse_id: str
    lot_id: str
    product_id: str
    blocked_at: datetime | None
    blocked_by: str | None
    blocked_because: str | None

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "lot_id": "L-0412",
                    "product_id": "P0001",
                    "blocked_at": "2026-11-23T13:00:00Z",
                    "blocked_by": "Li Na",
                    "blocked_because": "recall by the farm",
                }
            ]
        },
    )


class SellingOut(BaseModel):
    """A part of the lot, and from when to when it may have been sold from."""

    warehouse_id: str
    lot_id: str
    first: datetime
    last: datetime
    left: Quantity


class OfReceipt(BaseModel):
    """A line of a receipt."""

    receipt_id: str
    line_no: int
    warehouse_id: str
    received_at: datetime
    accepted: Quantity
    rejected: Quantity
    defect: str | None


class OfPurchaseOrder(BaseModel):
    """A line of a purchase order that the lot came for."""

    purchase_order_id: str
    number: str
    line_no: int
    supplier_id: str
    warehouse_id: str
    delivery_date: Day
    quantity: Quantity


class InspectionSeen(BaseModel):
    """An inspection of the lot."""

    inspection_id: str
    stage: Stage
    inspected_at: datetime
    inspected_quantity: Quantity
    accepted_quantity: Quantity
    defect: str | None
    residues: str | None

    model_config = ConfigDict(from_attributes=True)


class OfCustomer(BaseModel):
    """A customer's order line of the product while the lot may have been sold from."""

    warehouse_id: str
    order_id: str
    line_no: int
    ordered_at: datetime
    quantity: Quantity

    model_config = ConfigDict(from_attributes=True)


class TraceOut(BaseModel):
    """Where a lot came from and where it went. Which lot went to which customer is not known: `order_lines` are those
    of its product while it may have been sold from, the first 1,000 of `order_lines_in_all`."""

    warehouse_id: str
    lot_id: str
    product_id: str
    supplier_id: str | None
    supplier_name: str | None
    parts: list[SellingOut]
    receipts: list[OfReceipt]
    purchase_orders: list[OfPurchaseOrder]
    inspections: list[InspectionSeen]
    changes: list[StockChangeOut]
    order_lines: list[OfCustomer]
    order_lines_in_all: int

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "lot_id": "L-0412",
                    "product_id": "P0001",
                    "supplier_id": "F01",
                    "supplier_name": "Green Farm",
                    "parts": [
                        {
                            "warehouse_id": "W01",
                            "lot_id": "L-0412",
                            "first": "2026-11-22T22:10:00Z",
                            "last": "2026-11-23T14:00:00Z",
                            "left": 12.5,
                        }
                    ],
                    "receipts": [],
                    "purchase_orders": [],
                    "inspections": [],
                    "changes": [CHANGE],
                    "order_lines": [],
                    "order_lines_in_all": 0,
                }
            ]
        }
    )

    @classmethod
    def of(cls, trace: Trace) -> Self:
        return cls(
            warehouse_id=trace.lot.warehouse_id,
            lot_id=trace.lot.lot_id,
            product_id=trace.lot.product_id,
            supplier_id=trace.lot.supplier_id,
            supplier_name=None if trace.supplier is None else trace.supplier.name,
            parts=[
                SellingOut(
                    warehouse_id=part.lot.warehouse_id,
                    lot_id=part.lot.lot_id,
                    first=part.first,
                    last=part.last,
                    left=part.lot.quantity_on_hand,
                )
                for part in trace.lots
            ],
            receipts=[
                OfReceipt(
                    receipt_id=receipt.receipt_id,
                    line_no=line.line_no,
                    warehouse_id=receipt.warehouse_id,
                    received_at=receipt.received_at,
                    accepted=line.accepted,
                    rejected=line.rejected,
                    defect=line.defect,
                )
                for receipt, line in trace.receipts
            ],
            purchase_orders=[
                OfPurchaseOrder(
                    purchase_order_id=order.purchase_order_id,
                    number=order.number,
                    line_no=line.line_no,
                    supplier_id=order.supplier_id,
                    warehouse_id=order.warehouse_id,
                    delivery_date=order.delivery_date,
                    quantity=line.quantity,
                )
                for order, line in trace.purchase_orders
            ],
            inspections=[InspectionSeen.model_validate(row) for row in trace.inspections],
            changes=[StockChangeOut.model_validate(row) for row in trace.changes],
            order_lines=[OfCustomer.model_validate(row) for row in trace.order_lines],
            order_lines_in_all=trace.order_lines_in_all,
        )
