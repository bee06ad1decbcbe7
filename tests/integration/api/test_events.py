"""What happens is told in the forms of one registry, to webhooks that want it and to who asks since a cursor."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from pydantic import TypeAdapter
from sqlalchemy import Engine, delete, select, text

from data.database import _alembic, reading, upgrade_schema, writing
from data.kept.event_numbers import keep_pruned_up_to
from data.tables import OutboxEventRow, Role, WebhookDeliveryRow, WebhookRow
from flows.access.keys import create_key
from flows.notifying.event_types import EVENT_TYPES
from flows.notifying.outbox import OutboxEvent, write_events
from flows.notifying.passing_on import pass_on_events
from flows.ordering.telling import tell_of_overdue_orders
from flows.purchasing.deciding.approving import approve_plan

from .conftest import NOW, Bearer

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ORDER = {"supplier_id": "F2", "warehouse_id": "W1", "delivery_date": "2026-03-03",
         "lines": [{"product_id": "milk", "quantity": 40, "unit_price": 7}]}  # fmt: skip
DELIVERY = {"receipt_id": "door-1", "warehouse_id": "W1", "supplier_id": "F2",
            "lines": [{"product_id": "milk", "accepted": 26, "rejected": 2, "defect": "crushed"}]}  # fmt: skip
Ask = Callable[..., Any]


@pytest.fixture
def ask(client: httpx.AsyncClient, bearer: Bearer) -> Ask:
    """`ask("POST", "moves/M1/done")`: what an operator is answered."""

    async def ask(method: str, path: str, sent: Any = None, *, status: int = 200, **asked: Any) -> Any:
        body = {} if sent is None else {"json": sent}
        answer = await client.request(method, f"/v1/{path}", headers=bearer("operator"), params=asked, **body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return ask


def happens(engine: Engine, name: str, warehouse_ids: Iterable[str] = (), minutes: int = 0) -> None:
    payload = {"plan_id": "plan-1", "origin": "2026-03-01T16:00:00Z", "warehouse_ids": list(warehouse_ids)}
    event = OutboxEvent(name, "plan.fallback", payload, NOW + timedelta(minutes=minutes))
    with writing(engine) as session:
        write_events(session, [event], NOW)


def test_the_page_has_every_type_of_event_of_the_registry() -> None:
    told = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (.+) \| (\S+) \|$", PAGE, re.MULTILINE)
    assert told == [(one.name, one.what, one.since) for one in EVENT_TYPES.values()]


async def test_the_life_of_an_order_is_told_in_the_forms_of_the_registry(ask: Ask) -> None:
    start = (await ask("GET", "events", after="latest"))["next"]
    order = (await ask("POST", "purchase-orders", ORDER, status=201))["number"]
    await ask("POST", f"purchase-orders/{order}/sent", {"how": "by phone"})
    await ask("POST", f"purchase-orders/{order}/confirm", {"lines": [{"line_no": 1, "quantity": 30}]})
    await ask("POST", "receipts", DELIVERY, status=201)
    await ask("POST", "receipts", DELIVERY, status=201)  # the same again
    await ask("PATCH", "receipts/door-1/lines/1", {"accepted": 25, "rejected": 2, "defect": "crushed"})
    await ask(
        "PATCH", "receipts/door-1/lines/1", {"accepted": 25, "rejected": 2, "defect": "crushed"}
    )  # the same again
    await ask("POST", f"purchase-orders/{order}/cancel", {"note": "enough"})
    await ask("POST", "moves/M1/done")
    await ask("POST", "moves/M1/done")  # the same again
    await ask("POST", "moves/M2/refused", {"reason": "broken"})
    await ask("POST", "moves/M2/undone")
    await ask("POST", "moves/M2/partly-done", {"quantity": 2.5})

    told = (await ask("GET", "events", after=start))["items"]
    assert sorted(one["type"] for one in told) == [
        "move.done", "move.partly_done", "move.refused", "move.undone",
        "plan.made",  # which asks elsewhere for what is declined
        "purchase_order.cancelled", "purchase_order.confirmed", "purchase_order.ordered",
        "purchase_order.received", "purchase_order.received", "purchase_order.sent", "receipt.corrected",
        "receipt.taken_in",
    ]  # fmt: skip
    data = {one["type"]: one["data"] for one in told}
    assert data["purchase_order.ordered"]["products"] == 1
    assert data["purchase_order.sent"]["how"] == "by phone"
    assert sorted(line["quantity"] for one in told if one["type"] == "purchase_order.received"
                  for line in one["data"]["lines"]) == [-1.0, 28.0]  # fmt: skip
    assert data["purchase_order.cancelled"]["lines"] == [{"line_no": 1, "product_id": "milk", "quantity": 13.0}]
    assert data["purchase_order.cancelled"]["note"] == "enough"
    assert (data["receipt.corrected"]["line_no"], data["receipt.corrected"]["lines"][0]["accepted"]) == (1, 25.0)
    assert (data["move.refused"]["reason"], data["move.done"]["to_slot_id"]) == ("broken", "leaf-1")
    assert (data["move.partly_done"]["carried"], data["move.undone"]["reason"]) == (2.5, None)
    for one in told:
        assert one["warehouse_ids"] == ["W1"]
        TypeAdapter(EVENT_TYPES[one["type"]].data).validate_json(json.dumps(one["data"]), strict=True)
        assert one["data"].keys() <= {field.name for field in fields(EVENT_TYPES[one["type"]].data)}
        assert await ask("GET", f"events/{one['event_id']}") == one


async def test_what_becomes_of_plans_is_told(ask: Ask, shop: Engine) -> None:
    asked = {"warehouse_ids": ["W1", "W2"]}
    first = (await ask("POST", "purchase-plans", asked, status=201))["plan_id"]
    second = (await ask("POST", "purchase-plans", asked, status=201))["plan_id"]
    lines = (await ask("GET", f"purchase-plans/{second}/lines"))["items"]
    of_w1 = [line["line_no"] for line in lines if line["warehouse_id"] == "W1" and line["quantity"] > 0]
    with writing(shop) as session:
        pass_on_events(session, NOW)
    start = (await ask("GET", "events", after="latest"))["next"]
    approve_plan(shop, second, NOW, "Li Na", line_nos=of_w1)
    approve_plan(shop, second, NOW, "Li Na", line_nos=of_w1)  # the same again
    approve_plan(shop, second, NOW, "Li Na")

    before = (await ask("GET", "events", type=["plan.made", "plan.discarded"]))["items"]
    assert {(one["type"], one["data"]["plan_id"]) for one in before} == {
        ("plan.made", first), ("plan.made", second), ("plan.discarded", first),
    }  # fmt: skip
    then = (await ask("GET", "events", after=start))["items"]
    approved = [one for one in then if one["type"] == "plan.approved"]
    assert sorted((one["warehouse_ids"], one["data"]["whole"]) for one in approved) == [
        (["W1"], False),
        (["W1", "W2"], True),
    ]
    assert {one["warehouse_ids"][0] for one in then if one["type"] == "purchase_order.ordered"} == {"W1", "W2"}
    for one in [*before, *approved]:
        TypeAdapter(EVENT_TYPES[one["type"]].data).validate_json(json.dumps(one["data"]), strict=True)


async def test_an_order_that_is_overdue_is_told_once(ask: Ask, shop: Engine) -> None:
    order = (await ask("POST", "purchase-orders", ORDER, status=201))["number"]
    assert tell_of_overdue_orders(shop, NOW, timedelta(days=1)) == 0
    later = NOW + timedelta(days=2)
    assert [tell_of_overdue_orders(shop, later, timedelta(days=1)) for _ in range(2)] == [1, 0]
    (told,) = (await ask("GET", "events", type="purchase_order.overdue"))["items"]
    assert (told["data"]["number"], told["data"]["lines"][0]["quantity"]) == (order, 40.0)


async def test_events_are_read_on_from_where_one_was(ask: Ask, shop: Engine) -> None:
    for n in range(5):
        happens(shop, f"event {n}", minutes=-n)
    seen, after = [], "0"
    while (answer := await ask("GET", "events", after=after, limit=2))["items"]:
        seen += [one["event_id"] for one in answer["items"]]
        after = answer["next"]
    assert seen == [f"event {n}" for n in (4, 3, 2, 1, 0)], "in the order in which they happened"
    happens(shop, "earlier", minutes=-60)
    answer = await ask("GET", "events", after=after)
    assert [one["event_id"] for one in answer["items"]] == ["earlier"]
    nothing = await ask("GET", "events", after=answer["next"], type="alarm.raised")
    assert nothing == {"items": [], "next": answer["next"]}


async def test_a_cursor_before_what_is_kept_is_told_so(ask: Ask, shop: Engine) -> None:
    for n in range(4):
        happens(shop, f"event {n}", minutes=n)
    numbers = [int((await ask("GET", "events", after=after, limit=1))["next"]) for after in ("0", "1", "2", "3")]
    with writing(shop) as session:
        session.execute(delete(OutboxEventRow).where(OutboxEventRow.event_no <= numbers[1]))
        keep_pruned_up_to(session.connection(), numbers[1])

    gone = await ask("GET", "events", after=numbers[0], status=410)

    assert f"go on with after={numbers[1]}" in gone["detail"]
    for after in (0, numbers[1]):
        told = (await ask("GET", "events", after=after))["items"]
        assert [one["event_id"] for one in told] == ["event 2", "event 3"]


async def test_an_event_whose_transaction_ends_later_comes_after_what_was_read(ask: Ask, shop: Engine) -> None:
    if shop.dialect.name == "sqlite":
        return  # one writer at a time: no two transactions overlap
    with writing(shop) as session:
        write_events(session, [OutboxEvent("slow", "plan.fallback", {"warehouse_ids": []}, NOW)], NOW)
        session.flush()
        happens(shop, "quick", minutes=1)
        first = await ask("GET", "events")
        assert [one["event_id"] for one in first["items"]] == ["quick"]
    then = await ask("GET", "events", after=first["next"])
    assert [one["event_id"] for one in then["items"]] == ["slow"]


async def test_events_are_filtered_by_type_and_warehouse(ask: Ask, shop: Engine) -> None:
    await ask("POST", "moves/M1/done")
    happens(shop, "of both", ["W1", "W2"])
    happens(shop, "of W2", ["W2"])
    happens(shop, "of none")
    assert [one["type"] for one in (await ask("GET", "events", type=["move.done", "alarm.raised"]))["items"]] == [
        "move.done"
    ]
    of_w2 = (await ask("GET", "events", warehouse_id="W2"))["items"]
    assert [one["event_id"] for one in of_w2] == ["of W2", "of both"] or [one["event_id"] for one in of_w2] == [
        "of both",
        "of W2",
    ]


async def test_a_key_of_one_warehouse_is_told_what_is_about_it(client: httpx.AsyncClient, shop: Engine) -> None:
    happens(shop, "of both", ["W1", "W2"])
    happens(shop, "of W2", ["W2"])
    happens(shop, "of none")
    with writing(shop) as session:
        pass_on_events(session, NOW)
        _, key = create_key(session, "of W1", Role.STAFF, NOW, ["W1"])
    headers = {"Authorization": f"Bearer {key}"}
    (told,) = (await client.get("/v1/events", headers=headers)).json()["items"]
    assert (told["event_id"], told["warehouse_ids"], told["data"]["warehouse_ids"]) == ("of both", ["W1"], ["W1"])
    assert (await client.get("/v1/events/of none", headers=headers)).status_code == 404


async def test_a_webhook_is_told_of_the_types_and_warehouses_that_it_is_for(ask: Ask, shop: Engine) -> None:
    url = "https://example.org/hook"
    every = await ask("POST", "webhooks", {"url": url}, status=201)
    alarms = await ask("POST", "webhooks", {"url": url, "types": ["alarm.raised"]}, status=201)
    of_w2 = await ask("POST", "webhooks", {"url": url, "warehouse_ids": ["W2"]}, status=201)
    assert (every["types"], every["warehouse_ids"], alarms["types"]) == (None, None, ["alarm.raised"])
    happens(shop, "of W1", ["W1"])
    happens(shop, "of both", ["W1", "W2"])
    await ask("PATCH", f"webhooks/{alarms['webhook_id']}", {"types": ["plan.fallback"]})  # what happened stays untold
    happens(shop, "of none")
    with writing(shop) as session:
        pass_on_events(session, NOW)
    with reading(shop) as session:
        told = set(session.execute(select(WebhookDeliveryRow.webhook_id, WebhookDeliveryRow.event_id)).tuples())
    assert told == {
        *((every["webhook_id"], name) for name in ("of W1", "of both", "of none")),
        (of_w2["webhook_id"], "of both"),
        (alarms["webhook_id"], "of none"),
    }


@pytest.mark.parametrize(("filters", "field"), [({"types": ["alarm.gone"]}, "types[0]"),
                                                ({"warehouse_ids": ["W9"]}, "warehouse_ids")])  # fmt: skip
async def test_a_webhook_for_what_there_is_not_is_refused(ask: Ask, filters: dict[str, Any], field: str) -> None:
    refused = await ask("POST", "webhooks", {"url": "https://example.org/hook"} | filters, status=422)
    assert refused["errors"][0]["field"] == field


async def test_types_of_events_come_with_the_schema_of_their_data(ask: Ask) -> None:
    types = {one["type"]: one for one in (await ask("GET", "event-types"))["items"]}
    assert types.keys() == EVENT_TYPES.keys()
    assert "worst_c" in types["alarm.raised"]["data"]["required"]


def test_webhooks_that_were_there_go_on_getting_what_they_got(engine: Engine) -> None:
    command.downgrade(_alembic(engine), "0022")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO webhooks VALUES ('wh_1', 'https://example.org/', 's', :at, 'ops', NULL, NULL)"),
            {"at": "2026-03-01 00:00:00.000000"},
        )
        for name, payload in (("b", '{"warehouse_id": "W1"}'), ("a", '{"warehouse_ids": ["W1", "W2"]}')):
            connection.execute(
                text("INSERT INTO outbox_events (event_id, type, payload, happened_at, written_at, passed_on_at) "
                     "VALUES (:id, 'plan.fallback', :payload, :at, :at, :at)"),
                {"id": name, "payload": payload, "at": "2026-03-01 00:00:00.000000"},
            )  # fmt: skip
    upgrade_schema(engine)
    with writing(engine) as session:
        assert session.get_one(WebhookRow, "wh_1").types == [
            *("alarm.raised", "alarm.ended", "alarm.acknowledged"),
            *("plan.late", "plan.fallback", "purchase_order.confirmed"),
        ]  # fmt: skip
        numbers = session.execute(select(OutboxEventRow.event_id, OutboxEventRow.event_no)).tuples().all()
        assert sorted(numbers) == [("a", 1), ("b", 2)]
        write_events(session, [OutboxEvent("c", "move.done", {"warehouse_id": "W1"}, NOW),
                               OutboxEvent("d", "plan.late", {"warehouse_ids": ["W1"]}, NOW)], NOW)  # fmt: skip
        pass_on_events(session, NOW)
        assert session.scalars(select(WebhookDeliveryRow.event_id)).all() == ["d"]
