"""Forecasts by the hour: whole days that add up, in pages; and the next 48 hours of one product."""

from datetime import datetime, timedelta

import httpx
import numpy as np
import pandas as pd
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.demand.hourly_forecast_queries import next_hours
from api.transactions import moment
from data.database import reading, writing
from data.kept.kept_hours import keep_hours
from data.tables import WarehouseRow

from .conftest import NOW, ORIGIN, TODAY, Bearer

PRODUCTS = ("milk", "saffron", "spinach")
SHARE = np.arange(24) / np.arange(24).sum()
HOURS = "/v1/warehouses/W1/forecasts/hours"


@pytest.fixture
def headers(bearer: Bearer) -> dict[str, str]:
    return bearer("staff")


@pytest.fixture
def hourly(shop: Engine) -> Engine:
    """20 of each product on each of the next three days in W1, more each hour."""
    names = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")
    rows = [
        {
            "warehouse_id": "W1",
            "product_id": product,
            "date": pd.Timestamp(TODAY) + pd.Timedelta(days=ahead),
            "hour": hour,
        }
        | {name: 20 * SHARE[hour] * factor for factor, name in enumerate(names)}
        | {"mean": 20 * SHARE[hour]}
        for product in PRODUCTS
        for ahead in range(3)
        for hour in range(24)
    ]
    with writing(shop) as session:
        keep_hours(session, ["W1"], pd.DataFrame(rows), ORIGIN)
    return shop


async def test_the_hours_of_a_day_add_up_to_it(
    client: httpx.AsyncClient, headers: dict[str, str], hourly: Engine
) -> None:
    answer = await client.get(HOURS, params={"product_id": "spinach"}, headers=headers)
    days = (await client.get("/v1/warehouses/W1/forecasts?product_id=spinach", headers=headers)).json()["items"]

    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["next"] is None
    assert [day["date"] for day in page["items"]] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    for day, whole in zip(page["items"], days[:3], strict=True):
        assert day["origin"] == whole["origin"] == "2026-03-01T16:00:00Z"
        assert [hour["hour"] for hour in day["hours"]] == list(range(24))
        assert sum(hour["mean"] for hour in day["hours"]) == pytest.approx(whole["mean"], rel=1e-12)
    assert page["items"][0]["hours"][1]["q10"] == round(20 / 276, 4)


@pytest.mark.parametrize("limit", [2, 200])
async def test_pages_hold_every_product_and_day_once(
    client: httpx.AsyncClient, headers: dict[str, str], hourly: Engine, limit: int
) -> None:
    found, cursor = [], None
    while True:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(HOURS, params=asked, headers=headers)).json()
        found += [(day["product_id"], day["date"]) for day in page["items"]]
        if (cursor := page["next"]) is None:
            break

    assert found == [(product, str(TODAY + timedelta(days=ahead))) for product in PRODUCTS for ahead in range(3)]


async def test_days_that_have_passed_are_not_shown(
    client: httpx.AsyncClient, headers: dict[str, str], hourly: Engine, app: FastAPI
) -> None:
    app.dependency_overrides[moment] = lambda: NOW + timedelta(days=1)
    days = (await client.get(HOURS, params={"product_id": "milk"}, headers=headers)).json()["items"]
    assert [day["date"] for day in days] == ["2026-03-03", "2026-03-04"]


async def test_what_is_not_there_is_told(
    client: httpx.AsyncClient, headers: dict[str, str], bearer: Bearer, hourly: Engine
) -> None:
    assert (await client.get("/v1/warehouses/W2/forecasts/hours", headers=headers)).json()["items"] == []
    missing = await client.get("/v1/warehouses/W9/forecasts/hours", headers=headers)
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:freshfront:problem:not-found")
    assert (await client.get(f"{HOURS}?hour=3", headers=headers)).status_code == 422
    assert (await client.get(HOURS, headers=bearer("integration"))).status_code == 403
    assert (await client.get(HOURS)).status_code == 401


def test_the_next_hours_begin_with_the_one_that_is_running(hourly: Engine) -> None:
    with reading(hourly) as session:
        place = session.get_one(WarehouseRow, "W1")
        hours = next_hours(session, place, "milk", NOW + timedelta(minutes=25))  # 10:25 in Shanghai
        unknown = next_hours(session, place, "unknown", NOW)

    assert len(hours) == 48
    assert (hours[0].begins, hours[-1].begins) == (datetime(2026, 3, 2, 10), datetime(2026, 3, 4, 9))  # noqa: DTZ001
    assert [hour.mean for hour in hours[:24]] == pytest.approx(20 * np.roll(SHARE, -10))
    assert unknown == []
