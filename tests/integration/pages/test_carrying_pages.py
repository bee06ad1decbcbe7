"""Pages of what is carried within a warehouse: what moves were worth, faces to refill, where a delivery is put."""

import html
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine, update

from data.database import writing
from data.tables import (
    AlarmRow,
    HourlyForecastRow,
    LotRow,
    MoveBatchRow,
    MoveRow,
    MoveStatus,
    OrderLineRow,
    ProductRow,
    Role,
    SlotRow,
    ZoneRow,
)
from flows.stock.in_reserve import lay_in_reserve
from flows.stock.receiving import Received, ReceivedLine, receive

from .conftest import NOW, ORIGIN, TODAY

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
REFILL, AT = "/warehouses/W1/refill", {"slot_id": "W1-9", "lot_id": "L2"}


@pytest.fixture
def reserve(shop: Engine) -> Engine:
    """Of lot L2, 30 kg of spinach lie in reserve; the face has room for 10 and holds what is left of L1."""
    hours = np.full(24, 1.0)
    with writing(shop) as session:
        session.execute(update(ProductRow).values(name="Spinach <b>"))
        session.execute(update(SlotRow).where(SlotRow.slot_id == "W1-4").values(volume_l=Decimal(20)))
        session.add(SlotRow(slot_id="W1-9", warehouse_id="W1", zone_id="Z1", x_m=9, y_m=1, distance_m=90.0,
                            volume_l=Decimal(100), pick_face=False))  # fmt: skip
        session.add(
            LotRow(lot_id="L2", warehouse_id="W1", product_id="spinach", received_at=NOW, known_at=NOW,
                   expires_on=TODAY + timedelta(days=1), quantity_received=Decimal(30), quantity_on_hand=Decimal(30))
        )  # fmt: skip
        session.add(
            HourlyForecastRow(warehouse_id="W1", product_id="spinach", date=TODAY, origin=ORIGIN,
                              mean=hours.astype("<f8").tobytes(),
                              quantiles=np.repeat(hours[:, None], 7, axis=1).astype("<f4").tobytes())
        )  # fmt: skip
        session.flush()
        lay_in_reserve(session, "W1-9", "L2", Decimal(30))
    return shop


async def text_of(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(" ".join(answer.text.split()))


async def test_a_face_that_would_run_short_is_refilled_with_one_tap_that_may_be_repeated(
    sign_in: SignIn, reserve: Engine
) -> None:
    browser = await sign_in(Role.STAFF)
    shown = await text_of(browser, REFILL)
    assert "1 carry" in shown
    assert "Lot L2, up to Tue 3 Mar" in shown
    left, was = (shown.split(f'name="{name}" value="')[1].split('"')[0] for name in ("lies", "was"))
    assert was == "30"
    assert 0 < float(left) < 30

    for _ in range(2):
        assert (await browser.post(REFILL, data=AT | {"lies": left, "was": was})).status_code == 303

    shown = await text_of(browser, REFILL)
    assert "It counts as lying in its pick face." in shown
    assert "0 carries" in shown
    assert (await browser.post(REFILL, data=AT | {"lies": "1", "was": was})).status_code == 409


async def test_a_buyer_sees_what_to_refill_and_has_no_button(sign_in: SignIn, reserve: Engine) -> None:
    browser = await sign_in(Role.BUYER)

    assert 'name="lies"' not in await text_of(browser, REFILL)
    assert (await browser.post(REFILL, data=AT | {"lies": "0", "was": "30"})).status_code == 403


async def test_without_reserve_or_forecast_the_page_says_so(sign_in: SignIn, reserve: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    assert "No slot of this warehouse holds reserve" in await text_of(browser, "/warehouses/W2/refill")
    with writing(reserve) as session:
        session.query(HourlyForecastRow).delete()
    assert "Nothing is forecast for the hours to come." in await text_of(browser, REFILL)


async def test_a_delivery_says_where_it_is_put_and_what_lies_in_reserve_is_said_with_a_tap(
    sign_in: SignIn, reserve: Engine
) -> None:
    with writing(reserve) as session:
        line = ReceivedLine("spinach", Decimal(40), lot_id="new")
        receive(session, "truck-1", Received("W1", "F1", NOW, [line]), NOW, "Wu")
    browser = await sign_in(Role.STAFF)
    here = "/stock/W1/receipts/truck-1/put-away"
    assert here in await text_of(browser, "/stock/W1/receive")

    assert "Temperature alarm in Leaf: nothing is moved in until it is over." in await text_of(browser, here)
    with writing(reserve) as session:
        session.execute(update(AlarmRow).values(ended_at=NOW))
    shown = await text_of(browser, here)
    assert "Into its pick face 4" in shown
    assert "Into reserve 9" in shown
    lies = shown.split('name="lies" value="')[1].split('"')[0]
    for _ in range(2):
        taken = await browser.post(here, data={"slot_id": "W1-9", "lot_id": "new", "lies": lies, "was": "0"})
        assert taken.status_code == 303
    assert "Lies in reserve 9" in await text_of(browser, here)
    assert (await browser.get("/stock/W2/receipts/truck-1/put-away")).status_code == 404


async def test_where_there_is_no_place_the_rule_is_named(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        session.execute(update(ZoneRow).values(band="frozen"))
        receive(session, "r", Received("W1", "F1", NOW, [ReceivedLine("spinach", Decimal(4))]), NOW, "Wu")

    shown = await text_of(await sign_in(Role.STAFF), "/stock/W1/receipts/r/put-away")

    assert "Nowhere. No zone here is in the band leaf" in shown


async def test_the_slots_page_shows_what_moves_were_worth(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    assert "What moves were worth" not in await text_of(browser, "/warehouses/W1/slots")
    then = NOW - timedelta(days=2)
    with writing(shop) as session:
        session.add(MoveBatchRow(batch_id="B", warehouse_id="W1", created_at=then, lines=1200, metres_before=33.9,
                                 metres_after=32.4))  # fmt: skip
        session.flush()
        session.execute(update(MoveRow).values(batch_id="B"))
    assert "1.50 m less" in await text_of(browser, "/warehouses/W1/slots")

    done = {"status": MoveStatus.DONE, "decided_at": then}
    with writing(shop) as session:
        session.execute(update(MoveRow).values(**done))
        session.execute(update(SlotRow).where(SlotRow.slot_id == "W1-4").values(product_id=None))
        session.execute(update(SlotRow).where(SlotRow.slot_id == "W1-1").values(product_id="spinach"))
        session.add(OrderLineRow(warehouse_id="W1", order_id="O", line_no=1, product_id="spinach", ordered_at=ORIGIN,
                                 quantity=Decimal(1), known_at=ORIGIN))  # fmt: skip

    shown = await text_of(browser, "/warehouses/W1/slots")
    assert "1 of 1 done" in shown
    assert "60.00 m less" in shown  # from 40 m away to 10 m away, there and back
    assert "80.0 to 20.0 m, 1 line" in shown
