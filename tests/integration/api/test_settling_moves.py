"""The life of a move by the API: its answers, and each request safe to repeat."""

import httpx
from sqlalchemy import Engine, func, select

from data.database import reading
from data.tables import OutboxEventRow, SlotRow

from .conftest import Bearer

DONE, PARTLY, REFUSED, UNDONE = (f"/v1/moves/M1/{what}" for what in ("done", "partly-done", "refused", "undone"))


async def test_a_move_is_partly_done_then_done_and_taken_back(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    staff = bearer("staff")
    part = await client.post(PARTLY, json={"quantity": 2.5}, headers=staff)
    assert (part.status_code, part.json()["status"], part.json()["carried"]) == (200, "partly_done", 2.5)
    listed = (await client.get("/v1/warehouses/W1/moves", headers=staff)).json()["items"]
    assert "M1" in {move["move_id"] for move in listed}, "the rest is still to be carried"
    asked = {"status": "partly_done"}
    only = (await client.get("/v1/warehouses/W1/moves", headers=staff, params=asked)).json()["items"]
    assert [move["move_id"] for move in only] == ["M1"]

    done = (await client.post(DONE, headers=staff)).json()
    assert (done["status"], done["carried"]) == ("done", None)
    undone = (await client.post(UNDONE, headers=staff)).json()
    assert (undone["status"], undone["decided_by"]) == ("suggested", None)
    with reading(shop) as session:
        assert session.get_one(SlotRow, done["from_slot_id"]).product_id == done["product_id"]
        assert session.get_one(SlotRow, done["to_slot_id"]).product_id is None


async def test_a_tick_that_is_sent_twice_arrives_once_also_after_it_was_taken_back(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    def tick(name: str) -> dict[str, str]:
        return bearer("staff") | {"Idempotency-Key": name}

    first = await client.post(DONE, headers=tick("tick-1"))
    await client.post(UNDONE, headers=tick("tick-2"))

    again = await client.post(DONE, headers=tick("tick-1"))

    assert again.content == first.content
    assert (await client.get("/v1/moves/M1", headers=bearer("staff"))).json()["status"] == "suggested"
    with reading(shop) as session:
        assert session.scalar(select(func.count()).where(OutboxEventRow.type == "move.done")) == 1
    other = await client.post(REFUSED, json={"reason": "too heavy"}, headers=tick("tick-1"))
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_a_refusal_may_say_that_the_slot_cannot_be_used(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    refused = await client.post(REFUSED, json={"reason": "bent", "slot_unusable": True}, headers=bearer("staff"))
    with reading(shop) as session:
        assert session.get_one(SlotRow, refused.json()["to_slot_id"]).unusable_because == "bent"


async def test_what_cannot_be_said_of_a_move_is_a_problem_that_names_why(
    client: httpx.AsyncClient, bearer: Bearer
) -> None:
    staff = bearer("staff")
    for quantity in (0, -1, 1.2345, None):
        wrong = await client.post(PARTLY, json={"quantity": quantity}, headers=staff)
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "quantity"), quantity
    for address in (DONE, UNDONE):
        assert (await client.post(address, headers=bearer("buyer"))).status_code == 403
    await client.post(REFUSED, json={"reason": "too heavy"}, headers=staff)
    taken = await client.post(DONE, headers=staff)
    assert (taken.status_code, taken.json()["detail"]) == (409, "Move M1 is already refused.")
