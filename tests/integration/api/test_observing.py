"""What surrounds a request: its id, its log line, its figures, headers, health; and the API's own description."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from api.app import create_app
from data.database import open_database
from data.schema_state import SchemaIsNotCurrent
from flows.settings import Settings

from .conftest import Bearer


def log_lines(written: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines() if line.startswith("{")]


async def test_a_request_keeps_its_id(client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = await client.get("/livez", headers={"X-Request-ID": "order-7.a_B"})
    assert answer.headers["x-request-id"] == "order-7.a_B"
    (line,) = log_lines(capsys.readouterr().err)
    assert (line["request_id"], line["event"], line["status"]) == ("order-7.a_B", "answered", 200)
    assert line["seconds"] >= 0


@pytest.mark.parametrize("named", ["", "x" * 65, "a b", "a\tb", 'a"b', "é"])
async def test_an_id_that_could_forge_a_log_line_is_replaced(client: httpx.AsyncClient, named: str) -> None:
    answer = await client.get("/livez", headers={"X-Request-ID": named.encode("latin-1")})
    assert len(answer.headers["x-request-id"]) == 32


async def test_logs_hold_neither_keys_nor_queries(
    client: httpx.AsyncClient, bearer: Bearer, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = bearer("buyer")
    await client.get("/v1/products?category=do-not-log", headers=headers)
    written = capsys.readouterr()
    key = headers["Authorization"].removeprefix("Bearer ")
    assert key.split("_", 2)[2] not in written.err + written.out
    assert "do-not-log" not in written.err + written.out
    assert log_lines(written.err)[-1]["key_id"] == key.split("_")[1]


async def test_figures_by_route_not_by_address(client: httpx.AsyncClient, bearer: Bearer, draft: str) -> None:
    for address in (draft, "/v1/purchase-plans/none", "/nowhere/1", "/nowhere/2", "/v1/warehouses/W1/moves"):
        await client.get(address, headers=bearer("buyer"))
    figures = (await client.get("/metrics")).text
    for line in (
        'freshfront_requests_total{method="GET",route="/v1/purchase-plans/{plan_id}",status="200"} 1.0',
        'freshfront_requests_total{method="GET",route="/v1/purchase-plans/{plan_id}",status="404"} 1.0',
        'freshfront_requests_total{method="GET",route="/v1/warehouses/{warehouse_id}/moves",status="200"} 1.0',
        'freshfront_requests_total{method="GET",route="unknown",status="404"} 2.0',
        'freshfront_request_seconds_count{method="GET",route="/v1/purchase-plans/{plan_id}"} 2.0',
    ):
        assert line in figures


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for address in ("/livez", "/v1/warehouses", "/nowhere", "/"):
        answer = await client.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "'unsafe-" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == ("private, no-cache" if answer.status_code == 200 else "no-store")
        assert "access-control-allow-origin" not in answer.headers
        assert "strict-transport-security" not in answer.headers


async def test_no_other_site_may_call_from_a_browser(client: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "POST"}
    answer = await client.options("/v1/readings", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_not_ready_on_another_schema(client: httpx.AsyncClient, app: FastAPI) -> None:
    with app.state.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "freshfront db upgrade" in answer.json()["detail"]
    assert (await client.get("/livez")).status_code == 200


async def test_the_service_does_not_start_on_an_empty_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    open_database(url).dispose()
    app = create_app(Settings(_env_file=None, database_url=SecretStr(url)))
    with pytest.raises(SchemaIsNotCurrent, match="freshfront db upgrade"):
        async with app.router.lifespan_context(app):
            pass


async def test_a_browser_gets_a_page_and_a_program_a_problem(client: httpx.AsyncClient) -> None:
    page = await client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert (await client.get("/")).headers["content-type"] == "application/problem+json"
    api = await client.get("/v1/warehouses", headers={"Accept": "text/html"})
    assert api.headers["content-type"] == "application/problem+json"


async def test_the_description_has_an_example_of_everything(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas

    def has_example(content: dict[str, Any]) -> bool:
        for kind in content.values():
            schema = kind.get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            items = schemas.get(name, {}).get("properties", {}).get("items", {}).get("items", {}).get("$ref", "")
            shown = (kind, schema, schemas.get(name, {}), schemas.get(items.rpartition("/")[2], {}))
            if not any("example" in each or "examples" in each for each in shown):
                return False
        return True

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            if "requestBody" in operation:
                assert has_example(operation["requestBody"]["content"]), (method, path)
            for status, response in operation["responses"].items():
                assert has_example(response.get("content", {})), (method, path, status)
                if int(status) >= 400:
                    assert set(response["content"]) == {"application/problem+json"}, (method, path, status)
            if path.startswith("/v1/"):
                assert re.search("Needs (the scope|any key)", operation["description"]), (method, path)
                assert {"400", "401", "403", "422", "503"} <= set(operation["responses"]), (method, path)


async def test_a_full_disk_of_the_log_fails_no_request(
    client: httpx.AsyncClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        answer = await client.get("/v1/products", headers=bearer("buyer"))
        monkeypatch.undo()
        with suppress(OSError):  # what could not be written is still to be
            full.close()
    assert answer.status_code == 200
