"""Traces reach a collector: spans of requests with their SQL, and of steps; nothing that is secret."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from data.database import open_database, upgrade_schema

TRACED = """
import asyncio, sys, httpx
from pydantic import SecretStr
from api.app import create_app
from flows.operating.traces import span
from flows.settings import Settings

async def ask():
    app = create_app(Settings(_env_file=None, database_url=SecretStr(sys.argv[1]), traces_url=sys.argv[2] or None))
    async with app.router.lifespan_context(app), httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        await client.get("/v1/warehouses/secret-place?x=1", headers={"Authorization": "Bearer ff_key-abc_secretpart"})

asyncio.run(ask())
with span("forecast", warehouses="W1..W9"):
    pass
print(sorted(name for name in sys.modules if name.startswith("opentelemetry.sdk.trace")))
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A collector on this machine: its address, and what it was sent."""
    received: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
        server.shutdown()
        serving.join()


async def trace_a_request(tmp_path: Path, address: str) -> str:
    url = f"sqlite:///{tmp_path / 'traced.sqlite'}"
    engine = open_database(url)
    await asyncio.to_thread(upgrade_schema, engine)
    engine.dispose()
    asking = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", TRACED, url, address], capture_output=True, text=True, check=False
    )
    assert asking.returncode == 0, asking.stderr
    return asking.stdout


async def test_requests_statements_and_steps_are_traced(
    tmp_path: Path, collector: tuple[str, list[ExportTraceServiceRequest]]
) -> None:
    address, received = collector

    await trace_a_request(tmp_path, address)

    resources = [one for request in received for one in request.resource_spans]
    spans = {span.name: span for one in resources for scope in one.scope_spans for span in scope.spans}
    request = spans["GET /v1/warehouses/{warehouse_id}"]
    assert {one.key: one.value.int_value for one in request.attributes}["http.response.status_code"] == 401
    assert spans["forecast"].attributes[0].value.string_value == "W1..W9"
    of_request = [span for span in spans.values() if span.parent_span_id == request.span_id]
    assert [one.value.string_value for span in of_request for one in span.attributes if "api_keys" in str(one)]
    assert "freshfront-service" in str(resources[0].resource)
    assert not any(secret in str(received) for secret in ("secretpart", "secret-place", "key-abc"))


async def test_without_a_collector_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    assert (await trace_a_request(tmp_path, "")).splitlines()[-1] == "[]"
