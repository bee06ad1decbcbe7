"""A promotion that is not booked, asked over HTTP: who may, what comes back, what is refused; nothing is written."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import OccasionRow, SilentProductRow
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, sell_and_forecast

from .conftest import Bearer
from .test_bad_input import is_problem

FIRST, SECOND = (f"{LAST + timedelta(days=ahead)}" for ahead in (1, 2))
ASKED = {"warehouse_ids": ["W1"], "product_id": "P05", "first_day": FIRST, "last_day": SECOND, "discount": 0.7}


@pytest.fixture
def filling() -> Filling:
    return sell_and_forecast


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """Two warehouses with ten products in each of three categories, forecast at the end of the last day."""
    return engine


async def test_a_buyer_sees_what_a_promotion_would_change_and_nothing_is_written(
    client: httpx.AsyncClient, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    buyer = bearer("buyer")
    before = everything()

    answer = await client.post("/v1/what-if", json=ASKED, headers=buyer)

    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert {item["product_id"] for item in items} == {name for name in PRODUCTS if name.startswith("P0")}
    own = [item for item in items if item["relation"] == "promoted"]
    assert {item["product_id"] for item in own} == {"P05"}
    assert own[0]["date"] == FIRST
    assert own[0]["origin"] == "2026-03-01T16:00:00Z"
    assert [item["date"] for item in own if item["difference"]] in ([], [FIRST, SECOND])
    forecasts = await client.get("/v1/warehouses/W1/forecasts", params={"product_id": "P05"}, headers=buyer)
    kept = {item["date"]: item["q50"] for item in forecasts.json()["items"]}
    for item in own[: len(kept)]:
        assert item["q50_without"] == pytest.approx(kept[item["date"]], rel=1e-6)
    assert everything() == before


WRONG: Any = [
    ({"warehouse_ids": []}, "warehouse_ids", 422),
    ({"warehouse_ids": ["W1"] * 11}, "warehouse_ids", 422),
    ({"warehouse_ids": ["W1", "nowhere"]}, "warehouse_ids", 404),
    ({"warehouse_ids": ["W1\0"]}, "warehouse_ids[0]", 422),
    ({"warehouse_ids": "W1"}, "warehouse_ids", 422),
    ({"product_id": "P99"}, "product_id", 404),
    ({"product_id": ""}, "product_id", 422),
    ({"product_id": None}, "product_id", 422),
    ({"discount": 0}, "discount", 422),
    ({"discount": -0.5}, "discount", 422),
    ({"discount": 1.01}, "discount", 422),
    ({"discount": float("nan")}, "discount", 422),
    ({"discount": float("inf")}, "discount", 422),
    ({"discount": "0.8"}, "discount", 422),
    ({"discount": True}, "discount", 422),
    ({"discount": 10**400}, "discount", 422),
    ({"promoted": "yes"}, "promoted", 422),
    ({"first_day": f"{LAST}"}, "first_day", 422),
    ({"first_day": "0001-01-01"}, "first_day", 422),
    ({"last_day": "9999-12-31"}, "last_day", 422),
    ({"first_day": SECOND, "last_day": FIRST}, "last_day", 422),
    ({"last_day": "2026-02-30"}, "last_day", 422),
    ({"booked": True}, "booked", 422),
]


async def test_what_cannot_be_asked_is_a_problem_that_names_the_field(
    client: httpx.AsyncClient, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    headers = bearer("operator") | {"Content-Type": "application/json"}
    before = everything()
    for wrong, field, status in WRONG:
        answer = await client.post("/v1/what-if", content=json.dumps(ASKED | wrong), headers=headers)
        problem = is_problem(answer, status)
        assert [error["field"] for error in problem["errors"]] == [field], wrong
    assert everything() == before


async def test_what_has_ended_and_days_that_are_closed_are_said_to_be_so_in_place_of_numbers(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    buyer, at = bearer("buyer"), {"warehouse_id": "W1", "origin": ORIGIN}
    shut = {"name": "Stocktaking", "kind": "count", "closed": True, "away": 0, "seen": 0}
    with writing(shop) as session:
        session.add(
            SilentProductRow(**at, product_id="P06", last_sold_on=LAST - timedelta(days=20), silent_days=20,
                    probability=0.0, ended=True)
        )  # fmt: skip
        session.add(OccasionRow(**at, date=LAST + timedelta(days=1), **shut))
    ended = is_problem(await client.post("/v1/what-if", json=ASKED | {"product_id": "P06"}, headers=buyer), 409)
    assert "P06 has ended in warehouse W1: not sold since 2026-02-09" in ended["detail"]
    closed = is_problem(await client.post("/v1/what-if", json=ASKED | {"last_day": FIRST}, headers=buyer), 422)
    assert "Warehouse W1 is closed on all of these days (Stocktaking)" in json.dumps(closed)
    assert (await client.post("/v1/what-if", json=ASKED, headers=buyer)).status_code == 200, "the second is open"


async def test_staff_and_programs_do_not_plan_promotions(client: httpx.AsyncClient, bearer: Bearer) -> None:
    for role in ("staff", "integration"):
        is_problem(await client.post("/v1/what-if", json=ASKED, headers=bearer(role)), 403)
    is_problem(await client.post("/v1/what-if", json=ASKED), 401)
