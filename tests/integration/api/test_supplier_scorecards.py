"""Suppliers' scorecards over HTTP and on their pages: the same numbers everywhere, a sheet that a farm may see,
refusals, own warehouses only."""

import csv
import html
import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, delete

from api.pages import texts
from api.pages.suppliers import suppliers
from api.pages.texts.figures import figure_words
from api.pagination import to_base64
from data.database import writing
from data.frames.worth.supplier_sums import monday_of
from data.tables import (
    DailySalesRow,
    DayRunRow,
    InspectionRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    Role,
    Stage,
    SupplierRow,
    WarehouseDayRow,
)
from flows.access.keys import create_key, create_sign_in_token
from flows.reports.morning.keeping_days import keep_days
from tests.integration.flows.raw_days_added_up import MARKUP
from warehouse.worth.suppliers.supplier_figures import BY_NAME

from .conftest import NOW, TODAY, Bearer

SUNDAY = monday_of(TODAY) - timedelta(days=1)


@pytest.fixture
def delivered(shop: Engine) -> Engine:
    """In the last week that is over Hill Farm brought 8 of 10 to W1 a day late, of which 6 were accepted, to W2 all;
    Lake Farm brought all."""
    with writing(shop) as session:
        session.add_all(
            [
                SupplierRow(supplier_id="H", name="Hill Farm", kind="farm", language="zh"),
                SupplierRow(supplier_id="L", name="Lake Farm", kind="farm"),
                DailySalesRow(warehouse_id="W1", product_id="spinach", date=SUNDAY - timedelta(days=60), sales=1.0,
                              known_at=NOW - timedelta(days=59)),
                DailySalesRow(warehouse_id="W2", product_id="spinach", date=SUNDAY - timedelta(days=60), sales=1.0,
                              known_at=NOW - timedelta(days=59)),
            ]
        )  # fmt: skip
        session.flush()
        for number, (farm, name, came, late) in enumerate((("H", "W1", 8, 8), ("H", "W2", 10, 0), ("L", "W1", 10, 0))):
            order = PurchaseOrderRow(purchase_order_id=f"O{number}", number=f"O{number}", supplier_id=farm,
                                     warehouse_id=name, delivery_date=SUNDAY, ordered_by="x",
                                     ordered_at=NOW - timedelta(days=20))  # fmt: skip
            order.lines = [PurchaseOrderLineRow(line_no=1, product_id="spinach", quantity=Decimal(10),
                                                received=Decimal(came), unit_price=Decimal(5))]  # fmt: skip
            session.add(order)
            session.flush()
            day = datetime(SUNDAY.year, SUNDAY.month, SUNDAY.day, 4, tzinfo=NOW.tzinfo)
            session.add(
                PurchaseOrderEventRow(order_event_id=f"E{number}", purchase_order_id=f"O{number}", line_no=1, by="x",
                                      kind=PurchaseOrderEventKind.RECEIVED, quantity=Decimal(came), known_at=NOW,
                                      happened_at=day + timedelta(days=1 if late else 0))
            )  # fmt: skip
        session.add(
            InspectionRow(inspection_id="I", stage=Stage.RECEIPT, supplier_id="H", product_id="spinach",
                          warehouse_id="W1", inspected_at=day, inspected_quantity=Decimal(8),
                          accepted_quantity=Decimal(6), known_at=day)
        )  # fmt: skip
    for name in ("W1", "W2"):
        keep_days(shop, name, NOW, MARKUP)
    return shop


async def signed_in(client: httpx.AsyncClient, engine: Engine) -> dict[str, str]:
    """Signs a buyer in; the headers of a browser."""
    with writing(engine) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    return at_home


def figures_of(card: dict[str, Any]) -> dict[str, Any]:
    return {one["figure"]: one["value"] for one in card["figures"]}


async def test_api_csv_page_and_sheet_tell_the_same_numbers(
    client: httpx.AsyncClient, bearer: Bearer, delivered: Engine
) -> None:
    reader = bearer("buyer")
    told = (await client.get("/v1/suppliers/scorecards", headers=reader)).json()
    assert told["last_day"] == SUNDAY.isoformat()
    cards = {card["supplier_id"]: card for card in told["items"]}
    assert list(cards) == ["H", "L"]
    hill = figures_of(cards["H"])
    assert hill["missing"] == pytest.approx(0.1)
    assert hill["on_time"] == hill["in_full"] == pytest.approx(0.5)
    assert hill["accepted_receipt"] == pytest.approx(0.75)
    assert cards["L"]["rank"] == 1

    alone = (await client.get("/v1/suppliers/H/scorecard", headers=reader)).json()
    assert alone["scorecard"] == cards["H"]

    exported = await client.get("/v1/suppliers/scorecards/export.csv", headers=reader)
    rows = {(one["supplier_id"], one["figure"]): one["value"] for one in csv.DictReader(StringIO(exported.text))}
    for card in cards.values():
        for name, value in figures_of(card).items():
            assert rows[card["supplier_id"], name] == ("" if value is None else str(value))

    at_home = await signed_in(client, delivered)
    page = html.unescape((await client.get("/suppliers", headers=at_home)).text)
    sheet = html.unescape((await client.get("/suppliers/L/scorecard", headers=at_home)).text)
    for name in ("on_time", "in_full", "accepted_receipt"):
        assert f">{figure_words(hill[name], BY_NAME[name].kind)}" in page
        assert f">{figure_words(figures_of(cards['L'])[name], BY_NAME[name].kind)}" in sheet


async def test_the_card_tells_buyers_every_figure_of_a_supplier(
    client: httpx.AsyncClient, bearer: Bearer, delivered: Engine
) -> None:
    told = (await client.get("/v1/suppliers/H/scorecard", headers=bearer("buyer"))).json()["scorecard"]["figures"]
    at_home = await signed_in(client, delivered)
    page = html.unescape((await client.get("/suppliers", headers=at_home)).text)
    where = re.search(r'<a href="([^"]+)">Hill Farm</a>', page)
    assert where is not None
    card = html.unescape((await client.get(where[1], headers=at_home)).text)
    for one in told:
        label = texts.say(f"supplier_figure.{one['figure']}")
        shown = re.search(rf">{re.escape(label)}</th><td[^>]*>([^<]*)", card)
        assert shown is not None, label
        assert shown[1].strip() == figure_words(one["value"], BY_NAME[one["figure"]].kind, one["currency"]), label
    assert "Rank 2 of 2" in card
    sheet = re.search(r'href="([^"]+/scorecard[^"]*)"', card)
    assert sheet is not None
    assert (await client.get(sheet[1], headers=at_home)).status_code == 200


async def test_the_sheet_of_a_farm_is_in_its_language_and_knows_no_money_and_no_other_farm(
    client: httpx.AsyncClient, delivered: Engine
) -> None:
    sheet = (await client.get("/suppliers/H/scorecard", headers=await signed_in(client, delivered))).text
    assert 'lang="zh-CN"' in sheet
    assert "准时率" in sheet
    body = sheet[sheet.index("<main") :]
    for hidden in ("CNY", "¥", "Lake", "排名", "造成的损失"):
        assert hidden not in body


async def test_suppliers_come_in_pages(client: httpx.AsyncClient, bearer: Bearer, delivered: Engine) -> None:
    reader, seen, cursor = bearer("buyer"), [], {}
    for _ in range(2):
        told = (await client.get("/v1/suppliers/scorecards", params={"limit": "1", **cursor}, headers=reader)).json()
        seen += [card["supplier_id"] for card in told["items"]]
        cursor = {"cursor": told["next"]}
    assert seen == ["H", "L"]
    assert told["next"] is None
    of_another_list = to_base64(json.dumps(["others", "H"]).encode())
    for wrong in ("WyJ4Il0", of_another_list):
        answer = await client.get("/v1/suppliers/scorecards", params={"cursor": wrong}, headers=reader)
        assert answer.status_code == 422


async def test_the_page_shows_those_that_cost_most_and_all_when_asked(
    client: httpx.AsyncClient, delivered: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppliers, "DEAREST", 1)
    at_home = await signed_in(client, delivered)
    page = html.unescape((await client.get("/suppliers", headers=at_home)).text)
    assert "Hill Farm" in page
    assert "Lake Farm" not in page
    more = re.search(r'href="([^"]+every=true[^"]*)"', page)
    assert more is not None
    assert "Lake Farm" in (await client.get(more[1], headers=at_home)).text


async def test_a_key_of_some_warehouses_is_told_of_these_alone(client: httpx.AsyncClient, delivered: Engine) -> None:
    with writing(delivered) as session:
        _, secret = create_key(session, "W2 alone", Role.BUYER, NOW, warehouses=["W2"])
    reader = {"Authorization": f"Bearer {secret}"}
    told = (await client.get("/v1/suppliers/scorecards", headers=reader)).json()
    assert [card["supplier_id"] for card in told["items"]] == ["H"]
    assert figures_of(told["items"][0])["missing"] == 0
    other = await client.get("/v1/suppliers/scorecards", params={"warehouse_id": "W1"}, headers=reader)
    assert other.status_code == 403


async def test_a_supplier_of_which_nothing_is_known_yet_has_a_card_that_says_so(
    client: httpx.AsyncClient, delivered: Engine
) -> None:
    with writing(delivered) as session:
        session.add(SupplierRow(supplier_id="N", name="New Farm", kind="farm"))
    at_home = await signed_in(client, delivered)
    for path in ("/suppliers/N", "/suppliers/N/scorecard"):
        answer = await client.get(path, headers=at_home)
        assert answer.status_code == 200
        assert texts.say("morning.none") in answer.text
    assert texts.say("morning.none") not in (await client.get("/suppliers/H", headers=at_home)).text


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v1/suppliers/nobody/scorecard", {}, 404),
        ("/v1/suppliers/scorecards", {"warehouse_id": "W9"}, 404),
        ("/v1/suppliers/scorecards", {"period": "day"}, 422),
        ("/v1/suppliers/scorecards", {"until": "1999-01-01"}, 422),
        ("/v1/suppliers/scorecards", {"until": "9999-12-31"}, 422),
        ("/v1/suppliers/H/scorecard", {"until": "9999-12-31"}, 422),
    ],
)
async def test_what_cannot_be_told_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, delivered: Engine, path: str, query: dict[str, str], status: int
) -> None:
    answer = await client.get(path, params=query, headers=bearer("buyer"))
    assert answer.status_code == status, answer.text


async def test_before_a_day_was_added_up_nothing_is_told(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    answer = await client.get("/v1/suppliers/scorecards", headers=bearer("buyer"))
    assert answer.status_code == 409
    assert "freshfront report days" in answer.text


async def test_warehouses_that_are_not_added_up_yet_are_named(
    client: httpx.AsyncClient, bearer: Bearer, delivered: Engine
) -> None:
    # given: a run that has not come to the last days of W2 yet
    with writing(delivered) as session:
        session.execute(
            delete(WarehouseDayRow).where(WarehouseDayRow.warehouse_id == "W2", WarehouseDayRow.date >= SUNDAY)
        )
        session.add(DayRunRow(run_id="R1", started_at=NOW, held_until=NOW + timedelta(minutes=1), failed={}, steps={}))
    at_home = await signed_in(client, delivered)

    told = (await client.get("/v1/suppliers/scorecards", headers=bearer("buyer"))).json()
    of_w1 = (await client.get("/v1/suppliers/scorecards?warehouse_id=W1", headers=bearer("buyer"))).json()
    of_lake = (await client.get("/v1/suppliers/L/scorecard", headers=bearer("buyer"))).json()
    assert (told["not_added_up"], of_w1["not_added_up"], of_lake["not_added_up"]) == (["W2"], [], ["W2"])
    for path in ("/suppliers", "/suppliers/L", "/suppliers/L/scorecard"):
        page = (await client.get(path, headers=at_home)).text
        assert "only in part in these figures: W2." in page
        assert texts.say("morning.goes_on") in page


async def test_before_a_day_was_added_up_the_page_says_that_a_run_does_it(
    client: httpx.AsyncClient, shop: Engine
) -> None:
    at_home = await signed_in(client, shop)
    assert texts.say("morning.nobody") in html.unescape((await client.get("/suppliers", headers=at_home)).text)
    with writing(shop) as session:
        session.add(DayRunRow(run_id="R1", started_at=NOW, held_until=NOW + timedelta(minutes=1), failed={}, steps={}))
    assert texts.say("morning.coming") in html.unescape((await client.get("/suppliers", headers=at_home)).text)
