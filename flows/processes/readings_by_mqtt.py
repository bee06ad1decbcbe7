"""Readings by MQTT: keeps what devices publish, whether they are online too, and acknowledges a message only when it is
kept, or lies in the quarantine for what is wrong with itself, in a transaction that is committed. Whatever else goes
wrong, a message stays at the broker.

The session at the broker is persistent (fixed client id, QoS 1), so whatever was not acknowledged when the watcher
died comes again when it is back, in order; readings that were kept already change nothing.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic

from aiomqtt import Message
from paho.mqtt.client import topic_matches_sub
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.database import reading
from flows.coldchain.messages.keeping_messages import in_short, keep_messages
from flows.coldchain.messages.payload_mappings import kept_mappings
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.readings.receiving import ReceivedReadings
from flows.processes.mqtt_client import (
    AcknowledgingClient,
    broker_address,
    keep_connected,
    until_one_ends,
    watcher_id,
)
from flows.settings import Settings
from warehouse.coldchain.payloads.status import topics_of_devices

REPORT_EVERY = 60.0
MAPPINGS_EVERY = 10.0  # seconds after which a mapping that was kept meanwhile is listened to

log = logging.getLogger(__name__)


@dataclass
class Heard:
    """What came in since the watcher started."""

    messages: int = 0
    statuses: int = 0
    quarantined: int = 0
    accepted: int = 0
    duplicates: int = 0
    raised: int = 0
    ended: int = 0
    commands: int = 0


async def listen(
    settings: Settings,
    engine: Engine,
    stop: asyncio.Event,
    heard: Heard | None = None,
    decided: asyncio.Event | None = None,
) -> None:
    """Keeps readings until `stop` is set; connects again, with growing pauses, whenever broker or database fail. Sets
    `decided` when they gave fans and coolers commands, which are kept by then."""
    heard, decided = heard or Heard(), decided or asyncio.Event()

    async def connected() -> None:
        await until_one_ends(_receive(settings, engine, heard, decided), stop.wait())

    await keep_connected(connected, engine, stop, "readings stay at the broker")


async def _receive(settings: Settings, engine: Engine, heard: Heard, decided: asyncio.Event) -> None:
    identifier, address = watcher_id(settings), broker_address(settings)
    async with AcknowledgingClient(identifier=identifier, clean_session=False, **address) as client:
        log.info("connected to %s:%s", address["hostname"], address["port"])
        # beside each other: a broker may first send what it kept for us, and wait for us to acknowledge it
        keeping = _keep_what_comes(client, engine, heard, decided)
        await until_one_ends(keeping, _subscribe(client, settings.mqtt_topic, engine))


async def _keep_what_comes(client: AcknowledgingClient, engine: Engine, heard: Heard, decided: asyncio.Event) -> None:
    reported = monotonic()
    while True:
        batch = await client.next_messages()
        before = heard.commands
        await asyncio.to_thread(_keep, engine, batch, heard)
        if heard.commands > before:
            decided.set()
        client.acknowledge(batch)
        if monotonic() - reported > REPORT_EVERY:
            log.info("so far: %s", heard)
            reported = monotonic()


async def _subscribe(client: AcknowledgingClient, topic: str, engine: Engine) -> None:
    """Subscribes to the topic, to the status topics below it and to those of mappings, as they come and go; those that
    it includes are read once."""
    ours = topics_of_devices(topic)
    for one in ours:
        await client.hear(one)
    log.info("listening to %s", topic)
    subscribed: set[str] = set()
    while True:
        try:
            wanted = await asyncio.to_thread(_topics_of_mappings, engine)
        except SQLAlchemyError as error:  # whoever keeps readings says so louder
            log.warning("topics of mappings are not known: %s", in_short(error))
        else:
            wanted = {one for one in wanted if not any(topic_matches_sub(each, one) for each in ours)}
            for one in sorted(wanted - subscribed):
                await client.hear(one)
                log.info("listening to %s too, of a mapping", one)
            for one in sorted(subscribed - wanted):
                await client.unsubscribe(one, timeout=inf)
            subscribed = wanted
        await asyncio.sleep(MAPPINGS_EVERY)


def _topics_of_mappings(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return {mapping.subscription for mapping in kept_mappings(session)}


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
        heard.statuses += received.statuses
        _note(heard, received.readings)


def _note(heard: Heard, received: ReceivedReadings) -> None:
    heard.accepted += received.accepted
    heard.duplicates += received.duplicates
    heard.raised += len(received.raised)
    heard.ended += len(received.ended)
    heard.commands += received.commands
    for what, alarm_ids in (("raised", received.raised), ("ended", received.ended)):
        for alarm_id in alarm_ids:
            log.info("alarm %s %s", alarm_id, what)
