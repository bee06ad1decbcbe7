"""A shop small enough to reason about by hand: two warehouses, three products, two farms, forecasts for a week."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import (
    Band,
    ForecastRow,
    LotRow,
    OfferRow,
    OfferTierRow,
    ProductRow,
    SlotRow,
    SupplierRow,
    Unit,
    WarehouseRow,
    ZoneRow,
)
from tests.integration.conftest import Filling
from tests.integration.flows.shell import Shell

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai, on Monday 2 March
TODAY = date(2026, 3, 2)
TOMORROW = date(2026, 3, 3)
ORIGIN = datetime(2026, 3, 1, 16, tzinfo=UTC)  # the end of Sunday in Shanghai
EVERY_DAY = "1,2,3,4,5,6,7"


def forecast_row(warehouse_id: str, product_id: str, day: date, mean: float) -> ForecastRow:
    spread = {"q05": 0.5, "q10": 0.6, "q25": 0.8, "q50": 1.0, "q75": 1.2, "q90": 1.4, "q95": 1.5}
    values = {name: mean * factor for name, factor in spread.items()}
    return ForecastRow(
        warehouse_id=warehouse_id, product_id=product_id, date=day, origin=ORIGIN, mean=mean, model="test", **values
    )


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    """The shop, where one is asked for."""
    return open_shop if "shop" in request.fixturenames else None


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """spinach (2 days of life, packs of 5 from F1), milk (10 days, from F2 from 20 on), saffron that nobody offers."""
    return engine


def open_shop(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai")
            for name in ("W1", "W2")
        )
        session.add_all(
            ProductRow(product_id=name, name=name, category=band, band=band, unit=unit, shelf_life_days=life,
                    list_price=price, volume_l=Decimal(2))
            for name, band, unit, life, price in (
                ("spinach", Band.LEAF, Unit.KG, 2, Decimal(10)),
                ("milk", Band.CHILLED, Unit.PIECE, 10, Decimal(12)),
                ("saffron", Band.AMBIENT, Unit.PIECE, None, Decimal(90)),
            )
        )  # fmt: skip
        session.add_all(SupplierRow(supplier_id=name, name=name, kind="farm") for name in ("F1", "F2"))
        session.flush()
        terms = {
            "valid_from": date(2026, 1, 1),
            "known_at": ORIGIN,
            "lead_time_days": 1,
            "delivery_weekdays": EVERY_DAY,
        }
        session.add_all(
            [
                OfferRow(offer_id="O1", supplier_id="F1", product_id="spinach", pack_size=Decimal(5),
                      min_quantity=Decimal(0), daily_capacity=None,
                      tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(6)),
                             OfferTierRow(min_quantity=Decimal(50), unit_price=Decimal(5))], **terms),
                OfferRow(offer_id="O2", supplier_id="F2", product_id="milk", pack_size=Decimal(10),
                      min_quantity=Decimal(20), daily_capacity=Decimal(200),
                      tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal("7.50"))], **terms),
            ]
        )  # fmt: skip
        session.add_all(
            forecast_row(warehouse, product, TODAY + timedelta(days=ahead), mean)
            for warehouse in ("W1", "W2")
            for product, mean in (("spinach", 20.0), ("milk", 30.0), ("saffron", 1.0))
            for ahead in range(7)
        )
        session.add(
            LotRow(lot_id="L1", warehouse_id="W1", product_id="milk", received_at=ORIGIN, known_at=ORIGIN,
                expires_on=TODAY + timedelta(days=8), quantity_received=Decimal(300), quantity_on_hand=Decimal(300))
        )  # fmt: skip
        session.add_all(
            ZoneRow(zone_id=f"W1-{band}", warehouse_id="W1", name=band, band=band, x_m=0, y_m=0, width_m=5, depth_m=5)
            for band in (Band.LEAF, Band.CHILLED, Band.AMBIENT)
        )
        session.flush()
        session.add_all(
            SlotRow(slot_id=f"{band}-{n}", warehouse_id="W1", zone_id=f"W1-{band}", x_m=n, y_m=0, distance_m=10.0 * n,
                 volume_l=Decimal(5000), product_id=product)
            for band, n, product in (
                ("leaf", 1, None), ("leaf", 5, "spinach"), ("chilled", 2, "milk"), ("ambient", 3, None),
            )
        )  # fmt: skip


@pytest.fixture
def freshfront(database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    monkeypatch.setenv("FRESHFRONT_PREFECT_PORT", "9")  # where no Prefect server answers
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return Shell(capsys, monkeypatch)
