"""The page that looks at a day's couriers as things are and as they would be."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import Engine

from data.tables import Role
from tests.integration.api.test_courier_what_if import planned

__all__ = ["planned"]

PAGE = "/warehouses/W1/couriers/what-if"
SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_the_page_has_both_days_side_by_side(sign_in: SignIn, planned: Engine) -> None:
    buyer = await sign_in(Role.BUYER)

    empty = (await buyer.get(PAGE)).text
    found = await buyer.get(f"{PAGE}?rain_from=18:00&rain_until=20:00&more=50&more_from=18:00&more_until=20:00&ill=1")

    assert 'id="result"' not in empty
    assert found.status_code == 200
    assert 'id="result"' in found.text
    assert "It rains from 18:00 until 20:00. Orders change by 50% from 18:00 until 20:00." in found.text
    assert "1 employed courier is ill." in found.text
    assert '<th scope="row">18:00</th>' in found.text
    assert 'href="/warehouses/W1/couriers/what-if?day=2026-03-02"' in (await buyer.get("/warehouses/W1/couriers")).text


async def test_staff_who_hand_out_the_shifts_ask_too(sign_in: SignIn, planned: Engine) -> None:
    staff = await sign_in(Role.STAFF)

    assert 'href="/warehouses/W1/couriers/what-if?day=2026-03-02"' in (await staff.get("/warehouses/W1/couriers")).text
    assert 'id="result"' in (await staff.get(f"{PAGE}?ill=1")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rain_from=six", "six is no time of the day"),
        ("more=many", "many is no number"),
        ("ill=999", "can be ill"),
        ("ill=2.5", "2.5 is no whole number"),
        ("rain_from=18:00Z&rain_until=20:00Z", "without a time zone"),
    ],
)
async def test_what_is_typed_wrong_is_told_beside_the_form(
    sign_in: SignIn, planned: Engine, typed: str, said: str
) -> None:
    answer = await (await sign_in(Role.BUYER)).get(f"{PAGE}?{typed}")

    assert answer.status_code == 422
    assert said in answer.text
