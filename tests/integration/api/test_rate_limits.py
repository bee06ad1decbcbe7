"""How much a key may change and an address may try within a minute, by a clock that stands still."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.rate_limits import Buckets
from api.transactions import moment
from flows.settings import Settings

from .conftest import NOW, Bearer
from .test_bad_input import is_problem

SECOND = timedelta(seconds=1)
OURS = {"Sec-Fetch-Site": "same-origin"}
READING = {"readings": [{"sensor_id": "S1", "taken_at": "2026-03-02T01:59:00Z", "temperature_c": 3.0}]}
# a bucket is no database's
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"changes_per_minute": 6, "sign_ins_per_minute": 8})


def from_address(app: FastAPI, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://freshfront.test")


async def test_a_key_that_changes_too_much_waits_and_no_other_does(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    for _ in range(6):
        assert (await client.post("/v1/readings", json=READING, headers=bearer("integration"))).status_code == 200
    before = everything()
    answer = await client.post("/v1/moves/M1/done", headers=bearer("integration"))
    problem = is_problem(answer, 429)
    assert problem["type"] == "urn:freshfront:problem:too-many-requests"
    assert answer.headers["retry-after"] == "10", "a sixth of a minute makes room for one more"
    assert everything() == before
    assert (await client.post("/v1/readings", json=READING, headers=bearer("operator"))).status_code == 200
    app.dependency_overrides[moment] = lambda: NOW + 9 * SECOND
    again = await client.post("/v1/readings", json=READING, headers=bearer("integration"))
    assert (again.status_code, again.headers["retry-after"]) == (429, "1")
    app.dependency_overrides[moment] = lambda: NOW + 10 * SECOND
    assert (await client.post("/v1/readings", json=READING, headers=bearer("integration"))).status_code == 200
    assert (await client.post("/v1/readings", json=READING, headers=bearer("integration"))).status_code == 429


async def test_reading_is_not_limited(client: httpx.AsyncClient, bearer: Bearer) -> None:
    for _ in range(30):
        assert (await client.get("/v1/warehouses", headers=bearer("buyer"))).status_code == 200


async def test_who_mistypes_five_times_signs_in_and_who_guesses_on_waits(app: FastAPI, bearer: Bearer) -> None:
    right = bearer("buyer")["Authorization"].removeprefix("Bearer ")
    async with from_address(app, "192.0.2.7") as somebody:
        for _ in range(5):
            assert (await somebody.post("/sign-in", data={"key": "ff_wrong"}, headers=OURS)).status_code == 401
        assert (await somebody.post("/sign-in", data={"key": right}, headers=OURS)).status_code == 303
        for _ in range(2):
            await somebody.post("/sign-in", data={"key": "ff_wrong"}, headers=OURS)
        answer = await somebody.post("/sign-in", data={"key": right}, headers=OURS | {"Accept": "text/html"})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "8")
        assert "Try again in 8 s." in answer.text
        assert (await somebody.post("/sign-in", data={"key": "ff_wrong"}, headers=OURS)).status_code == 429
        assert (await somebody.get("/")).status_code == 200, "a session goes on"
    async with from_address(app, "192.0.2.8") as another:
        assert (await another.post("/sign-in", data={"key": right}, headers=OURS)).status_code == 303


async def test_the_addresses_of_one_household_count_together(app: FastAPI) -> None:
    for n in range(9):
        async with from_address(app, f"2001:db8:0:1::{n}") as somebody:
            answer = await somebody.post("/sign-in", data={"key": "ff_wrong"}, headers=OURS)
    assert answer.status_code == 429
    async with from_address(app, "2001:db8:0:2::1") as another:
        assert (await another.post("/sign-in", data={"key": "ff_wrong"}, headers=OURS)).status_code == 401


async def test_links_of_suppliers_are_not_tried_without_end(app: FastAPI) -> None:
    async with from_address(app, "192.0.2.9") as somebody:
        form = {"line_no": "1", "bring": "4"}
        tried = [(await somebody.post("/supplier/none", data=form)).status_code for _ in range(9)]
    assert tried == [404] * 8 + [429]


def test_a_bucket_holds_no_more_than_a_minute_and_none_less_where_the_clock_is_set_back(database_url: str) -> None:
    buckets = Buckets(2)
    assert [bool(buckets.take("a", NOW)) for _ in range(3)] == [False, False, True]
    assert buckets.take("a", NOW) == 30 * SECOND
    assert [bool(buckets.take("a", NOW + timedelta(hours=1))) for _ in range(3)] == [False, False, True]
    assert buckets.take("a", NOW) == 30 * SECOND
    assert not buckets.take("a", NOW + 30 * SECOND)


def test_buckets_are_forgotten_from_the_one_that_was_used_longest_ago(database_url: str) -> None:
    buckets = Buckets(1, remembered=2)
    assert [bool(buckets.take(who, NOW)) for who in ("a", "b", "a", "c")] == [False, False, True, False]
    assert buckets.take("a", NOW), "used after b"
    assert not buckets.take("b", NOW)
