"""A region made in a second: three warehouses, twenty products from four farms with forecasts for two weeks, and
sensors. Nothing is trained."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import writing
from data.tables import (
    Band,
    ForecastRow,
    LimitRow,
    OfferRow,
    OfferTierRow,
    ProductRow,
    Role,
    SensorRow,
    SupplierRow,
    Unit,
    WarehouseRow,
    ZoneRow,
)
from flows.access.keys import create_key

WAREHOUSES: Final = ("W1", "W2", "W3")
PRODUCTS: Final = tuple(f"P{number:02}" for number in range(20))
SUPPLIERS: Final = tuple(f"F{number}" for number in range(4))
BY_MQTT: Final = tuple(f"M{number:02}" for number in range(60))
BY_HTTP: Final = tuple(f"H{number:02}" for number in range(10))
BY_FILE: Final = tuple(f"I{number:02}" for number in range(5))
SPREAD: Final = {"q05": 0.5, "q10": 0.6, "q25": 0.8, "q50": 1.0, "q75": 1.2, "q90": 1.4, "q95": 1.5}


class Keys(NamedTuple):
    """API keys: who buys, whose system brings data, who sends readings."""

    buyers: list[str]
    erp: str
    integration: str


def furnish(engine: Engine) -> Keys:
    """Writes the region; returns keys, a buyer's for each warehouse."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        _places_and_products(session)
        session.flush()
        _offers_and_forecasts(session, now)
        _cold_rooms(session)
        session.flush()
        return Keys(
            [create_key(session, buyer_of(warehouse), Role.BUYER, now)[1] for warehouse in WAREHOUSES],
            create_key(session, "ERP", Role.ERP, now)[1],
            create_key(session, "gateway", Role.INTEGRATION, now)[1],
        )


def buyer_of(warehouse: str) -> str:
    """Who buys for a warehouse."""
    return f"buyer of {warehouse}"


def _places_and_products(session: Session) -> None:
    session.add_all(
        WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai") for name in WAREHOUSES
    )
    session.add_all(SupplierRow(supplier_id=name, name=name, kind="farm") for name in SUPPLIERS)
    session.add_all(
        ProductRow(product_id=name, name=name, category="food", band=Band.CHILLED, unit=Unit.PIECE,
                   shelf_life_days=6, list_price=Decimal(9))
        for name in PRODUCTS
    )  # fmt: skip


def _offers_and_forecasts(session: Session, now: datetime) -> None:
    origin = now - timedelta(hours=6)
    session.add_all(
        OfferRow(offer_id=f"O-{name}", supplier_id=SUPPLIERS[number % len(SUPPLIERS)], product_id=name,
                 pack_size=Decimal(4), min_quantity=Decimal(0), lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7",
                 valid_from=date(2026, 1, 1), known_at=datetime(2026, 1, 1, tzinfo=UTC),
                 tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(5))])
        for number, name in enumerate(PRODUCTS)
    )  # fmt: skip
    session.add_all(
        ForecastRow(warehouse_id=warehouse, product_id=product, date=(now + timedelta(days=ahead)).date(),
                    origin=origin, mean=30.0, model="storm", **{name: 30.0 * by for name, by in SPREAD.items()})
        for warehouse in WAREHOUSES for product in PRODUCTS for ahead in range(-1, 14)
    )  # fmt: skip


def _cold_rooms(session: Session) -> None:
    session.add_all(
        ZoneRow(zone_id=f"Z-{name}", warehouse_id=name, name="Dairy", band=Band.CHILLED, x_m=0, y_m=0, width_m=9,
                depth_m=9)
        for name in WAREHOUSES
    )  # fmt: skip
    session.flush()
    session.add_all(
        SensorRow(sensor_id=name, zone_id=f"Z-{WAREHOUSES[number % len(WAREHOUSES)]}", name=name)
        for number, name in enumerate((*BY_MQTT, *BY_HTTP, *BY_FILE))
    )
    session.add_all(
        LimitRow(zone_id=f"Z-{name}", valid_from=datetime(2020, 1, 1, tzinfo=UTC), low_c=0.0, high_c=4.0,
                 low_delay_minutes=30, high_delay_minutes=30)
        for name in WAREHOUSES
    )  # fmt: skip
