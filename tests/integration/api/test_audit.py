"""Every decision stands in the audit trail, whoever took it and by whichever door, and nothing else does."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.deciding import Decision, deciding
from data.frames.audit_entries import audit_entries
from data.tables import AuditEntryRow, Role, SupplierRow, WarehouseRow

from .conftest import Bearer

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOUSE = Path(__file__).parents[3]
BUYER, STAFF, OPERATOR = "a buyer", "a staff", "a operator"
PLAN = "/v1/purchase-plans/plan-1"
LIMITS = {"rows": [{"zone_id": "Z1", "valid_from": "2026-03-01T00:00:00Z", "low_c": 1, "high_c": 6}]}
COUNT = {"warehouse_id": "W1", "products": [{"product_id": "milk", "quantity": 8}]}
JUDGED = {"warehouse_id": "W1", "product_id": "milk", "first_day": "2026-03-04", "last_day": "2026-03-04",
          "quantity": 50, "reason": "a fair"}  # fmt: skip
ZONES = {"rows": [{"zone_id": "Z2", "warehouse_id": "W1", "name": "Dry goods", "band": "ambient", "x_m": 9, "y_m": 0,
                   "width_m": 5, "depth_m": 5}]}  # fmt: skip
DECISIONS: list[tuple[str, str, str, Any, str]] = [  # who, method, address, body, a table that it writes
    ("buyer", "PATCH", f"{PLAN}/lines/1", {"quantity": 50, "reason": "a fair", "reason_code": "event"}, "plan_lines"),
    ("buyer", "POST", f"{PLAN}/approve", {}, "purchase_orders"),
    ("buyer", "POST", "/v1/demand-judgements", JUDGED, "demand_judgements"),
    ("staff", "POST", "/v1/moves/M1/done", {}, "moves"),
    ("staff", "POST", "/v1/stock-counts", COUNT, "lots"),
    ("operator", "POST", "/v1/imports/limits", LIMITS, "limits"),
    ("operator", "POST", "/v1/imports/zones", ZONES, "zones"),
    ("operator", "POST", "/v1/sensors/S1/move", {"zone_id": "Z2"}, "sensors"),
    ("operator", "POST", "/v1/webhooks", {"url": "https://alerts.example.com/x"}, "webhooks"),
]


def trail(engine: Engine) -> list[AuditEntryRow]:
    with reading(engine) as session:
        return list(session.scalars(audit_entries().order_by(AuditEntryRow.at, AuditEntryRow.entry_id)))


async def test_each_decision_has_its_entry_and_repeating_or_reading_has_none(
    client: httpx.AsyncClient, bearer: Bearer, draft: str, shop: Engine
) -> None:
    for role, method, address, body, table in DECISIONS:
        before = trail(shop)
        answer = await client.request(method, address, json=body, headers=bearer(Role(role)))
        assert answer.is_success, (address, answer.text)
        new = trail(shop)[len(before) :]
        assert [entry.by for entry in new] == [f"a {role}"] * len(new), address
        assert any(table in entry.written for entry in new), (address, [entry.written for entry in new])
        assert all(entry.operation.startswith(f"{method} /v1/") and entry.key_id for entry in new)
    edited = trail(shop)[0]
    assert (edited.operation, edited.about) == (
        "PATCH /v1/purchase-plans/{plan_id}/lines/{line_no}",
        {"plan_id": "plan-1", "line_no": "1"},
    )
    (line,) = [change for change in edited.changes if change["table"] == "plan_lines"]
    assert (float(line["before"]["quantity"]), float(line["after"]["quantity"])) == (40, 50)
    kept = len(trail(shop))
    await client.post("/v1/moves/M1/done", json={}, headers=bearer("staff"))
    await client.post("/v1/moves/M1/refused", json={"reason": "too far"}, headers=bearer("staff"))
    await client.get("/v1/stock-counts", headers=bearer("staff"))
    assert len(trail(shop)) == kept


async def test_readings_are_no_decision_and_secrets_are_not_told(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    reading_ = {"readings": [{"sensor_id": "S1", "taken_at": "2026-03-02T01:59:00Z", "temperature_c": 3}]}
    assert (await client.post("/v1/readings", json=reading_, headers=bearer("operator"))).is_success
    assert trail(shop) == []
    webhook = (
        await client.post("/v1/webhooks", json={"url": "https://a.example/x"}, headers=bearer("operator"))
    ).json()
    address = f"/v1/webhooks/{webhook['webhook_id']}/rotate-secret"
    new = (await client.post(address, json={}, headers=bearer("operator"))).json()
    told = (await client.get("/v1/audit", headers=bearer("operator"))).text

    assert new["secret"] != webhook["secret"]
    assert webhook["webhook_id"] in told
    assert "whsec_" not in told


async def test_the_trail_is_read_by_operators_with_filters_and_a_cursor(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    for number in (1, 2, 3):
        body = {"url": f"https://a.example/{number}"}
        assert (await client.post("/v1/webhooks", json=body, headers=bearer("operator"))).is_success
    first = (await client.get("/v1/audit?limit=2&table=webhooks", headers=bearer("operator"))).json()
    more = {"limit": 2, "table": "webhooks", "cursor": first["next"]}
    second = (await client.get("/v1/audit", params=more, headers=bearer("operator"))).json()

    urls = [entry["changes"][0]["after"]["url"][-1] for entry in first["items"] + second["items"]]
    assert urls == ["3", "2", "1"]
    assert (await client.get("/v1/audit?table=limits", headers=bearer("operator"))).json()["items"] == []
    assert (await client.get("/v1/audit?by=a+buyer", headers=bearer("operator"))).json()["items"] == []
    for no_moment in ("1772416800", "-2.2e-313", "2026-03-02T10:00:00"):
        assert (await client.get(f"/v1/audit?since={no_moment}", headers=bearer("operator"))).status_code == 422
    assert (await client.get("/v1/audit", headers=bearer("buyer"))).status_code == 403


def test_nothing_writes_past_the_place_that_keeps_the_trail() -> None:
    """`data.database.writing` writes the entries: no step, command or route may open a transaction another way."""
    past = re.compile(r"engine\.begin\(|Session\((?!connection\))")
    found = [
        f"{path.relative_to(HOUSE)}: {line.strip()}"
        for room in ("api", "flows")
        for path in sorted((HOUSE / room).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if past.search(line)
    ]
    assert found == []


@one_database
def test_of_many_rows_ten_are_told_and_one_that_changes_twice_once(shop: Engine) -> None:
    before = deciding.set(Decision("Li", lambda: "freshfront try"))
    try:
        with writing(shop) as session:
            session.add_all(SupplierRow(supplier_id=f"N{n:02}", name="new", kind="farm") for n in range(30))
            warehouse = session.get_one(WarehouseRow, "W1")
            named = warehouse.name
            for name in ("once", "twice"):
                warehouse.name = name
                session.flush()
    finally:
        deciding.reset(before)
    (entry,) = trail(shop)
    assert entry.written["suppliers"] == 30
    assert len([change for change in entry.changes if change["table"] == "suppliers"]) == 10
    (renamed,) = [change for change in entry.changes if change["table"] == "warehouses"]
    assert (renamed["before"]["name"], renamed["after"]["name"]) == (named, "twice")
