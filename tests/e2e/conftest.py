"""The real service on a small sample region, and a real browser whose requests and complaints are recorded."""

import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Engine, select, update

from data.database import open_database, upgrade_schema, writing
from data.sample import generate_sample_region
from data.tables import LimitRow, OfferRow, Role, SensorRow
from flows.access.keys import create_sign_in_token
from flows.coldchain.readings.receiving import receive_readings
from flows.day import steps
from flows.day.buying import plan_purchase
from flows.day.couriers import plan_couriers
from flows.day.morning import add_up_days
from flows.day.scope import chosen_warehouses, default_origin
from flows.day.slotting import suggest_slots
from flows.for_each_warehouse import side_by_side
from flows.reports.promotions.keeping_reviews import keep_promotion_reviews
from forecasting.known.calendar import UnknownYearWarning
from tests.ports import free_port
from warehouse.coldchain.readings import Reading

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
HALF_A_DAY = timedelta(hours=12)
WARM_SENSOR = "W01-LEAF-T1"


@dataclass(frozen=True)
class Service:
    """Where the service answers, and the database behind it."""

    address: str
    engine: Engine

    def sign_in_address(self, role: Role) -> str:
        with writing(self.engine) as session:
            token = create_sign_in_token(session, f"a {role}", role, datetime.now(UTC), lasts=HALF_A_DAY)
        return f"{self.address}/sign-in?token={token}"

    def read_temperatures(self, celsius: float, minutes: range) -> None:
        """The warm sensor reads so many degrees, so many minutes ago."""
        now = datetime.now(UTC)
        readings = [Reading(WARM_SENSOR, now - timedelta(minutes=ago), celsius) for ago in minutes]
        with writing(self.engine) as session:
            receive_readings(session, readings, now)

    def read_battery(self, percent: float) -> None:
        """The warm sensor, in order now, tells how much its battery has."""
        now = datetime.now(UTC)
        with writing(self.engine) as session:
            receive_readings(session, [Reading(WARM_SENSOR, now, 2.4, battery_percent=percent)], now)


@dataclass
class Visit:
    """A page in the browser, with all that it asked for and complained of."""

    page: Page
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def is_drawn(self) -> None:
        """Waits until every chart of the page is drawn."""
        expect(self.page.locator("[data-chart]:not([data-drawn])")).to_have_count(0, timeout=20_000)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two warehouses with a first day of decisions, and one zone that has been too warm for an hour."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    url = f"sqlite:///{tmp_path_factory.mktemp('e2e')}/freshfront.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRESHFRONT_DATABASE_URL", url)
        with warnings.catch_warnings():
            # the browser's clock is the real one: near a new year its holidays may not be announced yet, which is
            # said and stops nothing
            warnings.simplefilter("default", UnknownYearWarning)
            engine = _prepared_database(url)
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:served_app", "--port", str(port)]
        with subprocess.Popen(  # noqa: S603 - our own service
            command,
            cwd=Path(__file__).parents[2],
            env=dict(os.environ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                service = Service(f"http://127.0.0.1:{port}", engine)
                _wait_until_ready(service.address)
                yield service
            finally:
                server.terminate()
                engine.dispose()


def _prepared_database(url: str) -> Engine:
    now = datetime.now(UTC)
    engine = open_database(url)
    upgrade_schema(engine)
    yesterday = now.astimezone(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    generate_sample_region(engine, until=yesterday, seed=1, warehouses=2, products=20, days=30)
    with writing(engine) as session:
        # whatever day it is, a buyer may change every line by a pack: no farm has run out or delivers a minimum
        session.execute(update(OfferRow).values(daily_capacity=None, min_quantity=Decimal(0)))
    chosen = chosen_warehouses(engine, None, now)
    warehouses, origin = list(chosen), default_origin(engine, chosen, now)
    steps.train(warehouses, origin, now, side_by_side)
    steps.forecast(warehouses, origin, now, side_by_side)
    steps.forecast_orders(warehouses, origin, side_by_side)
    plan_purchase(warehouses, now, "first day")
    plan_couriers(warehouses, now, side_by_side)
    suggest_slots(warehouses, now, side_by_side)
    add_up_days(warehouses, now, side_by_side)
    keep_promotion_reviews(engine)
    with writing(engine) as session:
        zone_id = session.get_one(SensorRow, WARM_SENSOR).zone_id
        assert session.scalars(select(LimitRow.high_c).where(LimitRow.zone_id == zone_id)).one() == 4.0
    Service("", engine).read_temperatures(9.0, range(60, 0, -5))
    return engine


def _wait_until_ready(address: str) -> None:
    until = time.monotonic() + 120  # the machine may be busy
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"the service at {address} did not get ready")


@pytest.fixture(scope="module")  # its event loop must have ended before the next module's asynchronous tests
def chromium(service: Service) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


Visits = Callable[[Role | None, dict[str, int]], Visit]


@pytest.fixture
def visit(chromium: Browser, service: Service) -> Iterator[Visits]:
    """`visit(Role.BUYER, DESK)`: a signed-in browser window, for None that of somebody without an account. At the end,
    nothing may have been asked of another address, and no page may have complained."""
    visits: list[Visit] = []

    def visit(role: Role | None, size: dict[str, int]) -> Visit:
        page = chromium.new_context(viewport=size, has_touch=size is PHONE, base_url=service.address).new_page()  # type: ignore[arg-type]
        visit = Visit(page)
        page.on("request", lambda request: visit.requested.append(request.url))
        page.on("console", lambda said: visit.complaints.append(f"{said.type}: {said.text} {said.location}"))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        if role is not None:
            page.goto(service.sign_in_address(role))
            page.get_by_role("button", name="Sign in").click()
        visits.append(visit)
        return visit

    yield visit
    for one in visits:
        one.page.context.close()
        assert one.complaints == []
        assert {url for url in one.requested if not url.startswith(f"{service.address}/")} == set()
