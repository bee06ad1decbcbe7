"""Moves between warehouses on a plan's page: shown with what they avoid, left out by a button, booked by approval."""

import html
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import ForecastRow, LotRow, PlanTransferRow, Role, StockChangeRow, TransferTermsRow
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


async def test_approval_says_what_it_books_and_the_page_when(sign_in: SignIn, shop: Engine, plan_id: str) -> None:
    browser = await sign_in(Role.BUYER)
    summary = (await browser.get(f"/plans/{plan_id}/approve?what=all")).text
    assert "1 move between warehouses is booked with it." in summary
    assert "Book 1 move" in summary  # nothing is bought

    await browser.post(f"/plans/{plan_id}/approve", data={"what": "all"})

    assert booked(shop) == 2
    page = (await browser.get(f"/plans/{plan_id}")).text
    assert "booked on" in page
    assert "leave-out" not in page
