"""A buyer's day: a plan is made, read, edited, approved and exported."""

import asyncio
import csv
import io
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.tables import (
    AnsweredRequestRow,
    Language,
    NameKind,
    NameRow,
    PlanLineRow,
    ProductRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    Unit,
)

from .conftest import TOMORROW, Bearer

ORDER = {"warehouse_ids": ["W1", "W2"], "delivery_date": TOMORROW}


@pytest.fixture
def buyer(bearer: Bearer) -> dict[str, str]:
    return bearer("buyer")


def plans_kept(shop: Engine) -> int:
    with reading(shop) as session:
        return session.scalar(select(func.count()).select_from(PurchasePlanRow)) or 0


async def test_a_plan_is_made_and_found_again(client: httpx.AsyncClient, buyer: dict[str, str]) -> None:
    made = await client.post("/v1/purchase-plans", json=ORDER, headers=buyer)
    assert made.status_code == 201, made.text
    plan = made.json()
    assert made.headers["location"] == f"/v1/purchase-plans/{plan['plan_id']}"
    assert (plan["status"], plan["delivery_date"], plan["created_by"]) == ("draft", TOMORROW, "a buyer")
    assert {part["supplier_id"] for part in plan["suppliers"]} == {"F1", "F2"}
    assert plan["cost"] == pytest.approx(sum(part["cost"] for part in plan["suppliers"]))
    assert (await client.get(made.headers["location"], headers=buyer)).json() == plan


async def test_a_plan_is_made_with_the_figures_of_the_shop(
    app: FastAPI, client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"assumed_markup": 2.0})
    with writing(shop) as session:
        session.get_one(ProductRow, "milk").list_price = None

    plan = (await client.post("/v1/purchase-plans", json=ORDER, headers=buyer)).json()

    with reading(shop) as session:
        kept = select(PlanLineRow).where(PlanLineRow.plan_id == plan["plan_id"], PlanLineRow.product_id == "milk")
        for line in session.scalars(kept):
            assert {"code": "price_assumed", "list_price": 15.0} in line.reasons  # twice 7.50


async def test_the_same_request_with_the_same_key_makes_one_plan(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    named = buyer | {"Idempotency-Key": "monday"}
    first = await client.post("/v1/purchase-plans", json=ORDER, headers=named)
    again = await client.post("/v1/purchase-plans", json=ORDER, headers=named)
    assert (first.status_code, first.json(), first.headers["location"]) == (
        again.status_code,
        again.json(),
        again.headers["location"],
    )
    assert plans_kept(shop) == 1
    other = await client.post("/v1/purchase-plans", json=ORDER | {"warehouse_ids": ["W1"]}, headers=named)
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert plans_kept(shop) == 1


async def test_requests_with_the_same_key_at_once_make_one_plan(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    named = buyer | {"Idempotency-Key": "monday"}
    answers = await asyncio.gather(*(client.post("/v1/purchase-plans", json=ORDER, headers=named) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["plan_id"] for answer in answers}) == 1
    assert plans_kept(shop) == 1


async def test_a_refused_request_does_not_use_up_its_key(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    named = buyer | {"Idempotency-Key": "monday"}
    refused = await client.post("/v1/purchase-plans", json=ORDER | {"warehouse_ids": ["nowhere"]}, headers=named)
    assert refused.status_code == 404
    assert (await client.post("/v1/purchase-plans", json=ORDER, headers=named)).status_code == 201


async def test_two_buyers_may_choose_the_same_key(client: httpx.AsyncClient, bearer: Bearer, shop: Engine) -> None:
    for role in ("buyer", "operator"):
        headers = bearer(role) | {"Idempotency-Key": "monday"}
        assert (await client.post("/v1/purchase-plans", json=ORDER, headers=headers)).status_code == 201
    assert plans_kept(shop) == 2


async def test_a_warehouse_without_a_forecast_is_a_conflict(
    client: httpx.AsyncClient, buyer: dict[str, str], shop: Engine
) -> None:
    late = ORDER | {"delivery_date": "2026-03-14"}
    answer = await client.post("/v1/purchase-plans", json=late, headers=buyer | {"Idempotency-Key": "k"})
    assert answer.status_code == 409
    assert "freshfront forecast" in answer.json()["detail"]
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(AnsweredRequestRow)) == 0


async def test_a_plan_tells_what_it_costs_by_supplier(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str
) -> None:
    plan = (await client.get(draft, headers=buyer)).json()
    assert (plan["lines"], plan["lines_to_buy"], plan["cost"]) == (4, 3, 840.0)
    assert plan["suppliers"] == [
        {
            "supplier_id": "F2",
            "name": "农场 F2",
            "lines_to_buy": 1,
            "warehouses": 1,
            "cost": 450.0,
            "currency": "CNY",
            "order_by": None,
        },
        {
            "supplier_id": "F1",
            "name": "农场 F1",
            "lines_to_buy": 2,
            "warehouses": 2,
            "cost": 390.0,
            "currency": "CNY",
            "order_by": None,
        },
    ]


async def test_plans_are_listed_newest_first_by_day_and_status(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str, shop: Engine
) -> None:
    newer = (await client.post("/v1/purchase-plans", json=ORDER, headers=buyer)).json()["plan_id"]

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"/v1/purchase-plans?{query}", headers=buyer)
        return [plan["plan_id"] for plan in answer.json()["items"]]

    assert await listed("") == [newer, "plan-1"]
    assert await listed(f"delivery_date={TOMORROW}&status=draft") == [newer]
    assert await listed("status=discarded") == ["plan-1"], "the newer one took its place"
    assert await listed("delivery_date=2026-03-04") == []
    assert await listed("status=approved") == []
    first = (await client.get("/v1/purchase-plans?limit=1", headers=buyer)).json()
    rest = (await client.get(f"/v1/purchase-plans?limit=1&cursor={first['next']}", headers=buyer)).json()
    assert [first["items"][0]["plan_id"], rest["items"][0]["plan_id"], rest["next"]] == [newer, "plan-1", None]


async def test_lines_are_found_by_warehouse_and_supplier(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str
) -> None:
    async def listed(query: str) -> list[int]:
        answer = await client.get(f"{draft}/lines?{query}", headers=buyer)
        return [line["line_no"] for line in answer.json()["items"]]

    assert await listed("") == [1, 2, 3, 4]
    assert await listed("warehouse_id=W1") == [1, 2, 3]
    assert await listed("supplier_id=F1") == [1, 4]
    assert await listed("supplier_id=F1&warehouse_id=W2") == [4]
    assert await listed("warehouse_id=nowhere") == []


async def test_a_line_shows_numbers_as_numbers(client: httpx.AsyncClient, buyer: dict[str, str], draft: str) -> None:
    line = (await client.get(f"{draft}/lines", headers=buyer)).json()["items"][0]
    assert (line["usable_stock"], line["quantity"], line["unit_price"], line["cost"]) == (2.125, 40.0, 6.0, 240.0)
    assert (line["product_name"], line["unit"], line["supplier_name"]) == ("spinach", "kg", "农场 F1")
    assert line["reasons"] == [{"code": "test", "quantity": 37.875}]
    assert line["warnings"] == []


async def test_a_line_tells_which_of_its_reasons_to_look_at_before_approving(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str, shop: Engine
) -> None:
    with writing(shop) as session:
        line = session.scalars(select(PlanLineRow).where(PlanLineRow.line_no == 2)).one()
        line.reasons = [{"code": "rounded_to_pack", "pack_size": 5.0}, {"code": "price_above_list", "unit_price": 9.0}]
        line.warnings = " price_above_list "
    shown = (await client.get(f"{draft}/lines", headers=buyer)).json()["items"][1]
    assert shown["warnings"] == ["price_above_list"]


@pytest.mark.parametrize("quantity", [35, 35.0, "35"])
async def test_a_line_is_edited_with_a_reason(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str, quantity: Any
) -> None:
    answer = await client.patch(f"{draft}/lines/1", json={"quantity": quantity, "reason": "  雨天 "}, headers=buyer)
    assert answer.status_code == 200, answer.text
    line = answer.json()
    assert (line["quantity"], line["planned_quantity"], line["cost"]) == (35.0, 40.0, 210.0)
    assert (line["edit_reason"], line["edited_by"]) == ("雨天", "a buyer")
    assert (await client.get(f"{draft}/lines", headers=buyer)).json()["items"][0] == line
    assert (await client.get(draft, headers=buyer)).json()["cost"] == 810.0


async def test_approving_twice_orders_once(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str, shop: Engine
) -> None:
    first = await client.post(f"{draft}/approve", headers=buyer)
    assert first.status_code == 200, first.text
    assert first.json()["status"] == "approved"
    assert first.json()["approved_by"] == "a buyer"
    assert len(first.json()["purchase_order_ids"]) == 3, "F1 for two warehouses, F2 for one"
    again = await client.post(f"{draft}/approve", headers=buyer)
    assert again.json() == first.json()
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrderRow)) == 3


async def test_a_part_is_what_is_named_and_let_through_and_the_same_again(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str, shop: Engine
) -> None:
    async def ordered(**part: Any) -> list[int]:
        assert (await client.post(f"{draft}/approve", json=part, headers=buyer)).status_code == 200
        lines = (await client.get(f"{draft}/lines", headers=buyer)).json()["items"]
        return [line["line_no"] for line in lines if line["approved_at"]]

    assert await ordered(line_nos=[1, 2, 4], warehouse_id="W2") == [4], "1 and 2 are W1's"
    assert await ordered(line_nos=[4]) == [4]
    assert await ordered(supplier_id="F1") == [1, 4], "4 is ordered already"
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrderRow)) == 2


async def test_a_plan_that_has_changed_since_it_was_looked_at_is_not_ordered(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str
) -> None:
    seen = (await client.get(draft, headers=buyer)).json()["version"]
    await client.patch(f"{draft}/lines/1", json={"quantity": 35, "reason": "x"}, headers=buyer)
    refused = await client.post(f"{draft}/approve", json={"version": seen}, headers=buyer)
    assert (refused.status_code, (await client.get(draft, headers=buyer)).json()["status"]) == (412, "draft")
    now = (await client.get(draft, headers=buyer)).json()["version"]
    assert (await client.post(f"{draft}/approve", json={"version": now}, headers=buyer)).status_code == 200


async def test_what_would_do_more_when_asked_again_is_done_once_under_a_key(
    client: httpx.AsyncClient, buyer: dict[str, str], draft: str
) -> None:
    async def twice(address: str, body: Any) -> dict[str, Any]:
        first, again = [
            await client.post(f"{draft}{address}", json=body, headers=buyer | {"Idempotency-Key": address})
            for _ in range(2)
        ]
        assert (first.status_code, again.content) == (200, first.content)
        return (await client.get(f"{draft}/lines/1", headers=buyer)).json()

    raised = await twice("/change-by-percent", {"percent": 50, "reason_code": "event", "category": "leaf"})
    assert (raised["planned_quantity"], raised["quantity"]) == (40, 60)
    assert (await twice("/lines/1/undo", {}))["quantity"] == 40


async def test_a_line_is_added_once(client: httpx.AsyncClient, buyer: dict[str, str], draft: str, shop: Engine) -> None:
    with writing(shop) as session:
        session.execute(update(PlanLineRow).where(PlanLineRow.line_no == 1).values(product_id="milk"))
    wanted = {"warehouse_id": "W1", "product_id": "spinach", "quantity": 15, "reason": "a fair"}
    added = await client.post(f"{draft}/lines", json=wanted, headers=buyer)
    assert added.status_code == 201, added.text
    assert added.headers["location"] == f"{draft}/lines/{added.json()['line_no']}"
    assert added.json() == (await client.get(added.headers["location"], headers=buyer)).json()
    assert added.json()["reasons"] == [{"code": "added_by_buyer", "by": "a buyer"}]
    assert (await client.post(f"{draft}/lines", json=wanted, headers=buyer)).status_code == 409


async def test_an_approved_plan_is_not_edited(client: httpx.AsyncClient, buyer: dict[str, str], draft: str) -> None:
    await client.post(f"{draft}/approve", headers=buyer)
    answer = await client.patch(f"{draft}/lines/1", json={"quantity": 35, "reason": "x"}, headers=buyer)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:freshfront:problem:conflict"


@pytest.fixture
def dangerous(draft: str, shop: Engine) -> str:
    """The draft with texts that a spreadsheet would run, and one that XLSX cannot hold."""
    with writing(shop) as session:
        session.execute(update(ProductRow).where(ProductRow.product_id == "milk").values(name='=HYPERLINK("http://x")'))
        session.execute(update(ProductRow).where(ProductRow.product_id == "spinach").values(name="菠菜 \x07 200 g"))
        session.execute(update(PlanLineRow).where(PlanLineRow.line_no == 1).values(edit_reason="@SUM(1+1)"))
    return draft


async def test_csv_for_a_spreadsheet(client: httpx.AsyncClient, buyer: dict[str, str], dangerous: str) -> None:
    answer = await client.get(f"{dangerous}/export.csv", headers=buyer)
    assert answer.headers["content-type"].startswith("text/csv")
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="purchase-plan-2026-03-03-draft-not-ordered.csv"'
    )
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 only with a mark"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert rows[1]["product_name"] == '\'=HYPERLINK("http://x")'
    assert rows[0]["edit_reason"] == "'@SUM(1+1)"
    assert rows[0]["supplier_name"] == "农场 F1"
    assert (rows[0]["quantity"], rows[0]["usable_stock"], rows[1]["unit_price"]) == ("40", "2.125", "7.5")
    assert rows[2]["supplier_id"] == rows[2]["unit_price"] == ""


async def test_xlsx_with_numbers_as_numbers(client: httpx.AsyncClient, buyer: dict[str, str], dangerous: str) -> None:
    answer = await client.get(f"{dangerous}/export.xlsx", headers=buyer)
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    book = load_workbook(io.BytesIO(answer.content))
    header, *rows = book.active.iter_rows()
    shown = [{name.value: cell for name, cell in zip(header, row, strict=True)} for row in rows]
    assert len(shown) == 4
    assert (shown[0]["Quantity"].value, shown[0]["Quantity"].data_type) == (40, "n")
    assert shown[0]["Usable stock"].value == 2.125
    assert shown[0]["Covers from"].is_date
    assert (shown[1]["Product"].value, shown[1]["Product"].data_type) == ('=HYPERLINK("http://x")', "s")
    assert shown[0]["Product"].value == "菠菜  200 g"
    assert shown[2]["Unit price"].value is None
    book.close()


async def test_a_sheet_is_in_the_language_of_who_reads_it_and_csv_keeps_the_names_of_its_columns(
    client: httpx.AsyncClient, buyer: dict[str, str], dangerous: str, shop: Engine
) -> None:
    with writing(shop) as session:
        session.add(NameRow(kind=NameKind.PRODUCTS, id="milk", language=Language.ZH, name="鲜牛奶"))
    chinese = buyer | {"Accept-Language": "zh"}
    answer = await client.get(f"{dangerous}/export.xlsx", headers=chinese)
    book = load_workbook(io.BytesIO(answer.content))
    [title] = book.sheetnames
    assert title.startswith("采购计划 20")
    header, *rows = book.active.iter_rows(values_only=True)
    english = [name for name in header if re.search(r"[A-Za-z]", str(name))]
    assert (english, len(set(header))) == ([], len(header))
    shown = [dict(zip(header, row, strict=True)) for row in rows]
    assert {one["单位"] for one in shown} <= {"公斤", "个", "份", "件", "袋", "盒"}
    assert "鲜牛奶" in [one["商品"] for one in shown]
    book.close()
    answer = await client.get(f"{dangerous}/export.csv", headers=chinese)
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {"product_name", "unit", "quantity"} <= lines[0].keys()
    assert "鲜牛奶" in [line["product_name"] for line in lines]
    assert {line["unit"] for line in lines} <= set(Unit)


async def test_lines_sorted_by_name_go_on_in_the_language_in_which_they_began(
    client: httpx.AsyncClient, bearer: Bearer, draft: str
) -> None:
    buyer, in_chinese = bearer("buyer"), {"Accept-Language": "zh"}
    for sort, in_another in (("product_name", 422), ("-category", 422), ("-cost", 200)):
        address = f"{draft}/lines?limit=1&sort={sort}"
        first = (await client.get(address, headers=buyer | in_chinese)).json()
        following = f"{address}&cursor={first['next']}"
        assert (await client.get(following, headers=buyer | in_chinese)).status_code == 200
        assert (await client.get(following, headers=buyer)).status_code == in_another
