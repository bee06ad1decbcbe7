"""Orders of the next half hours by API: from the one that is running on, with whole quantiles."""

import httpx
import pandas as pd
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.kept.kept_order_forecasts import keep_order_forecasts

from .conftest import ORIGIN, TODAY, Bearer

ORDERS = "/v1/warehouses/W1/forecasts/orders"


@pytest.fixture
def headers(bearer: Bearer) -> dict[str, str]:
    return bearer("staff")


@pytest.fixture
def forecast(shop: Engine) -> Engine:
    """Three days with 20 orders in each half hour of W1."""
    moments = pd.date_range(ORIGIN, periods=3 * 48, freq="30min", tz="UTC")
    rows = pd.DataFrame(
        {
            "warehouse_id": "W1",
            "date": pd.Timestamp(TODAY) + pd.to_timedelta([at // 48 for at in range(3 * 48)], unit="D"),
            "half_hour": moments,
            "mean": 20.0,
            "dispersion": 0.01,
            "day_dispersion": 0.004,
        }
    )
    with writing(shop) as session:
        keep_order_forecasts(session, ["W1"], rows, ORIGIN)
    return shop


async def test_the_next_half_hours_begin_with_the_one_that_is_running(
    client: httpx.AsyncClient, headers: dict[str, str], forecast: Engine
) -> None:
    answer = await client.get(ORDERS, params={"hours": 3}, headers=headers)

    assert answer.status_code == 200, answer.text
    found = answer.json()["half_hours"]
    assert [one["begins"] for one in found[:2]] == ["2026-03-02T02:00:00Z", "2026-03-02T02:30:00Z"]
    assert len(found) == 6
    assert {one["date"] for one in found} == {"2026-03-02"}
    levels = [found[0][name] for name in ("q05", "q10", "q25", "q50", "q75", "q90", "q95")]
    assert levels == sorted(levels)
    assert found[0]["q50"] == found[0]["mean"] == 20
    assert (found[0]["dispersion"], found[0]["day_dispersion"]) == (0.01, 0.004)


async def test_48_hours_are_told_where_nothing_else_is_asked(
    client: httpx.AsyncClient, headers: dict[str, str], forecast: Engine
) -> None:
    assert len((await client.get(ORDERS, headers=headers)).json()["half_hours"]) == 96


async def test_what_is_not_there_is_told(
    client: httpx.AsyncClient, headers: dict[str, str], bearer: Bearer, forecast: Engine
) -> None:
    none = await client.get("/v1/warehouses/W2/forecasts/orders", headers=headers)
    assert none.json() == {"half_hours": []}
    missing = await client.get("/v1/warehouses/W9/forecasts/orders", headers=headers)
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:freshfront:problem:not-found")
    assert (await client.get(f"{ORDERS}?hours=49", headers=headers)).status_code == 422
    assert (await client.get(f"{ORDERS}?day=3", headers=headers)).status_code == 422
    assert (await client.get(ORDERS, headers=bearer("integration"))).status_code == 403
    assert (await client.get(ORDERS)).status_code == 401
