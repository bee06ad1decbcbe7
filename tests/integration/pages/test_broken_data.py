"""Data and forecasts that are not as usual, as Today and the morning page tell them."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import FindingRow, Role
from tests.integration.api.conftest import NOW
from tests.integration.api.test_findings import MONDAY, found
from warehouse.worth.drift.drifting import FORECASTS, Drift
from warehouse.worth.feeds.findings import MISSING, Feed
from warehouse.worth.feeds.signs import Sign

__all__ = ["found"]

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


@pytest.mark.parametrize("role", [Role.BUYER, Role.STAFF, Role.OPERATOR, Role.ERP])
async def test_today_says_what_is_wrong_where_and_what_to_do(sign_in: SignIn, found: Engine, role: Role) -> None:
    shown = (await (await sign_in(role)).get("/")).text

    assert "Data and forecasts that are not as usual" in shown
    assert "53% of the products that usually have data have none (usually 4%)." in shown
    assert "Compare the days with their source" in shown
    assert "Hours that usually" not in shown  # that has ended


async def test_of_a_warehouse_whose_data_are_whole_nothing_is_said(sign_in: SignIn, found: Engine) -> None:
    buyer = await sign_in(Role.BUYER)

    assert "Data and forecasts that are not as usual" not in (await buyer.get("/?warehouse=W2")).text
    assert "Data and forecasts that are not as usual" in (await buyer.get("/?warehouse=W1")).text


async def test_every_way_to_break_has_its_words(sign_in: SignIn, shop: Engine) -> None:
    # given: each kind in each feed
    with writing(shop) as session:
        session.add_all(
            FindingRow(finding_id=f"{feed}-{what}", warehouse_id="W1", feed=feed, what=what, first_day=MONDAY,
                       last_day=MONDAY, seen=None if what == MISSING else 1.0, usual=None if what == MISSING else 0.1,
                       chance=1e-6, found_at=NOW)
            for feed in (*Feed, FORECASTS) for what in (MISSING, *Sign, *Drift)
        )  # fmt: skip

    answer = await (await sign_in(Role.BUYER)).get("/")

    assert answer.status_code == 200
    assert "finding." not in answer.text
