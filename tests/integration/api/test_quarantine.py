"""Messages that could not be kept, and clocks that differ, as operators and integrations see them."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import ReadingRow, SensorRow
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.coldchain.sensors.clocks_that_differ import tell_of_clocks

from .conftest import NOW, Bearer

NEW_SENSOR = SensorMessage("freshfront/readings/S9", b'{"taken_at": "2026-03-01T06:15:00+08:00", "temperature_c": 3.4}')
NO_READING = SensorMessage("freshfront/readings/S1", b"\xff\x00 is no reading")


@pytest.fixture
def integration(bearer: Bearer) -> dict[str, str]:
    return bearer("integration")


@pytest.fixture
def quarantined(shop: Engine) -> None:
    with writing(shop) as session:
        receive_messages(session, [NEW_SENSOR], NOW)
        receive_messages(session, [NO_READING], NOW + timedelta(seconds=1))


async def _listed(client: httpx.AsyncClient, headers: dict[str, str], query: str = "") -> list[dict[str, object]]:
    answer = await client.get(f"/v1/quarantine{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_message_is_read_and_kept_after_all_once_its_sensor_is_registered(
    client: httpx.AsyncClient, integration: dict[str, str], shop: Engine, quarantined: None
) -> None:
    first, second = await _listed(client, integration)
    assert (first["topic"], first["cause"], second["cause"]) == (NEW_SENSOR.topic, "refused", "not_a_reading")
    assert [one["message_id"] for one in await _listed(client, integration, "?cause=not_a_reading")] == [
        second["message_id"]
    ]
    address = f"/v1/quarantine/{first['message_id']}"
    assert (await client.get(address, headers=integration)).json()["payload"] == NEW_SENSOR.payload.decode()

    still = await client.post(f"{address}/replay", headers=integration)
    assert (still.status_code, "sensor 'S9' was not found" in still.text) == (409, True)
    assert (await client.get(address, headers=integration)).json()["attempts"] == 2

    with writing(shop) as session:
        session.add(SensorRow(sensor_id="S9", zone_id="Z1", name="new"))
    kept = await client.post(f"{address}/replay", headers=integration)
    assert kept.json() == {"accepted": 1, "duplicates": 0, "alarms_raised": [], "alarms_ended": []}
    assert (await client.post(f"{address}/replay", headers=integration)).status_code == 404
    with reading(shop) as session:
        assert session.scalars(select(ReadingRow.temperature_c)).all() == [3.4]


async def test_a_message_is_discarded_once(
    client: httpx.AsyncClient, integration: dict[str, str], quarantined: None
) -> None:
    first, second = await _listed(client, integration)
    address = f"/v1/quarantine/{second['message_id']}"
    assert "is no reading" in (await client.get(address, headers=integration)).json()["payload"]

    assert (await client.delete(address, headers=integration)).status_code == 204
    assert (await client.delete(address, headers=integration)).status_code == 404
    assert await _listed(client, integration) == [first]


async def test_today_counts_what_could_not_be_kept_and_says_whose_clock_is_wrong(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer, shop: Engine, quarantined: None
) -> None:
    ahead = {"sensor_id": "S1", "taken_at": (NOW + timedelta(minutes=5)).isoformat(), "temperature_c": 3}
    sent = await client.post("/v1/readings", json={"readings": [ahead]}, headers=integration)
    assert sent.json()["accepted"] == 1
    tell_of_clocks(shop, NOW)

    operator = bearer("operator")
    today = (await client.get("/v1/today", headers=operator)).json()
    assert today["quarantined_messages"] == 2
    (difference,) = today["clock_differences"]
    assert (difference["whose"], difference["sensor_id"], difference["ahead_seconds"]) == ("unknown", "S1", 300)
    page = (await client.get("/", headers=operator)).text
    assert "2 messages of sensors could not be kept" in page
    for address in ("/", "/temperatures", "/warehouses/W1/temperatures/now"):
        assert "The clock of sensor S1 is 5" in (await client.get(address, headers=operator)).text


async def test_a_reading_hours_ahead_is_refused_over_http_and_its_clock_told(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer, shop: Engine
) -> None:
    ahead = {"sensor_id": "S1", "taken_at": (NOW + timedelta(hours=8)).isoformat(), "temperature_c": 3}
    refused = await client.post("/v1/readings", json={"readings": [ahead]}, headers=integration)
    tell_of_clocks(shop, NOW)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "readings[0].taken_at")
    (difference,) = (await client.get("/v1/today", headers=bearer("operator"))).json()["clock_differences"]
    assert (difference["sensor_id"], difference["ahead_seconds"]) == ("S1", 8 * 3600)
    with reading(shop) as session:
        assert session.scalars(select(ReadingRow.sensor_id)).all() == []
