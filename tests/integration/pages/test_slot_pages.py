"""What bars products from slots, as the page of slots shows it."""

from collections.abc import Awaitable, Callable

import httpx
from sqlalchemy import Engine, update

from data.database import writing
from data.tables import AlarmRow, Role

from .conftest import NOW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_a_refusal_can_say_that_the_slot_cannot_be_used_until_it_can_again(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    assert 'name="slot_id" value="W1-1"' in (await browser.get("/warehouses/W1/slots")).text
    refusal = {"move_id": "M1", "answer": "refused", "reason": "shelf is bent", "slot_id": "W1-1"}
    await browser.post("/warehouses/W1/moves", data=refusal)
    assert "cannot be used: shelf is bent" in (await browser.get("/warehouses/W1/slots/table")).text

    answer = await browser.post("/slots/W1-1/use")

    text = (await browser.get(answer.headers["location"])).text
    assert "The slot can be used again." in text
    assert "cannot be used: shelf is bent" not in text


async def test_slots_say_that_nothing_is_moved_into_a_zone_with_a_temperature_alarm(
    sign_in: SignIn, shop: Engine
) -> None:
    browser = await sign_in(Role.STAFF)
    text = (await browser.get("/warehouses/W1/slots")).text
    assert "Temperature alarm in Leaf: nothing is moved in until it is over." in text
    assert "Wait: temperature alarm in Leaf" in text

    with writing(shop) as session:
        session.execute(update(AlarmRow).values(ended_at=NOW))

    text = (await browser.get("/warehouses/W1/slots")).text
    assert "emperature alarm in Leaf" not in text
