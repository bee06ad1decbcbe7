"""What a plan carries between warehouses over the API: its terms imported, shown with the plan, left out, approved,
sent, received, cancelled, and for whom."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from data.database import writing
from data.tables import LotRow, Role
from flows.access.keys import create_key

from .conftest import NOW, ORIGIN, Bearer

TERMS = "from_warehouse_id,to_warehouse_id,valid_from,hours,drive_cost,cost_per_unit\nW1,W2,2026-01-01,2,20,0.1\n"


@pytest.fixture
async def plan(client: httpx.AsyncClient, shop: Engine, bearer: Bearer) -> str:
    """The address of a plan of W1, which has spinach for five days that keeps for two, and W2, which has none."""
    with writing(shop) as session:
        session.add(
            LotRow(lot_id="S1", warehouse_id="W1", product_id="spinach", received_at=ORIGIN, known_at=ORIGIN,
                   expires_on=date(2026, 3, 3), quantity_received=Decimal(100), quantity_on_hand=Decimal(100),
                   counted_at=NOW)
        )  # fmt: skip
    headers = {**bearer("erp"), "Content-Type": "text/csv"}
    assert (await client.post("/v1/imports/transfer-terms", headers=headers, content=TERMS)).status_code == 200
    made = await client.post("/v1/purchase-plans", headers=bearer("buyer"), json={"warehouse_ids": ["W1", "W2"]})
    assert made.status_code == 201, made.text
    return made.headers["Location"]


async def stock(client: httpx.AsyncClient, bearer: Bearer, warehouse: str) -> dict[str, float]:
    lots = (await client.get(f"/v1/lots?warehouse_id={warehouse}", headers=bearer("staff"))).json()["items"]
    return {lot["lot_id"]: lot["quantity_on_hand"] for lot in lots}


async def test_a_plan_shows_what_it_carries_and_approval_keeps_it_aside_once(
    client: httpx.AsyncClient, bearer: Bearer, plan: str
) -> None:
    shown = (await client.get(plan, headers=bearer("staff"))).json()
    [one] = shown["transfers"]
    assert (one["from_warehouse_id"], one["to_warehouse_id"], one["product_name"]) == ("W1", "W2", "spinach")
    assert (one["unit"], one["currency"], one["arrives_at"]) == ("kg", "CNY", "2026-03-02T04:00:00Z")
    assert one["lots"] == [{"lot_id": "S1", "quantity": one["quantity"], "last_day": "2026-03-03"}]
    assert one["cost"] == pytest.approx(20 + one["quantity"] / 10)
    assert one["earns"] > 0
    assert one["waste_avoided"] > 10
    assert one["approved_at"] is None

    approved = [await client.post(f"{plan}/approve", headers=bearer("buyer")) for _ in range(2)]

    assert [answer.status_code for answer in approved] == [200, 200]
    assert approved[0].json() == approved[1].json()
    assert approved[0].json()["transfers"][0]["approved_by"] == "a buyer"
    [kept] = approved[0].json()["transfers"]
    assert (kept["approved_by"], kept["stage"]) == ("a buyer", "approved")
    assert await stock(client, bearer, "W1") == {"S1": 100}
    [lot] = (await client.get("/v1/warehouses/W1/stock/spinach", headers=bearer("staff"))).json()["lots"]
    assert lot["kept_aside"] == one["quantity"]
    there = (await client.get("/v1/warehouses/W2/stock/spinach", headers=bearer("staff"))).json()
    assert there["arriving"] == [{"day": "2026-03-02", "quantity": one["quantity"]}]


@pytest.fixture
async def approved(client: httpx.AsyncClient, bearer: Bearer, plan: str) -> dict[str, Any]:
    """What is carried by the plan, once it is approved."""
    answer = await client.post(f"{plan}/approve", headers=bearer("buyer"))
    return answer.json()["transfers"][0]


async def test_what_was_approved_is_sent_and_received_by_staff(
    client: httpx.AsyncClient, bearer: Bearer, approved: dict[str, Any]
) -> None:
    staff, quantity = bearer("staff"), approved["quantity"]
    of, to = (f"/v1/warehouses/{name}/transfers/{approved['transfer_id']}" for name in ("W1", "W2"))
    assert (await client.post(f"{of}/send", headers=bearer("buyer"), json={})).status_code == 403
    today = (await client.get("/v1/today", headers=staff)).json()["transfers"]
    assert [one["transfer_id"] for one in today["to_send"]] == [approved["transfer_id"]]

    twice = {"lots": [{"lot_id": "S1", "quantity": 1}, {"lot_id": "S1", "quantity": 2}]}
    unclear = await client.post(f"{of}/send", headers=staff, json=twice)
    assert (unclear.status_code, unclear.json()["errors"][0]["field"]) == (422, "lots.lot_id")
    less = {"lots": [{"lot_id": "S1", "quantity": quantity - 2}], "because": "two were wilted"}
    sent = [await client.post(f"{of}/send", headers=staff, json=less) for _ in range(2)]

    assert [answer.status_code for answer in sent] == [200, 200], sent[0].text
    assert sent[0].json() == sent[1].json()
    one = sent[0].json()
    assert (one["stage"], one["arrives_at"], one["because"]) == ("sent", "2026-03-02T04:00:00Z", "two were wilted")
    assert (await client.post(f"{of}/send", headers=staff, json={})).status_code == 409
    assert await stock(client, bearer, "W1") == {"S1": 100 - quantity + 2}
    assert await stock(client, bearer, "W2") == {}

    good = [{"lot_id": "S1", "quantity": quantity - 5}]
    unsaid = await client.post(f"{to}/receive", headers=staff, json={"lots": good})
    assert (unsaid.status_code, "lost" in unsaid.text) == (422, True)
    lost = {"lots": good, "because": "three were wet"}
    came = [await client.post(f"{to}/receive", headers=staff, json=lost) for _ in range(2)]

    assert [answer.status_code for answer in came] == [200, 200], came[0].text
    assert came[0].json()["lots"] == [
        {"lot_id": "S1", "to_lot_id": "S1", "last_day": "2026-03-03", "approved": quantity, "sent": quantity - 2,
         "accepted": quantity - 5}
    ]  # fmt: skip
    assert await stock(client, bearer, "W2") == {"S1": quantity - 5}
    for stage, many in (("received", 1), ("sent", 0)):
        listed = await client.get(f"/v1/warehouses/W2/transfers?stage={stage}", headers=staff)
        assert len(listed.json()["items"]) == many
    events = (await client.get("/v1/events?limit=200", headers=staff)).json()["items"]
    told = {one["type"]: one["data"] for one in events if one["type"].startswith("transfer.")}
    assert told.keys() == {"transfer.approved", "transfer.sent", "transfer.received"}
    assert told["transfer.received"]["lots"][0]["accepted"] == quantity - 5


async def test_what_was_approved_is_cancelled_by_a_buyer_until_it_left(
    client: httpx.AsyncClient, bearer: Bearer, plan: str, approved: dict[str, Any]
) -> None:
    address = f"{plan}/transfers/1/cancel"
    assert (await client.post(address, headers=bearer("staff"), json={})).status_code == 403
    for _ in range(2):
        answer = await client.post(address, headers=bearer("buyer"), json={"because": "no driver"})
        assert (answer.status_code, answer.json()["transfers"][0]["stage"]) == (200, "cancelled")
    sent = await client.post(
        f"/v1/warehouses/W1/transfers/{approved['transfer_id']}/send", headers=bearer("staff"), json={}
    )
    assert (sent.status_code, "was cancelled" in sent.json()["detail"]) == (409, True)


async def test_what_is_left_out_is_not_carried(client: httpx.AsyncClient, bearer: Bearer, plan: str) -> None:
    address = f"{plan}/transfers/1"
    assert (await client.delete(address, headers=bearer("staff"))).status_code == 403
    left_out = await client.delete(address, headers=bearer("buyer"))
    assert (left_out.status_code, left_out.json()["transfers"]) == (200, [])
    again = await client.delete(address, headers=bearer("buyer"))
    assert again.status_code == 404
    assert "has no open transfer 1" in again.json()["detail"]

    assert (await client.post(f"{plan}/approve", headers=bearer("buyer"))).status_code == 200
    assert await stock(client, bearer, "W2") == {}
    assert (await client.delete(address, headers=bearer("buyer"))).status_code == 409


async def test_who_has_one_of_two_warehouses_is_shown_and_made_no_transfer(
    client: httpx.AsyncClient, shop: Engine, bearer: Bearer, plan: str
) -> None:
    with writing(shop) as session:
        _, key = create_key(session, "of W2", Role.BUYER, NOW, ["W2"])
    of_w2 = {"Authorization": f"Bearer {key}"}

    assert (await client.get(plan, headers=of_w2)).json()["transfers"] == []
    assert (await client.get("/v1/transfer-terms", headers=of_w2)).json()["items"] == []
    assert (await client.delete(f"{plan}/transfers/1", headers=of_w2)).status_code == 403
    assert (await client.post(f"{plan}/approve", headers=of_w2)).status_code == 403
    made = await client.post("/v1/purchase-plans", headers=of_w2, json={"warehouse_ids": ["W2"]})
    assert made.json()["transfers"] == []
    assert await stock(client, bearer, "W1") == {"S1": 100}


async def test_terms_are_read_and_imported_by_who_may(client: httpx.AsyncClient, bearer: Bearer, plan: str) -> None:
    listed = (await client.get("/v1/transfer-terms?valid_on=2026-03-02", headers=bearer("buyer"))).json()["items"]
    assert [(one["from_warehouse_id"], one["hours"], one["drive_cost"]) for one in listed] == [("W1", 2.0, 20.0)]
    one = await client.get("/v1/transfer-terms/W1/W2/2026-01-01", headers=bearer("buyer"))
    assert one.json()["cost_per_unit"] == 0.1
    headers = {**bearer("buyer"), "Content-Type": "text/csv"}
    assert (await client.post("/v1/imports/transfer-terms", headers=headers, content=TERMS)).status_code == 403


async def test_the_sheet_has_what_is_carried_beside_the_lines(
    client: httpx.AsyncClient, bearer: Bearer, plan: str
) -> None:
    [one] = (await client.get(plan, headers=bearer("buyer"))).json()["transfers"]
    book = load_workbook(io.BytesIO((await client.get(f"{plan}/export.xlsx", headers=bearer("buyer"))).content))
    assert book.sheetnames == ["plan 2026-03-03", "between warehouses"]
    header, row = book["between warehouses"].iter_rows(values_only=True)
    shown = dict(zip(header, row, strict=True))
    assert (shown["From warehouse"], shown["To warehouse"], shown["Lots"]) == ("W1", "W2", "S1")
    assert shown["Quantity"] == one["quantity"]
    book.close()
