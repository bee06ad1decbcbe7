"""What is read: warehouses, products, forecasts, slots; in pages of one shape."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from api.pagination import cursor_after, key_of_cursor
from api.problems import Unprocessable
from data.database import writing
from data.tables import (
    AlarmRow,
    Band,
    ForecastContributionRow,
    ForecastRow,
    OccasionRow,
    ProductRow,
    PromotionEffectRow,
    RecoveredDemandRow,
    Unit,
)

from .conftest import NOW, ORIGIN, TODAY, Bearer
from .test_bad_input import is_problem


@pytest.fixture
def headers(bearer: Bearer) -> dict[str, str]:
    return bearer("staff")


async def all_pages(client: httpx.AsyncClient, address: str, headers: dict[str, str], limit: int) -> list[Any]:
    """The items of every page, and that no page is longer than asked for."""
    items: list[Any] = []
    cursor = None
    while True:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(httpx.URL(address).copy_merge_params(asked), headers=headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"items", "next"}
        assert len(page["items"]) <= limit
        items += page["items"]
        if (cursor := page["next"]) is None:
            return items


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_the_pages_of_a_list_hold_every_row_once(
    client: httpx.AsyncClient, headers: dict[str, str], draft: str, limit: int
) -> None:
    for address, key, count in (
        ("/v1/warehouses", ["warehouse_id"], 2),
        ("/v1/products", ["product_id"], 3),
        ("/v1/warehouses/W1/forecasts", ["product_id", "date"], 21),
        ("/v1/warehouses/W1/slots", ["slot_id"], 3),
        ("/v1/warehouses/W1/moves", ["rank", "move_id"], 2),
        (f"{draft}/lines", ["line_no"], 4),
    ):
        if limit < 3 and count > 10:
            continue
        items = await all_pages(client, address, headers, limit)
        keys = [tuple(item[name] for name in key) for item in items]
        assert len(keys) == len(set(keys)) == count
        assert keys == sorted(keys)


async def test_a_row_that_comes_in_between_moves_no_other(
    client: httpx.AsyncClient, headers: dict[str, str], shop: Engine
) -> None:
    first = (await client.get("/v1/products?limit=1", headers=headers)).json()
    assert [product["product_id"] for product in first["items"]] == ["milk"]
    with writing(shop) as session:
        session.add(ProductRow(product_id="apple", name="苹果", category="fruit", band=Band.AMBIENT, unit=Unit.KG))
    rest = (await client.get(f"/v1/products?cursor={first['next']}", headers=headers)).json()
    assert [product["product_id"] for product in rest["items"]] == ["saffron", "spinach"]


async def test_a_cursor_is_good_for_its_own_list_only(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    cursor = (await client.get("/v1/products?limit=1", headers=headers)).json()["next"]
    answer = await client.get(f"/v1/warehouses?cursor={cursor}", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_a_cursor_beyond_the_calendar_is_refused() -> None:
    key = [AlarmRow.raised_at, AlarmRow.alarm_id]
    cursor = cursor_after(key, ["0001-01-01T00:00:00+23:00", "al_1"])
    with pytest.raises(Unprocessable):
        key_of_cursor(cursor, key)


async def test_a_warehouse_and_a_product(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    warehouse = (await client.get("/v1/warehouses/W1", headers=headers)).json()
    assert (warehouse["city"], warehouse["timezone"]) == ("杭州", "Asia/Shanghai")
    (spinach,) = (await client.get("/v1/products?category=leaf", headers=headers)).json()["items"]
    assert spinach["product_id"] == "spinach"
    assert (spinach["volume_l"], spinach["list_price"], spinach["unit"]) == (2.0, 10.0, "kg")


async def test_forecasts_are_those_of_the_latest_origin_unless_another_is_asked_for(
    client: httpx.AsyncClient, headers: dict[str, str], shop: Engine
) -> None:
    older = ORIGIN.replace(day=28, month=2)
    with writing(shop) as session:
        for origin, mean in ((older, 1.0), (NOW.replace(year=2027), 99.0)):
            quantiles = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean"), mean)
            session.add(
                ForecastRow(
                    warehouse_id="W1", product_id="spinach", date=TODAY, origin=origin, model="test", **quantiles
                )
            )
    address = f"/v1/warehouses/W1/forecasts?product_id=spinach&date_from={TODAY}&date_to={TODAY}"
    (latest,) = (await client.get(address, headers=headers)).json()["items"]
    assert (latest["mean"], latest["origin"]) == (20.0, "2026-03-01T16:00:00Z")
    assert [latest[f"q{q}"] for q in ("05", "50", "95")] == [10.0, 20.0, 30.0]
    (before,) = (await client.get(f"{address}&origin=2026-02-28T16:00:00Z", headers=headers)).json()["items"]
    assert before["mean"] == 1.0


@pytest.mark.parametrize("what", ["forecasts", "forecasts/hours"])
async def test_forecasts_of_a_product_that_is_not_there_are_not_found(
    client: httpx.AsyncClient, headers: dict[str, str], what: str
) -> None:
    answer = await client.get(f"/v1/warehouses/W1/{what}?product_id=nope", headers=headers)
    assert is_problem(answer, 404)["detail"] == "Product nope was not found."


async def test_a_forecast_is_explained_where_that_is_asked_for_and_known(
    client: httpx.AsyncClient, headers: dict[str, str], shop: Engine
) -> None:
    shares = {"level": 17.0, "weekday": 2.5, "holiday": 0.0, "weather": -1.0, "promotion": 0.0, "trend": 1.5,
              "event": 0.5, "season": -0.5}  # fmt: skip
    fair = {"name": "Fair", "kind": "fair", "closed": False, "away": 0, "seen": 3}
    with writing(shop) as session:
        for origin in (ORIGIN, ORIGIN.replace(day=28, month=2)):
            key = {"warehouse_id": "W1", "product_id": "spinach", "date": TODAY, "origin": origin}
            session.add(ForecastContributionRow(**key, **shares))
            session.add(OccasionRow(warehouse_id="W1", origin=origin, date=TODAY, **fair))
        shut = {"name": "Stocktaking", "kind": "count", "closed": True, "away": 0, "seen": 0}
        session.add(OccasionRow(warehouse_id="W1", origin=ORIGIN, date=TODAY + timedelta(days=1), **shut))
    address = "/v1/warehouses/W1/forecasts?product_id=spinach&limit=2"
    today, tomorrow = (await client.get(f"{address}&explain=true", headers=headers)).json()["items"]
    assert today["contributions"] == shares | {"occasions": [fair]}
    assert (today["closed_for"], tomorrow["closed_for"]) == (None, "Stocktaking")
    assert sum(shares.values()) == today["mean"]
    assert tomorrow["contributions"] is None
    unasked = (await client.get(address, headers=headers)).json()["items"]
    assert [row["contributions"] for row in unasked] == [None, None]
    assert len(await all_pages(client, "/v1/warehouses/W1/forecasts?explain=true", headers, 5)) == 21


async def test_a_forecast_says_up_to_which_quantile_demand_was_ever_seen(
    client: httpx.AsyncClient, headers: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        session.add_all(
            RecoveredDemandRow(warehouse_id="W1", product_id=product, origin=origin, last_day=TODAY, demand=b"", how="",
                            days_seen_whole=30, highest_seen_quantile=0.82)
            for product, origin in (("spinach", ORIGIN), ("milk", NOW))
        )  # fmt: skip
    for asked in ("", "?explain=true"):
        items = await all_pages(client, f"/v1/warehouses/W1/forecasts{asked}", headers, 200)
        assert len(items) == 21
        seen = {(item["product_id"], item["highest_seen_quantile"]) for item in items}
        assert seen == {("spinach", 0.82), ("milk", None), ("saffron", None)}


async def test_forecasts_by_product_and_day(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    address = "/v1/warehouses/W1/forecasts?product_id=milk&date_from=2026-03-03&date_to=2026-03-05"
    items = (await client.get(address, headers=headers)).json()["items"]
    assert [item["date"] for item in items] == ["2026-03-03", "2026-03-04", "2026-03-05"]
    assert {item["product_id"] for item in items} == {"milk"}


async def test_slots_show_what_lies_in_them_and_suggestions_what_should(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    slots = (await client.get("/v1/warehouses/W1/slots?zone_id=Z1", headers=headers)).json()["items"]
    assert [(slot["slot_id"], slot["product_name"], slot["band"]) for slot in slots] == [
        ("leaf-1", None, "leaf"),
        ("leaf-2", None, "leaf"),
        ("leaf-5", "spinach", "leaf"),
    ]
    (suggested,) = (await client.get("/v1/warehouses/W1/slot-suggestions", headers=headers)).json()["items"]
    assert (suggested["product_id"], suggested["slot_id"]) == ("spinach", "leaf-1")


async def test_a_move_done_puts_the_product_into_its_new_slot(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    done = await client.post("/v1/moves/M1/done", headers=headers)
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["decided_by"]) == ("done", "a staff")
    assert (await client.post("/v1/moves/M1/done", headers=headers)).json() == done.json()
    slots = (await client.get("/v1/warehouses/W1/slots", headers=headers)).json()["items"]
    assert {slot["slot_id"]: slot["product_id"] for slot in slots}["leaf-1"] == "spinach"
    to_do = (await client.get("/v1/warehouses/W1/moves", headers=headers)).json()["items"]
    assert [move["move_id"] for move in to_do] == ["M2"]
    assert (await client.post("/v1/moves/M1/refused", json={"reason": "no"}, headers=headers)).status_code == 409


async def test_a_move_is_refused_with_a_reason(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await client.post("/v1/moves/M1/refused", json={}, headers=headers)).status_code == 422
    refused = await client.post("/v1/moves/M1/refused", json={"reason": "the shelf is broken"}, headers=headers)
    assert (refused.json()["status"], refused.json()["decision_reason"]) == ("refused", "the shelf is broken")
    listed = (await client.get("/v1/warehouses/W1/moves?status=refused", headers=headers)).json()["items"]
    assert [move["move_id"] for move in listed] == ["M1"]


async def test_what_promotions_did_is_told_in_all_by_category_and_by_product(
    client: httpx.AsyncClient, headers: dict[str, str], shop: Engine
) -> None:
    address = "/v1/promotion-effects"
    assert (await client.get(address, headers=headers)).json() == {"items": [], "next": None}
    with writing(shop) as session:
        session.add_all(
            PromotionEffectRow(row_no=number, origin=ORIGIN, category=category, effect=effect, depth_from=depth,
                            depth_to=depth and 0.3, day=day, ratio=1.5, low=low, high=1.7, products=3, days=40)
            for number, (category, effect, depth, day, low) in enumerate(
                [(None, "uplift", 0.2, 1, 1.4), ("leaf", "uplift", 0.2, 1, None), ("leaf", "taken", None, 0, 0.1)]
            )
        )  # fmt: skip
    rows = await all_pages(client, address, headers, 2)
    assert [(row["category"], row["effect"]) for row in rows] == [
        (None, "uplift"), ("leaf", "uplift"), ("leaf", "taken"),
    ]  # fmt: skip
    assert rows[1] | {"origin": None} == {
        "category": "leaf", "effect": "uplift", "depth_from": 0.2, "depth_to": 0.3, "day": 1, "ratio": 1.5, "low": None,
        "high": 1.7, "products": 3, "days": 40, "origin": None,
    }  # fmt: skip
    assert await all_pages(client, f"{address}?category=leaf", headers, 200) == rows[1:]
    assert await all_pages(client, f"{address}?product_id=spinach", headers, 200) == rows[1:]
    of_all = await all_pages(client, f"{address}?product_id=milk", headers, 200)
    assert of_all == rows[:1], "nothing was learned of its category"
    assert (await client.get(f"{address}?product_id=nothing", headers=headers)).status_code == 404
    assert (await client.get(f"{address}?depth=0.2", headers=headers)).status_code == 422
