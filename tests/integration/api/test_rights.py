"""Who may do what: the tables of docs/api.md are what was promised, and every operation is held against them."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from data.tables import Role

from .conftest import Bearer

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
PUBLIC, ANY, TOKEN = "public", "any key or session", re.compile(r"the token( or key)? in it")
# what is said to somebody whose token is none, or whose form is empty
BY_TOKEN = {("POST", "/sign-in"): 422, ("GET", "/supplier/{token}"): 404, ("POST", "/supplier/{token}"): 422}
BODILESS = {"GET", "DELETE"}


def _tables() -> Iterator[list[list[str]]]:
    """The tables of the page: rows of cells, the head first and without the rule below it."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
        yield [row for row in rows if not set("".join(row)) <= set("-: ")]


def _promised_scopes() -> dict[Role, set[str]]:
    """The scopes of each role, from the table with a column for each role."""
    [table] = [table for table in _tables() if table[0][0] == "scope"]
    head, *rows = table
    assert set(head[2:]) == set(Role)
    return {
        Role(role): {row[0].strip("`") for row in rows if row[column] == "x"}
        for column, role in enumerate(head)
        if role in set(Role)
    }


def _promised_operations() -> dict[tuple[str, str], str]:
    """What each operation, (method, path), needs."""
    [table] = [table for table in _tables() if table[0][0] == "operation"]
    found = {}
    for operation, scope in table[1:]:
        method, path = operation.partition(" (")[0].strip("`").split()
        assert (method, path) not in found
        found[method, path] = scope.strip("`")
    return found


# the gate reads a key and asks no database which kind it is; the tables of keys are tried on both in test_security
gate = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCOPES, OPERATIONS = _promised_scopes(), _promised_operations()


def test_every_operation_of_the_service_is_in_the_table_and_no_other(app: FastAPI) -> None:
    served = {
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or ())
        if method not in {"HEAD", "OPTIONS"}
    }
    assert served == set(OPERATIONS)


def test_every_scope_of_the_table_is_one_of_the_roles_table() -> None:
    known = set().union(*SCOPES.values())
    wanted = {scope for scope in OPERATIONS.values() if scope not in {PUBLIC, ANY} and not TOKEN.fullmatch(scope)}
    assert wanted == known


@gate
async def test_each_role_may_do_what_the_tables_say_and_nothing_else(client: httpx.AsyncClient, bearer: Bearer) -> None:
    for (method, path), scope in OPERATIONS.items():
        if TOKEN.fullmatch(scope):
            continue
        for role in Role:
            status = await _asked(client, method, path, bearer(role))
            allowed = scope in {PUBLIC, ANY} or scope in SCOPES[role]
            assert status != 401, (method, path, role)
            assert (status != 403) == allowed, (method, path, role, status)


@gate
async def test_without_a_key_only_what_is_public_answers(client: httpx.AsyncClient) -> None:
    for (method, path), scope in OPERATIONS.items():
        status = await _asked(client, method, path, {"Sec-Fetch-Site": "same-origin"})
        if scope == PUBLIC:
            assert status not in {401, 403}, (method, path)
        else:
            assert status == BY_TOKEN.get((method, path), 401), (method, path)


@gate
@pytest.mark.parametrize("role", list(Role))
async def test_the_forms_of_the_pages_take_a_session_by_the_same_table(
    client: httpx.AsyncClient, bearer: Bearer, role: Role
) -> None:
    key = bearer(role)["Authorization"].removeprefix("Bearer ")
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/sign-in", data={"key": key}, headers=ours)).status_code == 303
    forms = [(path, scope) for (method, path), scope in OPERATIONS.items()
             if method == "POST" and not path.startswith(("/v1/", "/sign-", "/language", "/supplier/"))]  # fmt: skip
    assert len(forms) >= 7, "new plan, approve, discard, edit, what if, moves, acknowledge"
    for path, scope in forms:
        status = await _asked(client, "POST", path, ours)
        assert (status != 403) == (scope in SCOPES[role]), (path, status)


async def _asked(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> int:
    """The status of a request for things that do not exist, with an empty body: what it says once the gate is passed
    does not matter."""
    filled = re.sub(r"\{(\w+)\}", lambda found: "1" if found[1] == "line_no" else "none", path)
    body = {} if method in BODILESS else {"json": {}} if path.startswith("/v1/") else {"data": {}}
    return (await client.request(method, filled, headers=headers, **body)).status_code  # type: ignore[arg-type]
