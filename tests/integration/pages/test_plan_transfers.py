"""Moves between warehouses on pages: on a plan's with what they avoid, left out or cancelled by a button; sent and
received where deliveries are taken in; on Today."""

import html
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import ForecastRow, LotRow, PlanTransferRow, Role, StockChangeRow, TransferRow, TransferTermsRow
from flows.purchasing.planning.purchase_plans import make_purchase_plan

from .conftest import NOW, ORIGIN, TODAY, TOMORROW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def plan_id(shop: Engine) -> str:
    """W1 has spinach for five days that keeps until tomorrow; W2 has none of it."""
    spread = {"q05": 5.0, "q10": 6.0, "q25": 8.0, "q50": 10.0, "q75": 12.0, "q90": 14.0, "q95": 15.0, "mean": 10.0}
    with writing(shop) as session:
        session.add_all(
            ForecastRow(warehouse_id="W2", product_id="spinach", date=TODAY + timedelta(days=ahead), origin=ORIGIN,
                        model="test", **spread)
            for ahead in range(7)
        )  # fmt: skip
        session.add(
            LotRow(lot_id="S1", warehouse_id="W1", product_id="spinach", received_at=ORIGIN, known_at=ORIGIN,
                   expires_on=TOMORROW, quantity_received=Decimal(50), quantity_on_hand=Decimal(50), counted_at=NOW)
        )  # fmt: skip
        session.add(
            TransferTermsRow(from_warehouse_id="W1", to_warehouse_id="W2", valid_from=TODAY, hours=2,
                             drive_cost=Decimal(20), cost_per_unit=Decimal("0.1"), known_at=ORIGIN)
        )  # fmt: skip
    return make_purchase_plan(shop, ["W1", "W2"], NOW, "Li Na", replace_edited=True)


def booked(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.scalars(select(StockChangeRow)).all())


async def test_moves_are_shown_with_what_they_avoid(sign_in: SignIn, shop: Engine, plan_id: str) -> None:
    with reading(shop) as session:
        one = session.scalars(select(PlanTransferRow)).one()
    browser = await sign_in(Role.STAFF)

    page = html.unescape((await browser.get(f"/plans/{plan_id}")).text)

    assert "Moves between warehouses: 1" in page
    assert "Front W1 → Front W2" in page
    assert f"{one.quantity:.1f}\N{NO-BREAK SPACE}kg" in page
    assert f"{one.waste_avoided:.1f}\N{NO-BREAK SPACE}kg thrown away" in page
    assert f"{one.earns:.2f}\N{NO-BREAK SPACE}CNY" in page
    assert "there by" in page
    assert 'href="/stock/W1/lots/S1"' in page
    assert "leave-out" not in page  # staff changes no plan
    line = html.unescape((await browser.get(f"/plans/{plan_id}/lines/2")).text)
    assert "come from Front W1, where they would expire, and count as under way." in line


async def test_a_plan_that_carries_nothing_says_nothing_of_it(sign_in: SignIn) -> None:
    assert "Moves between warehouses" not in (await (await sign_in(Role.BUYER)).get("/plans/plan-1")).text


async def test_a_move_is_left_out_by_a_button(sign_in: SignIn, shop: Engine, plan_id: str) -> None:
    browser = await sign_in(Role.BUYER)
    assert f'action="/plans/{plan_id}/transfers/1/leave-out"' in (await browser.get(f"/plans/{plan_id}")).text

    answer = await browser.post(f"/plans/{plan_id}/transfers/1/leave-out")

    assert answer.status_code == 303
    page = (await browser.get(answer.headers["Location"])).text
    assert "It is not carried." in page
    assert "Moves between warehouses" not in page
    assert booked(shop) == 0


async def test_what_was_approved_is_sent_and_received_by_a_tap_each(
    sign_in: SignIn, shop: Engine, plan_id: str
) -> None:
    browser = await sign_in(Role.OPERATOR)
    summary = (await browser.get(f"/plans/{plan_id}/approve?what=all")).text
    assert "1 move between warehouses is approved with it." in summary
    assert "Approve 1 move" in summary  # nothing is bought
    await browser.post(f"/plans/{plan_id}/approve", data={"what": "all"})
    page = html.unescape((await browser.get(f"/plans/{plan_id}")).text)
    assert "approved by" in page
    assert "leave-out" not in page
    with reading(shop) as session:
        one = session.scalars(select(TransferRow)).one()
        quantity = sum(lot.approved for lot in one.lots)
    address = f"transfers/{one.transfer_id}"
    assert "kept aside to be carried away" in (await browser.get("/stock/W1")).text
    assert "to Front W2" in html.unescape((await browser.get("/")).text)

    door = html.unescape((await browser.get("/stock/W1/receive")).text)
    assert "1 to send to another warehouse" in door
    assert "of lot S1; leave before" in door
    sent = await browser.post(f"/stock/W1/{address}/send")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/stock/W1/receive")
    after = (await browser.get("/stock/W1/receive")).text
    assert "Sent: it is on its way." in after
    assert "to send to another warehouse" not in after
    assert booked(shop) == 1
    assert "on the way" in (await browser.get(f"/plans/{plan_id}")).text

    assert "1 comes from another warehouse" in (await browser.get("/stock/W2/receive")).text
    unsaid = await browser.post(f"/stock/W2/{address}/receive", data={"lot_id": "S1", "quantity": "1,5", "because": ""})
    assert (unsaid.status_code, "Say how what was not accepted was lost." in unsaid.text) == (422, True)
    came = await browser.post(f"/stock/W2/{address}/receive")
    assert came.status_code == 303
    assert booked(shop) == 2
    with reading(shop) as session:
        assert session.get_one(LotRow, ("W2", "S1")).quantity_on_hand == quantity


async def test_nothing_leaves_with_a_reason_and_the_loss_of_what_did_with_one(
    sign_in: SignIn, shop: Engine, plan_id: str
) -> None:
    browser = await sign_in(Role.OPERATOR)
    await browser.post(f"/plans/{plan_id}/approve", data={"what": "all"})
    with reading(shop) as session:
        one = session.scalars(select(TransferRow)).one()
    none = {"lot_id": "S1", "quantity": "0", "because": "sold after all"}
    await browser.post(f"/stock/W1/transfers/{one.transfer_id}/send", data=none)
    assert "Refused: it stays here." in (await browser.get("/stock/W1/receive")).text
    assert "refused" in (await browser.get(f"/plans/{plan_id}")).text
    assert booked(shop) == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"lot_id": ["S1", "S2"], "quantity": ["1"]}, "The form is not whole."),
        ({"quantity": ["1"]}, "The form is not whole."),
        ({"lot_id": ["S1", "S1"], "quantity": ["1", "2"]}, "A lot comes twice."),
    ],
)
async def test_nothing_leaves_of_which_it_is_not_said_how_much(
    sign_in: SignIn, shop: Engine, plan_id: str, typed: dict[str, list[str]], said: str
) -> None:
    browser = await sign_in(Role.OPERATOR)
    await browser.post(f"/plans/{plan_id}/approve", data={"what": "all"})
    with reading(shop) as session:
        one = session.scalars(select(TransferRow)).one()

    answer = await browser.post(f"/stock/W1/transfers/{one.transfer_id}/send", data=typed)

    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert booked(shop) == 0


async def test_a_buyer_cancels_what_has_not_left_and_today_tells_what_lapsed(
    sign_in: SignIn, shop: Engine, plan_id: str
) -> None:
    browser = await sign_in(Role.BUYER)
    await browser.post(f"/plans/{plan_id}/approve", data={"what": "all"})
    page = (await browser.get(f"/plans/{plan_id}")).text
    assert f'action="/plans/{plan_id}/transfers/1/cancel"' in page
    with writing(shop) as session:
        session.scalars(select(TransferRow)).one().send_by = NOW - timedelta(minutes=1)
    today = html.unescape((await browser.get("/")).text)
    assert "1 had not left in time" in today
    assert ", Front W1 → Front W2" in today
    with writing(shop) as session:
        session.scalars(select(TransferRow)).one().send_by = NOW + timedelta(hours=1)
    assert (await browser.post(f"/plans/{plan_id}/transfers/1/cancel")).status_code == 303
    assert "cancelled" in (await browser.get(f"/plans/{plan_id}")).text
