"""The Prefect server of `freshfront run`, a real one: who has no key, another name or another page is refused."""

import stat
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from flows.day.prefect_access import client_environment, make_prefect_key, server_environment
from flows.processes.running import children_of
from flows.processes.supervisor import answers
from flows.settings import Settings


@pytest.fixture
def settings(free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return Settings(_env_file=None, prefect_port=free_port)


@pytest.fixture
def server(settings: Settings, start_process: Callable[..., object], wait_until: Callable[..., None]) -> str:
    start = next(child for child in children_of(settings) if child.name == "prefect")
    environment = {**start.environment, "FRESHFRONT_PREFECT_PORT": str(settings.prefect_port)}
    start_process("prefect", list(start.command), environment)
    address = f"http://127.0.0.1:{settings.prefect_port}"
    wait_until(lambda: answers(f"{address}/api/health"), 90)
    return address


def test_it_answers_its_own_names_with_its_key_and_nobody_else(server: str, settings: Settings) -> None:
    key = make_prefect_key()
    user, _, password = key.partition(":")
    port = settings.prefect_port
    evil = {"Origin": "http://evil.example"}

    with httpx.Client(base_url=server, trust_env=False) as nobody:
        assert nobody.post("/api/flow_runs/filter", json={}).status_code == 401
        assert nobody.post("/api/flow_runs/filter", json={}, auth=(user, "guessed")).status_code == 401
        assert nobody.get("/", headers={"Host": f"evil.example:{port}"}).status_code == 421
    with httpx.Client(base_url=server, trust_env=False, auth=(user, password)) as operator:
        assert operator.post("/api/flow_runs/filter", json={}).status_code == 200
        own = {"Origin": server, "Host": f"localhost:{port}"}
        assert operator.post("/api/flow_runs/filter", json={}, headers=own).status_code == 200
        assert operator.post("/api/flow_runs/filter", json={}, headers=evil).status_code == 403
        assert operator.get("/api/health", headers={"Host": "evil.example"}).status_code == 421
        preflight = evil | {"Access-Control-Request-Method": "POST"}
        asked = operator.options("/api/flow_runs/filter", headers=preflight)
        assert (asked.status_code, asked.headers.get("access-control-allow-origin")) == (403, None)
        socket = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        upgrade = evil | socket | {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        assert operator.get("/api/events/out", headers=upgrade).status_code == 403
        assert operator.get("/ui-settings").json()["api_url"] == f"{server}/api"
    assert stat.S_IMODE(Path("var/prefect/key").stat().st_mode) == 0o600
    assert stat.S_IMODE(Path("var/prefect").stat().st_mode) == 0o700


def test_the_key_is_made_once_and_a_server_that_the_environment_names_has_its_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = client_environment(settings)["PREFECT_API_AUTH_STRING"]
    assert server_environment(settings)["PREFECT_SERVER_API_AUTH_STRING"] == key
    Path("var/prefect/key").unlink()
    assert client_environment(settings)["PREFECT_API_AUTH_STRING"] != key

    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    assert client_environment(settings) == {}
