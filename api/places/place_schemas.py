"""Warehouses and products as the API shows them."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from api.values import Money, Quantity
from data.tables import Band, Unit


class WarehouseOut(BaseModel):
    """A front warehouse; its local days follow `timezone`, it keeps the holidays of `country` and `subdivision`."""

    warehouse_id: str
    name: str
    city: str
    timezone: str
    latitude: float | None
    longitude: float | None
    opened_on: date | None
    closed_on: date | None
    country: str
    subdivision: str | None

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "name": "Jing'an",
                    "city": "Shanghai",
                    "timezone": "Asia/Shanghai",
                    "latitude": 31.23,
                    "longitude": 121.45,
                    "opened_on": "2025-03-01",
                    "closed_on": None,
                    "country": "CN",
                    "subdivision": None,
                }
            ]
        },
    )


class ProductOut(BaseModel):
    """A product as sold. `volume_l` and `list_price` are per unit."""

    product_id: str
    name: str
    category: str
    subcategory: str | None
    band: Band
    unit: Unit
    volume_l: Quantity | None
    shelf_life_days: int | None
    list_price: Money | None
    introduced_on: date | None
    delisted_on: date | None

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "product_id": "P0001",
                    "name": "Baby spinach 200 g",
                    "category": "leaf vegetables",
                    "subcategory": None,
                    "band": "leaf",
                    "unit": "piece",
                    "volume_l": 1.2,
                    "shelf_life_days": 3,
                    "list_price": 5.9,
                    "introduced_on": None,
                    "delisted_on": None,
                }
            ]
        },
    )
