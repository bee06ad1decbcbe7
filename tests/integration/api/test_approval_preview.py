"""What approving a plan or a part of it would order is asked before: orders below a supplier's minimum are named."""

from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.tables import PurchaseOrderRow, SupplierTermsRow

from .conftest import ORIGIN, TOMORROW, Bearer


async def test_orders_below_a_minimum_are_named_before_they_are_placed(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    buyer = bearer("buyer")
    order = {"warehouse_ids": ["W1"], "delivery_date": TOMORROW}
    plan = (await client.post("/v1/purchase-plans", json=order, headers=buyer)).json()
    path = f"/v1/purchase-plans/{plan['plan_id']}"
    lines = (await client.get(f"{path}/lines", headers=buyer)).json()["items"]
    [spinach] = [line for line in lines if line["product_id"] == "spinach"]
    with writing(shop) as session:
        session.add(
            SupplierTermsRow(supplier_id="F1", valid_from=ORIGIN.date(), delivery_cost=Decimal(0),
                             min_order_value=Decimal(0), min_order_packs=3, known_at=ORIGIN)
        )  # fmt: skip

    before = (await client.post(f"{path}/approve/preview", headers=buyer)).json()
    edit = {"quantity": 10, "reason": "the shelf is small"}
    assert (await client.patch(f"{path}/lines/{spinach['line_no']}", json=edit, headers=buyer)).status_code == 200
    edited = (await client.post(f"{path}/approve/preview", json={"supplier_id": "F1"}, headers=buyer)).json()

    assert (before["lines"], before["money"]) == (plan["lines_to_buy"], [{"currency": "CNY", "cost": plan["cost"]}])
    assert before["orders_below_minimum"] == []
    assert (edited["lines"], edited["orders"], edited["edited"]) == (1, 1, 1)
    assert edited["orders_below_minimum"] == [
        {
            "supplier_id": "F1",
            "warehouse_id": "W1",
            "delivery_date": TOMORROW,
            "minimum_packs": 3,
            "packs": 2,
            "minimum_value": 0,
            "value": pytest.approx(60),
        }
    ]
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(PurchaseOrderRow)) == 0


async def test_an_edit_beyond_the_days_budget_is_told_before_it_is_ordered(
    app: FastAPI, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    buyer = bearer("buyer")
    app.state.settings = app.state.settings.model_copy(
        update={"plan_budget": 200.0, "most_of_budget_for_one_supplier": 0.9}
    )
    order = {"warehouse_ids": ["W1"], "delivery_date": TOMORROW}
    plan = (await client.post("/v1/purchase-plans", json=order, headers=buyer)).json()
    path = f"/v1/purchase-plans/{plan['plan_id']}"
    lines = (await client.get(f"{path}/lines", headers=buyer)).json()["items"]
    [spinach] = [line for line in lines if line["product_id"] == "spinach"]

    before = (await client.post(f"{path}/approve/preview", headers=buyer)).json()
    edit = {"quantity": 45, "reason": "a fair"}
    await client.patch(f"{path}/lines/{spinach['line_no']}", json=edit, headers=buyer)
    edited = (await client.post(f"{path}/approve/preview", headers=buyer)).json()

    assert before["over_budget"] == []
    about = {"warehouse_id": "W1", "currency": "CNY"}
    assert edited["over_budget"] == [
        {**about, "supplier_id": None, "left": 200},
        {**about, "supplier_id": "F1", "left": 180},
    ]
    assert (await client.post(f"{path}/approve", headers=buyer)).status_code == 200, "it is what the buyer wants"


async def test_of_a_plan_that_is_not_there_nothing_is_told(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await client.post("/v1/purchase-plans/none/approve/preview", headers=bearer("buyer"))
    assert answer.status_code == 404
