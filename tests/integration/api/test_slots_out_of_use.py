"""Slots that cannot be used, and moves into a zone in alarm, by the API."""

from datetime import timedelta

import httpx
from sqlalchemy import Engine

from data.database import writing
from flows.coldchain.readings.receiving import receive_readings
from warehouse.coldchain.readings import Reading

from .conftest import NOW, Bearer


async def statuses(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, str]:
    return {name: (await client.get(f"/v1/moves/{name}", headers=headers)).json()["status"] for name in ("M1", "M2")}


async def test_a_slot_is_taken_out_of_use_with_a_reason_and_into_use_again(
    client: httpx.AsyncClient, bearer: Bearer
) -> None:
    staff, why = bearer("staff"), {"reason": "the shelf is bent"}
    at = "/v1/slots/leaf-1"

    for _ in range(2):
        taken = await client.post(f"{at}/unusable", json=why, headers=staff)
        assert (taken.status_code, taken.json()["unusable_because"]) == (200, "the shelf is bent")
    assert await statuses(client, staff) == {"M1": "withdrawn", "M2": "suggested"}
    shown = (await client.get("/v1/warehouses/W1/slots", headers=staff)).json()["items"]
    assert {one["slot_id"]: one["unusable_because"] for one in shown} == {
        "leaf-1": "the shelf is bent", "leaf-2": None, "leaf-5": None,
    }  # fmt: skip

    assert (await client.post(f"{at}/usable", headers=staff)).json()["unusable_because"] is None
    assert (await client.post(f"{at}/unusable", json={"reason": " "}, headers=staff)).status_code == 422
    assert (await client.post(f"{at}/unusable", json=why, headers=bearer("buyer"))).status_code == 403
    assert (await client.post("/v1/slots/no-such/usable", headers=staff)).status_code == 404


async def test_a_move_into_a_zone_with_a_temperature_alarm_says_that_it_waits(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    async def waits() -> list[bool]:
        moves = (await client.get("/v1/warehouses/W1/moves", headers=bearer("staff"))).json()["items"]
        return [move["zone_in_alarm"] for move in moves]

    assert await waits() == [False, False]
    for minutes_ago, celsius in ((60, 18.0), (30, 18.0)):
        at = NOW - timedelta(minutes=minutes_ago)
        with writing(shop) as session:
            receive_readings(session, [Reading("S1", at, celsius)], at)
    assert await waits() == [True, True]
