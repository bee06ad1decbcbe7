"""Readings by MQTT: keeps what sensors publish and acknowledges a message only when it is kept, or lies in the
quarantine for what is wrong with itself, in a transaction that is committed. Whatever else goes wrong, a message stays
at the broker.

The session at the broker is persistent (fixed client id, QoS 1), so whatever was not acknowledged when the watcher
died comes again when it is back, in order; readings that were kept already change nothing.
"""

import asyncio
import logging
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import inf
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from aiomqtt import Client, Message, MqttError
from paho.mqtt.client import topic_matches_sub
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from data.database import reading
from flows.coldchain.keeping_messages import NothingIsKept, in_short, keep_messages
from flows.coldchain.payload_mappings import kept_mappings
from flows.coldchain.quarantine import SensorMessage
from flows.coldchain.receiving import ReceivedReadings
from flows.settings import Settings

MESSAGES_AT_ONCE = 500  # in one transaction; what arrives while one is committed makes up the next
BYTES_AT_ONCE = 256 * 1024  # after so many no other is taken along: a message may hold thousands of readings
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before connecting again
REPORT_EVERY = 60.0
MAPPINGS_EVERY = 10.0  # seconds after which a mapping that was kept meanwhile is listened to

log = logging.getLogger(__name__)


@dataclass
class Heard:
    """What came in since the watcher started."""

    messages: int = 0
    quarantined: int = 0
    accepted: int = 0
    duplicates: int = 0
    raised: int = 0
    ended: int = 0


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
        if not isinstance(error, MqttError | OSError | SQLAlchemyError | NothingIsKept):
            raise error or RuntimeError("the stream of messages ended")
        pause = FIRST_PAUSE if monotonic() - began > LONGEST_PAUSE else pause
        why = error if isinstance(error, NothingIsKept) else None
        log.warning("readings stay at the broker, connecting again in %.1f s: %s", pause, in_short(error), exc_info=why)
        # a server that became a standby, or came back as another, is met by new connections only
        await asyncio.to_thread(engine.dispose)
        await pause_unless_stopped(stop, pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def pause_unless_stopped(stop: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class AcknowledgingClient(Client):
    """Acknowledges a message when it is told to, not when it has arrived: aiomqtt does not offer it, paho does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._client.manual_ack_set(True)

    def acknowledge(self, message: Message) -> None:
        self._client.ack(message.mid, message.qos)


async def _receive(settings: Settings, engine: Engine, heard: Heard) -> None:
    address = broker_address(settings)
    async with AcknowledgingClient(identifier=watcher_id(settings), clean_session=False, **address) as client:
        log.info("listening to %s at %s:%s", settings.mqtt_topic, address["hostname"], address["port"])
        # not awaited: a broker may first send what it kept for us, and wait for us to acknowledge it
        subscribing = asyncio.ensure_future(_subscribe(client, settings.mqtt_topic, engine))
        try:
            reported = monotonic()
            while True:
                batch = await next_messages(client)
                await asyncio.to_thread(_keep, engine, batch, heard)
                for message in batch:
                    client.acknowledge(message)
                if monotonic() - reported > REPORT_EVERY:
                    log.info("so far: %s", heard)
                    reported = monotonic()
        finally:
            subscribing.cancel()


async def _subscribe(client: Client, topic: str, engine: Engine) -> None:
    """Subscribes to the topic and to those of mappings, as they come and go; those that the topic includes are read
    once."""
    await client.subscribe(topic, qos=1, timeout=inf)
    subscribed: set[str] = set()
    while True:
        try:
            wanted = await asyncio.to_thread(_topics_of_mappings, engine)
        except SQLAlchemyError as error:  # whoever keeps readings says so louder
            log.warning("topics of mappings are not known: %s", in_short(error))
        else:
            wanted = {one for one in wanted if not topic_matches_sub(topic, one)}
            for one in sorted(wanted - subscribed):
                log.info("listening to %s too, of a mapping", one)
                await client.subscribe(one, qos=1, timeout=inf)
            for one in sorted(subscribed - wanted):
                await client.unsubscribe(one, timeout=inf)
            subscribed = wanted
        await asyncio.sleep(MAPPINGS_EVERY)


def _topics_of_mappings(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return {mapping.subscription for mapping in kept_mappings(session)}


async def next_messages(client: Client) -> list[Message]:
    """Waits for a message and takes along what else has arrived. A lone one is not kept waiting for company: a
    broker sends few ahead of the acknowledgements (mosquitto 20), so waiting would slow down every burst."""
    messages = client.messages
    batch = [await anext(messages)]
    size = _size(batch[0])
    while len(messages) and len(batch) < MESSAGES_AT_ONCE and size < BYTES_AT_ONCE:
        batch.append(await anext(messages))
        size += _size(batch[-1])
    return batch


def _size(message: Message) -> int:
    return len(bytes(message.payload))


def _keep(engine: Engine, messages: Sequence[Message], heard: Heard) -> None:
    """Keeps the messages or puts them into the quarantine. Raises what is not the fault of one of them."""
    arrived_at = datetime.now(UTC)
    said = (  # no two arrive at the same moment: without a time of their own they are told apart by it
        SensorMessage(one.topic.value, bytes(one.payload), arrived_at + timedelta(microseconds=number))
        for number, one in enumerate(messages)
    )
    kept = keep_messages(engine, list(said))
    heard.messages += len(messages)
    heard.quarantined += len(kept.unkept)
    for one in kept.unkept:
        log.warning("message on %s is in the quarantine: %s", one.message.topic, one.reason)
    for received in kept.received:
        _note(heard, received.readings)


def _note(heard: Heard, received: ReceivedReadings) -> None:
    heard.accepted += received.accepted
    heard.duplicates += received.duplicates
    heard.raised += len(received.raised)
    heard.ended += len(received.ended)
    for what, alarm_ids in (("raised", received.raised), ("ended", received.ended)):
        for alarm_id in alarm_ids:
            log.info("alarm %s %s", alarm_id, what)
