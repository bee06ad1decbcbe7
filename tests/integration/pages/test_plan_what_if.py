"""One thing supposed on a plan's page: both plans side by side, what is refused, and nothing written."""

import html
from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import (
    Base,
    Language,
    NameKind,
    NameRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    Role,
    SupplierRow,
)

from .conftest import HOSTILE, ORIGIN, TODAY, TOMORROW
from .test_pages import cells

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
PAGE = "/plans/plan-1/what-if"
FAILS = {"kind": "farm_fails", "farm": "F1", "first_day": f"{TODAY}", "last_day": ""}
RAIN = {"kind": "harvest_stopped", "farm": "F1", "product": "spinach", "first_day": f"{TODAY}", "last_day": ""}
SALE = {"kind": "promotion_added", "product": "spinach", "off": "20", "first_day": f"{TOMORROW}", "last_day": ""}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the form asks what the API asks


def everything(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables}


async def test_a_buyer_comes_from_the_plan_and_sees_both_plans_side_by_side(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    assert f'href="{PAGE}"' in (await browser.get("/plans/plan-1")).text
    asked = html.unescape((await browser.get(PAGE)).text)
    assert f'<option value="F1">{HOSTILE and "农场 <b>F1</b>"}</option>' in asked
    assert "Nothing is under way to these warehouses." in asked
    assert 'id="result"' not in asked
    there = everything(shop)

    answer = await browser.get(PAGE, params=FAILS)

    assert answer.status_code == 200
    assert everything(shop) == there
    assert HOSTILE not in answer.text, "names are escaped"
    text = html.unescape(answer.text)
    assert "农场 <b>F1</b> brings nothing from Mon 2 Mar on." in text
    assert "1 order of a product would differ." in text
    lines, suppliers, cost, *_ = cells(text, 'id="result"')
    assert (lines, suppliers) == (["Lines to buy", "1", "0"], ["Suppliers", "1", "0"])
    assert cost[1].endswith("CNY")
    assert cost[2].startswith("0.00")
    assert "→ <strong>nobody</strong>" in text


async def test_rain_and_a_late_truck_are_told_in_their_sentences(sign_in: SignIn, shop: Engine) -> None:
    lines = [PurchaseOrderLineRow(line_no=1, product_id="spinach", quantity=10, unit_price=6)]
    with writing(shop) as session:
        session.get_one(SupplierRow, "F1").city = "Anji"
        session.add(
            PurchaseOrderRow(purchase_order_id="1", number="PO-1", supplier_id="F1", warehouse_id="W1", lines=lines,
                             delivery_date=TOMORROW, ordered_at=ORIGIN, ordered_by="Li Na")
        )  # fmt: skip
    browser = await sign_in(Role.BUYER)

    rain = html.unescape((await browser.get(PAGE, params=RAIN | {"farm": "city:Anji"})).text)
    assert f"Rain stops the harvest at Anji on Mon 2 Mar: {HOSTILE}." in rain
    assert "Nothing is ordered otherwise." in rain, "what is ordered now comes tomorrow"

    cut = await browser.get(PAGE, params={"kind": "budget_cut", "budget": "20"})
    as_is, supposed = cut.text.split('id="notes"')[1].split("</section>")[:2]
    assert "None." in as_is
    assert "The budget of 20.00 CNY is less than the" in supposed
    assert "On the whole order day may be spent at most 20.00." in cut.text
    assert "1 order of a product would differ." in cut.text

    late = await browser.get(PAGE, params={"kind": "delivery_late", "farm": "F1", "days": "2"})
    assert "comes 2 days later." in late.text
    assert "1 order of a product would differ." in late.text


@pytest.mark.parametrize(
    ("asked", "words", "status"),
    [
        (FAILS | {"kind": "flood"}, "Choose what to suppose.", 422),
        (FAILS | {"farm": "F9"}, "Supplier 'F9' was not found.", 422),
        (FAILS | {"first_day": ""}, "– is no day.", 422),
        (FAILS | {"first_day": "2026-02-30"}, "2026-02-30 is no day.", 422),
        (FAILS | {"first_day": "2026-03-01"}, "First day 2026-03-01 has passed (today is 2026-03-02).", 422),
        (FAILS | {"last_day": "2026-03-01"}, "lies before the first", 422),
        (RAIN | {"farm": "city:nowhere"}, "No supplier is in 'nowhere'.", 422),
        (RAIN | {"product": "gold"}, "No product is called “gold”", 422),
        ({"kind": "delivery_late", "farm": "F1", "days": "1"}, "Nothing is under way from F1", 409),
        ({"kind": "delivery_late", "farm": "F1", "days": "0"}, "whole number from 1 to 14", 422),
        ({"kind": "delivery_late", "farm": "F1", "days": "²"}, "whole number from 1 to 14", 422),
        (SALE | {"product": ""}, "No product is called “”", 422),
        (SALE | {"off": "100"}, "above 0% and less than 100%", 422),
        (SALE | {"off": "a fifth"}, "above 0% and less than 100%", 422),
        ({"kind": "budget_cut", "budget": "0"}, "A budget is more than 0.", 422),
        ({"kind": "budget_cut", "budget": "much"}, "must be a number above 0", 422),
        (SALE, "no model that was serving", 409),
    ],
)
async def test_what_cannot_be_supposed_is_said_above_the_form_which_keeps_what_was_typed(
    sign_in: SignIn, shop: Engine, asked: dict[str, str], words: str, status: int
) -> None:
    browser = await sign_in(Role.BUYER)
    answer = await browser.get(PAGE, params=asked)
    text = html.unescape(answer.text)
    assert answer.status_code == status
    assert words in text
    assert 'id="result"' not in text
    if "off" in asked:
        assert f'value="{asked["off"]}"' in text


async def test_only_who_plans_supposes_and_only_of_a_plan_that_is_there(sign_in: SignIn, shop: Engine) -> None:
    assert (await (await sign_in(Role.BUYER)).get("/plans/none/what-if")).status_code == 404
    assert (await (await sign_in(Role.STAFF)).get(PAGE)).status_code == 403


async def test_a_product_is_known_by_any_of_its_names(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        session.get_one(ProductRow, "spinach").name = "Leafy greens"
        session.add(NameRow(kind=NameKind.PRODUCTS, id="spinach", language=Language.ZH, name="菠菜"))
    browser = await sign_in(Role.BUYER)
    for typed in ("spinach", "Leafy greens", "菠菜"):
        asked = RAIN | {"product": typed}
        answer = await browser.get(PAGE, params=asked, headers={"Accept-Language": "zh"})
        assert (answer.status_code, 'id="result"' in answer.text) == (200, True), typed
