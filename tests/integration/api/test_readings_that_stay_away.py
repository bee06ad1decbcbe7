"""Sensors that fall silent and gateways that send later what they had kept: what a user is told, over HTTP."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select, update

from api.transactions import moment
from data.database import reading, writing
from data.tables import MeasurementRow, ReadingRow, SensorRow
from flows.coldchain.alarms.silence import tick
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.notifying.deliveries import deliver_due
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, register

from .conftest import NOW, Bearer

MINUTE, EIGHT_HOURS = timedelta(minutes=1), timedelta(hours=8)
QUARTER = 15 * MINUTE


@pytest.fixture
def integration(bearer: Bearer) -> dict[str, str]:
    return bearer("integration")


def said(sensor_id: str, minutes_ago: float, temperature_c: float) -> dict[str, Any]:
    at = (NOW - minutes_ago * MINUTE).isoformat()
    return {"sensor_id": sensor_id, "taken_at": at, "temperature_c": temperature_c}


async def send(client: httpx.AsyncClient, headers: dict[str, str], *readings: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/readings", json={"readings": readings}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def alarms(client: httpx.AsyncClient, headers: dict[str, str], state: str) -> list[dict[str, Any]]:
    return list((await client.get(f"/v1/alarms?state={state}", headers=headers)).json()["items"])


async def test_hours_that_come_after_the_live_reading_are_counted_as_late_and_tell_of_the_past_excursion(
    client: httpx.AsyncClient, integration: dict[str, str]
) -> None:
    await send(client, integration, said("S1", 200, 3.0))
    await send(client, integration, said("S1", 0, 3.0))

    buffered = [said("S1", ago, 12.0 if 40 < ago <= 160 else 3.0) for ago in range(180, 0, -5)]
    answer = await send(client, integration, *buffered)

    assert (answer["accepted"], answer["late"], answer["duplicates"]) == (36, 36, 0)
    assert len(answer["alarms_raised"]) == 1
    assert answer["alarms_ended"] == answer["alarms_raised"]
    (past,) = await alarms(client, integration, "ended")
    assert (past["alarm_id"], past["kind"], past["worst_c"], past["past"]) == (
        *answer["alarms_raised"], "too_warm", 12.0, True,
    )  # fmt: skip
    assert datetime.fromisoformat(past["began_at"]) == NOW - 160 * MINUTE
    assert datetime.fromisoformat(past["ended_at"]) == NOW - 40 * MINUTE
    assert await alarms(client, integration, "active") == []


async def test_eight_hours_of_silence_are_an_alarm_on_today_by_webhook_and_in_the_api_and_hide_no_excursion(
    app: FastAPI, client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer, shop: Engine
) -> None:
    receiver = Receiver()
    register(shop, receiver.url)
    await send(client, integration, said("S1", 0, 3.0), said("S2", 10, 9.0), said("S2", 0, 9.0))
    later = NOW + EIGHT_HOURS
    app.dependency_overrides[moment] = lambda: later
    tick(shop, later, QUARTER)
    await asyncio.to_thread(deliver_due, shop, later, LOCAL)
    receiver.close()

    (alarm,) = await alarms(client, integration, "active")
    assert (alarm["kind"], datetime.fromisoformat(alarm["began_at"])) == ("silent", NOW)
    (told,) = receiver.payloads()
    assert (told["type"], told["data"]["kind"]) == ("alarm.raised", "silent")
    assert sorted(told["data"]["sensor_ids"]) == ["S1", "S2"]
    today = (await client.get("/v1/today", headers=bearer("staff"))).json()
    assert [one["kind"] for one in today["active_alarms"]] == ["silent"]
    assert [(one["what"], one["zone_id"]) for one in today["missing"] if one["zone_id"]] == [("readings", "Z1")]
    (zone,) = (await client.get("/v1/warehouses/W1/zones", headers=integration)).json()["items"]
    excursions = {one["sensor_id"]: one["excursion_since"] for one in zone["sensors"]}
    assert datetime.fromisoformat(excursions["S2"]) == NOW - 10 * MINUTE, "it was outside when it fell silent"

    heard = await send(client, integration, said("S2", -480, 9.0))
    found = {one["kind"]: one for one in await alarms(client, integration, "active")}
    assert [found["too_warm"]["alarm_id"]] == heard["alarms_raised"]
    assert datetime.fromisoformat(found["too_warm"]["began_at"]) == NOW - 10 * MINUTE
    assert "silent" in found, "S1 says nothing yet"


@pytest.mark.parametrize(("minutes_ago", "state"), [(16, "in_order"), (61, "silent")])
async def test_how_long_a_sensor_may_be_silent_follows_from_how_often_it_sends(
    client: httpx.AsyncClient, integration: dict[str, str], shop: Engine, minutes_ago: float, state: str
) -> None:
    with writing(shop) as session:
        session.execute(update(SensorRow).values(interval_minutes=20))
    await send(client, integration, *(said(name, minutes_ago, 3.0) for name in ("S1", "S2")))

    (zone,) = (await client.get("/v1/warehouses/W1/zones", headers=integration)).json()["items"]

    assert zone["state"] == state


@pytest.mark.parametrize("by", ["HTTP", "MQTT"])
async def test_humidity_and_battery_beside_a_temperature_are_kept_whichever_way_they_come(
    client: httpx.AsyncClient, integration: dict[str, str], shop: Engine, by: str
) -> None:
    told = {"taken_at": NOW.isoformat(), "temperature_c": 3.5, "humidity": 60, "battery": 100}
    if by == "HTTP":
        await send(client, integration, {"sensor_id": "S1"} | told)
    else:
        message = SensorMessage("freshfront/readings/S1", json.dumps(told).encode(), NOW)
        with writing(shop) as session:
            receive_messages(session, [message], NOW)

    with reading(shop) as session:
        kept = session.execute(select(ReadingRow.sensor_id, ReadingRow.taken_at, ReadingRow.temperature_c)).all()
        beside = session.execute(select(MeasurementRow.quantity, MeasurementRow.taken_at, MeasurementRow.value)).all()
    assert [tuple(one) for one in kept] == [("S1", NOW, 3.5)]
    assert sorted(tuple(one) for one in beside) == [("battery", NOW, 100.0), ("humidity", NOW, 60.0)]
