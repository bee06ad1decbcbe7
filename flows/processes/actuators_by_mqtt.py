"""Fans and coolers by MQTT: says on `TOPIC/set` what each is to be, and hears on `TOPIC/state` what it is.

A command is published at QoS 1, at once where a reading here decided it, and noted as sent once the broker has it, so
one that was published when the watcher died comes again with the same id. The broker keeps the last one for who comes
later; it holds for a while and is said again, and a last will says when nobody looks after the actuators any more. What
they say is acknowledged when it is kept, in a transaction that is committed.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
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

LOOK_EVERY = 0.2  # seconds between two looks for commands that other processes decided
LOOK_AT_CLOCK_EVERY = 1.0  # seconds
LOOK_FOR_ACTUATORS_EVERY = 5.0  # seconds
READINGS_COME_FIRST = 10.0  # seconds
ONLINE, OFFLINE = b"online", b"offline"

log = logging.getLogger(__name__)


async def switch_actuators(
    settings: Settings, engine: Engine, stop: asyncio.Event, decided: asyncio.Event | None = None
) -> None:
    """Switches until `stop` is set; connects again, with growing pauses, whenever broker or database fail. Without an
    actuator it does not connect. `decided` is set by who has kept commands and wants them to be sent at once."""
    decided = decided or asyncio.Event()

    async def connected() -> None:
        if await asyncio.to_thread(_topics, engine):
            await _switch(settings, engine, stop, decided)
        else:
            await pause_unless_stopped(stop, LOOK_FOR_ACTUATORS_EVERY)

    await keep_connected(connected, engine, stop, "fans and coolers are not switched")


async def _switch(settings: Settings, engine: Engine, stop: asyncio.Event, decided: asyncio.Event) -> None:
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
        sent = _Sent(engine, decided)
        saying, noting = _say(client, engine, sent, decided), sent.keep_noting()
        await until_one_ends(_hear(client, engine), saying, noting, _look_at_clock(engine), stop.wait())
        await sent.note()
        await client.publish(service, OFFLINE, qos=1, retain=True)


class _Sent:
    """Commands that the broker has. They are noted beside the sending of others: a note waits for its turn to write,
    and what was decided meanwhile for another actuator must not."""

    def __init__(self, engine: Engine, noted: asyncio.Event) -> None:
        self._engine, self._noted = engine, noted
        self._topics: dict[str, str] = {}  # by the id of a command that is not noted yet
        self._more = asyncio.Event()

    @property
    def topics(self) -> set[str]:
        """Of actuators whose last command is not noted yet. The next one waits: after a kill the last one would come
        again behind it."""
        return set(self._topics.values())

    def add(self, said: Sequence[Said]) -> None:
        """The broker has these."""
        self._topics.update((one.command_id, one.topic) for one in said)
        self._more.set()

    async def keep_noting(self) -> None:
        """Notes what comes, all at once that came while the last were noted."""
        while True:
            await self._more.wait()
            self._more.clear()
            await self.note()
            self._noted.set()

    async def note(self) -> None:
        """Notes those that are not noted yet."""
        if command_ids := list(self._topics):
            await asyncio.to_thread(_note_sent, self._engine, command_ids)
            for command_id in command_ids:
                del self._topics[command_id]


async def _say(client: AcknowledgingClient, engine: Engine, sent: _Sent, decided: asyncio.Event) -> None:
    """Listens to each actuator, sends what waits, and says again what each is to be."""
    listening: set[str] = set()
    looked_for = said_again = -inf
    while True:
        decided.clear()
        being_noted = sent.topics  # before the look, which may still find waiting what is noted meanwhile
        waiting = [one for one in await asyncio.to_thread(_waiting, engine) if one.topic not in being_noted]
        heard = {one.topic for one in waiting}
        if monotonic() - looked_for >= LOOK_FOR_ACTUATORS_EVERY:
            looked_for = monotonic()
            heard.update(await asyncio.to_thread(_topics, engine))
        for topic in heard - listening:  # before it is told anything: it may answer at once
            await client.hear(f"{topic}/state")
            listening.add(topic)
        if waiting:
            await _publish(client, waiting)
            sent.add(waiting)
            continue
        if monotonic() - said_again >= SAY_AGAIN_EVERY:
            said_again = monotonic()
            await _publish(client, await asyncio.to_thread(_desired, engine))
        with suppress(TimeoutError):
            await asyncio.wait_for(decided.wait(), LOOK_EVERY)


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


def _note_sent(engine: Engine, command_ids: Sequence[str]) -> None:
    with writing(engine) as session:
        note_sent(session, command_ids, datetime.now(UTC))


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
