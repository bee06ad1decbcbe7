"""What couriers would keep if something happened, asked over HTTP."""

from typing import Any

import httpx
import pandas as pd
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.kept.kept_order_forecasts import keep_order_forecasts
from data.tables import Role
from flows.access.keys import create_key
from flows.couriers.planning import plan_couriers

from .conftest import NOW, ORIGIN, TODAY, Bearer
from .test_bad_input import is_problem

PATH = "/v1/what-if/couriers"
ASKED: dict[str, Any] = {
    "warehouse_id": "W1", "date": "2026-03-02", "rain": {"since": "18:00", "until": "20:00"}, "more_orders": 0.5,
    "surge": {"since": "18:00", "until": "20:00"}, "ill": 1,
}  # fmt: skip


@pytest.fixture
def planned(shop: Engine) -> Engine:
    """W1 with orders from 16:00 to 22:00, and couriers for them."""
    rows = pd.DataFrame(
        {
            "warehouse_id": "W1",
            "date": pd.Timestamp(TODAY),
            "half_hour": pd.date_range(ORIGIN, periods=48, freq="30min", tz="UTC"),
            "mean": [4.0 if 32 <= at < 44 else 0.0 for at in range(48)],
            "dispersion": 0.02,
            "day_dispersion": 0.01,
        }
    )
    with writing(shop) as session:
        keep_order_forecasts(session, ["W1"], rows, ORIGIN)
    plan_couriers(shop, "W1", NOW)
    return shop


async def test_a_buyer_sees_what_couriers_keep_as_things_are_and_as_supposed(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine
) -> None:
    answer = await client.post(PATH, json=ASKED, headers=bearer("buyer"))

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["after"]["share"] < told["before"]["share"] - 0.05
    assert told["after"]["couriers_short"] > told["before"]["couriers_short"]
    assert told["after"]["orders"] == pytest.approx(told["before"]["orders"] + 4 * 2.0, abs=0.1)
    busy = told["half_hours"][36]
    assert busy["begins"] == "2026-03-02T10:00:00Z"
    assert (busy["before"]["orders"], busy["after"]["orders"]) == (4.0, 6.0)


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"date": "2026-03-09"}, 404, "No couriers of W1 are planned"),
        ({"warehouse_id": "W9"}, 404, "W9"),
        ({"rain": {"since": "20:00", "until": "18:00"}}, 422, "20:00 is not before 18:00"),
        ({"rain": {"since": "18:00Z", "until": "20:00"}}, 422, "without a time zone"),
        ({"more_orders": 0, "ill": 0}, 422, "Say how many more orders come then"),
        ({"ill": 1000}, 422, "ill"),
        ({"rain": None, "more_orders": 0, "ill": 0}, 422, "Suppose at least one thing"),
    ],
)
async def test_what_cannot_be_looked_at_is_told(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine, changed: dict[str, Any], status: int, said: str
) -> None:
    answer = await client.post(PATH, json=ASKED | changed, headers=bearer("buyer"))

    is_problem(answer, status)
    assert said in answer.text


async def test_staff_ask_of_their_own_warehouse_alone(
    client: httpx.AsyncClient, bearer: Bearer, planned: Engine
) -> None:
    # given: staff of each warehouse
    with writing(planned) as session:
        keys = {place: create_key(session, f"staff of {place}", Role.STAFF, NOW, [place])[1] for place in ("W1", "W2")}

    here, elsewhere = [
        await client.post(PATH, json=ASKED, headers={"Authorization": f"Bearer {keys[place]}"})
        for place in ("W1", "W2")
    ]

    assert here.status_code == 200, here.text
    is_problem(elsewhere, 403)


async def test_who_reads_nothing_may_not_ask(client: httpx.AsyncClient, bearer: Bearer, planned: Engine) -> None:
    is_problem(await client.post(PATH, json=ASKED, headers=bearer("integration")), 403)
