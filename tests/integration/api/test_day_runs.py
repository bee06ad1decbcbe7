"""From an empty database to purchase orders by the API alone: the program of docs/api.md, as it stands there; and runs
of the day, which it asks for."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine, select

from api.app import create_app
from api.operating.day_run_routes import prefect_asked
from api.transactions import moment
from data.database import reading, writing
from data.tables import DayRunRow, PlanStatus, PurchaseOrderRow, PurchasePlanRow, Role
from flows.access.keys import create_key
from flows.day import steps
from flows.day.asked_runs import BEGINS_WITHIN, ask_for_run, keep_asked_run
from flows.day.buying import plan_purchase
from flows.day.kept_runs import kept_run
from flows.day.scope import chosen_warehouses, regions_of_run
from flows.errors import NotNow
from flows.for_each_warehouse import side_by_side
from flows.settings import Settings

from .conftest import NOW, TODAY, Bearer
from .test_bad_input import is_problem

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
HOUR = timedelta(hours=1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def program_of_the_page() -> str:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def address(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the service listens, on an empty database; runs are done here instead of by Prefect."""
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    app = create_app(Settings(_env_file=None, database_url=SecretStr(database_url), log_level="ERROR"))
    app.dependency_overrides[moment] = lambda: NOW
    runs: list[threading.Thread] = []

    def ask(run_id: str) -> None:
        runs.append(threading.Thread(target=run_the_day, args=(engine, run_id)))
        runs[-1].start()

    app.dependency_overrides[prefect_asked] = lambda: ask
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    for one in (thread, *runs):
        one.join(10)


def run_the_day(engine: Engine, run_id: str) -> None:
    """The steps of the day's flow that lead to a plan."""
    with kept_run(NOW, run_id) as run:
        steps.book_sales(engine, NOW)
        warehouses = chosen_warehouses(engine, None, NOW)
        for region in regions_of_run(engine, warehouses, NOW).values():
            steps.train(region.warehouses, region.origin, NOW, side_by_side)
            steps.forecast(region.warehouses, region.origin, NOW, side_by_side)
        run.plan_id = plan_purchase(list(warehouses), NOW, "schedule")


def test_the_program_of_the_page_leads_from_nothing_to_purchase_orders(
    engine: Engine, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(engine) as session:
        for role in (Role.ERP, Role.BUYER):
            monkeypatch.setenv(f"{role.upper()}_KEY", create_key(session, f"a {role}", role, NOW)[1])
    monkeypatch.setenv("HOST", address)
    program = program_of_the_page()
    assert len([line for line in program.splitlines() if line.strip()]) <= 60

    exec(compile(program.replace("date.today()", f"date.fromisoformat('{TODAY}')"), PAGE.name, "exec"), {})  # noqa: S102

    said = capsys.readouterr().out
    assert "35 rows of sales" in said
    assert "buy" in said
    with reading(engine) as session:
        plan = session.scalars(select(PurchasePlanRow)).one()
        assert (plan.status, plan.created_by, plan.approved_by) == (PlanStatus.APPROVED, "schedule", "a buyer")
        [order] = session.scalars(select(PurchaseOrderRow)).all()
        assert f"ordered: {order.number}" in said
        bought = {line.product_id: line.quantity for line in order.lines}
    assert bought.keys() == {"spinach", "milk"}
    assert 20 <= bought["spinach"] <= 63, "some 21 are wanted a day, and it keeps three days"
    assert all(quantity % 4 == 0 for quantity in bought.values()), "whole packs"


@pytest.fixture
def asked(app: FastAPI) -> list[str]:
    """The runs that Prefect was asked for."""
    asked: list[str] = []
    app.dependency_overrides[prefect_asked] = lambda: asked.append
    return asked


async def test_who_asks_while_a_run_is_under_way_is_given_that_one(
    client: httpx.AsyncClient, app: FastAPI, shop: Engine, bearer: Bearer, asked: list[str]
) -> None:
    first = await client.post("/v1/day-runs", headers=bearer("erp"))
    assert (first.status_code, first.json()["state"]) == (202, "under_way")
    run_id = first.json()["run_id"]
    assert first.headers["location"] == f"/v1/day-runs/{run_id}"
    app.dependency_overrides[moment] = lambda: NOW + BEGINS_WITHIN - timedelta(seconds=1)
    assert (await client.post("/v1/day-runs", headers=bearer("operator"))).json()["run_id"] == run_id
    assert asked == [run_id]
    with writing(shop) as session:
        session.get_one(DayRunRow, run_id).finished_at = NOW + HOUR
    assert (await client.get(f"/v1/day-runs/{run_id}", headers=bearer("buyer"))).json()["state"] == "finished"
    next_one = (await client.post("/v1/day-runs", headers=bearer("erp"))).json()["run_id"]
    assert asked == [run_id, next_one]
    app.dependency_overrides[moment] = lambda: NOW + 8 * HOUR
    assert (await client.get(f"/v1/day-runs/{next_one}", headers=bearer("erp"))).json()["state"] == "lost"
    assert (await client.post("/v1/day-runs", headers=bearer("erp"))).json()["run_id"] == asked[-1] != next_one
    listed = (await client.get("/v1/day-runs?limit=2", headers=bearer("erp"))).json()
    assert [run["run_id"] for run in listed["items"]] == [asked[2], next_one]


@on_sqlite
async def test_a_run_that_has_begun_before_it_is_kept_as_asked_for_stays_as_it_is(
    client: httpx.AsyncClient, app: FastAPI, database_url: str, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)

    def ends_at_once(run_id: str) -> None:
        with kept_run(NOW - HOUR, run_id) as run:
            run.failed["W2"] = "no slots"

    app.dependency_overrides[prefect_asked] = lambda: ends_at_once
    run = (await client.post("/v1/day-runs", headers=bearer("erp"))).json()
    assert (run["state"], run["failed"], run["started_at"]) == ("finished", {"W2": "no slots"}, "2026-03-02T01:00:00Z")


def test_a_run_that_begins_while_it_is_being_kept_as_asked_for_is_that_run(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)

    def run() -> int:
        with kept_run(NOW, "asked") as run:
            return run.attempt

    with ThreadPoolExecutor(1) as elsewhere:
        with writing(engine) as session:
            keep_asked_run(session, "asked", NOW - HOUR)
            running = elsewhere.submit(run)
            wait([running], timeout=0.5)  # until it waits for the one who asked
        assert running.result(20) == 1
    with reading(engine) as session:
        kept = session.scalars(select(DayRunRow)).one()
        assert (kept.run_id, kept.started_at, kept.finished_at is not None) == ("asked", NOW, True)


@on_sqlite
async def test_no_schedule_and_no_run(
    client: httpx.AsyncClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, everything: Callable[[], dict[str, Any]]
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")  # nobody listens there
    headers, before = bearer("erp"), everything()
    problem = is_problem(await client.post("/v1/day-runs", headers=headers), 409)
    assert "freshfront flows serve" in problem["detail"]
    assert everything() == before
    is_problem(await client.get("/v1/day-runs/none", headers=headers), 404)


@on_sqlite
async def test_a_run_is_of_all_warehouses(client: httpx.AsyncClient, shop: Engine, asked: list[str]) -> None:
    with writing(shop) as session:
        _, key = create_key(session, "of W1", Role.ERP, NOW, ["W1"])
    answer = await client.post("/v1/day-runs", headers={"Authorization": f"Bearer {key}"})
    assert "runs of the day are of all warehouses" in is_problem(answer, 403)["detail"]
    assert asked == []


def test_the_deployment_of_the_schedule_is_asked_for_a_run_under_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.test/api")
    sent: list[tuple[str, str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append((request.method, request.url.path, request.read()))
        return httpx.Response(200, json={"id": "d-1"}) if request.method == "GET" else httpx.Response(201, json={})

    ask_for_run("run-1", Settings(_env_file=None), httpx.Client(transport=httpx.MockTransport(answer)))
    assert [one[:2] for one in sent] == [
        ("GET", "/api/deployments/name/day/every-day"),
        ("POST", "/api/deployments/d-1/create_flow_run"),
    ]
    assert b'"parameters":{"run_id":"run-1"}' in sent[1][2]
    unknown = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(404)))
    with pytest.raises(NotNow, match="its server answers 404"):
        ask_for_run("run-2", Settings(_env_file=None), unknown)
