"""What is sold and who sells it: products, suppliers, when they are closed, what they ask for whole orders, offers; and
how it may be carried between warehouses."""

from datetime import date, datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, or_

from api.resources.resource import Filter, Names, Resource, days, ids, same, updated_since
from api.values import Day, Identifier, Money, Quantity
from data.tables import (
    Allergen,
    Band,
    Ethylene,
    Odour,
    OfferRow,
    ProductRow,
    SupplierClosureRow,
    SupplierRow,
    SupplierTermsRow,
    TransferTermsRow,
    Unit,
)

CHANGED = "2026-11-22T01:00:00Z"


class ProductOut(BaseModel):
    """A product as sold. `volume_l`, `weight_kg` and `list_price` are per unit.

    Of its slot it asks a relative humidity between two bounds (null: any), and of its neighbours that they go together
    by `ethylene`, `odour` (null: neither) and `allergens`; below `raw_meat` nothing else lies."""

    product_id: str
    name: str
    names: Names
    category: str
    subcategory: str | None
    band: Band
    unit: Unit
    volume_l: Quantity | None
    shelf_life_days: int | None
    list_price: Money | None
    introduced_on: date | None
    delisted_on: date | None
    weight_kg: Quantity | None
    humidity_low_pct: float | None
    humidity_high_pct: float | None
    ethylene: Ethylene | None
    odour: Odour | None
    allergens: list[Allergen]
    raw_meat: bool
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "product_id": "P0001",
                    "name": "Baby spinach 200 g",
                    "names": {"zh": "嫩菠菜 200 克"},
                    "category": "leaf vegetables",
                    "subcategory": None,
                    "band": "leaf",
                    "unit": "piece",
                    "volume_l": 1.2,
                    "shelf_life_days": 3,
                    "list_price": 5.9,
                    "introduced_on": None,
                    "delisted_on": None,
                    "weight_kg": 0.2,
                    "humidity_low_pct": 90.0,
                    "humidity_high_pct": None,
                    "ethylene": "sensitive",
                    "odour": None,
                    "allergens": [],
                    "raw_meat": False,
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class SupplierOut(BaseModel):
    """A farm, cooperative or wholesaler. `orders_can_be_sent`: there is an address to send its orders to, which is not
    shown since it may hold a password."""

    supplier_id: str
    name: str
    names: Names
    kind: str
    city: str | None
    address: str | None
    contact: str | None
    language: str | None
    delivers_from: str | None
    delivers_until: str | None
    orders_can_be_sent: bool
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "supplier_id": "F01",
                    "name": "Chongming farm cooperative",
                    "names": {"zh": "崇明蔬菜合作社"},
                    "kind": "cooperative",
                    "city": "Shanghai",
                    "address": None,
                    "contact": "Ms Wang, 021 5555 0100",
                    "language": "zh",
                    "delivers_from": "04:00",
                    "delivers_until": "06:30",
                    "orders_can_be_sent": True,
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class SupplierClosureOut(BaseModel):
    """Days, both included, on which a supplier neither takes orders nor delivers."""

    supplier_id: str
    first_day: date
    last_day: date
    known_at: datetime
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "supplier_id": "F01",
                    "first_day": "2027-02-05",
                    "last_day": "2027-02-12",
                    "known_at": "2026-11-02T01:00:00Z",
                    "updated_at": "2026-11-02T01:00:00Z",
                }
            ]
        }
    )


class SupplierTermsOut(BaseModel):
    """What a supplier asks for a whole order, all products of one delivery to one warehouse, in its currency and in
    packs; 0: nothing. Of the terms that hold on a day, those that began last count."""

    supplier_id: str
    valid_from: date
    valid_until: date | None
    delivery_cost: Money
    min_order_value: Money
    min_order_packs: int
    known_at: datetime
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "supplier_id": "F01",
                    "valid_from": "2026-01-01",
                    "valid_until": None,
                    "delivery_cost": 45.0,
                    "min_order_value": 200.0,
                    "min_order_packs": 10,
                    "known_at": "2025-12-18T00:00:00Z",
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class TransferTermsOut(BaseModel):
    """How goods may be carried from one warehouse to another: in so many hours, for so much a drive and a unit in their
    currency. Of the terms of a way that hold on a day, those that began last count. Seen by who sees both warehouses.
    """

    from_warehouse_id: str
    to_warehouse_id: str
    valid_from: date
    valid_until: date | None
    hours: float
    drive_cost: Money
    cost_per_unit: Money
    known_at: datetime
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_warehouse_id": "W01",
                    "to_warehouse_id": "W02",
                    "valid_from": "2026-01-01",
                    "valid_until": None,
                    "hours": 3.0,
                    "drive_cost": 35.0,
                    "cost_per_unit": 0.2,
                    "known_at": "2025-12-18T00:00:00Z",
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class OfferTierOut(BaseModel):
    """The price of a unit from `min_quantity` units on."""

    min_quantity: Quantity
    unit_price: Money

    model_config = ConfigDict(from_attributes=True)


class OfferOut(BaseModel):
    """A supplier's terms for a product. `daily_capacity` holds over all warehouses together, null: no limit;
    `delivery_weekdays` are ISO weekdays, 1 for Monday."""

    offer_id: str
    supplier_id: str
    product_id: str
    pack_size: Quantity
    min_quantity: Quantity
    daily_capacity: Quantity | None
    lead_time_days: int
    order_cut_off: str | None
    delivery_weekdays: list[int]
    valid_from: date
    valid_until: date | None
    known_at: datetime
    tiers: list[OfferTierOut]
    updated_at: datetime

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "offer_id": "F01-P0001",
                    "supplier_id": "F01",
                    "product_id": "P0001",
                    "pack_size": 10.0,
                    "min_quantity": 20.0,
                    "daily_capacity": 800.0,
                    "lead_time_days": 1,
                    "order_cut_off": "21:30",
                    "delivery_weekdays": [1, 3, 5],
                    "valid_from": "2026-01-01",
                    "valid_until": None,
                    "known_at": "2025-12-18T00:00:00Z",
                    "tiers": [{"min_quantity": 0.0, "unit_price": 3.4}, {"min_quantity": 100.0, "unit_price": 3.2}],
                    "updated_at": CHANGED,
                }
            ]
        },
    )


def _valid_on(row: type[OfferRow] | type[SupplierTermsRow] | type[TransferTermsRow], day: date) -> ColumnElement[bool]:
    return (row.valid_from <= day) & or_(row.valid_until.is_(None), row.valid_until >= day)


def _weekdays(offer: OfferRow) -> dict[str, Any]:
    return {"delivery_weekdays": [int(day) for day in offer.delivery_weekdays.split(",")]}


def _allergens(product: ProductRow) -> dict[str, Any]:
    return {"allergens": product.allergens.split(",") if product.allergens else []}


PRODUCTS = Resource(
    path="products",
    one="product",
    many="products",
    what="Products.",
    tag="places and products",
    row=ProductRow,
    shown=ProductOut,
    key=[ProductRow.product_id],
    filters=[
        ids(ProductRow.product_id),
        same(ProductRow.category, Identifier, "of this category"),
        same(ProductRow.band, Band, "of this storage condition"),
        updated_since(ProductRow),
    ],
    sorts=[ProductRow.plain_name, ProductRow.category, ProductRow.updated_at],
    also=_allergens,
)
SUPPLIERS = Resource(
    path="suppliers",
    one="supplier",
    many="suppliers",
    what="Suppliers.",
    tag="suppliers",
    row=SupplierRow,
    shown=SupplierOut,
    key=[SupplierRow.supplier_id],
    filters=[
        ids(SupplierRow.supplier_id),
        same(SupplierRow.kind, Identifier, "of this kind, as farm"),
        same(SupplierRow.city, Identifier, "of this city"),
        updated_since(SupplierRow),
    ],
    sorts=[SupplierRow.plain_name, SupplierRow.kind, SupplierRow.updated_at],
    also=lambda row: {"orders_can_be_sent": row.send_to is not None},
)
SUPPLIER_CLOSURES = Resource(
    path="supplier-closures",
    one="supplier closure",
    many="supplier closures",
    what="Days on which suppliers are closed.",
    tag="suppliers",
    row=SupplierClosureRow,
    shown=SupplierClosureOut,
    key=[SupplierClosureRow.supplier_id, SupplierClosureRow.first_day],
    filters=[
        ids(SupplierClosureRow.supplier_id),
        Filter("date_from", Day, "with days then or later", lambda day: SupplierClosureRow.last_day >= day),
        Filter("date_to", Day, "with days then or earlier", lambda day: SupplierClosureRow.first_day <= day),
        updated_since(SupplierClosureRow),
    ],
    sorts=[SupplierClosureRow.first_day, SupplierClosureRow.updated_at],
)
SUPPLIER_TERMS = Resource(
    path="supplier-terms",
    one="supplier's terms",
    many="suppliers' terms",
    what="What suppliers ask for whole orders.",
    tag="suppliers",
    row=SupplierTermsRow,
    shown=SupplierTermsOut,
    key=[SupplierTermsRow.supplier_id, SupplierTermsRow.valid_from],
    filters=[
        ids(SupplierTermsRow.supplier_id),
        Filter("valid_on", Day, "that hold for deliveries on this day", partial(_valid_on, SupplierTermsRow)),
        updated_since(SupplierTermsRow),
    ],
    sorts=[SupplierTermsRow.valid_from, SupplierTermsRow.updated_at],
)
TRANSFER_TERMS = Resource(
    path="transfer-terms",
    one="way's terms",
    many="ways' terms",
    what="How goods may be carried between warehouses.",
    tag="places and products",
    row=TransferTermsRow,
    shown=TransferTermsOut,
    key=[TransferTermsRow.from_warehouse_id, TransferTermsRow.to_warehouse_id, TransferTermsRow.valid_from],
    filters=[
        ids(TransferTermsRow.from_warehouse_id),
        ids(TransferTermsRow.to_warehouse_id),
        Filter("valid_on", Day, "that hold on this day", partial(_valid_on, TransferTermsRow)),
        updated_since(TransferTermsRow),
    ],
    sorts=[TransferTermsRow.valid_from, TransferTermsRow.updated_at],
)
OFFERS = Resource(
    path="offers",
    one="offer",
    many="offers",
    what="Offers, each with its price tiers.",
    tag="suppliers",
    row=OfferRow,
    shown=OfferOut,
    key=[OfferRow.offer_id],
    filters=[
        ids(OfferRow.offer_id),
        ids(OfferRow.supplier_id),
        ids(OfferRow.product_id),
        Filter("valid_on", Day, "whose terms hold for deliveries on this day", partial(_valid_on, OfferRow)),
        *days(OfferRow.valid_from, "valid_from_since", "valid_from_until", "whose terms begin"),
        updated_since(OfferRow),
    ],
    sorts=[OfferRow.supplier_id, OfferRow.product_id, OfferRow.valid_from, OfferRow.updated_at],
    also=_weekdays,
)
