"""The watcher's process: readings come in by MQTT, fans and coolers are switched, webhooks are told of what happens,
and what only the clock shows is looked at (`looks.py`), until it is told to stop. It does that here since a night's run
that hangs cannot.

No task may end another. An error that nobody foresaw is logged with its traceback, and the task that it ended
begins again within the process, after pauses that grow to half a minute: leaving it to the supervisor would interrupt
the readings, and with them the alarms, each time a webhook goes wrong.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.database import open_database, require_current_schema
from flows.notifying.deliveries import Notifier
from flows.operating.metrics_port import told_at
from flows.operating.traces import trace
from flows.processes.actuators_by_mqtt import switch_actuators
from flows.processes.looks import LOOKS, Look
from flows.processes.mqtt_client import FIRST_PAUSE, LONGEST_PAUSE, broker_address, pause_unless_stopped
from flows.processes.mqtt_publishing import publish_once
from flows.processes.readings_by_mqtt import Heard, listen
from flows.processes.watcher_figures import watcher_figures
from flows.settings import Settings

DATABASE_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)  # or read-only, which is "internal"

log = logging.getLogger(__name__)


def watch(settings: Settings) -> None:
    """Watches until SIGINT or SIGTERM. Raises SchemaIsNotCurrent, and ValueError for a broker address that is none."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    broker_address(settings)  # one that is none stays so, however often the listener begins again
    engine = open_database(settings.database_url.get_secret_value())
    require_current_schema(engine)
    trace(settings, "watcher")
    heard = Heard()
    figures = watcher_figures(heard)
    try:
        with told_at(figures, settings.metrics_host, settings.watcher_metrics_port):
            asyncio.run(_watch(settings, engine, heard))
    finally:
        engine.dispose()


async def _watch(settings: Settings, engine: Engine, heard: Heard) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    decided = asyncio.Event()  # what is decided here is sent at once
    tasks: dict[str, Callable[[], Awaitable[None]]] = {
        "listening to readings": lambda: listen(settings, engine, stop, heard, decided),
        "switching fans and coolers": lambda: switch_actuators(settings, engine, stop, decided),
        "telling webhooks": lambda: _tell_webhooks(settings, engine, stop),
    }
    async with asyncio.TaskGroup() as together:
        for what, do in tasks.items():
            together.create_task(_keep_doing(what, do, stop))
        for look in LOOKS:
            again = partial(_look_again, look, settings, engine, stop)
            together.create_task(_keep_doing(look.what, again, stop))


async def _keep_doing(what: str, do: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Does it until `stop` is set, again after any error."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = monotonic()
        try:
            await do()
        except Exception:
            pause = FIRST_PAUSE if monotonic() - began > LONGEST_PAUSE else pause
            log.exception("%s ended by an error that nobody foresaw, again in %.1f s", what, pause)
            await pause_unless_stopped(stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE)


async def _tell_webhooks(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    await Notifier(engine, settings, publish=partial(publish_once, settings)).run(stop)


async def _look_again(look: Look, settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(look.step, engine, datetime.now(UTC), settings)
        except DATABASE_AWAY as error:
            log.warning("%s waits, the database does not answer: %s", look.what, error)
        await pause_unless_stopped(stop, look.every)
