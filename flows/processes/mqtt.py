"""Readings by MQTT: keeps what sensors publish and acknowledges a message only when its transaction is committed.

The session at the broker is persistent (fixed client id, QoS 1), so whatever was not acknowledged when the watcher
died comes again when it is back, in order; readings that were kept already change nothing.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import inf
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from aiomqtt import Client, Message, MqttError
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from data.database import writing
from flows.coldchain.receiving import receive_readings
from flows.settings import Settings
from warehouse.coldchain.readings import Reading

MESSAGES_AT_ONCE = 500  # in one transaction; what arrives while one is committed makes up the next
LARGEST_MESSAGE = 256 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before connecting again
REPORT_EVERY = 60.0

log = logging.getLogger(__name__)


class NotAReading(ValueError):
    """A message that cannot be understood; says why."""


@dataclass
class Heard:
    """What came in since the watcher started."""

    messages: int = 0
    refused: int = 0
    accepted: int = 0
    duplicates: int = 0
    raised: int = 0
    ended: int = 0


def readings_in(topic: str, payload: bytes) -> list[Reading]:
    """The readings of a message: `{"taken_at": ISO 8601 with offset, "temperature_c": number}` or a list of such;
    the last level of the topic is the sensor. Raises NotAReading."""
    if len(payload) > LARGEST_MESSAGE:
        raise NotAReading(f"{len(payload)} bytes, at most {LARGEST_MESSAGE}")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotAReading(f"not JSON: {error}") from None
    sensor_id = topic.rpartition("/")[2]
    return [_reading(sensor_id, one) for one in (found if isinstance(found, list) else [found])]


def _reading(sensor_id: str, found: Any) -> Reading:
    if not isinstance(found, dict):
        raise NotAReading(f"a reading is an object, not {str(found)[:50]!r}")
    taken_at, temperature_c = found.get("taken_at"), found.get("temperature_c")
    if not isinstance(temperature_c, int | float) or isinstance(temperature_c, bool):
        raise NotAReading(f"temperature_c is not a number: {str(temperature_c)[:50]!r}")
    if not isinstance(taken_at, str):
        raise NotAReading(f"taken_at is not a time in ISO 8601: {str(taken_at)[:50]!r}")
    try:
        return Reading(sensor_id, datetime.fromisoformat(taken_at), float(temperature_c))
    except (ValueError, OverflowError) as error:
        raise NotAReading(str(error)) from None


def broker_address(settings: Settings) -> dict[str, Any]:
    """Where the broker is, as aiomqtt's Client takes it: the one in the settings, else the built-in one."""
    if settings.mqtt_url is None:
        return {"hostname": "127.0.0.1", "port": settings.mqtt_port}
    url = urlsplit(settings.mqtt_url.get_secret_value())
    if url.scheme not in ("mqtt", "mqtts") or not url.hostname:
        raise ValueError("FRESHFRONT_MQTT_URL is not mqtt://[user:password@]host[:port] (mqtts:// for TLS)")
    secure = url.scheme == "mqtts"
    return {
        "hostname": url.hostname,
        "port": url.port or (8883 if secure else 1883),
        "username": unquote(url.username) if url.username else None,
        "password": unquote(url.password) if url.password else None,
        "tls_context": ssl.create_default_context() if secure else None,
    }


def watcher_id(settings: Settings) -> str:
    """The watcher's name at the broker: the same after every start, another for every database."""
    database = make_url(settings.database_url.get_secret_value()).set(password=None, username=None)
    return f"freshfront-{sha256(f'{database} {settings.mqtt_topic}'.encode()).hexdigest()[:12]}"


async def listen(settings: Settings, engine: Engine, stop: asyncio.Event, heard: Heard | None = None) -> None:
    """Keeps readings until `stop` is set; connects again, with growing pauses, whenever broker or database fail."""
    heard = heard or Heard()
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = monotonic()
        receiving = asyncio.ensure_future(_receive(settings, engine, heard))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({receiving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (receiving, stopping):
            task.cancel()
        await asyncio.wait({receiving, stopping})
        if stop.is_set():
            break
        error = receiving.exception()
        if not isinstance(error, MqttError | OSError | OperationalError | InterfaceError):
            raise error or RuntimeError("the stream of messages ended")
        pause = FIRST_PAUSE if monotonic() - began > LONGEST_PAUSE else pause
        log.warning("readings interrupted, connecting again in %.1f s: %s", pause, error)
        await pause_unless_stopped(stop, pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def pause_unless_stopped(stop: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class _AcknowledgingClient(Client):
    """Acknowledges a message when it is told to, not when it has arrived: aiomqtt does not offer it, paho does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._client.manual_ack_set(True)

    def acknowledge(self, message: Message) -> None:
        self._client.ack(message.mid, message.qos)


async def _receive(settings: Settings, engine: Engine, heard: Heard) -> None:
    address = broker_address(settings)
    async with _AcknowledgingClient(identifier=watcher_id(settings), clean_session=False, **address) as client:
        log.info("listening to %s at %s:%s", settings.mqtt_topic, address["hostname"], address["port"])
        # not awaited: a broker may first send what it kept for us, and wait for us to acknowledge it
        subscribing = asyncio.ensure_future(client.subscribe(settings.mqtt_topic, qos=1, timeout=inf))
        try:
            reported = monotonic()
            while True:
                batch = await _next_messages(client)
                await asyncio.to_thread(_keep, engine, batch, heard)
                for message in batch:
                    client.acknowledge(message)
                if monotonic() - reported > REPORT_EVERY:
                    log.info("so far: %s", heard)
                    reported = monotonic()
        finally:
            subscribing.cancel()


async def _next_messages(client: Client) -> list[Message]:
    """Waits for a message and takes along what else has arrived. A lone one is not kept waiting for company: a
    broker sends few ahead of the acknowledgements (mosquitto 20), so waiting would slow down every burst."""
    messages = client.messages
    batch = [await anext(messages)]
    while len(messages) and len(batch) < MESSAGES_AT_ONCE:
        batch.append(await anext(messages))
    return batch


def _keep(engine: Engine, messages: Sequence[Message], heard: Heard) -> None:
    """Keeps the readings of the messages in one transaction, or, where something in them is refused, in one each."""
    heard.messages += len(messages)
    understood: list[tuple[str, list[Reading]]] = []
    for message in messages:
        topic = message.topic.value
        try:
            understood.append((topic, readings_in(topic, bytes(message.payload))))
        except NotAReading as why:
            _refuse(heard, topic, why)
    try:
        _keep_together(engine, [reading for _, readings in understood for reading in readings], heard)
    except (OperationalError, InterfaceError):
        raise  # the database is away: not the message's fault, the broker keeps it
    except Exception:
        for topic, readings in understood:
            try:
                _keep_together(engine, readings, heard)
            except (OperationalError, InterfaceError):
                raise
            except Exception as why:  # whatever a message holds, it must not stop the ones behind it
                _refuse(heard, topic, why)


def _keep_together(engine: Engine, readings: list[Reading], heard: Heard) -> None:
    if not readings:
        return
    with writing(engine) as session:
        received = receive_readings(session, readings, datetime.now(UTC))
    heard.accepted += received.accepted
    heard.duplicates += received.duplicates
    heard.raised += len(received.raised)
    heard.ended += len(received.ended)
    for what, alarm_ids in (("raised", received.raised), ("ended", received.ended)):
        for alarm_id in alarm_ids:
            log.info("alarm %s %s", alarm_id, what)


def _refuse(heard: Heard, topic: str, why: Exception) -> None:
    heard.refused += 1
    log.warning("message on %s refused: %s", topic, why or type(why).__name__)
