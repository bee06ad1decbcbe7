"""Goods that stood too warm age faster: it shows on their lot, their slot and in tonight's order, in API and on pages.

Chard (packs of 6 kg) came to W1 on Saturday and keeps to Wednesday; it is Monday. Its cooler stood at 3 C, but not on
Sunday.
"""

import html
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import (
    Band,
    ForecastRow,
    LimitRow,
    LotRow,
    OfferRow,
    OfferTierRow,
    ProductRow,
    ReadingHourRow,
    ReadingRow,
    Role,
    SensorPlaceRow,
    SensorRow,
    ShelfLifeClassRow,
    SlotRow,
    Unit,
    ZoneRow,
)
from flows.access.keys import create_key

from .conftest import NOW, ORIGIN, TODAY

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
DAY = timedelta(days=1)
SATURDAY = datetime(2026, 2, 28, tzinfo=UTC)  # 08:00 in Shanghai
SUNDAY = datetime(2026, 2, 28, 16, tzinfo=UTC)  # 00:00 in Shanghai
EVERY = timedelta(minutes=20)
LOST = 3**1.1 - 1  # days, of a day at 14 C instead of 3 C


def moments(begin: datetime, end: datetime) -> list[datetime]:
    return [begin + EVERY * n for n in range((end - begin) // EVERY)]


@pytest.fixture
def chard(shop: Engine) -> Engine:
    with writing(shop) as session:
        session.add(
            ProductRow(product_id="chard", name="Chard", category="leaf", band=Band.LEAF, unit=Unit.KG,
                       shelf_life_days=5, list_price=Decimal(10), volume_l=Decimal(2))
        )  # fmt: skip
        session.add(
            ZoneRow(zone_id="Z2", warehouse_id="W1", name="Salads", band=Band.CHILLED, x_m=6, y_m=0, width_m=5,
                    depth_m=5)
        )  # fmt: skip
        session.flush()
        session.add_all([
            SlotRow(slot_id="W1-9", warehouse_id="W1", zone_id="Z2", x_m=7, y_m=1, distance_m=70,
                    volume_l=Decimal(500), product_id="chard"),
            SensorRow(sensor_id="T1", zone_id="Z2", name="Salads"),
            OfferRow(offer_id="O2", supplier_id="F1", product_id="chard", pack_size=Decimal(6), lead_time_days=1,
                     min_quantity=Decimal(0), daily_capacity=None, delivery_weekdays="1,2,3,4,5,6,7",
                     valid_from=date(2026, 1, 1), known_at=ORIGIN,
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(6))]),
            lot("C1", 24, TODAY + 2 * DAY),
        ])  # fmt: skip
        spread = {"q05": 5.0, "q10": 5.2, "q25": 5.6, "q50": 6.0, "q75": 6.4, "q90": 6.8, "q95": 7.0, "mean": 6.0}
        session.add_all(
            ForecastRow(warehouse_id="W1", product_id="chard", date=TODAY + n * DAY, origin=ORIGIN, model="test",
                        **spread)
            for n in range(7)
        )  # fmt: skip
        session.add_all(
            ReadingRow(sensor_id="T1", taken_at=at, temperature_c=3.0, known_at=at)
            for at in [*moments(SATURDAY, SUNDAY), *moments(SUNDAY + DAY, NOW)]
        )
    return shop


def lot(lot_id: str, quantity: int, expires_on: date, product_id: str = "chard") -> LotRow:
    return LotRow(lot_id=lot_id, warehouse_id="W1", product_id=product_id, supplier_id="F1", received_at=SATURDAY,
                  expires_on=expires_on, quantity_received=Decimal(quantity), quantity_on_hand=Decimal(quantity),
                  unit_cost=Decimal(6), known_at=SATURDAY, counted_at=NOW)  # fmt: skip


@pytest.fixture
def key(shop: Engine) -> dict[str, str]:
    with writing(shop) as session:
        return {"Authorization": f"Bearer {create_key(session, 'till', Role.OPERATOR, NOW)[1]}"}


async def planned(client: httpx.AsyncClient, key: dict[str, str], product_id: str = "chard") -> dict[str, Any]:
    """The line of a new plan, with `plan_id`."""
    answer = await client.post("/v1/purchase-plans", json={"warehouse_ids": ["W1"]}, headers=key)
    assert answer.status_code == 201, answer.text
    plan_id = answer.json()["plan_id"]
    lines = (await client.get(f"/v1/purchase-plans/{plan_id}/lines", headers=key)).json()["items"]
    return next(line | {"plan_id": plan_id} for line in lines if line["product_id"] == product_id)


async def life_of(client: httpx.AsyncClient, key: dict[str, str], lot_id: str = "C1") -> dict[str, Any]:
    stock = (await client.get("/v1/warehouses/W1/stock", headers=key)).json()["items"]
    return next(lot["life"] for product in stock for lot in product["lots"] if lot["lot_id"] == lot_id)


async def warm_sunday(client: httpx.AsyncClient, key: dict[str, str], celsius: float = 14.0) -> None:
    """The thermometer of the cooler tells late how warm it was all Sunday."""
    readings = [
        {"sensor_id": "T1", "taken_at": at.isoformat(), "temperature_c": celsius}
        for at in moments(SUNDAY, SUNDAY + DAY)
    ]
    answer = await client.post("/v1/readings", json={"readings": readings}, headers=key)
    assert answer.status_code < 300, answer.text


async def test_a_warm_sunday_raises_mondays_order_and_says_why(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    browser = await sign_in(Role.BUYER)
    before = await planned(browser, key)
    assert before["quantity"] == 0
    assert (await life_of(browser, key))["days_left"] == 3  # Monday, Tuesday, Wednesday

    await warm_sunday(browser, key)

    after = await planned(browser, key)
    assert (after["quantity"], after["usable_stock"]) == (12, 0), "Tuesday alone, since the delivery of Wednesday comes"
    [told] = [reason for reason in after["reasons"] if reason["code"] == "life_lost"]
    assert told["quantity"] == pytest.approx(24)
    assert told["days"] == pytest.approx(LOST, abs=0.005)
    assert (told["day"], told["more"], told["packs"], told["pack_size"]) == ("2026-03-01", 12, 2, 6)
    life = await life_of(browser, key)
    assert (life["last_day"], life["ages_by"], life["class_id"]) == ("2026-03-02", "temperature", "leaf")
    assert life["days_left"] == pytest.approx(3 - LOST)
    assert life["lost_by_day"] == [{"day": "2026-03-01", "hours": pytest.approx(24 * LOST)}]
    assert life["hours"] == pytest.approx(50)
    slots = (await browser.get("/v1/warehouses/W1/slots", headers=key)).json()["items"]
    assert {slot["slot_id"]: slot["days_left"] for slot in slots}["W1-9"] == pytest.approx(3 - LOST)

    said = "24.0\N{NO-BREAK SPACE}kg lost 2.3 days on the excursion of Sun 1 Mar: +2 packs of 6.0\N{NO-BREAK SPACE}kg."
    line = html.unescape((await browser.get(f"/plans/{after['plan_id']}/lines/{after['line_no']}")).text)
    assert said in line
    assert "Life left of the oldest in stock when this was planned: 0.7 days" in line
    assert "lost 2.3 days, most on Sun 1 Mar" in (await browser.get("/stock/W1")).text
    page = (await browser.get("/stock/W1/lots/C1")).text
    assert "0.7 days" in page
    assert "received with Wed 4 Mar" in page
    assert "<td>0.7<td>" in (await browser.get("/warehouses/W1/slots/table")).text


async def test_tuesdays_warmth_is_told_as_tuesdays_and_small_losses_change_no_order(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key, 6.0)  # 3 ** 0.3 - 1 = 0.39 days

    line = await planned(browser, key)

    assert line["quantity"] == 0
    assert "life_lost" not in [reason["code"] for reason in line["reasons"]]
    life = await life_of(browser, key)
    assert (life["last_day"], life["days_lost"]) == ("2026-03-04", pytest.approx(3**0.3 - 1))


async def test_hours_without_a_reading_count_as_cold_as_stated_and_are_told(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    browser = await sign_in(Role.BUYER)

    life = await life_of(browser, key)

    assert (life["days_lost"], life["hours_not_seen"]) == (0, 24)
    assert "24.0 h without a reading" in (await browser.get("/stock/W1/lots/C1")).text


@pytest.mark.parametrize("code", [85.0, -127.0, 327.67])
async def test_what_a_broken_probe_says_is_no_warmth(
    sign_in: SignIn, chard: Engine, key: dict[str, str], code: float
) -> None:
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key)
    broken = [at + timedelta(minutes=1) for at in moments(SATURDAY, SUNDAY + DAY)]
    with writing(chard) as session:
        session.add_all(ReadingRow(sensor_id="T1", taken_at=at, temperature_c=code, known_at=at) for at in broken)

    assert (await life_of(browser, key))["days_lost"] == pytest.approx(LOST)


async def test_hours_whose_readings_were_pruned_still_count(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    with writing(chard) as session:
        session.add_all(
            ReadingHourRow(
                sensor_id="T1", hour=SUNDAY + n * EVERY * 3, lowest_c=10, mean_c=14, highest_c=18, readings=3
            )
            for n in range(24)
        )
    browser = await sign_in(Role.BUYER)

    life = await life_of(browser, key)

    assert (life["days_lost"], life["hours_not_seen"]) == (pytest.approx(LOST), 0)


async def test_what_was_known_at_a_moment_counts_when_it_is_looked_at_again(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key)

    past = (NOW - timedelta(minutes=1)).isoformat()
    stock = (await browser.get("/v1/warehouses/W1/stock", params={"as_of": past}, headers=key)).json()["items"]

    [life] = [lot["life"] for product in stock for lot in product["lots"] if lot["lot_id"] == "C1"]
    assert life["days_lost"] == 0


async def test_goods_whose_class_is_not_known_age_by_the_calendar_and_say_so(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    with writing(chard) as session:
        session.get_one(ProductRow, "chard").band = Band.AMBIENT
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key)

    life = await life_of(browser, key)

    assert (life["ages_by"], life["class_id"], life["hours_used"]) == ("calendar_no_class", None, None)
    assert (life["last_day"], life["days_left"]) == ("2026-03-04", 3)
    assert (await planned(browser, key))["quantity"] == 0
    assert "by the calendar: its shelf-life class is not known" in (await browser.get("/stock/W1")).text


async def test_goods_in_no_zone_age_by_the_calendar_and_those_without_a_slot_in_the_zones_of_their_band(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    with writing(chard) as session:
        session.get_one(SlotRow, "W1-9").product_id = None
        session.get_one(ProductRow, "chard").band = Band.TROPICAL
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key)
    assert (await life_of(browser, key))["ages_by"] == "calendar_no_zone"

    with writing(chard) as session:
        session.get_one(ZoneRow, "Z2").band = Band.TROPICAL
    life = await life_of(browser, key)

    assert (life["ages_by"], life["class_id"]) == ("temperature", "tropical")
    assert life["days_lost"] == pytest.approx(2.2**0.2 - 1), "two degrees above the twelve that tropical goods want"
    assert life["hours_too_cold"] == 26, "at 3 C"
    assert "26.0 h too cold: look for chilling injury" in (await browser.get("/stock/W1")).text


async def test_the_shops_own_class_counts_before_those_that_come_with_the_product(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    with writing(chard) as session:
        session.add(
            ShelfLifeClassRow(class_id="chards", category="leaf", q10=2.0, reference_c=4.0, valid_from_c=0.0,
                              valid_until_c=14.0, source="our own trial")
        )  # fmt: skip
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key, 15.0)

    life = await life_of(browser, key)

    assert (life["class_id"], life["days_lost"]) == ("chards", pytest.approx(1.0))
    assert life["hours_beyond_band"] == 24


async def test_stock_that_aged_is_sold_first_and_what_will_expire_is_told(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    with writing(chard) as session:
        fresh = lot("C0", 6, TODAY + DAY)
        fresh.received_at = NOW
        session.add(fresh)
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key)

    stock = (await browser.get("/v1/warehouses/W1/stock", headers=key)).json()["items"]

    [product] = [one for one in stock if one["product_id"] == "chard"]
    assert [one["lot_id"] for one in product["lots"]] == ["C1", "C0"]
    assert [one["day"] for one in product["by_expiry"]] == ["2026-03-02", "2026-03-03"]
    assert product["unsold"][0]["day"] == "2026-03-02"


async def test_a_thermometer_counts_where_it_hung_then(sign_in: SignIn, chard: Engine, key: dict[str, str]) -> None:
    browser = await sign_in(Role.BUYER)
    await warm_sunday(browser, key)
    with writing(chard) as session:  # on Monday it was carried from the other zone to the salads
        session.add(SensorPlaceRow(sensor_id="T1", until=SUNDAY + DAY, zone_id="Z1"))

    life = await life_of(browser, key)

    assert (life["days_lost"], life["hours_not_seen"]) == (0, 40)


async def test_what_expires_by_tomorrow_for_its_warmth_stands_on_today(
    sign_in: SignIn, chard: Engine, key: dict[str, str]
) -> None:
    browser = await sign_in(Role.BUYER)

    async def expiring() -> dict[str, str]:
        told = (await browser.get("/v1/today", headers=key)).json()["expiring"]
        return {one["product_id"]: one["expires_on"] for one in told}

    with writing(chard) as session:
        session.add(LimitRow(zone_id="Z2", valid_from=SATURDAY, low_c=0.0, high_c=4.0))
    assert "chard" not in await expiring()

    await warm_sunday(browser, key)

    assert (await expiring())["chard"] == "2026-03-02"
