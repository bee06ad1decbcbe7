"""What is kept can be read: every kind in one way, in pages that hold each row once, whatever is asked for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from struct import pack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, update

from api.resources.resource import Resource
from api.resources.resource_routes import RESOURCES
from data.database import writing
from data.tables import (
    DailySalesRow,
    EventRow,
    FindingRow,
    FloorPoint,
    FloorPointRow,
    LotRow,
    MeasurementRow,
    OfferRow,
    PromotionRow,
    ReadingHourRow,
    ReadingRow,
    ReceiptLineRow,
    ReceiptRow,
    Role,
    SupplierClosureRow,
    SupplierRow,
    SupplierTermsRow,
    TransferTermsRow,
    WalkwayRow,
)
from flows.access.keys import create_key
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders

from .conftest import NOW, Bearer

DAY = date(2026, 2, 1)


@pytest.fixture
def kept(shop: Engine) -> Engine:
    """Beside the shop: three days of sales of two products in W1 and W2, one told again; a promotion planned twice, a
    fair that moved, lots, receipts and readings."""
    days = [DAY + timedelta(days=n) for n in range(3)]
    told = list(product(("W1", "W2"), ("milk", "spinach"), days))
    with writing(shop) as session:
        session.add_all(
            DailySalesRow(warehouse_id=w, product_id=p, date=d, known_at=NOW - timedelta(days=9), sales=n,
                          hourly_sales=pack("<24f", *([0.5] * 24)) if p == "milk" else None)
            for n, (w, p, d) in enumerate(told)
        )  # fmt: skip
        session.add(DailySalesRow(warehouse_id="W1", product_id="milk", date=DAY, known_at=NOW, sales=77.0))
        session.add_all(
            PromotionRow(warehouse_id="W1", product_id="milk", starts_on=DAY, known_at=NOW - timedelta(days=before),
                         ends_on=DAY, discount=discount, promoted=True)
            for before, discount in ((20, 0.7), (10, 0.9))
        )  # fmt: skip
        session.add_all(
            EventRow(event_id="fair", known_at=NOW - timedelta(days=before), name="Fair", kind="fair", first_day=first,
                     last_day=first, city="杭州")
            for before, first in ((20, DAY), (10, DAY + timedelta(days=7)))
        )  # fmt: skip
        session.add_all(SupplierClosureRow(supplier_id=name, first_day=DAY, last_day=DAY, known_at=NOW)
                        for name in ("F1", "F2"))  # fmt: skip
        session.add_all(
            SupplierTermsRow(supplier_id=name, valid_from=DAY, delivery_cost=Decimal(40), min_order_value=Decimal(100),
                             min_order_packs=5, known_at=NOW)
            for name in ("F1", "F2")
        )  # fmt: skip
        session.add_all(
            FloorPointRow(warehouse_id=name, point=point, x_m=0, y_m=1) for name in ("W1", "W2") for point in FloorPoint
        )
        session.add_all(
            WalkwayRow(warehouse_id="W1", number=n, from_x_m=0, from_y_m=0, to_x_m=n, to_y_m=0) for n in (2, 10)
        )
        session.add_all(
            TransferTermsRow(from_warehouse_id=of, to_warehouse_id=to, valid_from=DAY, hours=2, drive_cost=Decimal(20),
                             cost_per_unit=Decimal("0.1"), known_at=NOW)
            for of, to in (("W1", "W2"), ("W2", "W1"))
        )  # fmt: skip
        session.add_all(
            LotRow(warehouse_id=w, lot_id=f"L{n}", product_id="milk", received_at=NOW - timedelta(days=n), known_at=NOW,
                   quantity_received=Decimal(9), quantity_on_hand=Decimal(n))
            for w in ("W1", "W2") for n in range(2)
        )  # fmt: skip
        session.add_all(
            ReceiptRow(receipt_id=f"R{n}", warehouse_id="W1", received_at=NOW, known_at=NOW, by="staff",
                       lines=[ReceiptLineRow(line_no=1, product_id="milk", accepted=Decimal(n), rejected=Decimal(0),
                                             without_order=Decimal(n))])
            for n in range(3)
        )  # fmt: skip
        session.add_all(
            FindingRow(finding_id=name, warehouse_id=name, feed="sales", what="missing", first_day=DAY, last_day=DAY,
                       chance=0.001, found_at=NOW)
            for name in ("W1", "W2")
        )  # fmt: skip
        session.add(MeasurementRow(sensor_id="S1", quantity="humidity", taken_at=NOW, value=80, known_at=NOW))
        session.add(ReadingHourRow(sensor_id="S1", hour=NOW - timedelta(days=500), lowest_c=1, mean_c=2, highest_c=3,
                                   readings=60))  # fmt: skip
        session.add_all(ReadingRow(sensor_id=sensor, taken_at=NOW + timedelta(minutes=n), temperature_c=n, known_at=NOW)
                        for sensor in ("S1", "S2") for n in range(3))  # fmt: skip
        line = NewPurchaseOrderLine(supplier_id="F2", warehouse_id="W1", delivery_date=date(2026, 3, 3), line_no=1,
                                    product_id="milk", quantity=Decimal(30), unit_price=Decimal(7))  # fmt: skip
        place_purchase_orders(session, [line], NOW, "a buyer")
    return shop


@pytest.fixture
def operator(bearer: Bearer) -> dict[str, str]:
    return bearer("operator")


Read = Callable[..., Any]


@pytest.fixture
def read(client: httpx.AsyncClient, kept: Engine, operator: dict[str, str]) -> Read:
    async def read(path: str, **asked: Any) -> Any:
        answer = await client.get(f"/v1/{path}", params=asked, headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


async def pages(read: Read, path: str, **asked: Any) -> list[Any]:
    """All items of a list, two a page."""
    page = await read(path, limit=2, **asked)
    items = list(page["items"])
    while page["next"]:
        page = await read(path, limit=2, cursor=page["next"], **asked)
        items += page["items"]
    return items


def name_of(resource: Resource, item: Any) -> tuple[Any, ...]:
    return tuple(item[column.key] for column in resource.key)


async def test_what_a_list_shows_is_read_by_its_key_too(read: Read) -> None:
    for resource in RESOURCES:
        listed = (await read(resource.path))["items"]
        assert listed, resource.path
        assert await read("/".join([resource.path, *map(str, name_of(resource, listed[0]))])) == listed[0]


async def test_every_order_holds_each_row_once_in_pages_and_turns_round(read: Read) -> None:
    for resource in RESOURCES:
        every = {name_of(resource, item) for item in (await read(resource.path))["items"]}
        for name in resource.orders:
            rising = await pages(read, resource.path, sort=name)
            names = [name_of(resource, item) for item in rising]
            assert [item[name] for item in rising] == sorted(item[name] for item in rising), (resource.path, name)
            assert len(names) == len(every)
            assert set(names) == every
            falling = await pages(read, resource.path, sort=f"-{name}")
            assert [name_of(resource, item) for item in falling] == names[::-1], (resource.path, name)


async def test_only_the_members_asked_for_are_sent(read: Read) -> None:
    for resource in RESOURCES:
        *_, last = resource.shown.model_fields
        first = resource.key[0].key
        page = await read(resource.path, fields=f"{last},{first}", limit=1)
        assert [set(item) for item in page["items"]] == [{first, last}], resource.path
        assert "next" in page


@pytest.mark.parametrize(("query", "field"), [("fields=name,secret", "fields"), ("sort=contact", "sort"),
                                              ("updated_since=yesterday", "updated_since")])  # fmt: skip
async def test_what_a_list_does_not_know_is_refused_by_name(
    client: httpx.AsyncClient, operator: dict[str, str], query: str, field: str
) -> None:
    answer = await client.get(f"/v1/suppliers?{query}", headers=operator)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_cursor_is_of_one_direction(client: httpx.AsyncClient, read: Read, operator: dict[str, str]) -> None:
    cursor = (await read("products", sort="name", limit=1))["next"]
    answer = await client.get(f"/v1/products?sort=-name&cursor={cursor}", headers=operator)
    assert answer.status_code == 422


async def test_sales_are_those_told_last_by_warehouse_product_and_day(read: Read) -> None:
    (told,) = (await read("sales", warehouse_id="W1", product_id="milk", date_from=DAY, date_to=DAY))["items"]
    assert (told["sales"], told["hourly_sales"]) == (77.0, None)
    (first,) = (await read("sales", warehouse_id="W2", product_id="milk", date_to=DAY))["items"]
    assert first["hourly_sales"] == [0.5] * 24
    days = (await read("sales", date_from=DAY + timedelta(days=1), date_to=DAY + timedelta(days=1)))["items"]
    assert [(one["warehouse_id"], one["product_id"]) for one in days] == [
        (warehouse, product) for warehouse in ("W1", "W2") for product in ("milk", "spinach")
    ]


async def test_a_plan_that_was_replaced_is_shown_as_it_is_now(read: Read) -> None:
    (promotion,) = (await read("promotions", product_id="milk"))["items"]
    assert promotion["discount"] == 0.9
    assert (await read("calendar-events", date_to=DAY))["items"] == []
    (fair,) = (await read("calendar-events", date_from=DAY, city="杭州"))["items"]
    assert fair["first_day"] == "2026-02-08"


async def test_an_offer_comes_with_its_tiers_and_a_supplier_without_its_address(read: Read, kept: Engine) -> None:
    with writing(kept) as session:
        session.execute(update(SupplierRow).where(SupplierRow.supplier_id == "F1").values(send_to="mailto://u:pw@x"))
    (offer,) = (await read("offers", supplier_id="F2", valid_on="2026-03-01"))["items"]
    assert (offer["tiers"], offer["delivery_weekdays"]) == (
        [{"min_quantity": 0.0, "unit_price": 7.5}],
        [1, 2, 3, 4, 5, 6, 7],
    )
    one, other = (await read("suppliers"))["items"]
    assert (one["orders_can_be_sent"], other["orders_can_be_sent"]) == (True, False)
    assert "pw" not in str(one)


async def test_readings_are_asked_for_by_sensor_and_time(read: Read) -> None:
    asked = {
        "taken_since": (NOW + timedelta(minutes=1)).isoformat(),
        "taken_before": (NOW + timedelta(minutes=2)).isoformat(),
    }
    assert [one["temperature_c"] for one in (await read("readings", sensor_id="S2", **asked))["items"]] == [1.0]
    assert [one["sensor_id"] for one in (await read("readings", zone_id="Z1", **asked))["items"]] == ["S1", "S2"]


async def test_of_readings_that_are_kept_no_longer_the_hours_are_told(read: Read) -> None:
    (hour,) = (await read("reading-hours", zone_id="Z1", hour_before=(NOW - timedelta(days=400)).isoformat()))["items"]
    assert (hour["sensor_id"], hour["lowest_c"], hour["mean_c"], hour["highest_c"], hour["readings"]) == (
        "S1",
        1,
        2,
        3,
        60,
    )


async def test_lots_of_which_something_is_left_and_several_ids_at_once(read: Read) -> None:
    assert [one["lot_id"] for one in (await read("lots", on_hand=True))["items"]] == ["L1", "L1"]
    some = (await read("lots", lot_id=["L0", "L1"], warehouse_id="W2"))["items"]
    assert [(one["warehouse_id"], one["lot_id"]) for one in some] == [("W2", "L0"), ("W2", "L1")]


async def test_purchase_orders_take_the_same_questions(read: Read) -> None:
    (order,) = (await read("purchase-orders", product_id="milk", fields="number,cost", sort="updated_at"))["items"]
    assert set(order) == {"number", "cost"}
    assert (await read("purchase-orders", product_id="spinach"))["items"] == []
    assert (await read("purchase-orders", delivery_from="2026-03-04"))["items"] == []


async def test_stock_of_one_product_is_what_the_list_says(read: Read) -> None:
    (listed,) = (await read("warehouses/W1/stock", category="chilled"))["items"]
    assert await read("warehouses/W1/stock/milk") == listed
    (part,) = (await read("warehouses/W1/stock", category="chilled", fields="on_shelf"))["items"]
    assert part == {"on_shelf": listed["on_shelf"]}


async def test_what_changed_since_a_moment_comes_in_the_order_of_change(read: Read, kept: Engine) -> None:
    since = datetime.now(UTC).isoformat()
    with writing(kept) as session:
        session.execute(update(OfferRow).where(OfferRow.offer_id == "O-milk").values(lead_time_days=2))
        session.get_one(SupplierRow, "F2").name = "Farm 2"
        session.get_one(SupplierRow, "F1").name = "农场 F1"  # as it is
        session.get_one(ReceiptLineRow, ("R1", 1)).accepted = Decimal(5)
        other = session.get_one(ReceiptRow, "R2")
        other.lines.append(
            ReceiptLineRow(
                line_no=2, product_id="milk", accepted=Decimal(1), rejected=Decimal(0), without_order=Decimal(1)
            )
        )
    changed = {path: [item[key] for item in (await read(path, updated_since=since))["items"]]
               for path, key in (("offers", "offer_id"), ("suppliers", "supplier_id"),
                                 ("receipts", "receipt_id"))}  # fmt: skip
    assert changed["offers"] == ["O-milk"]
    assert changed["suppliers"] == ["F2"]
    assert sorted(changed["receipts"]) == ["R1", "R2"]
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert (await read("purchase-orders", updated_since=later))["items"] == []
    assert (await read("sales", updated_since=later))["items"] == []


async def test_an_event_of_a_city_is_shown_to_a_key_of_one_warehouse(client: httpx.AsyncClient, kept: Engine) -> None:
    with writing(kept) as session:
        session.add(EventRow(event_id="audit", known_at=NOW, name="Audit", kind="audit", first_day=DAY, last_day=DAY,
                             warehouse_id="W2"))  # fmt: skip
        _, key = create_key(session, "of W1", Role.BUYER, NOW, ["W1"])
    shown = await client.get("/v1/calendar-events", headers={"Authorization": f"Bearer {key}"})
    assert [one["event_id"] for one in shown.json()["items"]] == ["fair"]


async def test_a_product_is_read_with_its_plain_name_and_those_by_language_and_changes_when_it_gets_one(
    read: Read, kept: Engine, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    plain = (await read("products/milk"))["name"]
    since = datetime.now(UTC).isoformat()
    rows = [{"kind": "products", "id": "milk", "language": "zh", "name": "鲜牛奶"}]
    answer = await client.post("/v1/imports/names", json={"rows": rows}, headers=bearer("operator"))
    assert answer.status_code == 200, answer.text
    for language in ("en", "zh"):
        headers = bearer("buyer") | {"Accept-Language": language}
        milk = (await client.get("/v1/products/milk", headers=headers)).json()
        assert (milk["name"], milk["names"]) == (plain, {"zh": "鲜牛奶"})
    assert [one["product_id"] for one in (await read("products", updated_since=since))["items"]] == ["milk"]
    assert (await read("products/spinach"))["names"] == {}
    unknown = await client.post(
        "/v1/imports/names", json={"rows": [rows[0] | {"id": "soap"}]}, headers=bearer("operator")
    )
    assert unknown.status_code == 422
    assert "is not among the products" in unknown.text


@contextmanager
def noted(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are executed."""
    statements: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


LOOKED_UP: Sequence[tuple[str, str, dict[str, str]]] = (
    ("sales", "daily_sales", {"date_from": "2026-02-02", "date_to": "2026-02-02"}),
    ("sales", "daily_sales", {"warehouse_id": "W1", "product_id": "milk", "date_from": "2026-02-02"}),
    ("sales", "daily_sales", {"warehouse_id": "W1", "updated_since": "2026-02-02T00:00:00Z"}),
    ("readings", "readings", {"taken_since": "2026-02-02T00:00:00Z"}),
    ("readings", "readings", {"sensor_id": "S1"}),
    ("reading-hours", "reading_hours", {"sensor_id": "S1"}),
    ("lots", "lots", {"on_hand": "true"}),
    ("lots", "lots", {"updated_since": "2026-02-02T00:00:00Z", "product_id": "milk"}),
    ("receipts", "receipts", {}),
    ("events", "outbox_events", {"after": "5", "warehouse_id": "W1"}),
    ("events", "outbox_events", {"after": "5", "type": "move.done"}),
    ("purchase-orders", "purchase_orders", {"updated_since": "2026-02-02T00:00:00Z", "warehouse_id": "W1"}),
)


async def test_a_list_looks_up_its_page_however_much_there_ever_was(app: FastAPI, read: Read) -> None:
    engine = app.state.engine
    for path, table, asked in LOOKED_UP:
        with noted(engine) as statements:
            await read(path, **asked)
        statement, parameters = next(one for one in statements if f"FROM {table} " in one[0].replace("\n", " "))
        plan = _plan(engine, statement, parameters)
        dear = {f"SCAN {table}", f"Seq Scan on {table} ", "USE TEMP B-TREE FOR ORDER BY"}
        # of one product in one warehouse the days are few enough to sort
        dear -= {"USE TEMP B-TREE FOR ORDER BY"} if "product_id" in asked and path == "sales" else set()
        slow = [step for step in plan if "USING INDEX" not in step and any(one in f"{step} " for one in dear)]
        assert not slow, (path, asked, plan)


def _plan(engine: Engine, statement: str, parameters: Any) -> Sequence[str]:
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if not sqlite:  # so few rows are read faster than looked up
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        found = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}", parameters)
        return [str(row[-1]) for row in found]
