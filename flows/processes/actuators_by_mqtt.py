"""Fans and coolers by MQTT: says on `TOPIC/set` what each is to be, and hears on `TOPIC/state` what it is.

A command is published at QoS 1 and noted as sent once the broker has it, so one that was published when the watcher
died comes again with the same id. The broker keeps the last one for who comes later; it holds for a while and is said
again, and a last will says when nobody looks after the actuators any more. What they say is acknowledged when it is
kept, in a transaction that is committed.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from math import inf
from time import monotonic

from aiomqtt import Message, Will
from sqlalchemy import Engine

from data.database import reading, writing
from flows.coldchain.control.commands import Report, expire_commands, has_expired, note_reports, note_sent
from flows.coldchain.control.deciding import control_what_is_due, is_due
from flows.coldchain.control.sending import (
    AT_ONCE,
    SAY_AGAIN_EVERY,
    Said,
    desired_states,
    report_in,
    topics,
    waiting_commands,
)
from flows.processes.mqtt_client import (
    AcknowledgingClient,
    broker_address,
    keep_connected,
    pause_unless_stopped,
    until_one_ends,
    watcher_id,
)
from flows.settings import Settings

LOOK_EVERY = 0.2  # seconds between two looks for commands to send
LOOK_AT_CLOCK_EVERY = 1.0  # seconds
LOOK_FOR_ACTUATORS_EVERY = 5.0  # seconds
READINGS_COME_FIRST = 10.0  # seconds
ONLINE, OFFLINE = b"online", b"offline"

log = logging.getLogger(__name__)


async def switch_actuators(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    """Switches until `stop` is set; connects again, with growing pauses, whenever broker or database fail. Without an
    actuator it does not connect."""

    async def connected() -> None:
        if await asyncio.to_thread(_topics, engine):
            await _switch(settings, engine, stop)
        else:
            await pause_unless_stopped(stop, LOOK_FOR_ACTUATORS_EVERY)

    await keep_connected(connected, engine, stop, "fans and coolers are not switched")


async def _switch(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    service = settings.mqtt_service_topic
    client = AcknowledgingClient(
        identifier=f"{watcher_id(settings)}-control",
        clean_session=False,  # what actuators say while the watcher is away waits for it
        will=Will(service, OFFLINE, qos=1, retain=True),
        **broker_address(settings),
    )
    client.pending_calls_threshold = AT_ONCE  # so many are meant
    async with client:
        await client.publish(service, ONLINE, qos=1, retain=True)
        log.info("switching fans and coolers")
        await until_one_ends(_hear(client, engine), _say(client, engine), _look_at_clock(engine), stop.wait())
        await client.publish(service, OFFLINE, qos=1, retain=True)


async def _say(client: AcknowledgingClient, engine: Engine) -> None:
    """Listens to each actuator, sends what waits, and says again what each is to be."""
    listening: set[str] = set()
    looked_for = said_again = -inf
    while True:
        waiting = await asyncio.to_thread(_waiting, engine)
        heard = {one.topic for one in waiting}
        if monotonic() - looked_for >= LOOK_FOR_ACTUATORS_EVERY:
            looked_for = monotonic()
            heard.update(await asyncio.to_thread(_topics, engine))
        for topic in heard - listening:  # before it is told anything: it may answer at once
            await client.hear(f"{topic}/state")
            listening.add(topic)
        if waiting:
            await _publish(client, waiting)
            await asyncio.to_thread(_note_sent, engine, waiting)
            continue
        if monotonic() - said_again >= SAY_AGAIN_EVERY:
            said_again = monotonic()
            await _publish(client, await asyncio.to_thread(_desired, engine))
        await asyncio.sleep(LOOK_EVERY)


async def _publish(client: AcknowledgingClient, said: Sequence[Said]) -> None:
    """In their order, and all with the broker when this returns."""
    sending = [client.publish(f"{one.topic}/set", one.payload, qos=1, retain=True) for one in said]
    await asyncio.gather(*sending)


async def _hear(client: AcknowledgingClient, engine: Engine) -> None:
    while True:
        messages = await client.next_messages()
        await asyncio.to_thread(_note_reports, engine, messages)
        client.acknowledge(messages)


async def _look_at_clock(engine: Engine) -> None:
    """Readings that waited at the broker while the watcher was away come first."""
    await asyncio.sleep(READINGS_COME_FIRST)
    while True:
        await asyncio.sleep(LOOK_AT_CLOCK_EVERY)
        await asyncio.to_thread(_do_what_is_due, engine)


def _topics(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return topics(session)


def _waiting(engine: Engine) -> Sequence[Said]:
    with reading(engine) as session:
        return waiting_commands(session, datetime.now(UTC))


def _desired(engine: Engine) -> Sequence[Said]:
    with reading(engine) as session:
        return desired_states(session, datetime.now(UTC))


def _note_sent(engine: Engine, said: Sequence[Said]) -> None:
    with writing(engine) as session:
        note_sent(session, [one.command_id for one in said], datetime.now(UTC))


def _note_reports(engine: Engine, messages: Sequence[Message]) -> None:
    reports: list[Report] = []
    for message in messages:
        report = report_in(message.topic.value, bytes(message.payload), bool(message.retain))
        if report is None:
            log.warning("what is said on %s is no state: %.100r", message.topic.value, bytes(message.payload))
        else:
            reports.append(report)
    with writing(engine) as session:
        of_none = note_reports(session, reports, datetime.now(UTC))
    for topic in sorted(of_none):
        log.warning("what is said on %s/state is of no actuator", topic)


def _do_what_is_due(engine: Engine) -> None:
    now = datetime.now(UTC)
    with reading(engine) as session:
        due = [(is_due, control_what_is_due), (has_expired, expire_commands)]
        to_do = [partial(do, now=now) for is_there, do in due if is_there(session, now)]
    if to_do:
        with writing(engine) as session:
            for do in to_do:
                do(session)
