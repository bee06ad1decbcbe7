"""The morning report over HTTP and on its page: the same numbers everywhere, targets, refusals, own warehouses only."""

import csv
import html
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import httpx
import pytest
from sqlalchemy import Engine, select

from api.pages.texts.figures import figure_words
from data.database import writing
from data.tables import (
    DailySalesRow,
    DayRunRow,
    HandoverRow,
    InspectionRow,
    LotRow,
    OrderLineRow,
    RecoveredDemandRow,
    Role,
    Stage,
    TargetRow,
)
from flows.access.keys import create_key, create_sign_in_token
from flows.reports.morning.keeping_days import keep_days
from tests.integration.conftest import Filling
from tests.integration.flows.raw_days_added_up import MARKUP
from warehouse.worth.morning_figures import BY_NAME

from .conftest import NOW, ORIGIN, TODAY, Bearer, open_shop

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling:
    return sell_and_add_up if "added_up" in request.fixturenames else open_shop


@pytest.fixture
def added_up(shop: Engine) -> Engine:
    """Of spinach W1 sold 8 and W2 3 yesterday, and 10 were wanted of each; of milk 5 the day before."""
    return shop


def sell_and_add_up(engine: Engine) -> None:
    open_shop(engine)
    with writing(engine) as session:
        for name, goods, ago, sold in (("W1", "spinach", 1, 8.0), ("W2", "spinach", 1, 3.0), ("W1", "milk", 2, 5.0)):
            day = TODAY - timedelta(days=ago)
            session.add(DailySalesRow(warehouse_id=name, product_id=goods, date=day, known_at=ORIGIN, sales=sold))
            session.add(
                RecoveredDemandRow(
                    warehouse_id=name,
                    product_id=goods,
                    origin=ORIGIN,
                    last_day=day,
                    demand=b"\x00\x00\x20\x41" * 28,
                    how="-" * 27 + "r",
                    days_seen_whole=1,
                    highest_seen_quantile=0.9,
                )
            )
        for order_id, took in (("in time", 45), ("late", 46), ("not told", None)):
            of_w1, at = {"warehouse_id": "W1", "order_id": order_id}, ORIGIN - timedelta(hours=9)
            session.add(OrderLineRow(**of_w1, line_no=1, product_id="spinach", ordered_at=at, quantity=Decimal(1),
                                     known_at=at))  # fmt: skip
            if took is not None:
                session.add(HandoverRow(**of_w1, delivered_at=at + timedelta(minutes=took), known_at=ORIGIN))
    for name in ("W1", "W2"):
        keep_days(engine, name, NOW, MARKUP)


async def test_api_csv_and_page_tell_the_same_numbers(
    client: httpx.AsyncClient, bearer: Bearer, added_up: Engine
) -> None:
    reader = bearer("buyer")
    asked = {"period": "week", "by": "product"}
    told = (await client.get("/v1/morning", params=asked, headers=reader)).json()
    assert told["last_day"] == YESTERDAY.isoformat()
    figures = {(one["figure"], one["currency"]): one for one in told["figures"]}
    assert figures["fill_rate", None]["value"] == pytest.approx(16 / 30)
    # spinach costs 10 / the usual markup, milk 12 / it
    margin = 1 - 1 / MARKUP
    assert figures["short_money", "CNY"]["value"] == pytest.approx((9 * 10 + 5 * 12) * margin)

    file = await client.get("/v1/morning/export.csv", params=asked, headers=reader)
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(file.text)))
    of_all = [{"key": "", "figures": told["figures"]}]
    assert [(row["key"], row["figure"], row["currency"], row["value"]) for row in rows] == [
        (group["key"], one["figure"], one["currency"] or "", "" if one["value"] is None else repr(one["value"]))
        for group in of_all + told["groups"]
        for one in group["figures"]
    ]

    with writing(added_up) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    page = html.unescape((await client.get("/morning", params=asked, headers=at_home)).text)
    for (name, currency), one in figures.items():
        assert figure_words(one["value"], BY_NAME[name].kind, currency) in page, name
    for group in told["groups"]:
        assert f">{group['name']}</a>" in page


@pytest.mark.parametrize(("by", "columns"), [("warehouse", 1), ("day", 1), ("category", 0), ("product", 0)])
async def test_the_promise_leads_the_page_where_somebody_tells_and_is_of_no_product(
    client: httpx.AsyncClient, added_up: Engine, bearer: Bearer, by: str, columns: int
) -> None:
    asked = {"until": YESTERDAY.isoformat(), "by": by}
    told = (await client.get("/v1/morning", params=asked, headers=bearer("buyer"))).json()
    figures = {one["figure"]: one["value"] for one in told["figures"]}
    names = ("promise_kept", "promise_planned", "minutes_to_door", "handovers_told")
    assert [figures[name] for name in names] == [0.5, None, 45.5, pytest.approx(2 / 3)]
    assert sum(one["figure"] == "promise_kept" for one in told["groups"][0]["figures"]) == columns

    with writing(added_up) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    page = (await client.get("/morning", params=asked, headers=at_home)).text
    before = (await client.get("/morning", params=asked | {"until": "2000-01-01"}, headers=at_home)).text
    assert re.search(r'(?s)<dl class="worth">.*<dt>Promise kept</dt>\s*<dd><strong>50.0%</strong>.*</dl>', page)
    assert page.count('<th scope="col" class="figure">Promise kept</th>') == columns
    assert "Promise kept</dt>" not in before


def bring(engine: Engine) -> None:
    """Yesterday F1 brought W1 40 of which 10 were rejected, F2 brought W2 20; of 5 nobody said who brought them."""
    with writing(engine) as session:
        for supplier_id, name, accepted in (("F1", "W1", 30), ("F2", "W2", 20), (None, "W1", 5)):
            session.add(LotRow(warehouse_id=name, lot_id=f"of {supplier_id}", product_id="spinach",
                               supplier_id=supplier_id, received_at=ORIGIN - timedelta(hours=9),
                               quantity_received=Decimal(accepted), quantity_on_hand=Decimal(0), unit_cost=Decimal(4),
                               known_at=ORIGIN))  # fmt: skip
        session.add(InspectionRow(inspection_id="I-F1", stage=Stage.RECEIPT, product_id="spinach", warehouse_id="W1",
                                  supplier_id="F1", inspected_at=ORIGIN - timedelta(hours=9),
                                  inspected_quantity=Decimal(40), accepted_quantity=Decimal(30),
                                  known_at=ORIGIN))  # fmt: skip
    for name in ("W1", "W2"):
        keep_days(engine, name, NOW, MARKUP)


async def test_by_supplier_api_csv_and_page_tell_the_same_and_lead_to_the_scorecard(
    client: httpx.AsyncClient, bearer: Bearer, added_up: Engine
) -> None:
    bring(added_up)
    reader, asked = bearer("buyer"), {"by": "supplier", "until": YESTERDAY.isoformat()}

    told = (await client.get("/v1/morning", params=asked, headers=reader)).json()
    file = await client.get("/v1/morning/export.csv", params=asked, headers=reader)
    with writing(added_up) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    page = html.unescape((await client.get("/morning", params=asked, headers=at_home)).text)

    assert [(one["key"], one["name"]) for one in told["groups"]] == [("F1", "农场 F1"), ("", ""), ("F2", "农场 F2")]
    figures = {one["figure"]: one for one in told["groups"][0]["figures"]}
    assert figures["waste_receipt"]["value"] == pytest.approx(10 / 40)
    assert figures["waste_money"]["value"] == pytest.approx(10 * 4)
    assert "short_money" not in figures
    assert [(row["key"], row["figure"], row["value"]) for row in csv.DictReader(StringIO(file.text)) if row["by"]] == [
        (group["key"], one["figure"], "" if one["value"] is None else repr(one["value"]))
        for group in told["groups"]
        for one in group["figures"]
    ]
    assert figure_words(10 * 4, BY_NAME["waste_money"].kind, "CNY") in page
    assert '<th scope="row">No supplier named</th>' in page
    further = re.search(r'<th scope="row"><a href="([^"]+)">农场 F1</a>', page)
    assert further is not None
    assert "F1" in (sheet := await client.get(further[1], headers=at_home)).text
    assert sheet.status_code == 200


async def test_by_supplier_a_key_of_one_warehouse_is_told_of_it_alone(
    client: httpx.AsyncClient, added_up: Engine
) -> None:
    bring(added_up)
    with writing(added_up) as session:
        _, key = create_key(session, "the shelf", Role.STAFF, NOW, warehouses=["W2"])
    told = (await client.get("/v1/morning?by=supplier", headers={"Authorization": f"Bearer {key}"})).json()
    assert [one["key"] for one in told["groups"]] == ["F2"]


async def test_groups_come_in_pages_and_the_csv_holds_all(
    client: httpx.AsyncClient, bearer: Bearer, added_up: Engine
) -> None:
    reader, asked = bearer("buyer"), {"period": "week", "by": "product"}
    whole = (await client.get("/v1/morning", params=asked, headers=reader)).json()
    assert [group["key"] for group in whole["groups"]] == ["spinach", "milk"]  # the dearest first
    assert whole["next"] is None

    first = (await client.get("/v1/morning", params=asked | {"limit": 1}, headers=reader)).json()
    second = (
        await client.get("/v1/morning", params=asked | {"limit": 1, "cursor": first["next"]}, headers=reader)
    ).json()

    assert first["groups"] + second["groups"] == whole["groups"]
    assert second["next"] is None
    other = {"period": "week", "by": "category", "cursor": first["next"]}
    assert (await client.get("/v1/morning", params=other, headers=reader)).status_code == 422
    file = await client.get("/v1/morning/export.csv", params=asked, headers=reader)
    assert {row["key"] for row in csv.DictReader(StringIO(file.text))} == {"", "spinach", "milk"}


async def test_the_page_shows_the_dearest_and_leads_to_all(
    client: httpx.AsyncClient, added_up: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.morning.morning.DEAREST", 1)
    with writing(added_up) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    rows = r'<th scope="row"><a[^>]*>([^<]+)</a>'

    page = (await client.get("/morning?period=week&by=product", headers=at_home)).text
    found = re.search(r'<a href="([^"]+every=true[^"]*)">', page)
    assert found is not None
    every = (await client.get(html.unescape(found[1]), headers=at_home)).text

    assert len(re.findall(rows, page)) == 1
    assert len(re.findall(rows, every)) == 2
    assert "every=true" not in every


async def test_each_step_further_down_is_a_link(client: httpx.AsyncClient, added_up: Engine) -> None:
    with writing(added_up) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    where, seen = "/morning", []
    for name in ("W1", "leaf", "spinach"):
        page = (await client.get(where, headers=at_home)).text
        found = re.search(rf'<th scope="row"><a href="([^"]+)">{name}</a>', page)
        assert found is not None, (where, name)
        where = html.unescape(found[1])
        seen.append(where)
    page = (await client.get(where, headers=at_home)).text
    assert "warehouse_id=W1" in where
    assert "product_id=spinach" in where
    assert "by=day" in where
    assert "/warehouses/W1/products/spinach" in page


async def test_a_target_stands_beside_its_figure(client: httpx.AsyncClient, bearer: Bearer, added_up: Engine) -> None:
    operator = bearer("operator")
    for _ in range(2):
        answer = await client.put("/v1/morning/targets/fill_rate", json={"target": 0.97}, headers=operator)
        assert answer.json()["target"] == 0.97
    told = (await client.get("/v1/morning", headers=bearer("buyer"))).json()
    assert {one["figure"]: one["target"] for one in told["figures"]}["fill_rate"] == 0.97
    with writing(added_up) as session:
        assert len(session.scalars(select(TargetRow)).all()) == 1


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda client, of: client.get("/v1/morning?warehouse_id=W9", headers=of("buyer")), 404),
        (lambda client, of: client.get("/v1/morning?product_id=P9", headers=of("buyer")), 404),
        (lambda client, of: client.get("/v1/morning?category=none", headers=of("buyer")), 404),
        (lambda client, of: client.get("/v1/morning?until=0001-01-01", headers=of("buyer")), 422),
        (lambda client, of: client.get("/v1/morning?until=9999-12-31", headers=of("buyer")), 422),
        (lambda client, of: client.get("/morning?until=9999-12-31", headers=of("buyer")), 422),
        (lambda client, of: client.get("/v1/morning?cursor=W10", headers=of("buyer")), 422),
        (lambda client, of: client.get("/v1/morning?period=year", headers=of("buyer")), 422),
        (lambda client, of: client.get("/morning?by=farm", headers=of("buyer")), 422),
        (lambda client, of: client.get("/v1/morning?by=supplier&product_id=milk", headers=of("buyer")), 422),
        (lambda client, of: client.put("/v1/morning/targets/waste", json={"target": 2}, headers=of("operator")), 422),
        (lambda client, of: client.put("/v1/morning/targets/x", json={"target": 2}, headers=of("operator")), 404),
        (lambda client, of: client.put("/v1/morning/targets/waste", json={"target": 0}, headers=of("buyer")), 403),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient,
    bearer: Bearer,
    added_up: Engine,
    ask: Callable[[httpx.AsyncClient, Bearer], object],
    status: int,
) -> None:
    answer: httpx.Response = await ask(client, bearer)  # type: ignore[misc]
    assert answer.status_code == status, answer.text


async def test_before_a_day_was_added_up_the_api_says_how(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await client.get("/v1/morning", headers=bearer("buyer"))
    assert answer.status_code == 409
    assert "freshfront report days" in answer.text


async def test_warehouses_that_are_not_added_up_yet_are_named(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    # given: sales in both, and a run that has added up W1 alone so far
    with writing(shop) as session:
        for name in ("W1", "W2"):
            session.add(
                DailySalesRow(warehouse_id=name, product_id="spinach", date=YESTERDAY, known_at=ORIGIN, sales=8.0)
            )
        session.add(DayRunRow(run_id="R1", started_at=NOW, held_until=NOW + timedelta(minutes=1), failed={}, steps={}))
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    before = (await client.get("/morning", headers=at_home)).text
    keep_days(shop, "W1", NOW, MARKUP)
    meanwhile = (await client.get("/morning", headers=at_home)).text
    told = (await client.get("/v1/morning", headers=bearer("buyer"))).json()
    of_one = (await client.get("/v1/morning?warehouse_id=W1", headers=bearer("buyer"))).json()
    keep_days(shop, "W2", NOW, MARKUP)
    afterwards = (await client.get("/v1/morning", headers=bearer("buyer"))).json()

    assert "A run that is under way does it" in before
    assert "1 warehouse is not added up yet for this day, and not in these figures: W2." in meanwhile
    assert "It is being done now." in meanwhile
    assert (told["not_added_up"], of_one["not_added_up"], afterwards["not_added_up"]) == (["W2"], [], [])


async def test_a_key_of_one_warehouse_is_told_of_it_alone(client: httpx.AsyncClient, added_up: Engine) -> None:
    with writing(added_up) as session:
        _, key = create_key(session, "the shelf", Role.STAFF, NOW, warehouses=["W2"])
    headers = {"Authorization": f"Bearer {key}"}
    told = (await client.get("/v1/morning?by=product", headers=headers)).json()
    assert {one["figure"]: one["value"] for one in told["figures"]}["fill_rate"] == pytest.approx(0.3)
    assert {line["warehouse_id"] for line in told["dearest"]} == {"W2"}
    assert (await client.get("/v1/morning?warehouse_id=W1", headers=headers)).status_code == 403
