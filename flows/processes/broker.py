"""The built-in MQTT broker: amqtt on the loopback address, with a memory on disk for the watcher.

amqtt drops what a client had not acknowledged when its connection broke, or within five seconds. So readings are
written to a file before they are acknowledged to the sensor, sent to the watcher in that order and deleted when the
watcher has acknowledged them: killing watcher, broker or both loses none. What cannot be written, on a full disk say,
is not acknowledged: the sensor's connection is closed, and it sends again when it is back.
"""

import asyncio
import logging
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig
from amqtt.mqtt.publish import PublishPacket
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session
from paho.mqtt.client import topic_matches_sub

from flows.errors import NotNow
from flows.processes.folder_lock import VAR, held
from flows.processes.mqtt_client import watcher_id
from flows.settings import Settings
from warehouse.coldchain.payloads.status import topics_of_devices

SENT_AHEAD = 200  # messages sent to the watcher before it has acknowledged the first
PAUSE_AFTER_FAILURE, LONGEST_PAUSE = 0.2, 5.0  # seconds

log = logging.getLogger(__name__)


def broker(settings: Settings) -> None:
    """Runs the built-in broker on 127.0.0.1 until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_until_told_to_stop(settings))


async def _until_told_to_stop(settings: Settings) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    with held("broker"):
        async with built_in_broker(settings, VAR / "broker.sqlite"):
            await stop.wait()


@asynccontextmanager
async def built_in_broker(settings: Settings, kept_in: Path) -> AsyncIterator[Broker]:
    """A broker on 127.0.0.1 and the port of the settings; `kept_in` holds what the watcher has not acknowledged. Raises
    NotNow for a file that nothing can be kept in."""
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    KeptMessages(str(kept_in)).close()  # amqtt would hide what is wrong with it
    keeping = {"kept_in": str(kept_in), "topic": settings.mqtt_topic, "watcher": watcher_id(settings)}
    listener = {"type": "tcp", "bind": f"127.0.0.1:{settings.mqtt_port}"}
    running = Broker(
        BrokerConfig.from_dict({"listeners": {"default": listener}, "plugins": {f"{__name__}.KeepsReadings": keeping}})
    )
    await running.start()
    try:
        yield running
    finally:
        await running.shutdown()


class KeptMessages:
    """The file of messages that the watcher has not acknowledged, oldest first, and of the topics that it has asked
    for, as of a mapping. Raises NotNow for one that is damaged or cannot be written, sqlite3.Error when that shows
    later."""

    def __init__(self, path: str) -> None:
        try:
            self._file = sqlite3.connect(path, isolation_level=None)
            for statement in (
                "PRAGMA journal_mode=WAL",
                "PRAGMA synchronous=FULL",  # what is acknowledged outlives a power failure too
                "CREATE TABLE IF NOT EXISTS messages (number INTEGER PRIMARY KEY, topic TEXT, payload BLOB)",
                "CREATE TABLE IF NOT EXISTS topics (topic TEXT PRIMARY KEY)",
                "BEGIN IMMEDIATE",  # a file that can be read only says so here
                "ROLLBACK",
            ):
                self._file.execute(statement)
            (found,) = self._file.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            found = str(error)
        if found != "ok":
            raise NotNow(
                "The broker cannot keep readings in {path}: {found}. See that there is room and the file "
                "can be written. If it is damaged, put it aside (it may hold readings that sensors will "
                "not send again) and start again.",
                path=path,
                found=found,
            )

    def append(self, topic: str, payload: bytes) -> None:
        self._file.execute("INSERT INTO messages (topic, payload) VALUES (?, ?)", (topic, payload))

    def oldest(self, at_most: int) -> list[tuple[int, str, bytes]]:
        with closing(self._file.execute("SELECT * FROM messages ORDER BY number LIMIT ?", (at_most,))) as found:
            return found.fetchall()

    def delete(self, numbers: list[int]) -> None:
        self._file.execute("BEGIN IMMEDIATE")  # one wait for the disk, not one for each
        try:
            self._file.executemany("DELETE FROM messages WHERE number = ?", [(number,) for number in numbers])
            self._file.execute("COMMIT")
        except sqlite3.Error:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise

    def topics(self) -> set[str]:
        with closing(self._file.execute("SELECT topic FROM topics")) as found:
            return {topic for (topic,) in found}

    def hear(self, topic: str) -> None:
        self._file.execute("INSERT OR IGNORE INTO topics VALUES (?)", (topic,))

    def hear_no_more(self, topic: str) -> None:
        self._file.execute("DELETE FROM topics WHERE topic = ?", (topic,))

    def close(self) -> None:
        self._file.close()


class KeepsReadings(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]
    """amqtt's plugin: lets everyone in (only this machine can connect) and takes the watcher's messages over."""

    @dataclass
    class Config:
        """What amqtt hands to the plugin."""

        kept_in: str
        topic: str
        watcher: str

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._messages = KeptMessages(self.config.kept_in)
        self._topics = {*topics_of_devices(self.config.topic), *self._messages.topics()}
        self._something_to_do = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._refused: set[str | None] = set()

    async def authenticate(self, *, session: Session) -> bool:
        return True

    async def topic_filtering(self, *, session: Session, topic: str, action: Action) -> bool:
        # the watcher gets readings from the file, so not from amqtt as well
        return not (action == Action.RECEIVE and session.client_id == self.config.watcher)

    async def on_broker_post_start(self) -> None:
        self._sending = asyncio.create_task(self._send_for_ever())

    async def on_mqtt_packet_received(self, *, packet: Any, session: Session | None = None) -> None:
        # has no await in it, so it is over before amqtt looks at the packet and acknowledges it
        if not (isinstance(packet, PublishPacket) and self._is_for_watcher(packet.topic_name)):
            return
        client_id = None if session is None else session.client_id
        if client_id not in self._refused:
            try:
                self._messages.append(packet.topic_name, bytes(packet.data or b""))
            except sqlite3.Error as error:
                log.warning("a reading of %s cannot be kept and is not acknowledged: %s", client_id, error)
            else:
                self._something_to_do.set()
                return
        packet.data = None  # amqtt passes over a packet without data: it is neither acknowledged nor passed on
        await self._close_connection(client_id)

    async def on_broker_retained_message(self, *, client_id: str | None, retained_message: Any) -> None:
        # a last will is no packet that was received
        device, topic, said = retained_message.source_session, retained_message.topic, bytes(retained_message.data)
        is_will = client_id is None and device is not None and (device.will_topic, device.will_message) == (topic, said)
        if is_will and self._is_for_watcher(topic):
            try:
                self._messages.append(topic, said)
            except sqlite3.Error as error:
                log.warning(
                    "the last will on %s cannot be kept, and is told when the watcher connects: %s", topic, error
                )
            self._something_to_do.set()

    def _is_for_watcher(self, topic: str) -> bool:
        return any(topic_matches_sub(one, topic) for one in self._topics)

    async def on_broker_client_subscribed(self, *, client_id: str, topic: str, qos: int) -> None:
        if client_id == self.config.watcher and topic not in self._topics:
            self._topics.add(topic)
            self._messages.hear(topic)

    async def on_broker_client_unsubscribed(self, *, client_id: str, topic: str) -> None:
        if client_id == self.config.watcher:
            self._topics.discard(topic)
            self._messages.hear_no_more(topic)

    async def _close_connection(self, client_id: str | None) -> None:
        """Closes a client's connection, and takes no more readings that come over it: what was sent later must not be
        kept before what will be sent again."""
        self._refused.add(client_id)
        _, connection = self.context._broker_instance.sessions.get(client_id, (None, None))
        if connection is not None and connection.writer is not None:
            await connection.writer.close()

    async def on_broker_client_connected(self, *, client_id: str, client_session: Session) -> None:
        self._refused.discard(client_id)
        if client_id == self.config.watcher:
            # amqtt sends again what it could not write to the broken connection, and thereby ahead of older messages
            # that it did write and dropped unacknowledged; the file has all of them, in order
            client_session.inflight_out.clear()
        self._something_to_do.set()

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait({self._sending})
        self._messages.close()

    async def _send_for_ever(self) -> None:
        pause = PAUSE_AFTER_FAILURE
        while True:
            await self._something_to_do.wait()
            self._something_to_do.clear()
            try:
                while (watcher := self._watcher()) and (messages := self._messages.oldest(SENT_AHEAD)):
                    await self._send(watcher, messages)
                    pause = PAUSE_AFTER_FAILURE
            except sqlite3.Error as error:  # on a full disk what was acknowledged is still there, and is sent again
                log.warning("messages to the watcher wait %.1f s: %s", pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                self._something_to_do.set()

    async def _send(self, watcher: Any, messages: list[tuple[int, str, bytes]]) -> None:
        sending = [watcher.mqtt_publish(topic, payload, 1, False) for _, topic, payload in messages]
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        failed = [isinstance(outcome, BaseException) for outcome in outcomes]
        self._messages.delete([number for (number, *_), bad in zip(messages, failed, strict=True) if not bad])
        if any(failed):
            await asyncio.sleep(PAUSE_AFTER_FAILURE)

    def _watcher(self) -> Any:
        """The watcher's open connection; amqtt's own idea of it is wrong after one connection took over another."""
        _, connection = self.context._broker_instance.sessions.get(self.config.watcher, (None, None))
        if connection is None or (connection._reader_task is not None and connection._reader_task.done()):
            return None
        return connection
