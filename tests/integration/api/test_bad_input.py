"""Bad input gets a clear problem and leaves nothing behind."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from api import texts
from api.problems import MEDIA_TYPE
from data.languages import reading_in, say
from data.tables import Language, SupplierRow

from .conftest import TOMORROW, Bearer

Everything = Callable[[], dict[str, list[Any]]]
JSON = {"Content-Type": "application/json"}
PLAN = {"warehouse_ids": ["W1"], "delivery_date": TOMORROW}
READING = {"sensor_id": "S1", "taken_at": "2026-03-02T01:59:00Z", "temperature_c": 3.0}


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem, after a look at its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:freshfront:problem:")
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


@pytest.fixture
def operator(bearer: Bearer) -> dict[str, str]:
    return bearer("operator")


BROKEN: Any = [
    b"{",
    b"",
    b'{"warehouse_ids": ["W1"], "delivery_date": "2026-03-03"',
    b'{"warehouse_ids": ["\xff\xfe"], "delivery_date": "2026-03-03"}',
    b"\x00",
    b"[" * 50_000,
    b'{"warehouse_ids": ["W1"], "delivery_date": ' + b"9" * 5000 + b"}",
    b"\xef\xbb\xbf{}",
    b"{'warehouse_ids': ['W1']}",
]


async def test_broken_json(client: httpx.AsyncClient, operator: dict[str, str], everything: Everything) -> None:
    before = everything()
    for body in BROKEN:
        answer = await client.post("/v1/purchase-plans", content=body, headers=operator | JSON)
        is_problem(answer, 422 if body in (b"", b"\xef\xbb\xbf{}") else 400)
        assert everything() == before, body


async def test_a_body_that_cannot_be_read_is_told_in_the_readers_language(
    client: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    headers = operator | JSON | {"Accept-Language": "zh"}
    answer = await client.post("/v1/purchase-plans", content=b'{"warehouse_ids": ["\xff"]}', headers=headers)
    with reading_in(Language.ZH):
        assert is_problem(answer, 400)["detail"] == say(texts.UNREADABLE) != texts.UNREADABLE


WRONG_ORDERS: Any = [
    (PLAN | {"warehouse_ids": []}, "warehouse_ids", 422),
    (PLAN | {"warehouse_ids": ["W1"] * 10_000}, "warehouse_ids", 422),
    (PLAN | {"warehouse_ids": ["W1", "nowhere"]}, "warehouse_ids", 404),
    (PLAN | {"warehouse_ids": ["W1\0"]}, "warehouse_ids[0]", 422),
    (PLAN | {"warehouse_ids": ["\ud800"]}, "warehouse_ids[0]", 422),
    (PLAN | {"warehouse_ids": ["x" * 65]}, "warehouse_ids[0]", 422),
    (PLAN | {"warehouse_ids": "W1"}, "warehouse_ids", 422),
    (PLAN | {"warehouse_ids": [1]}, "warehouse_ids[0]", 422),
    (PLAN | {"delivery_date": "2026-03-01"}, "delivery_date", 422),
    (PLAN | {"delivery_date": "0001-01-01"}, "delivery_date", 422),
    (PLAN | {"delivery_date": "9999-12-31"}, "delivery_date", 422),
    (PLAN | {"delivery_date": "2026-02-30"}, "delivery_date", 422),
    (PLAN | {"delivery_date": "03/03/2026"}, "delivery_date", 422),
    (PLAN | {"delivery_date": 1772496000}, "delivery_date", 422),
    (PLAN | {"delivery_date": "1772496000"}, "delivery_date", 422),
    (PLAN | {"delivery_date": 10**400}, "delivery_date", 422),
    (PLAN | {"replace_edited": "perhaps"}, "replace_edited", 422),
    (PLAN | {"approve": True}, "approve", 422),
    ({"delivery_date": PLAN["delivery_date"]}, "warehouse_ids", 422),
    ([], "body", 422),
    (None, "body", 422),
]


async def test_a_wrong_plan_order(client: httpx.AsyncClient, operator: dict[str, str], everything: Everything) -> None:
    before = everything()
    for body, field, status in WRONG_ORDERS:
        answer = await client.post("/v1/purchase-plans", content=json.dumps(body), headers=operator | JSON)
        problem = is_problem(answer, status)
        assert [wrong["field"] for wrong in problem["errors"]] == [field]
        assert everything() == before, (body, field, status)


WRONG_EDITS: Any = [
    ('{"quantity": -1, "reason": "x"}', "quantity"),
    ('{"quantity": -0.001, "reason": "x"}', "quantity"),
    ('{"quantity": NaN, "reason": "x"}', "quantity"),
    ('{"quantity": Infinity, "reason": "x"}', "quantity"),
    ('{"quantity": "-5", "reason": "x"}', "quantity"),
    ('{"quantity": 1e400, "reason": "x"}', "quantity"),
    (f'{{"quantity": {10**300}, "reason": "x"}}', "quantity"),
    ('{"quantity": 1000001, "reason": "x"}', "quantity"),
    ('{"quantity": 0.0001, "reason": "x"}', "quantity"),
    ('{"quantity": 7, "reason": "x"}', "quantity"),
    ('{"quantity": true, "reason": "x"}', "quantity"),
    ('{"quantity": 5}', "reason"),
    ('{"quantity": 5, "reason": ""}', "reason"),
    ('{"quantity": 5, "reason": "   "}', "reason"),
    ('{"quantity": 5, "reason": "a\\u0000b"}', "reason"),
    ('{"quantity": 5, "reason": "\\ud800"}', "reason"),
    (json.dumps({"quantity": 5, "reason": "x" * 501}), "reason"),
]


async def test_a_wrong_quantity_or_reason(
    client: httpx.AsyncClient, operator: dict[str, str], draft: str, everything: Everything
) -> None:
    before = everything()
    for edit, field in WRONG_EDITS:
        answer = await client.patch(f"{draft}/lines/1", content=edit, headers=operator | JSON)
        problem = is_problem(answer, 422)
        assert [wrong["field"] for wrong in problem["errors"]] == [field]
        assert everything() == before, (edit, field)


NO_LINES: Any = ["0", "-1", "99", "2147483648", "9" * 30, "one", "1.5"]


async def test_a_line_that_is_not_there(
    client: httpx.AsyncClient, operator: dict[str, str], draft: str, everything: Everything
) -> None:
    before = everything()
    for line_no in NO_LINES:
        answer = await client.patch(f"{draft}/lines/{line_no}", json={"quantity": 5, "reason": "x"}, headers=operator)
        is_problem(answer, 404 if line_no == "99" or len(line_no) > 9 else 422)
        assert everything() == before, line_no


WRONG_READINGS: Any = [
    ({"taken_at": "9999-12-31T23:59:59-14:00"}, "readings[1].taken_at", 422),
    ({"taken_at": "0001-01-01T00:00:00+14:00"}, "readings[1].taken_at", 422),
    ({"taken_at": "2026-03-02T01:00:00"}, "readings[1].taken_at", 422),
    ({"taken_at": "2026-03-02"}, "readings[1].taken_at", 422),
    ({"taken_at": 1772416800}, "readings[1].taken_at", 422),
    ({"taken_at": "1772416800"}, "readings[1].taken_at", 422),
    ({"sensor_id": "S1\0"}, "readings[1].sensor_id", 422),
    ({"sensor_id": ""}, "readings[1].sensor_id", 422),
    ({"temperature_c": float("nan")}, "readings[1].temperature_c", 422),
    ({"temperature_c": float("inf")}, "readings[1].temperature_c", 422),
    ({"temperature_c": 10**400}, "readings[1].temperature_c", 422),
    ({"temperature_c": "3.0"}, "readings[1].temperature_c", 422),
    ({"temperature_c": True}, "readings[1].temperature_c", 422),
    ({"temperature_c": None}, "readings[1].temperature_c", 422),
    ({"moisture": 3}, "readings[1].moisture", 422),
]


async def test_one_reading_that_cannot_be_read_refuses_the_batch_and_is_named(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    before = everything()
    for wrong, field, status in WRONG_READINGS:
        body = json.dumps({"readings": [READING, READING | wrong, READING]})
        answer = await client.post("/v1/readings", content=body, headers=operator | JSON)
        problem = is_problem(answer, status)
        assert [error["field"] for error in problem["errors"]] == [field]
        assert everything() == before, (wrong, field, status)


UNTRUE_READINGS: Any = [
    ({"taken_at": "2026-03-02T03:00:01Z"}, "taken_at", 422),
    ({"taken_at": "2026-03-02T11:00:01+08:00"}, "taken_at", 422),
    ({"taken_at": "9999-12-31T23:59:59Z"}, "taken_at", 422),
    ({"taken_at": "1970-01-01T00:00:00Z"}, "taken_at", 422),
    ({"sensor_id": "nowhere"}, "sensor_id", 404),
    ({"temperature_c": 500}, "temperature_c", 422),
    ({"temperature_c": None, "humidity": 101}, "humidity", 422),
]


async def test_one_reading_that_cannot_be_true_is_refused_and_named_and_the_others_are_kept(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    for minute, (wrong, field, status) in enumerate(UNTRUE_READINGS):
        good = [READING | {"taken_at": f"2026-03-02T01:{minute:02}:{second}Z"} for second in ("00", "30")]
        batch = {"readings": [good[0], READING | wrong, good[1]]}
        answer = await client.post("/v1/readings", json=batch, headers=operator)
        assert answer.status_code == 200, answer.text
        (refused,) = answer.json()["refused"]
        assert (refused["index"], refused["field"]) == (1, field)
        assert all(refused[said] for said in ("sensor_id", "value", "reason", "remedy"))
        assert answer.json()["accepted"] == 2

        before = everything()
        alone = await client.post("/v1/readings", json={"readings": [batch["readings"][1]]}, headers=operator)
        problem = is_problem(alone, status)
        assert [error["field"] for error in problem["errors"]] == [f"readings[0].{field}"]
        # that a sensor's clock is ahead is noted all the same
        assert everything() | {"sensor_states": before["sensor_states"]} == before, (wrong, field, status)


WRONG_BATCHES: Any = [{"readings": []}, {"readings": [READING] * 10_001}, {}, {"readings": {}}, [READING]]


async def test_a_batch_of_no_or_too_many_readings(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything, app: Any
) -> None:
    before = everything()
    for batch in WRONG_BATCHES:
        answer = await client.post("/v1/readings", json=batch, headers=operator)
        is_problem(answer, 413 if len(json.dumps(batch)) > 100_000 else 422)
        assert everything() == before, batch


async def test_an_endless_list_of_errors_is_cut(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    answer = await client.post("/v1/readings", json={"readings": [{}] * 1000}, headers=operator)
    problem = is_problem(answer, 422)
    assert "3000" in problem["detail"]
    assert len(problem["errors"]) == 50


NOWHERE: Any = [
    ("GET", "/v1/warehouses/nowhere"),
    ("GET", "/v1/warehouses/nowhere/forecasts"),
    ("GET", "/v1/warehouses/nowhere/slots"),
    ("GET", "/v1/warehouses/nowhere/slot-suggestions"),
    ("GET", "/v1/warehouses/nowhere/moves"),
    ("GET", "/v1/purchase-plans/none"),
    ("GET", "/v1/purchase-plans/none/lines"),
    ("GET", "/v1/purchase-plans/none/export.csv"),
    ("GET", "/v1/purchase-plans/none/export.xlsx"),
    ("POST", "/v1/purchase-plans/none/approve"),
    ("POST", "/v1/moves/none/done"),
    ("POST", "/v1/alarms/none/acknowledge"),
    ("DELETE", "/v1/webhooks/none"),
    ("GET", "/v1/nothing"),
    ("GET", "/nothing"),
]


async def test_what_is_not_there(client: httpx.AsyncClient, operator: dict[str, str], everything: Everything) -> None:
    before = everything()
    for method, path in NOWHERE:
        is_problem(await client.request(method, path, headers=operator), 404)
        assert everything() == before, (method, path)


NUL_ADDRESSES: Any = ["/v1/warehouses/%00", "/v1/warehouses/W1/moves?cursor=%00", "/v1/products?category=a%00"]


async def test_a_nul_in_the_address(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    for path in NUL_ADDRESSES:
        is_problem(await client.get(path, headers=operator), 400)


WRONG_QUERIES: Any = [
    "limit=0",
    "limit=201",
    "limit=many",
    "limit=" + "9" * 30,
    "cursor=nonsense",
    "cursor=" + "x" * 401,
    "cursor=W10",
    "cursor=W3siYSI6IDF9XQ",
    "colour=red",
    "category=",
    "category=%1f",
]


async def test_a_wrong_query(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    for query in WRONG_QUERIES:
        problem = is_problem(await client.get(f"/v1/products?{query}", headers=operator), 422)
        assert [error["in"] for error in problem["errors"]] == ["query"]
        assert [error["field"] for error in problem["errors"]] == [query.partition("=")[0]]


WRONG_FORECAST_QUERIES: Any = [
    "date_from=0",
    "date_from=2026-13-01",
    "date_to=yesterday",
    "origin=2026-03-01",
    "origin=1",
]


async def test_a_wrong_forecast_query(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    for query in WRONG_FORECAST_QUERIES:
        is_problem(await client.get(f"/v1/warehouses/W1/forecasts?{query}", headers=operator), 422)


async def test_far_away_days_are_merely_empty(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    address = "/v1/warehouses/W1/forecasts?date_from=9999-01-01&date_to=9999-12-31"
    assert (await client.get(address, headers=operator)).json() == {"items": [], "next": None}


NOT_JSON: Any = [
    None,
    "text/csv",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "json",
]


async def test_a_body_that_is_not_json(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    before = everything()
    for content_type in NOT_JSON:
        headers = operator | ({"Content-Type": content_type} if content_type else {})
        answer = await client.post("/v1/readings", content=json.dumps({"readings": [READING]}), headers=headers)
        is_problem(answer, 415)
        assert everything() == before, content_type


async def test_a_method_that_an_address_does_not_take(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    before = everything()
    for method in ("DELETE", "PUT", "PATCH", "BREW"):
        answer = await client.request(method, "/v1/warehouses", headers=operator)
        assert "GET" in answer.headers["allow"]
        is_problem(answer, 405)
    assert everything() == before


FORBIDDEN_HOOKS: Any = [
    "http://127.0.0.1/hook",
    "http://169.254.169.254/latest",
    "https://user:password@example.com/",
    "ftp://example.com",
    "javascript:alert(1)",
    "http://",
    "http://[::1]/",
    "https://" + "x" * 2000,
    "https://exa\0mple.com",
    "",
]


async def test_a_webhook_that_must_not_be_called(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    before = everything()
    for url in FORBIDDEN_HOOKS:
        answer = await client.post("/v1/webhooks", json={"url": url}, headers=operator)
        assert is_problem(answer, 422)["errors"][0]["field"] == "url"
        assert everything() == before, url


async def test_a_body_announced_as_50_mb_is_not_read(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    before = everything()
    answer = await client.post("/v1/readings", content=b" " * 50_000_000, headers=operator | JSON)
    assert "100,000 bytes" in is_problem(answer, 413)["detail"]
    assert everything() == before


async def test_a_body_of_unknown_length_is_read_up_to_the_limit(
    client: httpx.AsyncClient, operator: dict[str, str], everything: Everything
) -> None:
    before, sent = everything(), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(500):
            sent += 100_000
            yield b" " * 100_000

    answer = await client.post("/v1/readings", content=endless(), headers=operator | JSON)
    is_problem(answer, 413)
    assert everything() == before


async def test_an_error_of_ours_says_nothing_of_the_inside(
    client: httpx.AsyncClient,
    operator: dict[str, str],
    everything: Everything,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails_after_writing(session: Any, move_id: str, *_: Any) -> None:
        session.add(SupplierRow(supplier_id="F9", name="left behind", kind="farm"))
        session.flush()
        session.add(SupplierRow(supplier_id="F9", name="whsec_do_not_log", kind="farm"))
        session.flush()

    before = everything()
    monkeypatch.setattr("api.slotting.slot_routes.do_move", fails_after_writing)
    answer = await client.post("/v1/moves/M1/done", headers=operator)
    problem = is_problem(answer, 500)
    assert "supplier" not in answer.text
    assert everything() == before
    logged = capsys.readouterr().err
    assert problem["request_id"] in logged
    assert "IntegrityError" in logged
    assert "whsec_do_not_log" not in logged


async def test_a_database_that_does_not_answer_is_503(
    client: httpx.AsyncClient,
    operator: dict[str, str],
    shop: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parameters = {"secret": "do_not_log"}

    def unreachable(*_: Any, **__: Any) -> None:
        raise OperationalError("SELECT 1", parameters, Exception("could not connect"))

    monkeypatch.setattr("api.resources.resource_routes.page_of_resource", unreachable)
    answer = await client.get("/v1/warehouses", headers=operator)
    is_problem(answer, 503)
    assert answer.headers["retry-after"] == "5"
    logged = capsys.readouterr().err
    assert "could not connect" in logged
    assert "do_not_log" not in logged
