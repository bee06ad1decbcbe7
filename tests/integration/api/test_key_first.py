"""The key first, then the names of parameters, then as much of the body as the route takes, beside the event loop."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api import long_json, routing
from api.middleware import bodies
from api.routing import Route

from .conftest import Bearer
from .test_bad_input import JSON, READING, is_problem

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LONG_BATCH = {"readings": [READING] * 1000}


async def spoken(
    app: FastAPI, method: str, path: str, headers: Iterable[tuple[str, str]], pieces: AsyncIterator[bytes]
) -> list[Any]:
    """What the service and a client say to each other, in order: "read" for each piece of a body, and the messages of
    the answer."""
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        said.append("read")
        piece = await anext(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Any) -> None:
        said.append(message)

    head = [(b"host", b"freshfront.test"), (b"transfer-encoding", b"chunked"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [*head, *((name.lower().encode(), value.encode()) for name, value in headers)],
             "client": ("192.0.2.1", 1), "server": ("freshfront.test", 80), "scheme": "http", "http_version": "1.1",
             "root_path": "", "asgi": {"version": "3.0"}}  # fmt: skip
    await app(scope, receive, send)
    return said


async def endless(piece: bytes = b" " * 10_000, after: float = 0) -> AsyncIterator[bytes]:
    while True:
        await asyncio.sleep(after)
        yield piece


@pytest.mark.parametrize(("role", "path", "status"), [
    (None, "/v1/readings", 401), (None, "/v1/nothing", 404), ("buyer", "/v1/readings", 403),
])  # fmt: skip
async def test_who_may_not_is_answered_before_the_body_is_read_and_cut_off_then(
    app: FastAPI, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, role: str | None, path: str, status: int
) -> None:
    monkeypatch.setattr(bodies, "THROWN_AWAY_BYTES", 50_000)
    said = await spoken(app, "POST", path, (bearer(role) if role else {}).items(), endless())
    start = said[0]
    assert start["status"] == status
    assert (b"connection", b"close") in [(name.lower(), value) for name, value in start["headers"]]
    assert said.count("read") < 20
    assert said[-1]["body"] == b"", "the connection ends"


async def test_a_body_that_trickles_is_given_up(app: FastAPI, bearer: Bearer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "PATIENCE", 0.1)
    monkeypatch.setattr(bodies, "THROWN_AWAY_SECONDS", 0.05)
    async with asyncio.timeout(3):
        said = await spoken(app, "POST", "/v1/readings", bearer("operator").items(), endless(b" ", 0.02))
    [start] = [message for message in said if message != "read" and message["type"] == "http.response.start"]
    assert start["status"] == 408


async def test_a_body_that_comes_as_fast_as_a_phone_sends_is_waited_for(
    client: httpx.AsyncClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "PATIENCE", 0.5)
    body = json.dumps(LONG_BATCH).encode()

    async def slowly() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 6_000):
            await asyncio.sleep(0.06)
            yield body[start : start + 6_000]

    answer = await client.post("/v1/readings", content=slowly(), headers=bearer("operator") | JSON)
    assert answer.status_code == 200, answer.text


async def test_most_routes_take_a_short_body_and_say_so(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer
) -> None:
    body = json.dumps({"note": "x" * 70_000})
    answer = await client.post("/v1/alarms/A/acknowledge", content=body, headers=bearer("operator") | JSON)
    assert "65,536 bytes" in is_problem(answer, 413)["detail"]
    described = app.openapi()["paths"]
    assert described["/v1/alarms/{alarm_id}/acknowledge"]["post"]["x-max-body-bytes"] == 65_536
    assert described["/v1/readings"]["post"]["x-max-body-bytes"] == 100_000, "as the settings say"
    assert {"408", "413"} <= set(map(str, described["/v1/what-if"]["post"]["responses"]))


async def test_a_long_body_is_parsed_and_validated_beside_the_event_loop(
    client: httpx.AsyncClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(body: bytes) -> Any:
        threads.append(threading.get_ident())
        return decode(body)

    decode = long_json.loads
    monkeypatch.setattr(long_json, "loads", noted)
    answer = await client.post("/v1/readings", json=LONG_BATCH, headers=bearer("operator"))
    assert answer.json()["accepted"] + answer.json()["duplicates"] == 1000
    wrong = LONG_BATCH["readings"] + [READING | {"temperature_c": "cold"}]
    answer = await client.post("/v1/readings", json={"readings": wrong}, headers=bearer("operator"))
    assert [one["field"] for one in is_problem(answer, 422)["errors"]] == ["readings[1000].temperature_c"]
    answer = await client.post("/v1/readings", content=b"[" * 70_000, headers=bearer("operator") | JSON)
    is_problem(answer, 400)
    assert len(threads) == 3
    assert threading.get_ident() not in threads


def test_every_route_asks_for_the_key_first(app: FastAPI) -> None:
    routes = [one.original_route for one in iter_route_contexts(app.routes)]
    ours = [route for route in routes if isinstance(route, APIRoute)]
    assert len(ours) > 100
    assert {type(route) for route in ours} == {Route}


async def test_parameters_that_an_address_does_not_know_are_refused_everywhere(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, everything: Callable[[], dict[str, list[Any]]]
) -> None:
    bearer("operator")
    before, asked = everything(), 0
    for one in iter_route_contexts(app.routes):
        route = one.original_route
        if not isinstance(route, APIRoute):
            continue
        for method in route.methods:
            path = (one.path or "").replace("{", "").replace("}", "")
            answer = await client.request(method, f"{path}?misspelt=1", headers=bearer("operator"))
            assert [wrong["field"] for wrong in is_problem(answer, 422)["errors"]] == ["misspelt"], (method, path)
            asked += 1
    assert asked > 100
    assert everything() == before
    answer = await client.get("/v1/alarms?state=active&stat=x", headers=bearer("operator"))
    assert "state" in answer.json()["errors"][0]["detail"], "says what is allowed"
