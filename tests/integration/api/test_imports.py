"""Rows over HTTP: what only files could bring, by the same rules, for those who may."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select

from api.importing.import_rights import LEAD_TO_A_WAREHOUSE, OF_ALL_WAREHOUSES
from data.database import reading, writing
from data.importers.importing import KINDS
from data.importers.kinds.example_rows import EXAMPLE_ROWS
from data.tables import (
    AlarmRow,
    Band,
    InspectionRow,
    LotRow,
    OfferRow,
    OutboxEventRow,
    ProductRow,
    PurchaseOrderEventRow,
    PurchaseOrderRow,
    Role,
    SensorRow,
    SlotRow,
    Stage,
    StockChangeRow,
    ZoneRow,
)
from flows.access.keys import create_key
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders

from .conftest import NOW, ORIGIN, Bearer
from .test_bad_input import JSON, is_problem

Everything = Callable[[], dict[str, list[Any]]]
Rows = list[dict[str, Any]]
CSV = {"Content-Type": "text/csv"}
PEAR = {"product_id": "pear", "name": "梨", "category": "fruit", "band": "chilled", "unit": "kg"}
# what is refused or admitted before rows are written is not the database's doing
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def erp(bearer: Bearer) -> dict[str, str]:
    return bearer("erp")


@pytest.fixture
def limited(shop: Engine) -> dict[str, str]:
    """The key of an ERP of W1 alone."""
    with writing(shop) as session:
        _, key = create_key(session, "of W1", Role.ERP, NOW, ["W1"])
    return {"Authorization": f"Bearer {key}"}


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def a_day_of(kind: str) -> Rows:
    """The example of a kind; of availability, which has all hours of a day, with all of them."""
    hours = range(24) if kind == "availability" else [EXAMPLE_ROWS[kind].get("hour")]
    return [EXAMPLE_ROWS[kind] | ({} if hour is None else {"hour": str(hour)}) for hour in hours]


async def test_each_kind_comes_as_csv_and_the_same_as_json(
    client: httpx.AsyncClient, erp: dict[str, str], everything: Everything
) -> None:
    other = EXAMPLE_ROWS["warehouses"] | {"warehouse_id": "W02"}  # goods are carried to it
    assert (await client.post("/v1/imports/warehouses", json={"rows": [other]}, headers=erp)).status_code == 200
    for kind in KINDS:
        before, rows = everything(), a_day_of(kind)
        came = await client.post(f"/v1/imports/{kind}", content=as_csv(rows), headers=erp | CSV)
        assert came.status_code == 200, (kind, came.text)
        assert came.json()["rows"] == len(rows)
        kept = everything()
        assert kept != before, kind
        again = await client.post(f"/v1/imports/{kind}", json={"rows": rows}, headers=erp)
        assert again.json()["rows"] == len(rows), (kind, again.text)
        told = {"audit_entries": [], "records_to_seal": []}  # that it was sent again stands in the trail
        assert everything() | told == kept | told, kind


@on_sqlite
async def test_values_of_json_are_read_as_those_of_a_file(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    rows = [PEAR | {"product_id": 12, "list_price": 7.1, "shelf_life_days": 9, "subcategory": None}]
    assert (await client.post("/v1/imports/products", json={"rows": rows}, headers=erp)).status_code == 200
    closed = {"event_id": "E1", "name": "strike", "kind": "strike", "first_day": "2026-03-05",
              "last_day": "2026-03-05", "closed": True}  # fmt: skip
    assert (await client.post("/v1/imports/events", json={"rows": [closed]}, headers=erp)).status_code == 200
    with reading(shop) as session:
        pear = session.get_one(ProductRow, "12")
        assert (pear.list_price, pear.shelf_life_days, pear.subcategory) == (Decimal("7.1"), 9, None)


@on_sqlite
async def test_one_bad_row_and_nothing_is_kept_and_each_is_named(
    client: httpx.AsyncClient, erp: dict[str, str], everything: Everything
) -> None:
    rows = [PEAR, PEAR | {"product_id": "fig", "unit": "crate"}, PEAR | {"product_id": "pear", "name": "pear"}]
    before = everything()
    said = "'crate' is not one of kg, litre, money, piece, bunch, box, bag, bottle, tray. Write one of these words."
    problem = is_problem(await client.post("/v1/imports/products", json={"rows": rows}, headers=erp), 422)
    assert problem["detail"] == "body: 2 bad rows, nothing of it was kept."
    assert problem["errors"] == [
        {"in": "body", "field": "rows[1].unit", "detail": said},
        {"in": "body", "field": "rows[2]",
         "detail": "is about the same product_id as rows[0]. Keep the row that is right."},
    ]  # fmt: skip
    problem = is_problem(await client.post("/v1/imports/products", content=as_csv(rows), headers=erp | CSV), 422)
    assert problem["errors"][0] == {"in": "body", "field": "line 3, column unit", "detail": said}
    assert problem["errors"][1]["field"] == "line 4"
    assert "as line 2" in problem["errors"][1]["detail"]
    assert everything() == before


async def test_bad_rows_are_left_out_and_told_where_that_is_asked_for(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    rows = [PEAR, PEAR | {"product_id": "fig", "unit": "crate"}, PEAR | {"name": "pear"}, PEAR | {"product_id": "fig"}]
    done = await client.post("/v1/imports/products?skip_bad_rows=true", json={"rows": rows}, headers=erp)
    assert done.status_code == 200, done.text
    told = done.json()
    assert (told["kind"], told["rows"], told["bad_rows"], told["notes"]) == ("products", 2, 2, [])
    assert [(bad["field"], bad["in"]) for bad in told["left_out"]] == [("rows[1].unit", "body"), ("rows[2]", "body")]
    with reading(shop) as session:
        assert session.get_one(ProductRow, "pear").name == "梨"
        assert session.get_one(ProductRow, "fig").name == "梨"


async def test_what_is_left_out_for_contradicting_an_earlier_row_has_left_no_trace(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    rows = [{"warehouse_id": "W1", "product_id": "milk", "quantity": quantity} for quantity in (30, 45)]
    done = await client.post("/v1/imports/stock?skip_bad_rows=true", json={"rows": rows}, headers=erp)
    assert (done.json()["rows"], done.json()["bad_rows"]) == (1, 1), done.text
    with reading(shop) as session:
        assert session.scalars(select(LotRow.quantity_on_hand)).all() == [30]
        assert session.scalars(select(StockChangeRow.quantity)).all() == [30]


async def test_a_request_that_comes_again_under_its_key_is_answered_the_same(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    named = erp | {"Idempotency-Key": "evening-1"}
    lots = {"rows": [{"warehouse_id": "W1", "product_id": "milk", "quantity": 30}]}
    first = await client.post("/v1/imports/stock", json=lots, headers=named)
    await client.post("/v1/imports/stock", json={"rows": [lots["rows"][0] | {"quantity": 9}]}, headers=erp)
    again = await client.post("/v1/imports/stock", json=lots, headers=named)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    with reading(shop) as session:
        assert session.scalars(select(LotRow.quantity_on_hand)).all() == [9], "the first count is not done again"
    other = await client.post("/v1/imports/stock?skip_bad_rows=true", json=lots, headers=named)
    assert is_problem(other, 422)["errors"][0]["field"] == "Idempotency-Key"


async def test_a_whole_stock_counts_what_it_does_not_name_as_0(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    both = [{"warehouse_id": "W1", "product_id": name, "quantity": 30} for name in ("milk", "saffron")]
    await client.post("/v1/imports/stock?counted_at=2026-03-01T22:00", json={"rows": both}, headers=erp)
    done = await client.post("/v1/imports/stock?whole_stock=true", json={"rows": both[:1]}, headers=erp)
    assert done.json()["notes"] == ["1 lot that the file does not name is counted as 0."]
    with reading(shop) as session:
        left = {lot.product_id: (lot.quantity_on_hand, lot.counted_at) for lot in session.scalars(select(LotRow))}
    assert left == {"milk": (30, NOW), "saffron": (0, NOW)}


@on_sqlite
async def test_options_that_go_with_nothing_are_refused(client: httpx.AsyncClient, erp: dict[str, str]) -> None:
    stock = {"rows": [{"warehouse_id": "W1", "product_id": "milk", "quantity": 30}]}
    for asked, body, field in (
        ("products?whole_stock=true", {"rows": [PEAR]}, "whole_stock"),
        ("products?counted_at=2026-03-01T22:00", {"rows": [PEAR]}, "counted_at"),
        ("stock?whole_stock=true&skip_bad_rows=true", stock, "whole_stock"),
        ("stock?counted_at=yesterday", stock, "counted_at"),
        ("stock?skip_bad_rows=perhaps", stock, "skip_bad_rows"),
        ("stock?whole=true", stock, "whole"),
    ):
        problem = is_problem(await client.post(f"/v1/imports/{asked}", json=body, headers=erp), 422)
        assert [(wrong["in"], wrong["field"]) for wrong in problem["errors"]] == [("query", field)], problem


async def test_imported_readings_raise_alarms_and_tell_of_them(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    rows = [
        {"sensor_id": "S1", "taken_at": f"2026-03-02T09:{minute:02}", "temperature_c": 9} for minute in range(0, 50, 5)
    ]
    done = await client.post("/v1/imports/readings", json={"rows": rows}, headers=erp)
    assert done.json()["notes"] == ["1 alarm raised, 0 ended."], done.text
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(AlarmRow)) == 1
        assert session.scalar(select(func.count()).select_from(OutboxEventRow)) == 1


async def test_imported_lots_end_the_purchase_orders_that_they_came_for(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    line = NewPurchaseOrderLine(supplier_id="F2", warehouse_id="W1", delivery_date=date(2026, 3, 2), line_no=1,
                                product_id="milk", quantity=Decimal(30), unit_price=Decimal(7))  # fmt: skip
    with writing(shop) as session:
        place_purchase_orders(session, [line], ORIGIN, "Li Na")
    lot = {"lot_id": "L1", "warehouse_id": "W1", "product_id": "milk", "supplier_id": "F2",
           "received_at": "2026-03-02T06:00", "quantity_received": 30}  # fmt: skip
    done = await client.post("/v1/imports/lots", json={"rows": [lot]}, headers=erp)
    assert done.json()["notes"] == ["1 of 1 new receipts were for purchase orders."], done.text
    with reading(shop) as session:
        assert session.scalars(select(PurchaseOrderRow)).one().lines[0].received == 30
        assert set(session.scalars(select(StockChangeRow.by))) == {"a erp"}, "who did it, and not that it was imported"
        assert session.scalars(select(PurchaseOrderEventRow.by)).all()[-1] == "a erp"


WRONG_BODIES: Any = [
    (JSON, b"{", 400, None),
    (JSON, b'{"rows": [{"a": "\\ud800"}]}', 400, None),
    (JSON, b'{"rows": [{"\\ud800": 1}]}', 400, None),
    (JSON, b'{"rows": [{"a": "\xed\xa0\x80"}]}', 400, None),
    (JSON, b"[" * 50_000, 400, None),
    (JSON, b"[]", 422, "body"),
    (JSON, b"{}", 422, "rows"),
    (JSON, b'{"rows": []}', 422, "rows"),
    (JSON, b'{"rows": [], "more": 1}', 422, "rows"),
    (JSON, b'{"rows": [7]}', 422, "rows[0]"),
    (JSON, b'{"rows": [{}]}', 422, "body"),
    (JSON, json.dumps({"rows": [PEAR | {"price": 7}]}).encode(), 422, "body"),
    (JSON, json.dumps({"rows": [PEAR | {"name": "a\0"}]}).encode(), 422, "rows[0].name"),
    (JSON, json.dumps({"rows": [PEAR | {"name": ["a"]}]}).encode(), 422, "rows[0]"),
    (JSON, json.dumps({"rows": [PEAR, PEAR | {"product_id": "fig", "list_price": 3}]}).encode(), 422, "rows[0]"),
    (JSON, json.dumps({"rows": [PEAR | {"list_price": float("nan")}]}).encode(), 422, "rows[0].list_price"),
    (JSON, json.dumps({"rows": [PEAR | {"list_price": 10**400}]}).encode(), 422, "rows[0].list_price"),
    (JSON, json.dumps({"rows": [PEAR | {"name": True, "unit": False}]}).encode(), 422, "rows[0].unit"),
    (CSV, b"", 422, "body"),
    (CSV, b"product_id;name\n", 422, "body"),
    (CSV, b"product_id,name,category,band,unit\n", 422, "body"),
    (CSV, b"product_id,name,category,band,unit\npear,\xff,fruit,chilled,kg\n", 422, "body"),
    (CSV, b'product_id,name,category,band,unit\npear,"a,fruit,chilled,kg\n', 422, "body"),
    (CSV, b"product_id,name,category,band,unit\npear,a\n", 422, "line 2"),
    ({"Content-Type": "text/plain"}, b"product_id\n", 415, None),
    ({"Content-Type": "application/x-www-form-urlencoded"}, b"rows=1", 415, None),
    (CSV, b" " * 100_001, 413, None),
]


@on_sqlite
async def test_a_body_that_is_no_table_of_the_kind(
    client: httpx.AsyncClient, erp: dict[str, str], everything: Everything
) -> None:
    before = everything()
    for kind, body, status, field in WRONG_BODIES:
        answer = await client.post("/v1/imports/products", content=body, headers=erp | kind)
        problem = is_problem(answer, status)
        assert [wrong["field"] for wrong in problem["errors"]][:1] == ([field] if field else []), (body, problem)
        assert everything() == before, body


OWN_IDS = {"warehouse_id", "product_id", "supplier_id", "offer_id", "order_id", "event_id", "number", "lot_id",
           "inspection_id", "zone_id", "slot_id", "sensor_id"}  # fmt: skip
NASTY: Any = [
    *("", " ", "0", "-0", "-1", "1e9", "1e-9", "1e400", "9" * 400, "nan", "inf", "0x1", "١", "½", "1,5", "True", "yes"),
    *(
        "0000-00-00",
        "0001-01-01",
        "2026-02-30",
        "9999-12-31",
        "2026-03-01",
        "2026-03-01T24:00",
        "2026-03-01T10:00+99:99",
    ),
    *("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "2026-03-29T02:30", "25:61", "UTC", "Asia/Nowhere", "../etc"),
    *("x" * 65, "x" * 2000, "a\nb", "a\u2028b", "\x7f", "\u0000", "\U0001f34e", "=1+1", "'; --"),
    *(None, True, False, 0, -1, 10**17, 10**30, 1e308, -1e308, 0.1 + 0.2, float("inf"), [], {}, ["a"], {"a": 1}),
]


async def test_no_value_is_answered_otherwise_than_with_what_is_wrong_with_it(
    client: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    for kind, rules in KINDS.items():
        example = a_day_of(kind)[0]
        own_id = next((name for name in rules.once[0].key if name in OWN_IDS and not rules.column(name).refers), None)
        rows = [example | {column: value} for column in example for value in NASTY]
        for number, row in enumerate(rows):
            if own_id is not None and row[own_id] == example[own_id]:
                row[own_id] = f"{kind}-{number}"  # so that each is kept, if it may be
        for first in range(0, len(rows), 100):
            sent = [example, *rows[first : first + 100]]
            body = json.dumps({"rows": sent})
            answer = await client.post(f"/v1/imports/{kind}?skip_bad_rows=true", content=body, headers=erp | JSON)
            if kind == "travel-times" and answer.status_code == 422:  # kept whole, and the good rows alone have gaps
                assert "have no row from" in is_problem(answer, 422)["detail"]
                continue
            assert answer.status_code == 200, (kind, answer.text)
            assert answer.json()["rows"] + answer.json()["bad_rows"] == len(sent), kind


@on_sqlite
async def test_csv_is_for_what_is_imported_alone(client: httpx.AsyncClient, erp: dict[str, str]) -> None:
    is_problem(await client.post("/v1/readings", content="a", headers=erp | CSV), 415)


@on_sqlite
async def test_kinds_say_what_columns_they_have_and_what_is_needed(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer
) -> None:
    described = app.openapi()["paths"]["/v1/imports/{kind}"]["post"]["description"]
    assert described.endswith("Needs the scope `imports:write`.")
    headers = bearer("integration")
    listed = (await client.get("/v1/imports", headers=headers)).json()
    assert [kind["kind"] for kind in listed["items"]] == list(KINDS)
    assert listed["next"] is None
    first = (await client.get("/v1/imports?limit=7", headers=headers)).json()
    rest = (await client.get(f"/v1/imports?cursor={first['next']}", headers=headers)).json()
    assert (len(first["items"]), first["items"] + rest["items"]) == (7, listed["items"])
    for wrong in ("cursor=apples", "kind=stock"):
        is_problem(await client.get(f"/v1/imports?{wrong}", headers=headers), 422)
    stock = (await client.get("/v1/imports/stock", headers=headers)).json()
    assert stock in listed["items"]
    assert stock["columns"][2] == {"name": "quantity", "type": "decimal, 3 places", "unit": "product's unit",
                                   "required": True, "meaning": "how much is there", "refers": None,
                                   "example": "24"}  # fmt: skip
    assert (stock["scopes"], stock["of_all_warehouses"]) == (["imports:write", "stock:write"], False)
    assert stock["options"] == ["skip_bad_rows", "whole_stock", "counted_at"]
    is_problem(await client.get("/v1/imports/apples", headers=headers), 404)
    is_problem(await client.post("/v1/imports/apples", json={"rows": [PEAR]}, headers=bearer("erp")), 404)


def test_each_kind_is_of_all_warehouses_or_its_rows_lead_to_one() -> None:
    assert set(EXAMPLE_ROWS) == set(KINDS)
    for name, kind in KINDS.items():
        assert list(EXAMPLE_ROWS[name]) == [column.name for column in kind.columns]
        if name not in OF_ALL_WAREHOUSES:
            assert {column.name for column in kind.columns} & set(LEAD_TO_A_WAREHOUSE), name


@on_sqlite
async def test_who_enters_a_kind_by_hand_may_import_it_and_nothing_else(
    client: httpx.AsyncClient, bearer: Bearer
) -> None:
    own = {
        "buyer": {"purchase-orders"},
        "staff": {"lots", "inspections", "stock"},
        "integration": {"readings"},
        "erp": set(KINDS),
        "operator": set(KINDS),
    }
    for role in Role:
        for kind in KINDS:
            answer = await client.post(f"/v1/imports/{kind}", json={"rows": []}, headers=bearer(role))
            assert answer.status_code == (422 if kind in own[role] else 403), (role, kind)
    refused = await client.post("/v1/imports/stock", json={"rows": []}, headers=bearer("buyer"))
    assert "imports:write or stock:write" in refused.json()["detail"]


@on_sqlite
async def test_an_erp_reads_plans_and_orders_and_decides_nothing(
    client: httpx.AsyncClient, erp: dict[str, str], draft: str, everything: Everything
) -> None:
    assert (await client.get(f"{draft}/lines", headers=erp)).status_code == 200
    assert (await client.get("/v1/purchase-orders", headers=erp)).status_code == 200
    before = everything()
    for address in (f"{draft}/approve", f"{draft}/discard", "/v1/purchase-plans", "/v1/purchase-orders"):
        assert (await client.post(address, json={}, headers=erp)).status_code == 403, address
    assert everything() == before


def things_of(shop: Engine, warehouse_id: str) -> None:
    """A zone with a sensor and a slot, an inspection and a purchase order T-9 of a warehouse."""
    line = NewPurchaseOrderLine(supplier_id="F2", warehouse_id=warehouse_id, delivery_date=date(2026, 3, 2), line_no=1,
                                product_id="milk", quantity=Decimal(30), unit_price=Decimal(7))  # fmt: skip
    with writing(shop) as session:
        session.add(ZoneRow(zone_id="theirs", warehouse_id=warehouse_id, name="Cold", band=Band.CHILLED, x_m=0, y_m=0,
                            width_m=5, depth_m=5))  # fmt: skip
        session.flush()
        session.add_all([
            SensorRow(sensor_id="their-sensor", zone_id="theirs", name="door"),
            SlotRow(slot_id="their-slot", warehouse_id=warehouse_id, zone_id="theirs", x_m=0, y_m=0, distance_m=1,
                    volume_l=Decimal(9)),
            InspectionRow(inspection_id="their-complaint", stage=Stage.COMPLAINT, product_id="milk",
                          warehouse_id=warehouse_id, inspected_at=ORIGIN, inspected_quantity=Decimal(2),
                          accepted_quantity=Decimal(1), known_at=ORIGIN),
        ])  # fmt: skip
        place_purchase_orders(session, [line], ORIGIN, "Li Na")
        session.scalars(select(PurchaseOrderRow)).one().number = "T-9"


ZONE = {"name": "Cold", "band": "chilled", "x_m": 0, "y_m": 0, "width_m": 1, "depth_m": 1}
SLOT = {"x_m": 0, "y_m": 0, "distance_m": 1, "volume_l": 9}
SEEN = {"stage": "dispatch", "product_id": "milk", "inspected_at": "2026-03-01T10:00", "inspected_quantity": 1,
        "accepted_quantity": 1}  # fmt: skip
ORDERED = {"supplier_id": "F2", "delivery_date": "2026-03-03", "ordered_at": "2026-03-01T10:00", "product_id": "milk",
           "quantity": 30}  # fmt: skip
NOT_THEIR_OWN: list[tuple[str, dict[str, Any]]] = [
    ("stock", {"warehouse_id": "W2", "product_id": "milk", "quantity": 1}),
    ("zones", ZONE | {"zone_id": "new", "warehouse_id": "W2"}),
    ("zones", ZONE | {"zone_id": "theirs", "warehouse_id": "W1"}),
    ("limits", {"zone_id": "theirs", "valid_from": "2026-03-01T10:00", "high_c": 9}),
    ("sensors", {"sensor_id": "new", "zone_id": "theirs", "name": "door"}),
    ("sensors", {"sensor_id": "their-sensor", "zone_id": "Z1", "name": "door"}),
    ("readings", {"sensor_id": "their-sensor", "taken_at": "2026-03-02T09:00", "temperature_c": 3}),
    ("slots", SLOT | {"slot_id": "their-slot", "warehouse_id": "W1", "zone_id": "Z1"}),
    ("inspections", SEEN | {"inspection_id": "their-complaint", "warehouse_id": "W1"}),
    ("inspections", SEEN | {"inspection_id": "new", "warehouse_id": None, "stage": "origin",
                            "inspected_at": "2026-03-01T10:00Z"}),
    ("purchase-orders", ORDERED | {"number": "T-9", "warehouse_id": "W1"}),
    ("purchase-orders", ORDERED | {"number": "T-10", "warehouse_id": "W2"}),
]  # fmt: skip


@on_sqlite
async def test_a_key_of_some_warehouses_imports_nothing_of_others(
    client: httpx.AsyncClient, shop: Engine, limited: dict[str, str], everything: Everything
) -> None:
    things_of(shop, "W2")
    before = everything()
    for kind, row in NOT_THEIR_OWN:
        for sent in ({"json": {"rows": [row]}}, {"content": as_csv([row])}):
            headers = limited | ({} if "json" in sent else CSV)
            answer = await client.post(f"/v1/imports/{kind}?skip_bad_rows=true", headers=headers, **sent)
            assert is_problem(answer, 403)["detail"].startswith("This key is for some warehouses only (W1)"), kind
    for kind in OF_ALL_WAREHOUSES:
        rows = as_csv([EXAMPLE_ROWS[kind]])
        answer = await client.post(f"/v1/imports/{kind}", content=rows, headers=limited | CSV)
        assert is_problem(answer, 403)["detail"].endswith(f"{kind} are of all warehouses."), kind
    assert everything() == before


@on_sqlite
async def test_a_key_of_some_warehouses_imports_rows_of_its_own(
    client: httpx.AsyncClient, shop: Engine, limited: dict[str, str]
) -> None:
    things_of(shop, "W1")
    own = {"warehouse_id": "W1"}
    rows = [
        ("stock", own | {"product_id": "milk", "quantity": 1}),
        ("zones", own | ZONE | {"zone_id": "new"}),
        ("limits", {"zone_id": "theirs", "valid_from": "2026-03-01T10:00", "high_c": 9}),
        ("sensors", {"sensor_id": "their-sensor", "zone_id": "Z1", "name": "door"}),
        ("readings", {"sensor_id": "their-sensor", "taken_at": "2026-03-02T09:00", "temperature_c": 3}),
        ("inspections", own | SEEN | {"inspection_id": "their-complaint"}),
        ("purchase-orders", own | ORDERED | {"number": "T-10"}),
    ]
    for kind, row in rows:
        answer = await client.post(f"/v1/imports/{kind}", content=as_csv([row]), headers=limited | CSV)
        assert answer.status_code == 200, (kind, answer.text)


@on_sqlite
async def test_what_a_password_may_stand_in_is_not_repeated(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    farm = {"supplier_id": "F9", "name": "Farm", "kind": "farm", "send_to": "user:secret@host"}
    answer = await client.post("/v1/imports/suppliers", json={"rows": [farm]}, headers=erp)
    assert is_problem(answer, 422)["errors"][0]["field"] == "rows[0].send_to"
    assert "secret" not in answer.text


@on_sqlite
async def test_rows_that_are_taken_for_others_are_refused(
    client: httpx.AsyncClient, shop: Engine, erp: dict[str, str]
) -> None:
    offer = EXAMPLE_ROWS["offers"] | {"offer_id": "O-milk", "supplier_id": "F1", "product_id": "milk"}
    answer = await client.post("/v1/imports/offers", json={"rows": [offer]}, headers=erp)
    assert is_problem(answer, 422)["errors"][0]["field"] == "rows[0].supplier_id"
    with reading(shop) as session:
        assert session.get_one(OfferRow, "O-milk").supplier_id == "F2"
