"""The service on a database with a small shop, and a client that calls it without a network in between."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine, select

from api.transactions import moment
from data.database import reading, writing
from data.tables import (
    Band,
    Base,
    ForecastRow,
    LimitRow,
    MoveRow,
    MoveStatus,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    PurchasePlanRow,
    Role,
    SensorRow,
    SlotRow,
    SlotSuggestionRow,
    SupplierRow,
    Unit,
    WarehouseRow,
    ZoneRow,
)
from flows.access.keys import create_key
from flows.settings import Settings
from tests.integration.conftest import Filling
from tests.integration.services import service

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai, on Monday 2 March
ORIGIN = datetime(2026, 3, 1, 16, tzinfo=UTC)  # the end of Sunday in Shanghai
TODAY = date(2026, 3, 2)
TOMORROW = "2026-03-03"


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    """The shop, where one is asked for."""
    return open_shop if "shop" in request.fixturenames else None


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """W1 and W2 forecast a week of spinach, milk and saffron, which nobody offers; W1 has slots, moves and sensors."""
    return engine


def open_shop(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=name, city="杭州", timezone="Asia/Shanghai") for name in ("W1", "W2")
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
        session.add_all(SupplierRow(supplier_id=name, name=f"农场 {name}", kind="farm") for name in ("F1", "F2"))
        session.flush()
        session.add_all(
            OfferRow(offer_id=f"O-{product}", supplier_id=farm, product_id=product, pack_size=pack, daily_capacity=None,
                  min_quantity=Decimal(0), lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7",
                  valid_from=date(2026, 1, 1), known_at=ORIGIN,
                  tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=price)])
            for farm, product, pack, price in (
                ("F1", "spinach", Decimal(5), Decimal(6)), ("F2", "milk", Decimal(10), Decimal("7.5")),
            )
        )  # fmt: skip
        spread = {"q05": 0.5, "q10": 0.6, "q25": 0.8, "q50": 1.0, "q75": 1.2, "q90": 1.4, "q95": 1.5, "mean": 1.0}
        session.add_all(
            ForecastRow(warehouse_id=warehouse, product_id=product, date=TODAY + timedelta(days=ahead), origin=ORIGIN,
                     model="test", **{name: mean * factor for name, factor in spread.items()})
            for warehouse in ("W1", "W2")
            for product, mean in (("spinach", 20.0), ("milk", 30.0), ("saffron", 1.0))
            for ahead in range(7)
        )  # fmt: skip
        session.add(
            ZoneRow(zone_id="Z1", warehouse_id="W1", name="Leaf", band=Band.LEAF, x_m=0, y_m=0, width_m=5, depth_m=5)
        )
        session.flush()
        session.add_all(
            SlotRow(slot_id=f"leaf-{n}", warehouse_id="W1", zone_id="Z1", x_m=n, y_m=0, distance_m=10.0 * n,
                 volume_l=Decimal(500), product_id=product)
            for n, product in ((1, None), (2, None), (5, "spinach"))
        )  # fmt: skip
        session.add_all(SensorRow(sensor_id=f"S{n}", zone_id="Z1", name=f"Door {n}") for n in (1, 2))
        session.add(LimitRow(zone_id="Z1", valid_from=datetime(2020, 1, 1, tzinfo=UTC), low_c=1.0, high_c=4.0,
                          low_delay_minutes=30, high_delay_minutes=30))  # fmt: skip
        session.flush()
        session.add(SlotSuggestionRow(warehouse_id="W1", product_id="spinach", slot_id="leaf-1", lines_per_day=12.0,
                                   origin=ORIGIN, reasons=[{"code": "test"}]))  # fmt: skip
        session.add_all(
            MoveRow(move_id=f"M{rank}", warehouse_id="W1", product_id=product, from_slot_id=before,
                 to_slot_id=f"leaf-{rank}", rank=rank, metres_saved_per_day=40.0 / rank, reasons=[{"code": "test"}],
                 status=MoveStatus.SUGGESTED, created_at=ORIGIN)
            for rank, product, before in ((1, "spinach", "leaf-5"), (2, "milk", None))
        )  # fmt: skip


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        max_body_bytes=100_000,
        wrong_keys_per_minute=10_000,
        allowed_hosts=["freshfront.test", "testserver"],
    )


@pytest.fixture
async def app(shop: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """The service as it runs, at ten in the morning of NOW."""
    monkeypatch.setattr("flows.operating.figures.READ_EVERY", 0.0)  # figures as they are when asked for
    app = service(settings)
    app.dependency_overrides[moment] = lambda: NOW
    async with app.router.lifespan_context(app):
        yield app
    structlog.reset_defaults()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Someone without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://freshfront.test") as client:
        yield client


Bearer = Callable[[Role | str], dict[str, str]]


@pytest.fixture
def bearer(shop: Engine) -> Bearer:
    """`bearer("buyer")`: the header of somebody with that role."""
    made: dict[Role, dict[str, str]] = {}

    def bearer(role: Role | str) -> dict[str, str]:
        if (role := Role(role)) not in made:
            with writing(shop) as session:
                _, key = create_key(session, f"a {role}", role, NOW)
            made[role] = {"Authorization": f"Bearer {key}"}
        return made[role]

    return bearer


@pytest.fixture
def draft(shop: Engine) -> str:
    """The address of a draft plan of four lines: spinach and milk for W1 and W2; saffron comes from nobody."""
    wanted = (
        ("W1", "spinach", "F1", Decimal(5), Decimal(40), Decimal(6)),
        ("W1", "milk", "F2", Decimal(10), Decimal(60), Decimal("7.5")),
        ("W1", "saffron", None, None, Decimal(0), None),
        ("W2", "spinach", "F1", Decimal(5), Decimal(25), Decimal(6)),
    )
    plan = PurchasePlanRow(plan_id="plan-1", delivery_date=date(2026, 3, 3), origin=ORIGIN, status=PlanStatus.DRAFT,
                        created_at=NOW - timedelta(hours=1), created_by="=cmd|' /C calc'!A1")  # fmt: skip
    plan.lines = [
        PlanLineRow(line_no=number, warehouse_id=warehouse, product_id=product, supplier_id=supplier,
                 offer_id=supplier and f"O-{product}", covers_from=date(2026, 3, 3), covers_until=date(2026, 3, 4),
                 forecast_mean=40.0, forecast_q10=24.0, forecast_q50=40.0, forecast_q90=56.0,
                 usable_stock=Decimal("2.125"), on_order=Decimal(0), pack_size=pack, planned_quantity=quantity,
                 quantity=quantity, unit_price=price, expected_shortage=1.5, expected_waste=0.5,
                 reasons=[{"code": "test", "quantity": 37.875}])
        for number, (warehouse, product, supplier, pack, quantity, price) in enumerate(wanted, start=1)
    ]  # fmt: skip
    plan.warehouses = [
        PlanWarehouseRow(warehouse_id=name, order_date=date(2026, 3, 2), open=True) for name in ("W1", "W2")
    ]
    with writing(shop) as session:
        session.add(plan)
    return "/v1/purchase-plans/plan-1"


@pytest.fixture
def everything(shop: Engine) -> Callable[[], dict[str, list[Any]]]:
    """`everything()`: all rows of all tables, to see that nothing was left behind."""

    def everything() -> dict[str, list[Any]]:
        with reading(shop) as session:
            return {
                table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables
            }

    return everything
