"""Hosts, numbers and ids in addresses, guessed keys: what comes from outside is taken at its word or refused."""

import re
import stat
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from api.middleware.hosts import HostsChecked
from api.transactions import moment
from data.database import open_database, upgrade_schema
from flows.notifying.webhook_addresses import Refused, refuse_address
from flows.settings import Settings
from flows.spreadsheet_cells import in_csv

from .conftest import NOW, Bearer
from .test_bad_input import is_problem

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def answers_to(name: str, **settings: object) -> bool:
    checked = HostsChecked(create_app, Settings(_env_file=None, **settings))  # type: ignore[arg-type]
    return checked._is_ours(name.encode())


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST.:80", "[::1]:8000", "127.0.0.2"])
def test_this_machine_is_always_ours(host: str) -> None:
    assert answers_to(host)


def test_own_names_are_those_that_it_listens_on_that_users_see_and_that_are_set() -> None:
    own = {"host": "10.1.2.3", "public_url": "https://fresh.example/x", "allowed_hosts": ["api"]}
    asked = ("10.1.2.3:8000", "fresh.example", "api:8000", "10.1.2.4", "evil.example", "fresh.example.evil.example", "")
    assert [answers_to(host, **own) for host in asked] == [True, True, True, False, False, False, False]
    assert not answers_to("evil.example", host="0.0.0.0")  # noqa: S104
    assert answers_to("10.1.2.4", host="0.0.0.0"), "numbers are nobody's name server's"  # noqa: S104
    assert answers_to("evil.example", allowed_hosts=["*"])


@on_sqlite
async def test_another_host_is_refused(client: httpx.AsyncClient, bearer: Bearer) -> None:
    answer = await client.get("/v1/warehouses", headers=bearer("buyer") | {"Host": "evil.example"})
    assert "FRESHFRONT_ALLOWED_HOSTS" in is_problem(answer, 400)["detail"]


@on_sqlite
async def test_no_number_in_an_address_is_too_large_to_be_answered(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, draft: str
) -> None:
    def addresses() -> Iterable[tuple[str, str]]:
        for one in iter_route_contexts(app.routes):
            if isinstance(one.original_route, APIRoute) and "{" in (path := one.path or ""):
                known = path.replace("{plan_id}", "plan-1").replace("{warehouse_id}", "W1")
                for method in one.original_route.methods:
                    yield method, re.sub(r"\{[^}]*\}", "9" * 30, path)
                    yield method, re.sub(r"\{[^}]*\}", "9" * 30, known)

    for method, path in addresses():
        answer = await client.request(method, path, headers=bearer("operator"))
        assert answer.status_code < 500, (method, path)
        if method == "GET" and "plan" in path:
            assert answer.status_code in (200, 404), (path, answer.text)


@on_sqlite
@pytest.mark.parametrize("id", ["a/b", "..", "."])
async def test_an_id_that_could_not_stand_in_an_address_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, id: str
) -> None:
    row = {"product_id": id, "name": "Pear", "category": "fruit", "band": "chilled", "unit": "kg", "list_price": 3}
    answer = await client.post("/v1/imports/products", json={"rows": [row]}, headers=bearer("erp"))
    [wrong] = is_problem(answer, 422)["errors"]
    assert wrong["field"] == "rows[0].product_id"
    assert "address" in wrong["detail"]
    count = {"id": id, "warehouse_id": "W1", "lots": [{"lot_id": "L1", "quantity": 1}]}
    answer = await client.post("/v1/stock-counts", json=count, headers=bearer("staff"))
    assert is_problem(answer, 422)["errors"][0]["field"] == "id"


@pytest.mark.parametrize("host", [
    "192.0.0.192", "168.63.129.16", "100.64.0.1", "0", "0x7f.1", "[::]", "[fd00::1]", "[fec0::1]", "[feff::1]",
    "[::10.0.0.1]", "[::ffff:10.0.0.1]", "[2002:a00:1::]", "[2001:0:4136:e378:8000:63bf:f5ff:fffe]",
    "[64:ff9b::10.0.0.1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::1]",
])  # fmt: skip
def test_webhooks_lead_into_no_private_network_however_it_is_written(host: str) -> None:
    with pytest.raises(Refused):
        refuse_address(f"https://{host}/hook", allow_private=False)


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "[64:ff9b::8.8.8.8]", "[2002:808:808::]"])
def test_webhooks_lead_to_public_addresses(host: str) -> None:
    refuse_address(f"https://{host}/hook", allow_private=False)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"])
def test_no_text_in_csv_begins_as_a_formula_does(start: str) -> None:
    assert in_csv(f"{start}1+1") == f"'{start}1+1"


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "of" / "freshfront.sqlite"
    engine = open_database(f"sqlite:///{file}")
    upgrade_schema(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    engine.dispose()
    assert len(found) == 3
    assert set(found.values()) == {0o600}
    file.chmod(0o644)
    again = open_database(f"sqlite:///{file}")
    again.connect().close()
    again.dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "one from before too"


@on_sqlite
async def test_who_guesses_keys_has_to_wait_and_locks_out_nobody_who_has_one(
    app: FastAPI, bearer: Bearer, settings: Settings
) -> None:
    app.state.rate_limits = type(app.state.rate_limits)(settings.model_copy(update={"wrong_keys_per_minute": 5}))

    async def asked(key: str, address: str = "192.0.2.7") -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://freshfront.test") as somebody:
            return (await somebody.get("/v1/warehouses", headers={"Authorization": f"Bearer {key}"})).status_code

    right, late = (bearer(role)["Authorization"].removeprefix("Bearer ") for role in ("buyer", "staff"))
    assert await asked(right) == 200
    assert [await asked(f"ff_key-1_{n}") for n in range(7)] == [401] * 5 + [429] * 2
    assert await asked(right) == 200, "was right before"
    assert await asked(late) == 429, "a guess may be right, and is not looked at"
    assert await asked(late, "192.0.2.8") == 200
    app.dependency_overrides[moment] = lambda: NOW + timedelta(seconds=13)
    assert await asked("ff_key-1_8") == 401
