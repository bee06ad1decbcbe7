"""What would be ordered if something happened, asked over HTTP: what comes back, who may, what is refused."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import PurchaseOrderLineRow, PurchaseOrderRow, Role
from flows.access.keys import create_key

from .conftest import NOW, ORIGIN, TOMORROW, Bearer
from .test_bad_input import is_problem

PATH = "/v1/what-if/purchase-plans"
FAILS: dict[str, Any] = {"warehouse_ids": ["W1"], "farms_fail": [{"supplier_id": "F1", "first_day": "2026-03-02"}]}


async def test_a_buyer_sees_both_plans_side_by_side_and_nothing_is_written(
    client: httpx.AsyncClient, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    buyer = bearer("buyer")
    there = everything()

    answer = await client.post(PATH, json=FAILS, headers=buyer)

    assert answer.status_code == 200, answer.text
    assert everything() == there
    told = answer.json()
    assert (told["made_at"], told["delivery_date"]) == ("2026-03-02T02:00:00Z", None)
    [spinach] = told["changes"]
    assert (spinach["warehouse_id"], spinach["product_id"], spinach["unit"]) == ("W1", "spinach", "kg")
    assert spinach["before"]["suppliers"] == ["农场 F1"]
    assert (spinach["after"]["quantity"], spinach["after"]["suppliers"], spinach["after"]["cost"]) == (0, [], 0)
    assert spinach["more_at_risk"] == pytest.approx(spinach["after"]["at_risk"] - spinach["before"]["at_risk"])
    # and the plan that is kept then is the one before
    made = await client.post("/v1/purchase-plans", json={"warehouse_ids": ["W1"]}, headers=buyer)
    assert made.json()["money"] == told["before"]["money"]
    assert told["after"]["lines_to_buy"] == told["before"]["lines_to_buy"] - 1


async def test_what_either_plan_says_beside_its_lines_is_told(client: httpx.AsyncClient, bearer: Bearer) -> None:
    told = (await client.post(PATH, json={"warehouse_ids": ["W1"], "budget": 20}, headers=bearer("buyer"))).json()
    codes = [[note["code"] for note in told[name]] for name in ("notes", "notes_after")]
    assert ["budget_reached" in of_plan for of_plan in codes] == [False, True]


async def test_what_others_have_spent_of_a_budget_is_not_told_to_who_sees_one_warehouse(
    client: httpx.AsyncClient, shop: Engine
) -> None:
    lines = [PurchaseOrderLineRow(line_no=1, product_id="milk", quantity=2, unit_price=6)]
    with writing(shop) as session:
        _, key = create_key(session, "of W1", Role.BUYER, NOW, ["W1"])
        session.add(
            PurchaseOrderRow(purchase_order_id="1", number="PO-1", supplier_id="F2", warehouse_id="W2", lines=lines,
                             delivery_date=NOW.date(), ordered_at=NOW, ordered_by="Li Na")
        )  # fmt: skip
    asked = {"warehouse_ids": ["W1"], "budget": 20}
    told = (await client.post(PATH, json=asked, headers={"Authorization": f"Bearer {key}"})).json()
    assert told["after"]["money"][0]["cost"] <= 8
    assert "budget_reached" not in [note["code"] for note in told["notes_after"]]


async def test_all_kinds_may_be_supposed_at_once_for_a_delivery_date(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    lines = [PurchaseOrderLineRow(line_no=1, product_id="milk", quantity=20, unit_price=6)]
    with writing(shop) as session:
        session.add(
            PurchaseOrderRow(purchase_order_id="1", number="PO-1", supplier_id="F2", warehouse_id="W1", lines=lines,
                             delivery_date=NOW.date(), ordered_at=ORIGIN, ordered_by="Li Na")
        )  # fmt: skip
    asked = FAILS | {
        "delivery_date": TOMORROW,
        "harvests_stopped": [{"supplier_id": "F2", "first_day": TOMORROW, "last_day": TOMORROW}],
        "deliveries_late": [{"purchase_order_id": "PO-1", "days": 2}],
        "budget": 5000,
    }
    answer = await client.post(PATH, json=asked, headers=bearer("buyer"))
    assert answer.status_code == 200, answer.text
    assert {one["product_id"] for one in answer.json()["changes"]} == {"spinach", "milk"}
    assert answer.json()["delivery_date"] == TOMORROW


DAYS = {"first_day": TOMORROW, "last_day": TOMORROW}
WRONG: Any = [
    ({"farms_fail": []}, None, 422),
    ({"warehouse_ids": []}, "warehouse_ids", 422),
    ({"warehouse_ids": ["W1"] * 101}, "warehouse_ids", 422),
    ({"warehouse_ids": ["W1", "nowhere"]}, "warehouse_ids", 404),
    ({"delivery_date": "2026-03-01"}, "delivery_date", 422),
    ({"budgets_cut": []}, "budgets_cut", 422),
    ({"budget": 0}, "budget", 422),
    ({"budget": "5"}, "budget", 422),
    ({"farms_fail": [{"supplier_id": "F1"}]}, "farms_fail[0].first_day", 422),
    ({"farms_fail": [{"supplier_id": "F9", "first_day": TOMORROW}]}, "supplier_id", 404),
    ({"farms_fail": [{"supplier_id": "F1", "first_day": "2026-03-01"}]}, "first_day", 422),
    ({"farms_fail": [{"supplier_id": "F1", "first_day": TOMORROW, "last_day": "0001-01-01"}]}, "last_day", 422),
    ({"farms_fail": FAILS["farms_fail"] * 21}, "farms_fail", 422),
    ({"harvests_stopped": [DAYS]}, "supplier_id", 422),
    ({"harvests_stopped": [DAYS | {"city": "nowhere"}]}, "city", 404),
    ({"harvests_stopped": [DAYS | {"supplier_id": "F1", "product_ids": ["gold"]}]}, "product_ids", 404),
    ({"deliveries_late": [{}]}, "supplier_id", 422),
    ({"deliveries_late": [{"supplier_id": "F1", "days": 0}]}, "deliveries_late[0].days", 422),
    ({"deliveries_late": [{"supplier_id": "F1", "days": 1.0}]}, "deliveries_late[0].days", 422),
    ({"deliveries_late": [{"supplier_id": "F1"}]}, "supplier_id", 409),
    ({"deliveries_late": [{"purchase_order_id": "PO-9"}]}, "purchase_order_id", 404),
    ({"promotions": [DAYS | {"product_id": "milk", "discount": 0}]}, "promotions[0].discount", 422),
    ({"promotions": [DAYS | {"product_id": "milk", "discount": float("nan")}]}, "promotions[0].discount", 422),
    ({"promotions": [DAYS | {"product_id": "milk", "discount": 0.8}]}, None, 409),
]


async def test_what_cannot_be_asked_is_a_problem_that_names_the_field(
    client: httpx.AsyncClient, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    headers = bearer("operator") | {"Content-Type": "application/json"}
    there = everything()
    for wrong, field, status in WRONG:
        answer = await client.post(PATH, content=json.dumps(FAILS | wrong), headers=headers)
        problem = is_problem(answer, status)
        assert [error["field"] for error in problem["errors"]] == ([] if field is None else [field]), wrong
    assert everything() == there


async def test_only_who_plans_asks_and_only_for_own_warehouses(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    for role in ("staff", "integration"):
        is_problem(await client.post(PATH, json=FAILS, headers=bearer(role)), 403)
    is_problem(await client.post(PATH, json=FAILS), 401)
    with writing(shop) as session:
        _, key = create_key(session, "of W2", Role.BUYER, NOW, warehouses=["W2"])
    own = {"Authorization": f"Bearer {key}"}
    refused = is_problem(await client.post(PATH, json=FAILS, headers=own), 403)
    assert "W1" in json.dumps(refused)
    assert (await client.post(PATH, json=FAILS | {"warehouse_ids": ["W2"]}, headers=own)).status_code == 200
