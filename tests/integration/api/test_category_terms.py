"""What buyers set of the service level: told as it holds or held, counted on by the next plan, refused out of range."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select

from api.transactions import moment
from data.database import reading, writing
from data.tables import CategoryTermsRow, Role
from flows.access.keys import create_key
from flows.purchasing.planning import planning
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.service_level import NO_SERVICE_LEVEL, CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.supply import Supply

from .conftest import NOW, Bearer

LEAF = {"category": "leaf", "goodwill": 2.5, "disposal": None, "fill_rate_floor": 0.97, "display_minimum": 1.5,
        "freshest_first": None}  # fmt: skip
OF_ALL = {"category": None, "goodwill": 1, "disposal": 0.25, "fill_rate_floor": 0.98, "display_minimum": None,
          "freshest_first": 0.3}  # fmt: skip
ADDRESS = "/v1/category-terms"


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Sequence[tuple[ServiceLevel, dict[str, str | None]]]:
    """Of every plan that is worked out: the service level it is told, and its products' categories."""
    told: list[tuple[ServiceLevel, dict[str, str | None]]] = []
    plan_with_notes = planning.plan_with_notes

    def noting(asked: Sequence[tuple[Need, Supply]], *given: Any, **named: Any) -> Any:
        categories = {need.product_id: need.category_id for need, _ in asked}
        told.append((named["settings"].service_level, categories))
        return plan_with_notes(asked, *given, **named)

    monkeypatch.setattr(planning, "plan_with_notes", noting)
    return told


async def _plan(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    asked = {"warehouse_ids": ["W1"], "replace_edited": True}
    made = await client.post("/v1/purchase-plans", json=asked, headers=headers)
    assert made.status_code == 201, made.text


async def test_the_next_plan_is_told_what_a_buyer_has_set(
    client: httpx.AsyncClient, bearer: Bearer, planned: Sequence[tuple[ServiceLevel, dict[str, str | None]]]
) -> None:
    buyer = bearer("buyer")
    await _plan(client, buyer)
    for terms in (LEAF, OF_ALL):
        answer = await client.put(ADDRESS, json=terms, headers=buyer)
        assert answer.status_code == 200, answer.text
    await _plan(client, buyer)
    (before, categories), (level, _) = planned
    assert before == NO_SERVICE_LEVEL
    assert level.of("leaf") == CategoryTerms(2.5, 0.25, 0.97, 1.5, 0.3), "its own goodwill, the disposal of all"
    assert level.of("chilled") == CategoryTerms(1, 0.25, None, 0, 0.3), "the floor of all is of the whole plan"
    assert level.overall == CategoryTerms(1, 0.25, 0.98, 0, 0.3)
    assert categories == {"spinach": "leaf", "milk": "chilled", "saffron": "ambient"}


async def test_a_plan_says_what_a_floor_costs_to_who_sees_all_of_it(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    buyer = bearer("buyer")
    with writing(shop) as session:
        _, key = create_key(session, "of W1", Role.BUYER, NOW, ["W1"])
    await client.put(ADDRESS, json=LEAF | {"goodwill": None, "fill_rate_floor": 0.99}, headers=buyer)

    plan = (await client.post("/v1/purchase-plans", json={"warehouse_ids": ["W1", "W2"]}, headers=buyer)).json()

    [told] = [note for note in plan["notes"] if note["code"] == "fill_rate_floor"]
    lines = (await client.get(f"/v1/purchase-plans/{plan['plan_id']}/lines", headers=buyer)).json()["items"]
    spinach = [line for line in lines if line["product_id"] == "spinach"]
    met = 1 - sum(line["expected_shortage"] for line in spinach) / sum(line["forecast_mean"] for line in spinach)
    assert (told["warehouses"], told["category"], told["floor"], told["reached"]) == ("W1, W2", "leaf", 0.99, True)
    assert told["with"] == pytest.approx(met, abs=1e-5)
    assert told["without"] < 0.99 - 0.0005 <= met
    assert told["cost"] > 0
    assert told["currency"] == "CNY"
    limited = {"Authorization": f"Bearer {key}"}
    of_w1 = (await client.get(f"/v1/purchase-plans/{plan['plan_id']}", headers=limited)).json()
    assert "fill_rate_floor" not in [note["code"] for note in of_w1["notes"]]


async def test_what_held_at_a_moment_stays_readable_and_the_same_again_is_written_once(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, shop: Engine
) -> None:
    buyer = bearer("buyer")
    first = await client.put(ADDRESS, json=LEAF, headers=buyer)
    app.dependency_overrides[moment] = lambda: NOW + timedelta(hours=1)
    assert (await client.put(ADDRESS, json=LEAF, headers=buyer)).json() == first.json()
    changed = LEAF | {"goodwill": None, "fill_rate_floor": None}
    assert (await client.put(ADDRESS, json=changed, headers=buyer)).status_code == 200
    [now] = (await client.get(ADDRESS, headers=buyer)).json()["items"]
    [before] = (await client.get(ADDRESS, params={"as_of": NOW.isoformat()}, headers=buyer)).json()["items"]
    assert now == changed | {"known_at": "2026-03-02T03:00:00Z", "set_by": first.json()["set_by"]}
    assert before == first.json() == LEAF | {"known_at": "2026-03-02T02:00:00Z", "set_by": before["set_by"]}
    earlier = (NOW - timedelta(seconds=1)).isoformat()
    assert (await client.get(ADDRESS, params={"as_of": earlier}, headers=buyer)).json()["items"] == []
    assert _rows(shop) == 2


async def test_what_is_not_said_at_first_is_kept_as_not_said(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await client.put(ADDRESS, json={"category": "leaf", "goodwill": 0.00004}, headers=bearer("buyer"))
    told = {name: answer.json()[name] for name in LEAF}
    assert told == dict.fromkeys(LEAF) | {"category": "leaf", "goodwill": 0}


@pytest.mark.parametrize(
    ("wrong", "status", "field", "says"),
    [
        ({"goodwill": -0.5}, 422, "goodwill", "The goodwill of leaf is -0.5; it is money per unit, from 0 to"),
        ({"disposal": 2e9}, 422, "disposal", "Correct it, or leave it empty."),
        ({"fill_rate_floor": 0.9995}, 422, "fill_rate_floor", "leaf is 99.95% (as a share 0.9995); it lies between 0"),
        ({"fill_rate_floor": 97}, 422, "fill_rate_floor", "9700% (as a share 97)"),
        ({"fill_rate_floor": -0.01}, 422, "fill_rate_floor", "leave it empty for no floor"),
        ({"display_minimum": -1}, 422, "display_minimum", "The display minimum of leaf is -1.0; it is units of each"),
        ({"display_minimum": 1e7}, 422, "display_minimum", "from 0 to 1,000,000. Correct it, or leave it empty."),
        ({"freshest_first": 30}, 422, "freshest_first", "of leaf is 3000% (as a share 30); it lies between 0 and 100%"),
        ({"freshest_first": -0.1}, 422, "freshest_first", "Correct it, or leave it empty."),
        ({"category": None, "goodwill": -1}, 422, "goodwill", "The goodwill of all categories is -1"),
        ({"category": "loaf"}, 404, None, "No product is of category 'loaf'. Write it as the products have it."),
        ({"goodwill": "much"}, 422, "goodwill", "Input should be a valid decimal"),
        ({"good_will": 1}, 422, "good_will", "Extra inputs are not permitted"),
    ],
)
async def test_what_is_out_of_range_is_refused_by_field_and_nothing_is_written(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, wrong: dict[str, Any], status: int, field: str, says: str
) -> None:
    answer = await client.put(ADDRESS, json=LEAF | wrong, headers=bearer("buyer"))
    assert answer.status_code == status, answer.text
    assert says in answer.text
    if field is not None:
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert _rows(shop) == 0


@pytest.mark.parametrize(("role", "status"), [("buyer", 200), ("operator", 200), ("staff", 403), ("erp", 403)])
async def test_buyers_and_operators_set_it(client: httpx.AsyncClient, bearer: Bearer, role: str, status: int) -> None:
    assert (await client.put(ADDRESS, json=LEAF, headers=bearer(role))).status_code == status
    assert (await client.get(ADDRESS, headers=bearer(role))).status_code == 200


async def test_a_key_of_some_warehouses_reads_it_and_does_not_set_it(client: httpx.AsyncClient, shop: Engine) -> None:
    with writing(shop) as session:
        _, key = create_key(session, "of W1", Role.BUYER, NOW, ["W1"])
    limited = {"Authorization": f"Bearer {key}"}
    refused = await client.put(ADDRESS, json=LEAF, headers=limited)
    assert refused.status_code == 403
    assert "category terms are of all warehouses" in refused.text
    assert (await client.get(ADDRESS, headers=limited)).status_code == 200
    assert _rows(shop) == 0


def _rows(engine: Engine) -> int | None:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(CategoryTermsRow))
