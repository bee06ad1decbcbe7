"""The watcher's process: readings come in by MQTT, webhooks are told of what happens, clocks that differ are noticed,
the day's plan is looked for before the first order cut-off and purchase orders that are overdue are told of, until it
is told to stop. It does that here since a night's run that hangs cannot.

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
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.database import open_database, reading, require_current_schema
from flows.coldchain.clocks_that_differ import tell_of_clocks
from flows.coldchain.comparing import compare_neighbours
from flows.coldchain.records import seal_records
from flows.coldchain.silence import tick
from flows.notifying.deliveries import Notifier
from flows.operating.metrics_port import told_at
from flows.operating.traces import trace
from flows.processes.actuators import switch_actuators
from flows.processes.mqtt import FIRST_PAUSE, LONGEST_PAUSE, Heard, broker_address, listen, pause_unless_stopped
from flows.processes.mqtt_publishing import publish_once
from flows.processes.watcher_figures import watcher_figures
from flows.settings import Settings

LOOK_FOR_PLANS_EVERY = 120.0  # seconds; cut-offs are told in minutes
SEAL_EVERY = 60.0  # seconds
LOOK_AT_CLOCKS_EVERY = 10.0  # seconds
LISTEN_FOR_SILENCE_EVERY = 10.0  # seconds
COMPARE_EVERY = 60.0  # seconds; what is stuck has been so for many readings
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
    async with asyncio.TaskGroup() as together:
        together.create_task(_keep_doing("listening to readings", lambda: listen(settings, engine, stop, heard), stop))
        switching = "switching fans and coolers"
        together.create_task(_keep_doing(switching, lambda: switch_actuators(settings, engine, stop), stop))
        together.create_task(_keep_doing("telling webhooks", lambda: _tell_webhooks(settings, engine, stop), stop))
        together.create_task(_keep_doing("looking for plans", lambda: _look_for_plans(settings, engine, stop), stop))
        together.create_task(_keep_doing("sealing records", lambda: _seal_records(settings, engine, stop), stop))
        together.create_task(_keep_doing("looking at clocks", lambda: _look_at_clocks(engine, stop), stop))
        together.create_task(
            _keep_doing("listening for silence", lambda: _listen_for_silence(settings, engine, stop), stop)
        )
        together.create_task(_keep_doing("comparing sensors", lambda: _compare_neighbours(engine, stop), stop))


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


async def _look_for_plans(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(_see_that_plans_are_in_time, engine, datetime.now(UTC), settings)
        except DATABASE_AWAY as error:
            log.warning("the day's plan is not looked for, the database does not answer: %s", error)
        await pause_unless_stopped(stop, LOOK_FOR_PLANS_EVERY)


async def _seal_records(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(seal_records, engine, datetime.now(UTC), Path(settings.records_folder))
        except DATABASE_AWAY as error:
            log.warning("records are not sealed, the database does not answer: %s", error)
        await pause_unless_stopped(stop, SEAL_EVERY)


async def _look_at_clocks(engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(tell_of_clocks, engine, datetime.now(UTC))
        except DATABASE_AWAY as error:
            log.warning("clocks are not looked at, the database does not answer: %s", error)
        await pause_unless_stopped(stop, LOOK_AT_CLOCKS_EVERY)


async def _listen_for_silence(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            changed = await asyncio.to_thread(tick, engine, datetime.now(UTC), settings.sensor_silent_after)
            for alarm_id in changed.raised:
                log.info("alarm %s raised: nothing heard", alarm_id)
        except DATABASE_AWAY as error:
            log.warning("silence is not noticed, the database does not answer: %s", error)
        await pause_unless_stopped(stop, LISTEN_FOR_SILENCE_EVERY)


async def _compare_neighbours(engine: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            changed = await asyncio.to_thread(compare_neighbours, engine, datetime.now(UTC))
            for alarm_id in changed.raised:
                log.info("alarm %s raised: a sensor may be stuck", alarm_id)
        except DATABASE_AWAY as error:
            log.warning("sensors are not compared, the database does not answer: %s", error)
        await pause_unless_stopped(stop, COMPARE_EVERY)


def _see_that_plans_are_in_time(engine: Engine, now: datetime, settings: Settings) -> None:
    # slow to import: readings do not wait
    from flows.ordering.telling import tell_of_overdue_orders
    from flows.purchasing.in_time import late_plans

    tell_of_overdue_orders(engine, now, settings.overdue_order_counts)
    with reading(engine) as session:
        if not late_plans(session, now, settings.plan_ready_before_cut_off):
            return
    from flows.purchasing.fallback_plans import see_that_plans_are_in_time  # loads all that plans are made with

    made = see_that_plans_are_in_time(engine, now, settings.plan_ready_before_cut_off, settings.purchasing)
    if made is not None:
        log.warning("the day's plan is late; fallback plan %s is made from the last forecasts", made)
