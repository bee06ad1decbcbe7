"""One plan has one set of totals: the function's, the API's and the pages' are what a person counts."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import PlanLineRow, PlanStatus, PlanWarehouseRow, PurchasePlanRow, Role, SupplierRow, WarehouseRow
from flows.purchasing.showing.plan_totals import (
    MoneyTotals,
    PlanTotals,
    SupplierTotals,
    totals_by_supplier,
    totals_of_plans,
)

from .conftest import NOW, ORIGIN, TODAY, TOMORROW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]

# warehouse, supplier, quantity, unit price, edited
LINES = (
    ("W1", "F1", "3", "0.1", False),
    ("W1", "F1", "0.125", "1.0001", True),
    ("W2", "F1", "2", "7.25", False),
    ("W2", "F2", "10", "4", False),
    ("W1", "F3", "0", "9.99", True),  # a buyer wants none of it: nothing comes from F3
    ("W3", None, "0", None, False),  # W3 was looked at and needs nothing
    ("W3", None, "0", None, False),
)
# counted by hand: 0.3 + 0.1250125 + 14.5 from F1, 40 from F2
COUNTED = PlanTotals(
    lines=7, lines_to_buy=4, lines_edited=2, warehouses=3, suppliers=2,
    money=(MoneyTotals("CNY", Decimal("54.9250125")),)
)  # fmt: skip
BY_SUPPLIER = [
    SupplierTotals("F2", "Farm two", lines_to_buy=1, warehouses=1, cost=Decimal(40)),
    SupplierTotals("F1", "农场 <b>F1</b>", lines_to_buy=3, warehouses=2, cost=Decimal("14.9250125")),
]


@pytest.fixture
def mixed(shop: Engine) -> str:
    """A plan of seven lines, three of which buy nothing, and an empty one beside it."""
    plan = PurchasePlanRow(plan_id="mixed", delivery_date=TOMORROW, origin=ORIGIN, status=PlanStatus.DRAFT,
                           created_at=NOW, created_by="Li Na")  # fmt: skip
    plan.lines = [_line(number, *line) for number, line in enumerate(LINES, start=1)]
    plan.warehouses = [
        PlanWarehouseRow(warehouse_id=name, order_date=TODAY - timedelta(days=1), open=True)
        for name in ("W1", "W2", "W3")
    ]
    empty = PurchasePlanRow(plan_id="empty", delivery_date=date(2026, 3, 9), origin=ORIGIN, status=PlanStatus.DRAFT,
                            created_at=NOW, created_by="Li Na")  # fmt: skip
    with writing(shop) as session:
        session.add_all(SupplierRow(supplier_id=f"F{n}", name=f"Farm {name}", kind="farm")
                        for n, name in ((2, "two"), (3, "three")))  # fmt: skip
        session.add(WarehouseRow(warehouse_id="W3", name="Front W3", city="杭州", timezone="Asia/Shanghai"))
        session.flush()
        session.add_all([plan, empty])
    return "mixed"


def _line(
    line_no: int, warehouse_id: str, supplier_id: str | None, quantity: str, price: str | None, edited: bool
) -> PlanLineRow:
    return PlanLineRow(
        line_no=line_no, warehouse_id=warehouse_id, product_id="spinach", supplier_id=supplier_id, offer_id=None,
        covers_from=TOMORROW, covers_until=TOMORROW + timedelta(days=1), forecast_mean=20.0, forecast_q10=12.0,
        forecast_q50=20.0, forecast_q90=28.0, usable_stock=Decimal(0), on_order=Decimal(0), pack_size=None,
        planned_quantity=Decimal(5), quantity=Decimal(quantity), unit_price=price and Decimal(price),
        expected_shortage=0.0, expected_waste=0.0, reasons=[], edit_reason="a fair" if edited else None,
        edited_by="Li Na" if edited else None, edited_at=NOW if edited else None,
    )  # fmt: skip


def test_a_plan_is_added_up_as_a_person_counts_it(shop: Engine, mixed: str) -> None:
    with reading(shop) as session:
        assert totals_of_plans(session, [mixed, "empty"]) == {mixed: COUNTED, "empty": PlanTotals()}
        assert totals_by_supplier(session, mixed) == BY_SUPPLIER
        assert totals_by_supplier(session, "empty") == []


async def test_the_api_tells_the_same_totals(sign_in: SignIn, mixed: str) -> None:
    browser = await sign_in(Role.BUYER)
    listed = {plan["plan_id"]: plan for plan in (await browser.get("/v1/purchase-plans")).json()["items"]}
    shown = (await browser.get(f"/v1/purchase-plans/{mixed}")).json()
    for told in (listed[mixed], shown):
        counts = [told[name] for name in ("lines", "lines_to_buy", "lines_edited", "warehouses")]
        assert (counts, told["cost"]) == ([7, 4, 2, 3], 54.9250125)
    assert (listed["empty"]["lines"], listed["empty"]["lines_to_buy"], listed["empty"]["cost"]) == (0, 0, 0)
    assert [(part["supplier_id"], part["lines_to_buy"], part["warehouses"], part["cost"]) for part in
            shown["suppliers"]] == [("F2", 1, 1, 40), ("F1", 3, 2, 14.9250125)]  # fmt: skip


async def test_the_pages_tell_the_same_totals(sign_in: SignIn, mixed: str) -> None:
    browser = await sign_in(Role.BUYER)
    page = (await browser.get(f"/plans/{mixed}")).text
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+?)\s*<", page))
    cost = "54.93\N{NO-BREAK SPACE}CNY"
    nothing = "0.00\N{NO-BREAK SPACE}CNY"
    assert facts == {
        "Cost": cost, "Short": nothing, "Wasted": nothing, "Lines to buy": "4", "Edited lines": "2", "Ordered": "0"
    }  # fmt: skip
    assert "of 7 lines" in page
    listed = (await browser.get("/plans")).text
    row = listed[listed.index(f'href="/plans/{mixed}"') :].partition("</tr>")[0]
    assert re.findall(r'data-label="([^"]+)">([\d.]+(?:\xa0CNY)?)<', row) == [
        ("Lines to buy", "4"), ("Warehouses", "3"), ("Suppliers", "2"), ("Cost", "54.93\N{NO-BREAK SPACE}CNY"),
    ]  # fmt: skip
    assert "4 lines to buy for 3 warehouses from 2 suppliers" in (await browser.get("/")).text
