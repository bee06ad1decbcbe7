"""What is found wrong with data over HTTP: what goes on, what has ended, and what to do about it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, delete

from data.database import writing
from data.local_days import today_there
from data.tables import DailySalesRow, FindingEnd, FindingRow
from tests.integration.api.conftest import NOW, Bearer

MONDAY = date(2026, 2, 23)


@pytest.fixture
def found(shop: Engine) -> Engine:
    """Products missing in W1 that go on, and hours in W2 that came."""
    of_sales: dict[str, Any] = {"feed": "sales", "chance": 1e-6, "seen": 0.53, "usual": 0.04}
    with writing(shop) as session:
        session.add_all(
            [
                FindingRow(finding_id="goes-on", warehouse_id="W1", what="items_missing", first_day=MONDAY,
                           last_day=MONDAY + timedelta(days=1), found_at=NOW - timedelta(days=1), **of_sales),
                FindingRow(finding_id="ended", warehouse_id="W2", what="hours_missing", first_day=MONDAY,
                           last_day=MONDAY, found_at=NOW - timedelta(days=2), ended_at=NOW,
                           ended_because=FindingEnd.CORRECTED, **of_sales),
            ]
        )  # fmt: skip
    return shop


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["ended", "goes-on"]),
        ({"active": True}, ["goes-on"]),
        ({"active": False}, ["ended"]),
        ({"warehouse_id": "W2"}, ["ended"]),
        ({"feed": "weather"}, []),
        ({"what": "items_missing"}, ["goes-on"]),
        ({"from_day": "2026-02-24"}, ["goes-on"]),
        ({"until_day": "2026-02-23"}, ["ended"]),
        ({"found_since": (NOW - timedelta(days=1)).isoformat()}, ["goes-on"]),
        ({"sort": "-found_at"}, ["goes-on", "ended"]),
    ],
)
async def test_findings_are_filtered_and_sorted(
    client: httpx.AsyncClient, bearer: Bearer, found: Engine, asked: dict[str, Any], ids: Sequence[str]
) -> None:
    answer = await client.get("/v1/findings", params=asked, headers=bearer("buyer"))

    assert [one["finding_id"] for one in answer.json()["items"]] == ids


async def test_one_says_what_to_do(client: httpx.AsyncClient, bearer: Bearer, found: Engine) -> None:
    one = (await client.get("/v1/findings/goes-on", headers=bearer("buyer"))).json()

    assert (one["seen"], one["usual"], one["ended_at"]) == (0.53, 0.04, None)
    assert "Compare the days with their source" in one["remedy"]


async def test_today_tells_what_goes_on(client: httpx.AsyncClient, bearer: Bearer, found: Engine) -> None:
    headers = bearer("buyer")

    everywhere, elsewhere = [
        (await client.get("/v1/today", params=asked, headers=headers)).json()["broken_data"]
        for asked in ({}, {"warehouse_id": "W2"})
    ]

    assert [(one["finding_id"], one["what"], one["last_day"]) for one in everywhere] == [
        ("goes-on", "items_missing", "2026-02-24")
    ]
    assert elsewhere == []


async def test_a_silence_that_is_told_as_missing_stands_once(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    # given: nothing is known of yesterday's sales in W1, nor, since a day that did not come, of an older one
    yesterday = today_there(NOW, "Asia/Shanghai") - timedelta(days=1)
    silence: dict[str, Any] = {"warehouse_id": "W1", "what": "missing", "chance": 1e-6, "found_at": NOW}
    with writing(shop) as session:
        session.execute(delete(DailySalesRow))
        session.add(DailySalesRow(warehouse_id="W1", product_id="spinach", date=yesterday - timedelta(days=2),
                                  known_at=NOW - timedelta(days=2), sales=1.0))  # fmt: skip
        session.add_all(
            FindingRow(finding_id=f"{feed}, {ago}", feed=feed, first_day=yesterday - timedelta(days=ago),
                       last_day=yesterday - timedelta(days=least), **silence)
            for feed, ago, least in (("sales", 1, 0), ("sales", 4, 3), ("weather", 1, 0))
        )  # fmt: skip

    told = (await client.get("/v1/today", headers=bearer("buyer"))).json()

    assert ("W1", "sales") in [(one["warehouse_id"], one["what"]) for one in told["missing"]]
    assert [one["finding_id"] for one in told["broken_data"]] == ["weather, 1", "sales, 4"]
    listed = (await client.get("/v1/findings", headers=bearer("buyer"))).json()["items"]
    assert len(listed) == 3
