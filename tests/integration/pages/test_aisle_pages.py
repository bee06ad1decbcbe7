"""The page in the aisle: whose warehouse it opens, what it knows, and for whom."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import LotRow, MoveRow, MoveStatus, Role, SlotRow

from .conftest import HOSTILE, NOW, ORIGIN, TODAY

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
FACTS = "/aisle/W1/facts"


async def test_the_warehouse_where_one_was_last_opens_at_once(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)
    chosen = await browser.get("/aisle")
    assert 'href="/aisle/W1"' in chosen.text
    assert 'href="/aisle/W2"' in chosen.text

    await browser.get("/aisle/W2")

    assert (await browser.get("/aisle")).headers["location"] == "/aisle/W2"
    assert 'href="/aisle/W1"' in (await browser.get("/aisle/choose")).text
    assert (await browser.get("/aisle/W9")).status_code == 404


async def test_the_warehouse_that_today_is_about_opens_where_none_was_open_before(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)
    await browser.get("/", params={"warehouse": "W1"})
    assert (await browser.get("/aisle")).headers["location"] == "/aisle/W1"


async def test_the_phone_knows_where_a_product_lies_what_expires_first_and_how_cold_it_is(
    sign_in: SignIn, shop: Engine
) -> None:
    with writing(shop) as session:
        session.get_one(SlotRow, "W1-2").unusable_because = "bent"
        session.add(
            LotRow(lot_id="L0", warehouse_id="W1", product_id="spinach", received_at=ORIGIN, known_at=ORIGIN,
                expires_on=TODAY - timedelta(days=1), quantity_received=Decimal(5), quantity_on_hand=Decimal(1),
                blocked_at=ORIGIN, blocked_by="Li Na", blocked_because="recall")
        )  # fmt: skip
    facts = (await (await sign_in(Role.STAFF)).get(FACTS)).json()

    lies = {slot["id"]: (slot["name"], slot["product"], slot["unusable"]) for slot in facts["slots"]}
    assert lies["W1-4"] == ("4", "spinach", None)
    assert lies["W1-2"] == ("2", None, "cannot be used: bent")
    spinach = facts["products"]["spinach"]
    assert spinach["name"] == HOSTILE, "as it is: the page writes texts, no HTML"
    assert [lot["lot"] for lot in spinach["lots"]] == ["L0", "L1"], "first expired first"
    assert [lot["blocked"] for lot in spinach["lots"]] == ["blocked: recall", None]
    assert spinach["lots"][1]["quantity"] == "3.25\u00a0kg"
    assert spinach["lots"][1]["left"].endswith("days left")
    zone = facts["zones"]["Z1"]
    assert (zone["name"], zone["state"], zone["state_word"]) == ("Leaf", "alarm", "alarm")
    assert "°C at" in zone["said"]


async def test_a_move_is_a_card_until_hours_after_it_was_settled(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    [card] = (await browser.get(FACTS)).json()["moves"]
    assert (card["id"], card["state"], card["waits"]) == ("M1", "suggested", "Wait: temperature alarm in Leaf")
    assert (card["carries"][0]["from"], card["carries"][0]["to"], card["metres"]) == ("4", "1", "+40\u00a0m a day")

    for hours, shown in ((11, ["refused"]), (13, [])):
        with writing(shop) as session:
            move = session.get_one(MoveRow, "M1")
            move.status, move.decision_reason, move.decided_by = MoveStatus.REFUSED, "too heavy", "Li Na"
            move.decided_at = NOW - timedelta(hours=hours)
        cards = (await browser.get(FACTS)).json()["moves"]
        assert [one["state"] for one in cards] == shown
        assert all(one["said"].endswith(": too heavy") for one in cards)


async def test_of_an_exchange_with_one_product_in_place_the_other_is_the_card_s(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        first = session.get_one(MoveRow, "M1")
        first.exchange_id, first.status, first.decided_at, first.decided_by = "X", MoveStatus.DONE, NOW, "Li Na"
        session.add(
            MoveRow(move_id="M2", warehouse_id="W1", product_id="spinach", from_slot_id="W1-1", to_slot_id="W1-4",
                 rank=2, exchange_id="X", minutes=4.0, metres_saved_per_day=2.0, reasons=[],
                 status=MoveStatus.SUGGESTED, created_at=ORIGIN)
        )  # fmt: skip
    [card] = (await (await sign_in(Role.STAFF)).get(FACTS)).json()["moves"]
    assert (card["key"], card["id"], card["state"]) == ("X", "M2", "partly_done")
    assert (card["metres"], card["minutes"]) == ("+42\u00a0m a day", "4 min")


@pytest.mark.parametrize(("role", "carries"), [(Role.STAFF, True), (Role.BUYER, False)])
async def test_who_may_not_report_moves_looks_only(sign_in: SignIn, role: Role, carries: bool) -> None:
    text = (await (await sign_in(role)).get("/aisle/W1")).text
    assert ('class="main done"' in text) == carries
    assert ("Your role looks and does not carry." in text) != carries


async def test_who_may_not_read_temperatures_is_told_none(sign_in: SignIn) -> None:
    zone = (await (await sign_in(Role.ERP)).get(FACTS)).json()["zones"]["Z1"]
    assert (zone["name"], zone["said"], zone["state"]) == ("Leaf", "", "")


async def test_the_worker_keeps_the_files_as_they_are_now_and_needs_no_session(browser: httpx.AsyncClient) -> None:
    script = await browser.get("/aisle/worker.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "/static/aisle.js?v=" in script.text
    assert "immutable" not in script.headers["cache-control"], "the browser asks whether it has changed"
