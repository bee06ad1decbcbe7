"""Stock on pages: what a warehouse has and will need, a delivery at the door, a count on foot, a lot and its recall."""

import html
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import (
    InspectionRow,
    Language,
    LotRow,
    NameKind,
    NameRow,
    ProductRow,
    PurchaseOrderRow,
    Role,
    StockChangeRow,
)
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders

from .conftest import NOW, TODAY

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_a_delivery_is_taken_in_on_a_phone(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        line = NewPurchaseOrderLine("F1", "W1", TODAY, "spinach", Decimal(30))
        [order] = place_purchase_orders(session, [line], NOW, "Wu")
        number = order.number
    browser = await sign_in(Role.STAFF)
    assert number in (await browser.get("/stock/W1/receive")).text
    form = (await browser.get(f"/stock/W1/receive?order={number}")).text
    assert 'value="30"' in form, "what is to come is filled in"
    filled = {
        "receipt_id": re.findall(r'name="receipt_id" value="(\w+)"', form)[0],
        "order": number, "product_id": "spinach", "accepted": "27.5", "rejected": "2", "defect": "wilted",
        "lot_id": "", "expires_on": "2026-03-04",
    }  # fmt: skip
    for _ in range(2):  # a thumb that taps twice
        answer = await browser.post("/stock/W1/receive", data=filled)
        assert answer.status_code == 303, answer.text
    assert "1 line taken in." in (await browser.get("/stock/W1/receive")).text
    with reading(shop) as session:
        [lot] = session.scalars(select(LotRow).where(LotRow.lot_id.startswith("2603")))
        assert (lot.quantity_on_hand, lot.expires_on.isoformat()) == (Decimal("27.5"), "2026-03-04")
        assert lot.supplier_id == "F1"
        [kept] = session.scalars(select(PurchaseOrderRow))
        assert kept.lines[0].received == Decimal("29.5")
    wrong = await browser.post("/stock/W1/receive", data=filled | {"receipt_id": "x", "expires_on": "soon"})
    assert wrong.status_code == 422
    assert "soon is not a day." in wrong.text


async def test_stock_says_what_will_run_out_and_what_will_expire(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        for lot_id, quantity, last in (("L-much", 500, TODAY), ("L-gone", 3, TODAY.replace(day=1))):
            session.add(LotRow(warehouse_id="W1", lot_id=lot_id, product_id="spinach", received_at=NOW, known_at=NOW,
                               expires_on=last, quantity_received=Decimal(quantity), unit_cost=Decimal(2),
                               quantity_on_hand=Decimal(quantity)))  # fmt: skip
    text = html.unescape((await (await sign_in(Role.BUYER)).get("/stock/W1")).text)
    assert "1 product is past its last day: take it out" in text
    assert "Will expire before it sells" in text
    assert "L-much" in text
    assert "Take in a delivery" not in text, "a buyer receives nothing"
    everywhere = html.unescape((await (await sign_in(Role.BUYER)).get("/stock")).text)
    assert "no stock known" in everywhere, "of W2"


@pytest.mark.parametrize(
    "page", ["/stock/W1/count?search={}", "/stock/W1?search={}", "/warehouses/W1/slots/table?q={}"]
)
async def test_a_search_finds_what_lies_there_by_any_of_its_names(sign_in: SignIn, shop: Engine, page: str) -> None:
    with writing(shop) as session:
        session.add(NameRow(kind=NameKind.PRODUCTS, id="spinach", language=Language.ZH, name="菠菜"))
        session.execute(update(ProductRow).where(ProductRow.product_id == "spinach").values(name="Leafy greens"))
    browser = await sign_in(Role.STAFF)
    nothing, in_english, in_chinese = [
        (await browser.get(page.format(words), headers={"Accept-Language": "zh"})).text.count("菠菜")
        for words in ("neither", "leafy", "菠菜")
    ]
    assert in_english > nothing
    assert in_chinese > in_english, "what is searched for stands there too"


async def test_a_phone_and_a_floor_plan_know_every_name_to_search_by(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        session.add(NameRow(kind=NameKind.PRODUCTS, id="spinach", language=Language.ZH, name="菠菜"))
        session.execute(update(ProductRow).where(ProductRow.product_id == "spinach").values(name="Leafy greens"))
    browser = await sign_in(Role.STAFF)
    for language, shown in (("zh", "菠菜"), ("en", "Leafy greens")):
        accepted = {"Accept-Language": language}
        spinach = (await browser.get("/aisle/W1/facts", headers=accepted)).json()["products"]["spinach"]
        assert (spinach["name"], spinach["names"]) == (shown, ["Leafy greens", "菠菜"])
        drawing = (await browser.get("/warehouses/W1/floor.svg", headers=accepted)).text
        assert 'data-names="Leafy greens 菠菜"' in drawing


async def test_a_count_on_foot_leaves_out_what_is_left_empty(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    form = (await browser.get("/stock/W1/count?search=spinach")).text
    assert 'name="lot_id" value="L1"' in form
    count = {
        "count_id": "C1",
        "lot_id": ["L1", "L2"],
        "quantity": ["4,5", ""],
        "product_id": "",
        "product_quantity": "",
    }
    answer = await browser.post("/stock/W1/count", data=count)
    assert answer.status_code == 303, answer.text
    with reading(shop) as session:
        assert [(row.lot_id, row.left) for row in session.scalars(select(StockChangeRow))] == [("L1", Decimal("4.5"))]
    wrong = await browser.post("/stock/W1/count", data=count | {"quantity": ["four", ""]})
    assert (wrong.status_code, "four is not a number." in wrong.text) == (422, True)


async def test_a_lot_is_looked_at_taken_out_of_moved_and_blocked(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    page = "/stock/W1/lots/L1"
    assert "Which lot went into which bag is not known" in (await browser.get(page)).text
    for form, data in (
        ("write-off", {"action_id": "w1", "quantity": "1", "reason": "damaged"}),
        ("transfer", {"action_id": "t1", "quantity": "1", "to_warehouse_id": "W2"}),
        ("block", {"because": "recall of F1"}),
    ):
        answer = await browser.post(f"{page}/{form}", data=data)
        assert answer.status_code == 303, answer.text
    text = html.unescape((await browser.get(page)).text)
    assert "Blocked Mon 2 Mar 10:00 by a staff: recall of F1" in text
    assert "/stock/W2/lots/L1" in text
    refused = await browser.post(f"{page}/write-off", data={"action_id": "w2", "quantity": "999", "reason": "damaged"})
    assert refused.status_code == 409
    assert "left as of its last count" in refused.text
    await browser.post(f"{page}/unblock")
    assert "Block the lot" in (await browser.get(page)).text


async def test_a_complaint_is_an_inspection(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    complaint = {"complaint_id": "K1", "product_id": "spinach", "quantity": "1", "defect": "slimy", "lot_id": "L1"}
    assert (await browser.post("/stock/W1/complaint", data=complaint)).status_code == 303
    with reading(shop) as session:
        kept = session.get_one(InspectionRow, "K1")
        assert (kept.stage, kept.supplier_id, kept.accepted_quantity) == ("complaint", "F1", 0)
