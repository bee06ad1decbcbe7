"""Purchase orders as the API takes and shows them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import PageQuery
from api.resources.asking import WHICH_FIELDS, fields_of
from api.values import Day, Identifier, Moment, Money, Quantity, Remark
from data.tables import PurchaseOrderEventKind, Unit
from flows.ordering.looking_up import PurchaseOrderSort
from warehouse.ordering.statuses import PurchaseOrderStatus

SOME = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=3)]
MORE_THAN_NONE = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=3)]
BEFORE_ANYTHING = datetime(2000, 1, 1, tzinfo=UTC)
ORDER: dict[str, Any] = {
    "purchase_order_id": "6f7c1d6a0e5b5f0a9b3f6a3c9d2e8b41",
    "number": "PO-20261127-014",
    "plan_id": "2f8f6c0d9b0f4c5e8f0a4f2f5d1c7e11",
    "status": "confirmed_short",
    "supplier_id": "S017",
    "supplier_name": "Chongming farm cooperative",
    "warehouse_id": "W01",
    "warehouse_name": "Riverside",
    "delivery_date": "2026-11-28",
    "products": 1,
    "cost": 128.0,
    "currency": "CNY",
    "ordered_at": "2026-11-27T12:00:00Z",
    "ordered_by": "Li Na",
    "send_by": "2026-11-27T14:00:00Z",
    "sent_at": "2026-11-27T12:05:00Z",
    "confirmed_at": "2026-11-27T13:10:00Z",
    "cancelled_at": None,
    "note": None,
    "updated_at": "2026-11-27T13:10:00Z",
}
LINE: dict[str, Any] = {
    "line_no": 1,
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "unit": "piece",
    "pack_size": 10,
    "unit_price": 3.2,
    "ordered": 40,
    "confirmed": 30,
    "received": 0,
    "under_way": 30,
    "declined": 10,
    "cancelled": 0,
    "lapsed": 0,
}
EVENT: dict[str, Any] = {
    "kind": "confirmed",
    "line_no": 1,
    "quantity": 30,
    "happened_at": "2026-11-27T13:10:00Z",
    "known_at": "2026-11-27T13:10:00Z",
    "by": "Chongming farm cooperative",
    "note": None,
    "lot_id": None,
    "receipt_id": None,
}


class AsOfQuery(BaseModel):
    """As of when."""

    as_of: Moment | None = Field(None, description="as it was known at this moment; now if not given")

    model_config = ConfigDict(extra="forbid")

    def moment(self, now: datetime) -> datetime:
        """The moment that is asked about: nothing is known of what is to come, nor of what was before anything."""
        return max(min(self.as_of or now, now), BEFORE_ANYTHING)


class PurchaseOrderSummary(BaseModel):
    """A purchase order. `cost` is what was ordered at the prices that are known, `products` how many lines it has.

    `ordered`, `sent`, `confirmed` (in full), `confirmed_short`, `received_in_part` and `overdue` (its day has ended and
    not all that was promised has come) are to come; `received` (all of it), `closed` (less), `cancelled` have ended."""

    purchase_order_id: str
    number: str
    plan_id: str | None
    status: PurchaseOrderStatus
    supplier_id: str
    supplier_name: str
    warehouse_id: str
    warehouse_name: str
    delivery_date: date
    products: int
    cost: Money
    currency: str
    ordered_at: datetime
    ordered_by: str
    send_by: datetime | None
    sent_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    note: str | None
    updated_at: datetime

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER]})


class PurchaseOrdersQuery(AsOfQuery, PageQuery):
    """Which purchase orders, and as of when."""

    warehouse_id: Identifier | None = None
    supplier_id: Identifier | None = None
    status: PurchaseOrderStatus | None = None
    product_id: Identifier | None = Field(None, description="with a line of this product")
    delivery_date: Day | None = None
    delivery_from: Day | None = Field(None, description="due then or later")
    delivery_until: Day | None = Field(None, description="due then or earlier")
    updated_since: Moment | None = Field(
        None,
        description="changed then or later; unless `sort` says otherwise they come in the order in which they changed",
    )
    overdue: bool = Field(False, description="only those whose day has ended, and of which something is outstanding")
    sort: PurchaseOrderSort | None = Field(
        None, description="by which member; `-`: descending; -delivery_date if not given"
    )
    fields: fields_of(PurchaseOrderSummary) | None = Field(None, description=WHICH_FIELDS)  # type: ignore[valid-type]


class PurchaseOrderLineOut(BaseModel):
    """A product of a purchase order, in its unit: `ordered` is always `under_way` + `received` + `declined` (by the
    supplier) + `cancelled` (by us) + `lapsed` (overdue for so long that nobody counts on it). `confirmed` is what the
    supplier says that it will bring; null: it has not answered."""

    line_no: int
    product_id: str
    product_name: str
    unit: Unit
    pack_size: Quantity | None
    unit_price: Money | None
    ordered: Quantity
    confirmed: Quantity | None
    received: Quantity
    under_way: Quantity
    declined: Quantity
    cancelled: Quantity
    lapsed: Quantity

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})


class PurchaseOrderEventOut(BaseModel):
    """Something that happened to a purchase order, or to one of its lines: `quantity` is what the supplier will bring
    in all (`confirmed`), what came (`received`; below zero where a receipt was corrected) or is not wanted any more
    (`cancelled`)."""

    kind: PurchaseOrderEventKind
    line_no: int | None
    quantity: Quantity | None
    happened_at: datetime
    known_at: datetime
    by: str
    note: str | None
    lot_id: str | None
    receipt_id: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [EVENT]})


class PurchaseOrderOut(PurchaseOrderSummary):
    """A purchase order with its lines and what happened to it, in the order in which it became known."""

    lines: list[PurchaseOrderLineOut]
    history: list[PurchaseOrderEventOut]

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER | {"lines": [LINE], "history": [EVENT]}]})


class OrderedProduct(BaseModel):
    """A product that was ordered, in its unit."""

    product_id: Identifier
    quantity: MORE_THAN_NONE
    unit_price: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=4)] | None = None

    model_config = ConfigDict(extra="forbid")


class PlacedByHand(BaseModel):
    """A purchase order that was placed by hand, by phone say. What came since `ordered_at` (now if not given) and was
    without an order counts against it."""

    supplier_id: Identifier
    warehouse_id: Identifier
    delivery_date: Day = Field(description="the local day on which it is to come")
    lines: list[OrderedProduct] = Field(min_length=1, max_length=1000)
    ordered_at: Moment | None = None
    note: Remark | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "supplier_id": "F1",
                    "warehouse_id": "W1",
                    "delivery_date": "2026-11-28",
                    "lines": [{"product_id": "milk", "quantity": 40, "unit_price": 7.5}],
                    "note": "by phone",
                }
            ]
        },
    )


class ConfirmedLine(BaseModel):
    """What the supplier will bring of a line, in the product's unit."""

    line_no: int = Field(ge=1, le=2**31 - 1)
    quantity: SOME

    model_config = ConfigDict(extra="forbid")


class Confirmation(BaseModel):
    """What the supplier will bring: `lines` in full unless given; lines that are not named stay as they are."""

    lines: list[ConfirmedLine] | None = Field(None, min_length=1, max_length=1000)

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"lines": [{"line_no": 1, "quantity": 30}]}]}
    )


class Cancellation(BaseModel):
    """What is cancelled: all that has not come, or one line."""

    line_no: int | None = Field(None, ge=1, le=2**31 - 1)
    note: Remark | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "the farm is flooded"}]})


class Told(BaseModel):
    """By which way the supplier was sent its order."""

    how: Remark | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"how": "by phone"}]})
