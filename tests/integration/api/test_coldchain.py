"""Readings in, alarms out, webhooks told: over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, delete, func, select

from data.database import reading, writing
from data.tables import (
    Band,
    LimitRow,
    MeasurementRow,
    OnlineStateRow,
    ReadingRow,
    SensorRow,
    WebhookDeliveryRow,
    WebhookRow,
    ZoneRow,
)
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.notifying.passing_on import pass_on_events

from .conftest import NOW, Bearer

HOOK = "https://93.184.215.14/freshfront"


@pytest.fixture
def integration(bearer: Bearer) -> dict[str, str]:
    return bearer("integration")


def warm_for(minutes: int, then: float | None = None) -> list[dict[str, Any]]:
    """Readings of S1 every five minutes at 8 C until NOW, and one at another temperature."""
    began = NOW - timedelta(minutes=minutes)
    readings = [
        {"sensor_id": "S1", "taken_at": (began + timedelta(minutes=at)).isoformat(), "temperature_c": 8.0}
        for at in range(0, minutes, 5)
    ]
    if then is not None:
        readings.append({"sensor_id": "S1", "taken_at": NOW.isoformat(), "temperature_c": then})
    return readings


async def test_a_batch_is_kept_once(client: httpx.AsyncClient, integration: dict[str, str], shop: Engine) -> None:
    batch = {"readings": warm_for(20)}
    first = await client.post("/v1/readings", json=batch, headers=integration)
    assert first.status_code == 200, first.text
    none = {"late": 0, "contradictory": 0, "ahead": [], "refused": [], "alarms_raised": [], "alarms_ended": []}
    assert first.json() == {"accepted": 4, "duplicates": 0} | none
    again = await client.post("/v1/readings", json=batch, headers=integration)
    assert again.json() == {"accepted": 0, "duplicates": 4} | none
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(ReadingRow)) == 4
    metrics = (await client.get("/metrics")).text
    assert 'freshfront_readings_received_total{outcome="accepted"} 4.0' in metrics
    assert 'freshfront_readings_received_total{outcome="duplicate"} 4.0' in metrics


async def test_a_reading_slightly_ahead_of_our_clock_is_kept(
    client: httpx.AsyncClient, integration: dict[str, str]
) -> None:
    ahead = (NOW + timedelta(minutes=2)).isoformat()
    batch = {"readings": [{"sensor_id": "S1", "taken_at": ahead, "temperature_c": 3}]}
    assert (await client.post("/v1/readings", json=batch, headers=integration)).json()["accepted"] == 1


async def test_one_of_many_readings_that_lies_ahead_is_named_and_all_are_kept(
    client: httpx.AsyncClient, integration: dict[str, str]
) -> None:
    moments = [NOW - timedelta(seconds=one) for one in range(1000)]
    moments[417] = NOW + timedelta(minutes=3)
    batch = [{"sensor_id": "S2", "taken_at": one.isoformat(), "temperature_c": 3} for one in moments]
    batch.insert(5, {"sensor_id": "S2", "taken_at": NOW.isoformat(), "humidity": 80})  # counts in the batch too
    answer = await client.post("/v1/readings", json={"readings": batch}, headers=integration)
    assert (answer.json()["accepted"], answer.json()["ahead"]) == (1000, [418])


async def test_one_of_many_readings_that_lies_too_far_ahead_is_refused_shown_counted_and_kept_after_all(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer
) -> None:
    moments = [NOW - timedelta(seconds=one) for one in range(1000)]
    moments[417] = NOW + timedelta(hours=2)
    batch = {"readings": [{"sensor_id": "S2", "taken_at": one.isoformat(), "temperature_c": 3} for one in moments]}

    first = (await client.post("/v1/readings", json=batch, headers=integration)).json()
    again = (await client.post("/v1/readings", json=batch, headers=integration)).json()

    assert (first["accepted"], again["accepted"], again["duplicates"]) == (999, 0, 999)
    assert (
        first["refused"]
        == again["refused"]
        == [
            {
                "index": 417,
                "sensor_id": "S2",
                "field": "taken_at",
                "value": "2026-03-02T04:00:00+00:00",
                "reason": "lies in the future",
                "remedy": "Check the clocks of sensor and server, and the offset of the sensor's times",
            }
        ]
    )
    assert 'freshfront_readings_received_total{outcome="refused"} 2.0' in (await client.get("/metrics")).text
    operator = bearer("operator")
    assert (await client.get("/v1/today", headers=operator)).json()["quarantined_messages"] == 1
    (message,) = (await client.get("/v1/quarantine", headers=operator)).json()["items"]
    assert (message["topic"], message["attempts"]) == ("POST /v1/readings/S2", 2)
    replay = f"/v1/quarantine/{message['message_id']}/replay"
    assert (await client.post(replay, headers=operator)).status_code == 409


async def test_a_humidity_is_kept_beside_a_temperature_that_cannot_be_true(
    client: httpx.AsyncClient, integration: dict[str, str], shop: Engine
) -> None:
    said = {"sensor_id": "S1", "taken_at": NOW.isoformat(), "temperature_c": 5000, "humidity": 80}
    answer = await client.post("/v1/readings", json={"readings": [said]}, headers=integration)
    assert answer.status_code == 200
    assert [(one["index"], one["field"]) for one in answer.json()["refused"]] == [(0, "temperature_c")]
    with reading(shop) as session:
        assert session.scalars(select(MeasurementRow.value)).all() == [80]
        assert session.scalar(select(func.count()).select_from(ReadingRow)) == 0


async def test_readings_of_a_sensor_that_is_imported_afterwards_are_kept_after_all(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer, shop: Engine
) -> None:
    unknown = {"sensor_id": "S9", "taken_at": NOW.isoformat(), "temperature_c": 3, "humidity": 80, "door": True}
    batch = {"readings": [*warm_for(5), unknown, unknown | {"taken_at": (NOW - timedelta(minutes=1)).isoformat()}]}
    answer = (await client.post("/v1/readings", json=batch, headers=integration)).json()
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [(1, "sensor_id"), (2, "sensor_id")]

    with writing(shop) as session:
        session.add(SensorRow(sensor_id="S9", zone_id="Z1", name="New"))
    operator = bearer("operator")
    (message,) = (await client.get("/v1/quarantine", headers=operator)).json()["items"]
    replayed = await client.post(f"/v1/quarantine/{message['message_id']}/replay", headers=operator)

    assert replayed.json()["accepted"] == 2
    assert (await client.get("/v1/quarantine", headers=operator)).json()["items"] == []
    kept = (await client.get("/v1/measurements?sensor_id=S9", headers=operator)).json()["items"]
    assert sorted((one["quantity"], one["value"]) for one in kept) == [("door", 1.0)] * 2 + [("humidity", 80.0)] * 2


async def test_an_alarm_is_raised_seen_and_ended(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer
) -> None:
    raised = await client.post("/v1/readings", json={"readings": warm_for(60)}, headers=integration)
    (alarm_id,) = raised.json()["alarms_raised"]
    (alarm,) = (await client.get("/v1/alarms", headers=integration)).json()["items"]
    assert (alarm["alarm_id"], alarm["warehouse_id"], alarm["limit_c"]) == (alarm_id, "W1", 4.0)
    assert datetime.fromisoformat(alarm["began_at"]) == NOW - timedelta(minutes=60)
    assert "freshfront_alarms_active 1.0" in (await client.get("/metrics")).text

    seen = await client.post(f"/v1/alarms/{alarm_id}/acknowledge", json={"note": "门没关"}, headers=bearer("staff"))
    assert (seen.json()["acknowledged_by"], seen.json()["acknowledgement_note"]) == ("a staff", "门没关")
    again = await client.post(f"/v1/alarms/{alarm_id}/acknowledge", headers=integration)
    assert again.json() == seen.json(), "the first acknowledgement stays; the body may be left out"

    ended = await client.post("/v1/readings", json={"readings": warm_for(0, then=3.0)}, headers=integration)
    assert ended.json()["alarms_ended"] == [alarm_id]

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"/v1/alarms?{query}", headers=integration)
        return [alarm["alarm_id"] for alarm in answer.json()["items"]]

    assert await listed("") == await listed("state=active") == []
    assert await listed("state=ended") == await listed("state=all&warehouse_id=W1") == [alarm_id]
    assert await listed("state=all&warehouse_id=W2") == []
    assert "freshfront_alarms_active 0.0" in (await client.get("/metrics")).text


async def test_an_alarm_is_closed_by_hand_and_a_sensor_is_retired_with_its_alarms(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer
) -> None:
    raised = await client.post("/v1/readings", json={"readings": warm_for(60)}, headers=integration)
    (alarm_id,) = raised.json()["alarms_raised"]

    closed = await client.post(f"/v1/alarms/{alarm_id}/close", json={"reason": "moved"}, headers=bearer("staff"))
    assert (closed.json()["ended_because"], closed.json()["ended_by"]) == ("closed", "a staff")
    assert closed.json()["end_note"] == "moved"
    assert (await client.post(f"/v1/alarms/{alarm_id}/close", json={}, headers=bearer("staff"))).status_code == 422

    broken = {"reason": "it is broken"}
    assert (await client.post("/v1/sensors/S1/retire", json=broken, headers=integration)).status_code == 403
    retired = await client.post("/v1/sensors/S1/retire", json=broken, headers=bearer("operator"))
    assert (retired.status_code, retired.json()["retired_because"]) == (200, "it is broken")
    sensor = (await client.get("/v1/sensors/S1", headers=integration)).json()
    assert sensor["retired_at"] == retired.json()["retired_at"]


@pytest.fixture
def dry_goods(shop: Engine) -> None:
    """A second zone of W1."""
    with writing(shop) as session:
        shape = {"x_m": 9, "y_m": 0, "width_m": 5, "depth_m": 5}
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W1", name="Dry goods", band=Band.AMBIENT, **shape))


@pytest.mark.usefixtures("dry_goods")
async def test_a_sensor_is_carried_into_another_zone_and_its_alarm_goes_on_where_it_was(
    client: httpx.AsyncClient, integration: dict[str, str], bearer: Bearer
) -> None:
    operator, to = bearer("operator"), {"zone_id": "Z2"}
    raised = await client.post("/v1/readings", json={"readings": warm_for(60)}, headers=integration)
    (alarm_id,) = raised.json()["alarms_raised"]

    assert (await client.post("/v1/sensors/S1/move", json=to, headers=integration)).status_code == 403
    moved = await client.post("/v1/sensors/S1/move", json=to, headers=operator)
    again = await client.post("/v1/sensors/S1/move", json=to, headers=operator)

    now = {"sensor_id": "S1", "zone_id": "Z2"}
    assert moved.json() == now | {"from_zone_id": "Z1", "alarms_left": [alarm_id]}
    assert again.json() == now | {"from_zone_id": None, "alarms_left": []}
    assert (await client.get("/v1/sensors/S1", headers=integration)).json()["zone_id"] == "Z2"
    alarm = (await client.get(f"/v1/alarms/{alarm_id}", headers=integration)).json()
    assert (alarm["zone_id"], alarm["ended_at"]) == ("Z1", None)


@pytest.mark.parametrize(
    ("sensor_id", "body", "status", "named"),
    [
        ("S9", {"zone_id": "Z2"}, 404, "S9"),
        ("S1", {"zone_id": "Z9"}, 404, "Z9"),
        ("S1", {}, 422, "zone_id"),
        ("S1", {"zone_id": "Z2", "since": "yesterday"}, 422, "since"),
        ("S2", {"zone_id": "Z2"}, 409, "retired"),
    ],
)
@pytest.mark.usefixtures("dry_goods")
async def test_a_move_of_a_sensor_that_cannot_be_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, bearer: Bearer, sensor_id: str, body: dict[str, Any], status: int, named: str
) -> None:
    operator = bearer("operator")
    before = (await client.get("/v1/sensors/S1", headers=operator)).json()
    await client.post("/v1/sensors/S2/retire", json={"reason": "it is broken"}, headers=operator)

    refused = await client.post(f"/v1/sensors/{sensor_id}/move", json=body, headers=operator)

    assert (refused.status_code, named in refused.text) == (status, True), refused.text
    assert (await client.get("/v1/sensors/S1", headers=operator)).json() == before


async def test_a_webhook_shows_its_secret_once_and_is_told(
    client: httpx.AsyncClient,
    integration: dict[str, str],
    shop: Engine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    added = await client.post("/v1/webhooks", json={"url": HOOK}, headers=integration)
    assert added.status_code == 201, added.text
    secret = added.json()["secret"]
    assert secret.startswith("whsec_")
    listed = await client.get("/v1/webhooks", headers=integration)
    assert secret not in listed.text
    assert listed.json()["items"] == [{name: value for name, value in added.json().items() if name != "secret"}]
    await client.post("/v1/readings", json={"readings": warm_for(60)}, headers=integration)
    with writing(shop) as session:
        pass_on_events(session, NOW)
        assert session.scalars(select(WebhookDeliveryRow.webhook_id)).all() == [added.json()["webhook_id"]]
    written = capsys.readouterr()
    assert secret not in written.out + written.err


async def test_a_removed_webhook_is_not_told(
    client: httpx.AsyncClient, integration: dict[str, str], shop: Engine
) -> None:
    webhook_id = (await client.post("/v1/webhooks", json={"url": HOOK}, headers=integration)).json()["webhook_id"]
    for _ in range(2):
        assert (await client.delete(f"/v1/webhooks/{webhook_id}", headers=integration)).status_code == 204
    await client.post("/v1/readings", json={"readings": warm_for(60)}, headers=integration)
    with writing(shop) as session:
        pass_on_events(session, NOW)
        assert session.get_one(WebhookRow, webhook_id).disabled_at == NOW
        assert session.scalar(select(func.count()).select_from(WebhookDeliveryRow)) == 0


async def test_private_addresses_are_told_only_where_the_operator_allows_it(
    client: httpx.AsyncClient, app: FastAPI, integration: dict[str, str]
) -> None:
    private = {"url": "http://127.0.0.1:9/hook"}
    assert (await client.post("/v1/webhooks", json=private, headers=integration)).status_code == 422
    app.state.settings = app.state.settings.model_copy(update={"webhooks_to_private_addresses": True})
    assert (await client.post("/v1/webhooks", json=private, headers=integration)).status_code == 201


async def zones_of_w1(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """The zones of W1 by their ids."""
    answer = await client.get("/v1/warehouses/W1/zones", headers=headers)
    assert answer.status_code == 200, answer.text
    return {zone["zone_id"]: zone for zone in answer.json()["items"]}


async def test_a_zone_shows_its_state_its_last_reading_and_the_limit_in_force(
    client: httpx.AsyncClient, integration: dict[str, str], shop: Engine
) -> None:
    with writing(shop) as session:
        limits = {"low_c": -1.0, "low_delay_minutes": 10, "high_delay_minutes": 20, "recovery_margin_c": 0.5}
        session.add(LimitRow(zone_id="Z1", valid_from=NOW - timedelta(days=1), high_c=5.0, **limits))
        session.add(LimitRow(zone_id="Z1", valid_from=NOW + timedelta(days=1), high_c=9.0, **limits))
    await client.post("/v1/readings", json={"readings": warm_for(10)}, headers=integration)

    zone = (await zones_of_w1(client, integration))["Z1"]

    assert (zone["state"], zone["last_c"], zone["silent_since"]) == ("excursion", 8.0, None)
    assert datetime.fromisoformat(zone["last_taken_at"]) == NOW - timedelta(minutes=5)
    assert zone["limit"] == {
        "valid_from": (NOW - timedelta(days=1)).isoformat().replace("+00:00", "Z"),
        "low_c": -1.0,
        "high_c": 5.0,
        "low_delay_minutes": 10,
        "high_delay_minutes": 20,
        "recovery_margin_c": 0.5,
    }
    (sensor,) = [sensor for sensor in zone["sensors"] if sensor["sensor_id"] == "S1"]
    assert datetime.fromisoformat(sensor["excursion_since"]) == NOW - timedelta(minutes=10)


async def test_a_zone_in_alarm_says_since_when_its_sensor_is_silent_and_how_long_it_may_be_is_a_setting(
    client: httpx.AsyncClient, app: FastAPI, integration: dict[str, str]
) -> None:
    readings = [
        {"sensor_id": "S1", "taken_at": (NOW - timedelta(minutes=minutes)).isoformat(), "temperature_c": 8.0}
        for minutes in (60, 16)
    ]
    await client.post("/v1/readings", json={"readings": readings}, headers=integration)

    zone = (await zones_of_w1(client, integration))["Z1"]
    assert zone["state"] == "alarm"
    assert datetime.fromisoformat(zone["silent_since"]) == NOW - timedelta(minutes=16)

    app.state.settings = app.state.settings.model_copy(update={"sensor_silent_after_minutes": 20})
    assert (await zones_of_w1(client, integration))["Z1"]["silent_since"] is None


async def test_a_zone_whose_only_sensor_is_broken_is_not_in_order(
    client: httpx.AsyncClient, integration: dict[str, str]
) -> None:
    said = [
        {"sensor_id": "S1", "taken_at": (NOW - timedelta(minutes=minutes)).isoformat(), "temperature_c": celsius}
        for minutes, celsius in ((10, 2.0), (5, 85.0))
    ]
    await client.post("/v1/readings", json={"readings": said}, headers=integration)

    (sensor,) = [one for one in (await zones_of_w1(client, integration))["Z1"]["sensors"] if one["sensor_id"] == "S1"]

    assert (sensor["state"], sensor["last_c"], sensor["faults"]) == ("fault", 2.0, ["faulty"])


async def test_whether_a_sensor_is_online_is_told_with_it_and_with_its_zone(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    staff = bearer("staff")
    with writing(shop) as session:
        session.get_one(SensorRow, "S1").gateway = "G1"
        for device, word, minute in (("S1", "online", 1), ("G1", "online", 2)):
            said = SensorMessage.of(f"freshfront/readings/{device}/status", word)
            receive_messages(session, [said], NOW + timedelta(minutes=minute))

    async def told() -> list[tuple[bool | None, str | None]]:
        one = (await client.get("/v1/sensors/S1", headers=staff)).json()
        some = (await client.get("/v1/sensors?sensor_id=S1", headers=staff)).json()["items"]
        zones = (await client.get("/v1/warehouses/W1/zones", headers=staff)).json()["items"]
        of_zones = [sensor for zone in zones for sensor in zone["sensors"] if sensor["sensor_id"] == "S1"]
        return [(sensor["online"], sensor["online_since"]) for sensor in (one, *some, *of_zones)]

    assert await told() == [(True, api_moment(NOW + timedelta(minutes=2)))] * 3
    with writing(shop) as session:
        gone = SensorMessage.of("freshfront/readings/G1/status", "offline")
        receive_messages(session, [gone], NOW + timedelta(minutes=3))
    assert await told() == [(False, api_moment(NOW + timedelta(minutes=3)))] * 3
    with writing(shop) as session:
        session.execute(delete(OnlineStateRow))
    assert await told() == [(None, None)] * 3


def api_moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def test_zones_of_an_unknown_warehouse_are_not_found(
    client: httpx.AsyncClient, integration: dict[str, str]
) -> None:
    assert (await client.get("/v1/warehouses/W9/zones", headers=integration)).status_code == 404
