"""How our processes reach the broker: where it is, who the watcher is there, messages that are acknowledged when they
are kept, and connecting again for as long as broker or database fail."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from math import inf
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from aiomqtt import Client, Message, MqttError
from paho.mqtt.reasoncodes import ReasonCode
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from flows.coldchain.messages.keeping_messages import NothingIsKept, in_short
from flows.settings import Settings

MESSAGES_AT_ONCE = 500  # in one transaction; what arrives while one is committed makes up the next
BYTES_AT_ONCE = 256 * 1024  # after so many no other is taken along: a message may hold thousands of readings
REFUSED = 128  # of a subscription, and above
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before connecting again

log = logging.getLogger(__name__)


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


class AcknowledgingClient(Client):
    """Acknowledges a message when it is told to, not when it has arrived: aiomqtt does not offer it, paho does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._client.manual_ack_set(True)

    async def hear(self, topic: str) -> None:
        """Subscribes. A broker that does not allow it says nothing on the topic, ever: that is told in the log."""
        granted = await self.subscribe(topic, qos=1, timeout=inf)
        if any((code.value if isinstance(code, ReasonCode) else code) >= REFUSED for code in granted):
            log.error("the broker does not allow us to listen to %s: nothing comes from there", topic)

    async def next_messages(self) -> list[Message]:
        """Waits for a message and takes along what else has arrived. A lone one is not kept waiting for company: a
        broker sends few ahead of the acknowledgements (mosquitto 20), so waiting would slow down every burst."""
        messages = self.messages
        batch = [await anext(messages)]
        size = _size(batch[0])
        while len(messages) and len(batch) < MESSAGES_AT_ONCE and size < BYTES_AT_ONCE:
            batch.append(await anext(messages))
            size += _size(batch[-1])
        return batch

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tells the broker that these are kept."""
        for message in messages:
            self._client.ack(message.mid, message.qos)


async def keep_connected(
    connected: Callable[[], Awaitable[None]], engine: Engine, stop: asyncio.Event, meanwhile: str
) -> None:
    """Runs what connects until `stop` is set; again, with growing pauses, whenever broker or database fail; what that
    means `meanwhile` is said in the log."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = monotonic()
        try:
            await connected()
        except (MqttError, OSError, SQLAlchemyError, NothingIsKept) as error:
            pause = FIRST_PAUSE if monotonic() - began > LONGEST_PAUSE else pause
            why = error if isinstance(error, NothingIsKept) else None
            log.warning("%s, connecting again in %.1f s: %s", meanwhile, pause, in_short(error), exc_info=why)
            # a server that became a standby, or came back as another, is met by new connections only
            await asyncio.to_thread(engine.dispose)
            await pause_unless_stopped(stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE)


async def until_one_ends(*doing: Awaitable[object]) -> None:
    """Runs all of these until the first ends, and ends the others. Raises what one of them raised."""
    tasks = [asyncio.ensure_future(one) for one in doing]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    errors = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    if errors:
        raise errors[0]


async def pause_unless_stopped(stop: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _size(message: Message) -> int:
    return len(bytes(message.payload))
