"""Purchase orders over HTTP: placed by hand, listed, sent, confirmed, cancelled, and as documents."""

from datetime import timedelta
from decimal import Decimal

import httpx
from sqlalchemy import Engine

from data.database import writing
from flows.ordering.receiving_against_orders import Delivery, count_deliveries

from .conftest import NOW, TOMORROW, Bearer

ORDER = {
    "supplier_id": "F2",
    "warehouse_id": "W1",
    "delivery_date": TOMORROW,
    "lines": [{"product_id": "milk", "quantity": 40, "unit_price": 7.5}, {"product_id": "spinach", "quantity": 2.5}],
    "note": "by phone",
}


async def test_an_order_by_phone_goes_its_way(client: httpx.AsyncClient, bearer: Bearer, shop: Engine) -> None:
    buyer = bearer("buyer")

    async def told(path: str, body: dict | None = None) -> dict:
        answer = await client.post(f"/v1/purchase-orders{path}", json=body or {}, headers=buyer)
        assert answer.status_code == 200, answer.text
        return answer.json()

    once = buyer | {"Idempotency-Key": "phone-1"}
    first, again = [await client.post("/v1/purchase-orders", json=ORDER, headers=once) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    placed = first.json()
    assert first.headers["Location"] == f"/v1/purchase-orders/{placed['number']}"
    assert (placed["number"], placed["status"], placed["cost"]) == ("PO-20260302-001", "ordered", 300.0)

    assert (await told(f"/{placed['number']}/sent", {"how": "phone"}))["status"] == "sent"
    short = await told(f"/{placed['number']}/confirm", {"lines": [{"line_no": 1, "quantity": 30}]})
    assert short["status"] == "confirmed_short"
    assert {name: short["lines"][0][name] for name in ("ordered", "confirmed", "under_way", "declined")} == {
        "ordered": 40,
        "confirmed": 30,
        "under_way": 30,
        "declined": 10,
    }
    with writing(shop) as session:
        count_deliveries(session, [Delivery("W1", "F2", "milk", Decimal(30), NOW, NOW, lot_id="L")], "a")
    cancelled = await told(f"/{placed['purchase_order_id']}/cancel", {"line_no": 2, "note": "no need"})
    assert cancelled["status"] == "closed"
    assert [event["kind"] for event in cancelled["history"]] == [
        "ordered",
        "sent",
        "confirmed",
        "received",
        "cancelled",
    ]

    before = (NOW - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    unknown = await client.get(f"/v1/purchase-orders/{placed['number']}?as_of={before}", headers=buyer)
    assert unknown.status_code == 404
    document = await client.get(f"/v1/purchase-orders/{placed['number']}/document.pdf?language=en", headers=buyer)
    assert document.headers["content-type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")


async def test_the_list_is_filtered_and_comes_in_pages(client: httpx.AsyncClient, bearer: Bearer, shop: Engine) -> None:
    buyer = bearer("buyer")
    yesterday, by_phone = "2026-03-01", "2026-02-28T02:00:00Z"
    for terms in (
        {},
        {"warehouse_id": "W2"},
        {"delivery_date": yesterday, "ordered_at": by_phone},
        {"supplier_id": "F1", "delivery_date": "2026-03-05"},
    ):
        answer = await client.post("/v1/purchase-orders", json=ORDER | terms, headers=buyer)
        assert answer.status_code == 201, answer.text
    await client.post("/v1/purchase-orders/PO-20260302-002/cancel", json={}, headers=buyer)

    async def numbers(**asked: object) -> list[str]:
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await client.get("/v1/purchase-orders", params=asked | cursor, headers=buyer)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += [order["number"] for order in page["items"]]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    every = ["PO-20260302-003", "PO-20260302-002", "PO-20260302-001", "PO-20260228-001"]
    assert await numbers() == every
    assert await numbers(limit=1) == every
    assert await numbers(status="cancelled", limit=1) == every[1:2]
    assert await numbers(overdue=True) == every[3:]
    assert await numbers(overdue=True, status="sent") == []
    assert await numbers(warehouse_id="W2") == every[1:2]
    assert await numbers(supplier_id="F1") == every[:1]
    assert await numbers(delivery_date=TOMORROW) == every[1:3]
    assert await numbers(as_of=by_phone) == []
    assert await numbers(as_of="0001-01-01T00:00:00Z") == []


async def test_what_cannot_be_done_is_refused_with_its_field(client: httpx.AsyncClient, bearer: Bearer) -> None:
    buyer = bearer("buyer")
    address = (await client.post("/v1/purchase-orders", json=ORDER, headers=buyer)).headers["Location"]
    twice = [{"line_no": 1, "quantity": 1}] * 2
    for path, body, status, words in [
        ("/v1/purchase-orders", ORDER | {"supplier_id": "F9"}, 404, "F9"),
        ("/v1/purchase-orders", ORDER | {"delivery_date": "2026-03-01"}, 422, "due before"),
        ("/v1/purchase-orders", ORDER | {"delivery_date": "9999-12-31"}, 422, "a year later"),
        ("/v1/purchase-orders", ORDER | {"ordered_at": "0001-01-01T00:00:00Z"}, 422, "a year ago"),
        ("/v1/purchase-orders/PO-1/cancel", {}, 404, "PO-1"),
        (f"{address}/confirm", {"lines": [{"line_no": 1, "quantity": 41}]}, 422, "0 to 40"),
        (f"{address}/confirm", {"lines": [{"line_no": 9, "quantity": 1}]}, 404, "line 9"),
        (f"{address}/confirm", {"lines": twice}, 422, "twice"),
    ]:
        answer = await client.post(path, json=body, headers=buyer)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
    await client.post(f"{address}/cancel", json={}, headers=buyer)
    assert (await client.post(f"{address}/cancel", json={}, headers=buyer)).status_code == 200
    assert (await client.post(f"{address}/sent", json={}, headers=buyer)).status_code == 409
    assert (await client.get(f"{address}/document.csv", headers=buyer)).status_code == 409
    assert (await client.get(f"{address}/document.doc", headers=buyer)).status_code == 422
