"""A key of some warehouses: over all operations there are, it reads and changes nothing of another warehouse."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine, update

from api.named_warehouses import OF_WAREHOUSES, WAREHOUSES
from data.database import writing
from data.tables import (
    DayRunRow,
    ForecastRow,
    OfferRow,
    Role,
    SupplierRow,
    TransferTermsRow,
    WarehouseRow,
)
from flows.access.keys import create_key
from flows.reports.morning.keeping_days import keep_days

from .conftest import NOW, ORIGIN, TODAY, Bearer
from .furnished import Ids, furnish, in_address, model_of, plan_of

OTHER = "zz9"  # stands in every name of the other warehouse, and in nothing else
SAFE = {"GET", "HEAD", "OPTIONS"}
# what belongs to no warehouse, or tells who comes in
NAMELESS = {("POST", "/language"), ("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/supplier/{token}"),
            ("DELETE", "/v1/webhooks/{webhook_id}"), ("POST", "/v1/webhooks/{webhook_id}/rotate-secret"),
            ("POST", "/v1/webhooks/{webhook_id}/enable"), ("POST", "/v1/webhooks/{webhook_id}/test"),
            ("POST", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again"),
            ("POST", "/v1/day-runs"), ("PUT", "/v1/category-terms"), ("POST", "/plans/service-level"),
            ("PUT", "/v1/morning/targets/{figure}"),
            ("POST", "/v1/trials/{trial_id}/stop"), ("POST", "/v1/trials/{trial_id}/promote"),
            ("POST", "/v1/quarantine/{message_id}/replay"), ("DELETE", "/v1/quarantine/{message_id}"),
            ("PUT", "/v1/payload-mappings/{name}"), ("DELETE", "/v1/payload-mappings/{name}"),
            ("POST", "/v1/payload-mappings/try")}  # fmt: skip
# for keys of all warehouses
OF_ALL = {
    ("POST", "/v1/trials"),
    ("POST", "/v1/webhooks"),
    ("POST", "/v1/webhooks/{webhook_id}/rotate-secret"),
    ("PATCH", "/v1/webhooks/{webhook_id}"),
    ("POST", "/v1/webhooks/{webhook_id}/enable"),
    ("POST", "/v1/webhooks/{webhook_id}/test"),
    ("POST", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again"),
}
# its handler reads what to change by the session that sees one's own only; each is tried below
CHOSEN_BY_WHAT_IS_SEEN = {("POST", "/orders/all-told"), ("POST", "/orders/send-all")}
# of no warehouse, or of the one that is named with it
OF_NONE = {"product_id", "supplier_id", "offer_id", "webhook_id", "lot_id", "transfer_id",
           "action_id", "count_id", "told_event_id", "run_id", "message_id", "delivery_id", "number", "trial_id",
           "model_id"}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """An operation of the service, and the fields of its query and body that name warehouses or what is theirs."""

    method: str
    path: str
    query: frozenset[str]
    form: frozenset[str]
    body: Any  # the example of the description
    fields: frozenset[str]  # all that it takes

    @property
    def in_path(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def names(self) -> list[str]:
        """The fields by which it can speak of a warehouse."""
        return sorted({*self.in_path, *self.form, *_keys(self.body)} & NAMING)


NAMING = {*WAREHOUSES, *OF_WAREHOUSES}


@pytest.fixture
def two(shop: Engine) -> tuple[Ids, Ids]:
    """The same things in W1 and in another warehouse, by the names that operations call them."""
    with writing(shop) as session:
        session.add(WarehouseRow(warehouse_id=OTHER, name=f"shop {OTHER}", city="杭州", timezone="Asia/Shanghai"))
        session.flush()
        session.add_all(plan_of("both", "W1", OTHER, note=f"W1, {OTHER}"))
        session.add(TransferTermsRow(from_warehouse_id="W1", to_warehouse_id=OTHER, valid_from=TODAY, hours=2,
                                     drive_cost=Decimal(20), cost_per_unit=Decimal(0), known_at=ORIGIN))  # fmt: skip
        session.add(model_of("region", None))
        session.add(DayRunRow(run_id="night", started_at=ORIGIN, plan_id=f"plan-{OTHER}",
                              failed={"region": f"no sales in {OTHER}", OTHER: "no slots"}))  # fmt: skip
        session.flush()
        found = furnish(session, "W1", "own"), furnish(session, OTHER, OTHER)
    for name in ("W1", OTHER):
        keep_days(shop, name, NOW + timedelta(days=1), 1.6)
    return found


@pytest.fixture
def limited(shop: Engine, two: tuple[Ids, Ids]) -> dict[str, str]:
    """The header of an operator for W1 alone."""
    with writing(shop) as session:
        _, key = create_key(session, "of W1", Role.OPERATOR, NOW, ["W1"])
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def known() -> list[Operation]:
    """The operations, once they were described: that takes seconds, and every app has the same."""
    return []


@pytest.fixture
def operations(app: FastAPI, known: list[Operation]) -> list[Operation]:
    if not known:
        known.extend(_operations(app))
    return known


def _operations(app: FastAPI) -> Iterator[Operation]:
    described = app.openapi()
    for context in iter_route_contexts(app.routes):
        for method in sorted((context.methods or set()) - {"HEAD", "OPTIONS"}):
            path = context.path
            told = described["paths"].get(path, {}).get(method.lower(), {})
            in_path = set(re.findall(r"\{(\w+)\}", path))
            query = {one["name"] for one in told.get("parameters", ()) if one["in"] == "query"}
            form: set[str] = set()
            if not told:  # a page: what its handler and what that depends on take
                takes = list(_with_what_it_depends_on(get_dependant(path=path, call=context.endpoint)))
                query = {field.alias for one in takes for field in one.query_params}
                form = {field.alias for one in takes for field in one.body_params}
            body = _example(described, told)
            fields = frozenset({*in_path, *query, *form, *_keys(body)})
            yield Operation(method, path, frozenset(query & NAMING), frozenset(form & NAMING), body, fields)


def _with_what_it_depends_on(handler: Dependant) -> Iterator[Dependant]:
    yield handler
    for one in handler.dependencies:
        yield from _with_what_it_depends_on(one)


def _example(described: dict[str, Any], told: dict[str, Any]) -> Any:
    """The example of an operation's body, with every field that it may have and that names a warehouse."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    reference = re.search(r"'\$ref': '#/components/schemas/(\w+)'", str(content["schema"]))
    assert reference is not None, told
    schema = described["components"]["schemas"][reference[1]]
    example = dict(schema.get("examples", [{}])[0])
    for name, field in schema["properties"].items():
        if name in NAMING or name.endswith(("_id", "_ids")):
            example.setdefault(name, [] if field.get("type") == "array" else "")
    return example


def _keys(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        yield from body
        for value in body.values():
            yield from _keys(value)
    elif isinstance(body, list):
        for value in body:
            yield from _keys(value)


def _filled(body: Any, ids: Ids) -> Any:
    """The body with the ids in place of its own."""
    if isinstance(body, dict):
        return {
            key: ([ids[key]] if isinstance(value, list) else ids[key]) if key in ids else _filled(value, ids)
            for key, value in body.items()
        }
    return [_filled(value, ids) for value in body] if isinstance(body, list) else body


async def _ask(
    client: httpx.AsyncClient, operation: Operation, headers: dict[str, str], ids: Ids, **more: Any
) -> httpx.Response:
    known = in_address(operation.path, ids)
    path = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], operation.path)
    if operation.body is not None:
        more["json"] = _filled(operation.body, ids)
    elif operation.form:
        more["data"] = {field: ids[field] for field in operation.form}
    return await client.request(operation.method, path, headers=headers, **more)


def _text(answer: httpx.Response) -> str:
    """All that an answer says, a spreadsheet's too."""
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as sheets:
            return " ".join(sheets.read(name).decode() for name in sheets.namelist())
    return answer.content.decode(errors="replace")


def test_every_id_that_an_operation_takes_is_known_to_be_of_a_warehouse_or_not(operations: list[Operation]) -> None:
    taken = {field for operation in operations for field in operation.fields}
    ids = {field for field in taken if field.endswith(("id", "ids", "order", "number")) or "warehouse" in field}
    assert ids <= NAMING | OF_NONE, "add a new name to api/named_warehouses.py, or here where it is of no warehouse"


async def test_nothing_of_another_warehouse_is_shown(
    client: httpx.AsyncClient,
    operations: list[Operation],
    two: tuple[Ids, Ids],
    limited: dict[str, str],
    bearer: Bearer,
) -> None:
    own, other = two
    shared = own | {"plan_id": "plan-both"}
    shown_to_all = 0
    for operation in operations:
        if (
            operation.method not in SAFE or operation.path == "/metrics"
        ):  # of all: it looks at no key, no proxy shows it
            continue
        for ids in (own, shared):
            answer = await _ask(client, operation, limited, ids)
            assert OTHER not in _text(answer), (operation.path, _text(answer))
            assert answer.status_code in {200, 303, 403, 404} or operation.path == "/sign-in", (operation.path, answer)
        if NAMING & set(operation.in_path):
            to_itself = {"from_warehouse_id", "to_warehouse_id"} <= set(operation.in_path)  # no way leads there
            found = (await _ask(client, operation, limited, own)).status_code
            assert found == (404 if to_itself else 200), operation.path
            assert (await _ask(client, operation, limited, other)).status_code in {403, 404}, operation.path
        for field in operation.query & WAREHOUSES:
            refused = await _ask(client, operation, limited, own, params={field: OTHER})
            assert refused.status_code == 403, (operation.path, field)
            assert "for some warehouses only (W1), and this concerns others: zz9" in refused.text
        shown_to_all += OTHER in _text(await _ask(client, operation, bearer("operator"), shared))
    assert shown_to_all >= 12, "today, warehouses, plans, lines, exports, purchase orders, alarms, pages"


async def test_of_a_plan_that_others_share_only_one_s_own_part_counts(
    client: httpx.AsyncClient, two: tuple[Ids, Ids], limited: dict[str, str]
) -> None:
    plan = (await client.get("/v1/purchase-plans/plan-both", headers=limited)).json()
    assert (plan["lines"], plan["warehouses"], plan["cost"]) == (1, 1, 300.0)
    assert plan["notes"] == [{"code": "no_stock_known", "warehouses": "W1"}]
    listed = (await client.get("/v1/purchase-plans", headers=limited)).json()["items"]
    assert {one["plan_id"] for one in listed} == {"plan-both", "plan-own"}


async def test_what_a_supplier_has_promised_to_others_is_not_promised_again(
    client: httpx.AsyncClient, shop: Engine, two: tuple[Ids, Ids], limited: dict[str, str]
) -> None:
    with writing(shop) as session:  # 30 each are ordered for W1 and the other, so 10 are left
        session.execute(update(OfferRow).where(OfferRow.offer_id == "O-milk").values(daily_capacity=70))
        much = {f"q{share:02}": 90.0 + share / 10 for share in (5, 10, 25, 50, 75, 90, 95)}
        of_milk = ForecastRow.warehouse_id == "W1", ForecastRow.product_id == "milk"
        session.execute(update(ForecastRow).where(*of_milk).values(mean=95.0, **much))
    asked = {"warehouse_ids": ["W1"], "delivery_date": "2026-03-03"}
    made = await client.post("/v1/purchase-plans", headers=limited, json=asked)
    assert made.status_code == 201, made.text
    lines = (await client.get(f"{made.headers['Location']}/lines", headers=limited)).json()["items"]
    assert [line["quantity"] for line in lines if line["product_id"] == "milk"] == [10]


async def test_nothing_of_another_warehouse_is_changed(
    client: httpx.AsyncClient,
    operations: list[Operation],
    two: tuple[Ids, Ids],
    limited: dict[str, str],
    everything: Any,
) -> None:
    own, other = two
    writing_ones = [one for one in operations if one.method not in SAFE]
    unnamed = {(one.method, one.path) for one in writing_ones if not one.names()}
    assert unnamed == NAMELESS | CHOSEN_BY_WHAT_IS_SEEN, "what changes something says of which warehouse"
    before = everything()
    for operation in writing_ones:
        for field in operation.names():
            for theirs in {other[field], "plan-both" if field == "plan_id" else other[field]}:
                answer = await _ask(client, operation, limited, own | {field: theirs})
                assert answer.status_code == 403, (operation.method, operation.path, field, answer.text)
    assert everything() == before
    for operation in writing_ones:
        if operation.names() and (operation.method, operation.path) not in OF_ALL:
            answer = await _ask(client, operation, limited, own)
            assert answer.status_code not in {401, 403}, (operation.method, operation.path, answer.text)
            assert OTHER not in _text(answer), (operation.method, operation.path, answer.text)


@pytest.mark.parametrize("what", ["webhooks", "quarantine"])
async def test_what_is_of_every_warehouse_or_none_is_for_keys_of_all_warehouses(
    client: httpx.AsyncClient, limited: dict[str, str], what: str
) -> None:
    answer = await client.get(f"/v1/{what}", headers=limited)
    assert answer.status_code == 403
    assert f"{what}:write" in answer.text


async def test_a_browser_signed_in_with_the_key_is_limited_too(
    client: httpx.AsyncClient, two: tuple[Ids, Ids], limited: dict[str, str]
) -> None:
    key = limited["Authorization"].removeprefix("Bearer ")
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/sign-in", data={"key": key}, headers=ours)).status_code == 303
    assert (await client.get("/warehouses/W1/slots")).status_code == 200
    assert (await client.get(f"/warehouses/{OTHER}/slots")).status_code == 403
    assert (await client.post("/alarms", data={"alarm_id": f"alarm-{OTHER}"}, headers=ours)).status_code == 403


@pytest.mark.parametrize(
    ("address", "send_to"), [("/orders/send-all", "json://127.0.0.1:9/"), ("/orders/all-told", None)]
)
async def test_what_is_done_with_all_orders_at_once_is_done_with_one_s_own(
    client: httpx.AsyncClient, shop: Engine, two: tuple[Ids, Ids], limited: dict[str, str], address: str, send_to: str
) -> None:
    with writing(shop) as session:
        session.execute(update(SupplierRow).values(send_to=send_to))  # nobody listens there
    done = await client.post(address, headers=limited)
    assert json.loads(unquote(done.cookies["freshfront_said"]))["n"] == "1", "that of W1"


async def test_who_has_one_end_of_a_transfer_sends_or_receives_it_and_no_other(
    client: httpx.AsyncClient, shop: Engine, two: tuple[Ids, Ids], limited: dict[str, str]
) -> None:
    with writing(shop) as session:
        _, key = create_key(session, "of W2", Role.STAFF, NOW, ["W2"])
    of_w2 = {"Authorization": f"Bearer {key}"}
    here, there = "/v1/warehouses/W1/transfers", "/v1/warehouses/W2/transfers"

    async def seen(address: str, headers: dict[str, str]) -> set[str]:
        listed = (await client.get(address, headers=headers)).json()["items"]
        return {one["transfer_id"] for one in listed}

    assert await seen(here, limited) == {"transfer-own"}
    assert await seen(there, of_w2) == {"transfer-own", f"transfer-{OTHER}"}
    one = (await client.get(f"{there}/transfer-own", headers=of_w2)).json()
    assert (one["from_warehouse_id"], one["from_warehouse_name"]) == ("W1", "W1")  # from where it comes
    assert (await client.get(f"{here}/transfer-{OTHER}", headers=limited)).status_code == 404
    refused = [
        await client.post(f"{here}/transfer-own/send", headers=of_w2, json={}),  # not theirs
        await client.post(f"{there}/transfer-own/receive", headers=limited, json={}),
        await client.post(f"{there}/transfer-own/send", headers=of_w2, json={}),  # not from there
        await client.post(f"{here}/transfer-own/receive", headers=limited, json={}),
        await client.post(f"{here}/transfer-{OTHER}/send", headers=limited, json={}),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 404, 404, 404]
    sent = await client.post(f"{here}/transfer-own/send", headers=limited, json={})
    assert (sent.status_code, sent.json()["stage"]) == (200, "sent")
    came = await client.post(f"{there}/transfer-own/receive", headers=of_w2, json={})
    assert (came.status_code, came.json()["stage"]) == (200, "received")
