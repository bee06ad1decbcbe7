"""Receivers written from the public documents: of Alertmanager's webhook, of PagerDuty's Events API v2, of what apprise
posts, and of a broker's topic."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import paho.mqtt.client as paho
import pytest
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from standardwebhooks import Webhook as Signer

from data.database import reading, writing
from data.languages import reading_in
from data.tables import DeliveryStatus, Language, NameKind, NameRow, ReceiverKind, WebhookDeliveryRow
from flows.notifying.deliveries import Notifier, deliver_due
from flows.processes.mqtt_publishing import publish_once
from flows.settings import Settings
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, NOW, happens, register

MINUTE = timedelta(minutes=1)
ZERO = datetime(1, 1, 1, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class Alert(BaseModel):
    """prometheus.io/docs/alerting/latest/configuration/#webhook_config"""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: datetime  # noqa: N815 - Alertmanager's names
    endsAt: datetime  # noqa: N815
    generatorURL: str  # noqa: N815
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$")

    model_config = ConfigDict(extra="forbid")


class AlertmanagerMessage(BaseModel):
    """Version 4 of it."""

    version: Literal["4"]
    groupKey: str  # noqa: N815
    truncatedAlerts: int  # noqa: N815
    status: Literal["firing", "resolved"]
    receiver: str
    groupLabels: dict[str, str]  # noqa: N815
    commonLabels: dict[str, str]  # noqa: N815
    commonAnnotations: dict[str, str]  # noqa: N815
    externalURL: str  # noqa: N815
    alerts: list[Alert] = Field(min_length=1)

    model_config = ConfigDict(extra="forbid")


def test_what_takes_alertmanager_s_webhook_takes_ours(cold_room, receiver) -> None:
    _, secret = register(cold_room, receiver.url, kind=ReceiverKind.ALERTMANAGER)
    happens(cold_room, NOW, *(("raised", f"A{n}") for n in range(5)))
    deliver_due(cold_room, NOW, LOCAL)
    happens(cold_room, NOW + MINUTE / 4, ("ended", "A3"))
    deliver_due(cold_room, NOW + MINUTE / 4, LOCAL)
    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    messages = [AlertmanagerMessage.model_validate_json(body) for _, body in receiver.messages]
    assert [len(message.alerts) for message in messages] == [1, 1, 1, 2]
    assert messages[0].alerts[0].endsAt == ZERO
    last = messages[-1]
    assert (last.status, [alert.status for alert in last.alerts]) == ("firing", ["resolved", "firing"])
    assert last.commonLabels == {
        "alertname": "too_warm", "severity": "critical", "warehouse_id": "W1", "warehouse": "Riverside",
        "zone_id": "Z1", "zone": "Dairy",
    }  # fmt: skip
    assert all(set(last.groupLabels.items()) <= set(alert.labels.items()) for alert in last.alerts)
    assert len({alert.fingerprint for message in messages for alert in message.alerts}) == 5
    headers, body = receiver.messages[0]
    Signer(secret).verify(body, headers)


class PagerDutyEvent(BaseModel):
    """developer.pagerduty.com/docs/events-api-v2-overview: what the API refuses with 400 does not validate here."""

    routing_key: str = Field(min_length=32, max_length=32)
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str = Field(max_length=255)
    payload: "PagerDutyPayload | None" = None
    client: str | None = None
    client_url: str | None = None
    links: list[Any] = []
    images: list[Any] = []

    model_config = ConfigDict(extra="forbid")


class PagerDutyPayload(BaseModel):
    summary: str = Field(min_length=1, max_length=1024)
    source: str = Field(min_length=1)
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: datetime | None = None
    component: str | None = None
    group: str | None = None
    class_: str | None = Field(None, alias="class")
    custom_details: dict[str, Any] | None = None

    model_config = ConfigDict(extra="forbid")


def incidents(receiver: Receiver) -> dict[str, str]:
    """What PagerDuty would make of the events, by their key: who acknowledges or resolves nothing changes nothing."""
    found: dict[str, str] = {}
    for _, body in receiver.messages:
        event = PagerDutyEvent.model_validate_json(body)
        if event.event_action == "trigger":
            assert event.payload is not None
            found[event.dedup_key] = "triggered"
        elif found.get(event.dedup_key) not in (None, "resolved"):
            found[event.dedup_key] = event.event_action + "d"
    return found


def test_pagerduty_has_an_incident_an_alarm_each_as_it_is(cold_room, receiver) -> None:
    receiver.answer = (202, {}, b'{"status":"success","message":"Event processed","dedup_key":"x"}')
    register(cold_room, receiver.url, kind=ReceiverKind.PAGERDUTY, routing_key="R" * 32)
    happens(cold_room, NOW, *(("raised", f"A{n}") for n in range(6)))
    deliver_due(cold_room, NOW, LOCAL)
    happens(cold_room, NOW + MINUTE, ("acknowledged", "A1"), ("ended", "A2"))
    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    assert incidents(receiver) == {
        "al_A0": "triggered", "al_A1": "acknowledged", "al_A2": "resolved", "al_A3": "triggered",
        "al_A4": "triggered", "al_A5": "triggered",
    }  # fmt: skip
    first = PagerDutyEvent.model_validate_json(receiver.messages[0][1]).payload
    assert first is not None
    assert (first.severity, first.source) == ("critical", "Riverside, Dairy, A0")
    assert "webhook-signature" not in receiver.messages[0][0]


def test_a_chat_is_told_in_words_by_apprise_and_a_refusal_is_tried_again(cold_room, receiver) -> None:
    at = receiver.url.removeprefix("http://").partition("/")[0]
    register(cold_room, f"json://{at}/chat", kind=ReceiverKind.APPRISE)
    receiver.answer = (500, {}, b"")
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    receiver.answer = (200, {}, b"")
    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    _, taken = receiver.payloads()
    assert taken["title"] == "Alarm: too warm, Riverside / Dairy / A"
    assert taken["message"].endswith("; worst 9.0 C, limit 4.0 C; since 2026-03-01T08:00:00Z")
    with reading(cold_room) as session:
        (row,) = session.scalars(select(WebhookDeliveryRow)).all()
        assert (row.status, row.attempts) == (DeliveryStatus.DELIVERED, 2)


def test_a_chat_is_told_what_people_call_the_places_and_a_webhook_their_plain_names(cold_room, receiver) -> None:
    at = receiver.url.removeprefix("http://").partition("/")[0]
    register(cold_room, f"json://{at}/chat", kind=ReceiverKind.APPRISE)
    register(cold_room, receiver.url)
    with writing(cold_room) as session:
        names = {NameKind.WAREHOUSES: ("W1", "江湾"), NameKind.ZONES: ("Z1", "乳品区")}
        session.add_all(
            NameRow(kind=kind, id=id, language=Language.ZH, name=name) for kind, (id, name) in names.items()
        )
    happens(cold_room, NOW, ("raised", "A"))
    with reading_in(Language.ZH):
        deliver_due(cold_room, NOW, LOCAL)

    told = {"title" in one: one for one in receiver.payloads()}
    assert "江湾 / 乳品区 / A" in told[True]["title"]
    assert (told[False]["data"]["warehouse"], told[False]["data"]["zone"]) == ("Riverside", "Dairy")


def test_a_topic_is_told_once_the_broker_has_it_and_nothing_is_lost_without_one(cold_room) -> None:
    published: list[tuple[str, dict[str, Any]]] = []

    async def publish(topic: str, payload: bytes) -> None:
        published.append((topic, json.loads(payload)))

    async def look(now: datetime, with_broker: bool) -> None:
        notifier = Notifier(cold_room, LOCAL, lambda: now, publish if with_broker else None)
        await asyncio.gather(*(await notifier.look(None)).values())  # type: ignore[arg-type] # sends nothing by HTTP

    register(cold_room, "mqtt:freshfront/alarms", kind=ReceiverKind.MQTT)
    happens(cold_room, NOW, ("raised", "A"))
    asyncio.run(look(NOW, with_broker=False))
    asyncio.run(look(NOW + MINUTE, with_broker=True))

    ((topic, message),) = published
    assert (topic, message["id"], message["type"]) == ("freshfront/alarms", "al_A_raised", "alarm.raised")


@pytest.mark.parametrize("mqtt_broker", ["amqtt"], indirect=True)
def test_a_broker_takes_what_is_published_and_hands_it_on(mqtt_broker) -> None:
    heard: list[bytes] = []
    listener = paho.Client(paho.CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _, __, message: heard.append(message.payload)
    listener.connect("127.0.0.1", mqtt_broker.port)
    listener.subscribe("freshfront/alarms", qos=1)
    listener.loop_start()

    async def publish_until_heard() -> None:
        while not heard:
            await publish_once(Settings(mqtt_port=mqtt_broker.port), "freshfront/alarms", b"{}")
            await asyncio.sleep(0.2)

    asyncio.run(asyncio.wait_for(publish_until_heard(), 20))
    listener.loop_stop()
    assert heard[0] == b"{}"
