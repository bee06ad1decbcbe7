"""The couriers' pages: the days of all warehouses, and a day with its charts and shifts."""

from collections.abc import Awaitable, Callable

import httpx
from sqlalchemy import Engine

from data.tables import Role
from tests.integration.api.test_couriers import planned

__all__ = ["planned"]

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_a_day_shows_its_promise_its_charts_and_its_shifts(sign_in: SignIn, planned: Engine) -> None:
    staff = await sign_in(Role.STAFF)

    listed = (await staff.get("/couriers")).text
    shown = (await staff.get("/warehouses/W1/couriers")).text

    assert "/warehouses/W1/couriers?day=2026-03-02" in listed
    assert shown.count("data-chart") == 3
    assert "45 minutes" in shown
    assert "00:30–01:00" in shown  # the break, by the warehouse's clock
    assert "/v1/warehouses/W1/couriers.csv?date=2026-03-02" in shown


async def test_a_warehouse_without_a_plan_says_when_there_will_be_one(sign_in: SignIn, planned: Engine) -> None:
    staff = await sign_in(Role.STAFF)

    assert "night" in (await staff.get("/warehouses/W2/couriers")).text
    assert (await staff.get("/warehouses/W1/couriers?day=2026-03-09")).status_code == 404
