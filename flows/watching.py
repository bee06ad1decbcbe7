"""The watcher's process: readings come in by MQTT and webhooks are told of alarms, until it is told to stop."""

import asyncio
import logging
import signal
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.database import open_database, require_current_schema
from flows.mqtt import listen
from flows.notifying import deliver_due
from flows.settings import Settings

LOOK_EVERY = 1.0  # seconds between two looks for messages that are due

log = logging.getLogger(__name__)


def watch(settings: Settings) -> None:
    """Watches until SIGINT or SIGTERM. Raises SchemaIsNotCurrent, and ValueError for a broker address that is none."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    engine = open_database(settings.database_url.get_secret_value())
    require_current_schema(engine)
    try:
        asyncio.run(_watch(settings, engine))
    finally:
        engine.dispose()


async def _watch(settings: Settings, engine: Engine) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with asyncio.TaskGroup() as together:  # if one ends by an error, so does the other and the process
        together.create_task(listen(settings, engine, stop))
        together.create_task(_tell_webhooks(settings, engine, stop))


async def _tell_webhooks(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(deliver_due, engine, datetime.now(UTC), settings.webhooks_to_private_addresses)
        except SQLAlchemyError as error:
            log.warning("webhooks wait, the database does not answer: %s", error)
        await asyncio.wait({asyncio.ensure_future(stop.wait())}, timeout=LOOK_EVERY)
