"""Reviews of promotions over HTTP and on their pages: the same numbers everywhere, a verdict in a sentence, refusals,
own warehouses only."""

import csv
import html
import json
import re
from datetime import date, timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, delete

from api.pages import texts
from api.pages.promotions import promotions
from api.pages.texts.figures import figure_words
from api.pagination import to_base64
from data.database import writing
from data.frames.worth.sums import OF_PRODUCTS, OF_WAREHOUSES
from data.tables import ProductRow, PromotionReviewRow, Role, WarehouseDayRow
from flows.access.keys import create_key, create_sign_in_token
from warehouse.worth.morning_figures import Kind
from warehouse.worth.promotions.promotion_figures import FIGURES, REACH
from warehouse.worth.promotions.reviewing import REVIEWED

from .conftest import NOW, TODAY, Bearer

YESTERDAY = TODAY - timedelta(days=1)
ENDED = TODAY - timedelta(days=20)
BEGAN = ENDED - timedelta(days=3)
KNOWN: dict[str, float] = dict.fromkeys(REVIEWED, 0.0) | {
    "days": 4, "known_days": 4, "days_after": 14, "planned_days": 4, "demand": 150, "sold": 140, "usual": 100,
    "usual_error": 4, "planned": 150, "planned_usual": 100, "ahead": 8, "siblings": 5, "siblings_error": 1,
    "wasted": 3, "margin": 300, "usual_margin": 400, "ahead_money": 32, "own_error": 20, "sibling_money": 20,
    "sibling_money_error": 4, "waste_money": 18, "waste_error": 6,
}  # fmt: skip


def reviewed(warehouse_id: str, product_id: str = "spinach", began: date = BEGAN, **other: Any) -> PromotionReviewRow:
    run = {"ends_on": began + timedelta(days=3), "discount": 0.8, "promoted": True}
    return PromotionReviewRow(product_id=product_id, starts_on=began, warehouse_id=warehouse_id, **run | KNOWN | other)


@pytest.fixture
def over(shop: Engine) -> Engine:
    """Spinach was promoted in both warehouses and lost money, apples in W1 earned some, of what they did in W2 nobody
    knows enough."""
    sums = dict.fromkeys((*OF_PRODUCTS, *OF_WAREHOUSES), 0.0)
    with writing(shop) as session:
        session.add(ProductRow(product_id="apple", name="Apple <b>", category="fruit", band="chilled", unit="kg"))
        session.flush()
        nothing = dict.fromkeys(name for name in REVIEWED if name.endswith(("error", "usual", "margin", "money")))
        unknown = nothing | dict.fromkeys(("ahead", "siblings", "wasted", "planned"))
        session.add_all(
            [
                reviewed("W1"), reviewed("W2"),
                reviewed("W1", "apple", BEGAN - timedelta(days=7), margin=700.0, discount=0.9, promoted=False),
                reviewed("W2", "apple", BEGAN - timedelta(days=7), discount=0.9, promoted=False, **unknown),
                *(WarehouseDayRow(date=YESTERDAY, warehouse_id=name, read_at=NOW, **sums) for name in ("W1", "W2")),
            ]
        )  # fmt: skip
    return shop


async def signed_in(client: httpx.AsyncClient, engine: Engine) -> dict[str, str]:
    """Signs a buyer in; the headers of a browser."""
    with writing(engine) as session:
        token = create_sign_in_token(session, "a buyer", Role.BUYER, NOW, lasts=timedelta(hours=1))
    at_home = {"Origin": "http://freshfront.test", "Accept": "text/html"}
    await client.post("/sign-in", data={"key": token}, headers=at_home)
    return at_home


async def page_of(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> str:
    """A page's words, with runs of blanks as one."""
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", html.unescape(answer.text))


def figures_of(review: dict[str, Any]) -> dict[str, tuple[float | None, float | None, float | None]]:
    return {one["figure"]: (one["value"], one["low"], one["high"]) for one in review["figures"]}


async def test_what_it_did_is_told_over_its_warehouses_with_the_interval_in_which_it_lies(
    client: httpx.AsyncClient, bearer: Bearer, over: Engine
) -> None:
    told = (await client.get("/v1/promotions/reviews", headers=bearer("buyer"))).json()

    assert told["last_day"] == (YESTERDAY - timedelta(days=7)).isoformat()
    spinach, apples = told["items"]
    assert (spinach["product_id"], spinach["warehouses"], spinach["earned"]) == ("spinach", 2, "lost")
    figures = figures_of(spinach)
    assert list(figures) == [figure.name for figure in FIGURES]
    assert figures["planned_uplift"] == (0.5, None, None)
    assert figures["uplift"][0] == 0.5
    assert figures["ran_out"] == (20, None, None)
    value, low, high = figures["earned"]
    assert value == pytest.approx(2 * (300 - 400 - 32 - 20 - 18))
    error = (2 * 20**2 + 8**2 + 2 * 6**2) ** 0.5
    assert (low, high) == (pytest.approx(value - REACH * error), pytest.approx(value + REACH * error))
    assert (apples["earned"], apples["warehouses"], apples["warehouses_not_known"]) == ("earned", 2, 1)


async def test_api_csv_and_pages_tell_the_same_numbers(client: httpx.AsyncClient, bearer: Bearer, over: Engine) -> None:
    reader = bearer("buyer")
    told = (await client.get("/v1/promotions/reviews", headers=reader)).json()["items"]
    exported = await client.get("/v1/promotions/reviews/export.csv", headers=reader)
    rows = {(one["product_id"], one["figure"]): one["value"] for one in csv.DictReader(StringIO(exported.text))}
    at_home = await signed_in(client, over)
    listed = await page_of(client, "/promotions", at_home)
    for one in told:
        which = f"{one['product_id']}/{one['starts_on']}"
        alone = (await client.get(f"/v1/promotions/reviews/{which}", headers=reader)).json()
        assert alone["together"] == [one]
        assert [review["warehouse_id"] for review in alone["by_warehouse"]] == ["W1", "W2"]
        card = await page_of(client, f"/promotions/{which}", at_home)
        assert f'<a href="/warehouses/W2/products/{one["product_id"]}">' in card
        for figure in one["figures"]:
            assert rows[one["product_id"], figure["figure"]] == str(figure["value"])
            label = texts.say(f"promotion_figure.{figure['figure']}")
            assert f">{label}</th>" in card
            if figure["kind"] == "money":
                words = figure_words(figure["value"], Kind.MONEY, one["currency"]).replace("\xa0", " ")
                assert f'>{label}</th><td class="figure" data-label="Value">{words}</td>' in card
                assert figure["figure"] != "earned" or f">{words}" in listed


async def test_the_verdict_is_a_sentence(client: httpx.AsyncClient, over: Engine) -> None:
    at_home = await signed_in(client, over)

    listed = await page_of(client, "/promotions", at_home)

    as_planned = "Demand changed by +50% against the usual, as planned (+50%) within chance."
    assert f"{as_planned} It lost 340.00 CNY." in listed
    assert "It earned 230.00 CNY." in listed
    assert "Apple <b>" in listed
    assert "20% off" in listed


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"planned": 110.0}, "more than the +10% planned"),
        ({"planned": 300.0}, "less than the +200% planned"),
        ({"planned": None}, "what was planned is not known"),
        ({"usual_error": 60.0}, "Too little is known of what would have sold."),
        ({"own_error": 400.0}, "Whether it earned money cannot be told: it lies between −"),
        ({"margin": None}, "What it earned is not known."),
        ({"days_after": 7.0}, "7 days after it are known so far"),
    ],
)
async def test_the_card_says_what_is_beyond_chance_and_what_is_not_known(
    client: httpx.AsyncClient, over: Engine, other: dict[str, float | None], words: str
) -> None:
    began = BEGAN - timedelta(days=2)
    with writing(over) as session:
        session.add(reviewed("W1", began=began, **other))

    assert words in await page_of(client, f"/promotions/spinach/{began}", await signed_in(client, over))


async def test_the_card_says_of_how_many_warehouses_too_little_is_known(
    client: httpx.AsyncClient, over: Engine
) -> None:
    card = await page_of(client, f"/promotions/apple/{BEGAN - timedelta(days=7)}", await signed_in(client, over))

    assert "In 1 warehouse nobody knows what would have sold" in card


async def test_promotions_come_in_pages(client: httpx.AsyncClient, bearer: Bearer, over: Engine) -> None:
    reader, seen, cursor = bearer("buyer"), [], {}
    for _ in range(2):
        told = (await client.get("/v1/promotions/reviews", params={"limit": "1", **cursor}, headers=reader)).json()
        seen += [one["product_id"] for one in told["items"]]
        cursor = {"cursor": told["next"]}
    assert seen == ["spinach", "apple"]
    assert told["next"] is None
    of_another_list = to_base64(json.dumps(["others", ["spinach"]]).encode())
    for wrong in ("WyJ4Il0", of_another_list):
        answer = await client.get("/v1/promotions/reviews", params={"cursor": wrong}, headers=reader)
        assert answer.status_code == 422


async def test_the_page_shows_those_that_lost_most_and_all_when_asked(
    client: httpx.AsyncClient, over: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotions, "LOST_MOST", 1)
    at_home = await signed_in(client, over)

    listed = await page_of(client, "/promotions", at_home)

    assert "Apple" not in listed
    more = re.search(r'href="([^"]+every=true[^"]*)"', listed)
    assert more is not None
    assert "Apple" in await page_of(client, more[1], at_home)


@pytest.mark.parametrize(
    ("query", "products"),
    [
        ({"product_id": "apple"}, ["apple"]),
        ({"category": "fruit"}, ["apple"]),
        ({"until": str(ENDED - timedelta(days=1))}, ["apple"]),
        ({"until": str(ENDED - timedelta(days=100)), "period": "13weeks"}, []),
    ],
)
async def test_some_of_them_are_told_alone(
    client: httpx.AsyncClient, bearer: Bearer, over: Engine, query: dict[str, str], products: list[str]
) -> None:
    told = (await client.get("/v1/promotions/reviews", params=query, headers=bearer("buyer"))).json()

    assert [one["product_id"] for one in told["items"]] == products


async def test_a_key_of_some_warehouses_is_told_of_these_alone(client: httpx.AsyncClient, over: Engine) -> None:
    with writing(over) as session:
        _, secret = create_key(session, "W2 alone", Role.BUYER, NOW, warehouses=["W2"])
    reader = {"Authorization": f"Bearer {secret}"}

    told = (await client.get("/v1/promotions/reviews", headers=reader)).json()["items"]

    assert [(one["product_id"], one["warehouses"], one["earned"]) for one in told] == [
        ("spinach", 1, "lost"), ("apple", 1, "not_known")
    ]  # fmt: skip
    other = await client.get("/v1/promotions/reviews", params={"warehouse_id": "W1"}, headers=reader)
    assert other.status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [("/v1/promotions/reviews/spinach/2020-01-01", 404), ("/v1/promotions/reviews/nothing/2026-01-01", 404),
     ("/v1/promotions/reviews/spinach/yesterday", 422), ("/v1/promotions/reviews?product_id=nothing", 404),
     ("/v1/promotions/reviews?category=nothing", 404), ("/v1/promotions/reviews?until=1200-01-01", 422)],
)  # fmt: skip
async def test_what_is_not_there_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, over: Engine, address: str, status: int
) -> None:
    assert (await client.get(address, headers=bearer("buyer"))).status_code == status


async def test_before_any_day_was_added_up_the_page_says_so(
    client: httpx.AsyncClient, bearer: Bearer, over: Engine
) -> None:
    with writing(over) as session:
        session.execute(delete(WarehouseDayRow))

    assert (await client.get("/v1/promotions/reviews", headers=bearer("buyer"))).status_code == 409
    assert "No day has been added up yet" in await page_of(client, "/promotions", await signed_in(client, over))


async def test_the_morning_page_leads_there(client: httpx.AsyncClient, over: Engine) -> None:
    at_home = await signed_in(client, over)

    assert 'href="/promotions"' in await page_of(client, "/morning", at_home)
