"""A day in the stock of W1: a delivery at the door, a count, waste, a transfer, a recall; and what the stock says."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select

from data.database import reading
from data.tables import ReceiptRow, StockChangeRow

from .conftest import Bearer

DELIVERY = {
    "receipt_id": "R1",
    "warehouse_id": "W1",
    "supplier_id": "F1",
    "received_at": "2026-03-02T01:00:00Z",
    "lines": [
        {"product_id": "spinach", "accepted": 26, "rejected": 2, "defect": "wilted", "lot_id": "G1"},
        {"product_id": "milk", "accepted": 40, "expires_on": "2026-03-09"},
    ],
}


@pytest.fixture
def staff(bearer: Bearer) -> dict[str, str]:
    return bearer("staff")


async def test_a_delivery_is_taken_in_once_found_again_and_corrected(
    client: httpx.AsyncClient, staff: dict[str, str], shop: Engine
) -> None:
    for key in ("one", "two", "two"):
        answer = await client.post("/v1/receipts", json=DELIVERY, headers=staff | {"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert [(line["lot_id"], line["expires_on"], line["without_order"]) for line in receipt["lines"]] == [
        ("G1", "2026-03-03", 28.0),  # two days of life; nobody had ordered it
        ("260302-001", "2026-03-09", 40.0),
    ]
    assert (await client.get("/v1/receipts/R1", headers=staff)).json() == receipt
    listed = (await client.get("/v1/warehouses/W1/receipts", headers=staff)).json()
    assert [one["receipt_id"] for one in listed["items"]] == ["R1"]

    corrected = {"accepted": 25, "rejected": 3, "defect": "wilted"}
    line = await client.patch("/v1/receipts/R1/lines/1", json=corrected, headers=staff)

    assert line.json()["lines"][0]["accepted"] == 25
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(ReceiptRow)) == 1
        assert session.scalar(select(func.count()).select_from(StockChangeRow)) == 3
    missing = await client.patch("/v1/receipts/R1/lines/9", json=corrected, headers=staff)
    assert missing.status_code == 404


async def test_stock_is_counted_written_off_moved_blocked_and_shown(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    async def post(path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
        answer = await client.post(f"/v1/{path}", json=body, headers=staff)
        assert answer.status_code == status, answer.text
        return answer.json()

    await post("receipts", DELIVERY)
    counted = {"id": "C1", "warehouse_id": "W1", "lots": [{"lot_id": "G1", "quantity": 20}],
               "products": [{"product_id": "saffron", "quantity": 5}]}  # fmt: skip
    for _ in range(2):
        changes = (await post("stock-counts", counted))["changes"]
    assert [(change["lot_id"], change["quantity"], change["left"]) for change in changes] == [
        ("G1", -6.0, 20.0), ("saffron", 5.0, 5.0),
    ]  # fmt: skip
    waste = {"warehouse_id": "W1", "lots": [{"lot_id": "G1", "quantity": 4}], "reason": "damaged"}
    assert (await post("write-offs", waste))["changes"][0]["left"] == 16.0
    refused = await post("write-offs", waste | {"lots": [{"lot_id": "G1", "quantity": 17}]}, 409)
    assert "16 kg left" in refused["detail"]
    back = {"warehouse_id": "W1", "product_id": "spinach", "quantity": 1}
    assert (await post("returns", back))["changes"][0]["left"] == 17.0
    moved = {"from_warehouse_id": "W1", "lot_id": "G1", "to_warehouse_id": "W2", "quantity": 7}
    assert [change["left"] for change in (await post("transfers", moved))["changes"]] == [10.0, 7.0]
    blocked = await post("warehouses/W1/lots/G1/block", {"because": "recall"}, 200)
    assert blocked["blocked_because"] == "recall"

    stock = (await client.get("/v1/warehouses/W1/stock", headers=staff)).json()
    products = {product["product_id"]: product for product in stock["items"]}
    assert (stock["counted_at"], stock["old"]) == ("2026-03-02T02:00:00Z", False)
    assert (products["spinach"]["on_shelf"], products["spinach"]["lots"][0]["blocked_because"]) == (0, "recall")
    assert products["saffron"]["on_shelf"] == 5
    assert products["spinach"]["runs_out_on"] == "2026-03-02"
    before = await client.get("/v1/warehouses/W1/stock?as_of=2026-03-02T01:30:00Z", headers=staff)
    assert before.json()["items"][0]["lots"] == []  # it was entered at ten

    trace = (await client.get("/v1/warehouses/W2/lots/G1/trace", headers=staff)).json()
    assert {(part["warehouse_id"], part["left"]) for part in trace["parts"]} == {("W1", 10.0), ("W2", 7.0)}
    assert [receipt["receipt_id"] for receipt in trace["receipts"]] == ["R1"]
    await client.post("/v1/warehouses/W1/lots/G1/unblock", headers=staff)
    stock = (await client.get("/v1/warehouses/W1/stock?limit=3", headers=staff)).json()
    assert {product["product_id"]: product["on_shelf"] for product in stock["items"]}["spinach"] == 10


async def test_an_inspection_at_origin_keeps_what_the_laboratory_found(
    client: httpx.AsyncClient, staff: dict[str, str]
) -> None:
    lab = {"id": "lab-1", "stage": "origin", "supplier_id": "F1", "product_id": "spinach", "inspected": 40,
           "accepted": 40, "residues": "none found"}  # fmt: skip
    for _ in range(2):
        answer = await client.post("/v1/inspections", json=lab, headers=staff)
        assert (answer.status_code, answer.json()["residues"]) == (201, "none found")
    at_receipt = await client.post("/v1/inspections", json=lab | {"id": "x", "stage": "receipt"}, headers=staff)
    assert at_receipt.status_code == 409
