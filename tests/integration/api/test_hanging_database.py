"""A database that hangs: the process still says that it lives, and that it cannot serve."""

import asyncio
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from api.operating import health_routes
from data.database import POSTGRES_IS_GONE, Waiting, open_database, writing

from .conftest import Bearer
from .test_bad_input import is_problem

STANDBY = """CREATE FUNCTION standby() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'cannot execute INSERT in a read-only transaction' USING ERRCODE = 'read_only_sql_transaction';
    END $$"""


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a database that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgresql+psycopg://nobody@127.0.0.1:{listener.getsockname()[1]}/nothing"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_the_database_hangs_the_service_lives_and_is_not_ready(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    monkeypatch.setattr(health_routes, "READY_WITHIN", 0.5)
    monkeypatch.setitem(POSTGRES_IS_GONE, "connect_timeout", 2)
    headers = bearer("operator")
    app.state.engine.dispose()
    app.state.engine = open_database(hanging, Waiting(connection=1))
    asked = [asyncio.create_task(client.get("/v1/warehouses", headers=headers)) for _ in range(60)]
    await asyncio.sleep(0.2)
    began = time.monotonic()
    assert (await client.get("/livez")).status_code == 200
    assert time.monotonic() - began < 0.5, "waits neither for the database nor for a thread"
    for answer in await asyncio.gather(*(client.get("/readyz") for _ in range(5))):
        is_problem(answer, 503)
    assert time.monotonic() - began < 2
    for task in asked:
        is_problem(await task, 503)


async def test_however_many_ask_at_once_nobody_waits_for_what_only_those_who_wait_could_free(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, database_url: str
) -> None:
    headers = bearer("operator")
    app.state.engine.dispose()
    app.state.engine = open_database(database_url, Waiting(connection=5))
    asked = (client.get("/v1/products?limit=1", headers=headers) for _ in range(300))
    statuses = {answer.status_code for answer in await asyncio.gather(*asked)}
    assert statuses == {200}, "more than there are threads and connections together"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_standby_says_that_it_cannot_be_written(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, draft: str
) -> None:
    headers = bearer("operator")
    with shop.begin() as connection:  # says to every write what a standby says
        connection.execute(text(STANDBY))
        connection.execute(text("CREATE TRIGGER standby BEFORE INSERT ON plan_line_edits EXECUTE FUNCTION standby()"))
    edit = {"quantity": 35, "reason": "a fair"}
    refused = await client.patch(f"{draft}/lines/1", json=edit, headers=headers)
    assert "may not be written" in is_problem(refused, 503)["detail"]


def test_who_waits_for_what_another_writes_is_told_after_a_while(database_url: str) -> None:
    first, second = open_database(database_url), open_database(database_url, Waiting(lock=0.3))
    change = text("DELETE FROM api_keys")
    lock = text("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE")
    with writing(first) as holder:
        holder.execute(lock if first.dialect.name == "postgresql" else change)
        began = time.monotonic()
        with pytest.raises(OperationalError), writing(second) as waits:
            waits.execute(change)
        assert 0.2 < time.monotonic() - began < 3
    first.dispose()
    second.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_statement_of_a_request_ends(database_url: str) -> None:
    engine = open_database(database_url, Waiting(statement=0.2))
    with pytest.raises(OperationalError), engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    engine.dispose()
