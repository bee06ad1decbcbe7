"""A small shop with something to do on every page, and browsers that are signed in to it, without a network."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import numpy as np
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine

from api.transactions import moment
from data.database import writing
from data.tables import (
    Band,
    DailyAvailabilityRow,
    DailySalesRow,
    ForecastContributionRow,
    ForecastRow,
    LimitRow,
    LotRow,
    MoveRow,
    MoveStatus,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    PromotionRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    Role,
    SensorRow,
    SlotRow,
    SlotSuggestionRow,
    SupplierRow,
    Unit,
    WarehouseRow,
    WeatherRow,
    ZoneRow,
)
from flows.access.keys import create_sign_in_token
from flows.coldchain.readings.receiving import receive_readings
from flows.settings import Settings
from tests.integration.conftest import Filling
from tests.integration.services import service
from warehouse.coldchain.readings import Reading

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai, on Monday 2 March
ORIGIN = datetime(2026, 3, 1, 16, tzinfo=UTC)  # the end of Sunday in Shanghai
HALF_A_DAY = timedelta(hours=12)
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
HOSTILE = "<script>alert('spinach')</script>"


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    """The shop, where one is asked for."""
    return open_shop if "shop" in request.fixturenames else None


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """W1 sells spinach whose name is a script: it is forecast, planned, about to expire, in a wrong slot, too warm."""
    return engine


def open_shop(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=f"Front {name}", city="杭州", timezone="Asia/Shanghai")
            for name in ("W1", "W2")
        )
        session.add(
            ProductRow(product_id="spinach", name=HOSTILE, category="leaf", band=Band.LEAF, unit=Unit.KG,
                    shelf_life_days=2, list_price=Decimal(10), volume_l=Decimal(2))
        )  # fmt: skip
        session.add(SupplierRow(supplier_id="F1", name="农场 <b>F1</b>", kind="farm"))
        session.add(
            ZoneRow(zone_id="Z1", warehouse_id="W1", name="Leaf", band=Band.LEAF, x_m=0, y_m=0, width_m=5, depth_m=5)
        )
        session.flush()
        session.add_all(
            SlotRow(slot_id=f"W1-{n}", warehouse_id="W1", zone_id="Z1", x_m=n, y_m=1, distance_m=10.0 * n,
                 volume_l=Decimal(500), product_id="spinach" if n == 4 else None)
            for n in (1, 2, 4)
        )  # fmt: skip
        session.add(
            OfferRow(offer_id="O1", supplier_id="F1", product_id="spinach", pack_size=Decimal("2.5"),
                  min_quantity=Decimal(0), daily_capacity=None, lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7",
                  valid_from=date(2026, 1, 1), known_at=ORIGIN,
                  tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(6))])
        )  # fmt: skip
        session.add_all(SensorRow(sensor_id=f"S{n}", zone_id="Z1", name=f"Door {n}") for n in (1, 2))
        session.add(
            LimitRow(zone_id="Z1", valid_from=datetime(2020, 1, 1, tzinfo=UTC), low_c=1.0, high_c=4.0,
                  low_delay_minutes=30, high_delay_minutes=30)
        )  # fmt: skip
        session.add(
            LotRow(lot_id="L1", warehouse_id="W1", product_id="spinach", supplier_id="F1", received_at=ORIGIN,
                expires_on=TODAY, quantity_received=Decimal(5), quantity_on_hand=Decimal("3.25"), unit_cost=Decimal(6),
                known_at=ORIGIN)
        )  # fmt: skip
        session.flush()
        _what_sold_and_will(session)
        _what_was_decided(session)
        session.flush()
        receive_readings(
            session,
            [Reading("S1", NOW - timedelta(minutes=5 * n), 7.5) for n in reversed(range(12))]
            + [Reading("S2", NOW - timedelta(minutes=5 * n), 2.5) for n in reversed(range(400))],
            NOW,
        )


def _what_sold_and_will(session) -> None:  # type: ignore[no-untyped-def]
    for ago in range(1, 41):
        day, known = TODAY - timedelta(days=ago), ORIGIN - timedelta(days=ago - 1)
        session.add(
            DailySalesRow(warehouse_id="W1", product_id="spinach", date=day, known_at=known, sales=10.0 + ago % 7)
        )
        hours = 0xFFFFFF if ago % 3 else 0x0FFFFF
        session.add(
            DailyAvailabilityRow(
                warehouse_id="W1", product_id="spinach", date=day, known_at=known, in_stock_hours=hours
            )
        )
    corrected = {"warehouse_id": "W1", "product_id": "spinach", "date": TODAY - timedelta(days=1)}
    session.add(DailySalesRow(**corrected, known_at=ORIGIN + timedelta(hours=1), sales=77.0))
    spread = {"q05": 5.0, "q10": 6.0, "q25": 8.0, "q50": 10.0, "q75": 12.0, "q90": 14.0, "q95": 15.0, "mean": 10.0}
    session.add_all(
        ForecastRow(warehouse_id="W1", product_id="spinach", date=TODAY + timedelta(days=ahead), origin=ORIGIN,
                 model="test", **spread)
        for ahead in range(7)
    )  # fmt: skip
    session.add_all(
        ForecastContributionRow(warehouse_id="W1", product_id="spinach", date=TODAY + timedelta(days=ahead),
                             origin=ORIGIN, level=8.5, weekday=-0.75, holiday=0.01, weather=-0.4, promotion=2.6 + ahead,
                             trend=0.04 - ahead)
        for ahead in range(2)
    )  # fmt: skip
    behind = [(10.0 + ago % 7) * (1 if ago % 3 else 1.25) for ago in reversed(range(1, 29))]
    session.add(
        RecoveredDemandRow(warehouse_id="W1", product_id="spinach", origin=ORIGIN, last_day=TODAY - timedelta(days=1),
                        demand=np.array(behind, dtype="<f4").tobytes(), days_seen_whole=19, highest_seen_quantile=0.7,
                        how="".join("s" if ago % 3 else "r" for ago in reversed(range(1, 29))))
    )  # fmt: skip
    session.add_all(
        PromotionRow(warehouse_id="W1", product_id="spinach", starts_on=TODAY, ends_on=TOMORROW, discount=discount,
                  known_at=ORIGIN + timedelta(hours=later), promoted=True)
        for later, discount in ((-20, 0.9), (-5, 0.8), (1, 0.5))
    )  # fmt: skip
    session.add(
        WeatherRow(warehouse_id="W1", date=TOMORROW, issued_at=ORIGIN, observed=False, temperature_c=7.25,
                precipitation_mm=12.0)
    )  # fmt: skip


def _what_was_decided(session) -> None:  # type: ignore[no-untyped-def]
    plan = PurchasePlanRow(plan_id="plan-1", delivery_date=TOMORROW, origin=ORIGIN, status=PlanStatus.DRAFT,
                        created_at=NOW - timedelta(hours=1), created_by=HOSTILE)  # fmt: skip
    plan.lines = [
        PlanLineRow(line_no=1, warehouse_id="W1", product_id="spinach", supplier_id="F1", offer_id="O1",
                 covers_from=TOMORROW, covers_until=TOMORROW + timedelta(days=1), forecast_mean=20.0,
                 forecast_q10=12.0, forecast_q50=20.0, forecast_q90=28.0, usable_stock=Decimal("2.125"),
                 on_order=Decimal(0), pack_size=Decimal("2.5"), planned_quantity=Decimal(20), quantity=Decimal(20),
                 unit_price=Decimal(6), expected_shortage=1.5, expected_waste=0.5,
                 reasons=[{"code": "covers", "days": 2, "until": "2026-03-04"},
                          {"code": "capped_by_capacity", "capacity": 30.0, "asked_by_all": 60.0, "share": 20.0}])
    ]  # fmt: skip
    plan.warehouses = [PlanWarehouseRow(warehouse_id="W1", order_date=TODAY, open=True)]
    session.add(plan)
    session.add(
        SlotSuggestionRow(warehouse_id="W1", product_id="spinach", slot_id="W1-1", lines_per_day=12.0, origin=ORIGIN,
                       reasons=[{"code": "stays"}])
    )  # fmt: skip
    session.add(
        MoveRow(move_id="M1", warehouse_id="W1", product_id="spinach", from_slot_id="W1-4", to_slot_id="W1-1", rank=1,
             metres_saved_per_day=40.0, status=MoveStatus.SUGGESTED, created_at=ORIGIN,
             reasons=[{"code": "saves_walking", "metres_per_day": 40.0, "repaid_after_days": 7.5}])
    )  # fmt: skip


@pytest.fixture
async def app(shop: Engine, database_url: str) -> AsyncIterator[FastAPI]:
    """The service as it runs, at ten in the morning of NOW."""
    app = service(Settings(_env_file=None, allowed_hosts=["freshfront.test"], database_url=SecretStr(database_url)))
    app.dependency_overrides[moment] = lambda: NOW
    async with app.router.lifespan_context(app):
        yield app
    structlog.reset_defaults()


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is not signed in."""
    headers = {"Accept": "text/html", "Origin": "http://freshfront.test"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://freshfront.test", headers=headers) as browser:
        yield browser


@pytest.fixture
def sign_in(shop: Engine, browser: httpx.AsyncClient) -> Callable[[Role], object]:
    """`await sign_in(Role.BUYER)`: the browser, signed in by the address with the token."""

    async def sign_in(role: Role) -> httpx.AsyncClient:
        with writing(shop) as session:
            token = create_sign_in_token(session, f"a {role}", role, NOW, lasts=HALF_A_DAY)
        assert (await browser.post("/sign-in", data={"key": token})).status_code == 303
        return browser

    return sign_in
