"""The watcher's tasks: none ends another, whatever goes wrong with it, and none leaves anything running."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import (
    AlarmRow,
    ClockDifferenceRow,
    ReadingRow,
    RecordSealRow,
    SensorRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from flows.coldchain.readings.receiving import receive_readings
from flows.notifying import deliveries
from flows.notifying.deliveries import Notifier
from flows.notifying.webhooks import register_webhook
from flows.processes import watcher
from flows.processes.looks import LOOKS, Look, see_that_plans_are_in_time
from flows.processes.mqtt_client import pause_unless_stopped
from flows.processes.readings_by_mqtt import Heard
from flows.purchasing.on_time import fallback_plans, in_time
from flows.settings import Settings
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@one_database
@pytest.mark.parametrize("mqtt_broker", ["amqtt"], indirect=True)
def test_readings_go_on_while_a_webhook_cannot_be_told(
    cold_room, mqtt_broker, publisher, start_watcher, wait_until, reading_at
) -> None:
    with writing(cold_room) as session:
        webhook_id, _ = register_webhook(session, "http://example.org/", "ops", NIGHT, allow_private=False)
        session.get_one(WebhookRow, webhook_id).url = "http://a..b/"  # as an earlier version would have accepted it
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())

    publisher.publish_readings([reading_at(0, 6.0), reading_at(30, 7.0)])
    wait_until(lambda: any("UnicodeError" in error for error in errors_of_deliveries(cold_room)))
    publisher.publish_readings([reading_at(40, 3.0)])

    wait_until(lambda: readings_kept(cold_room) == 3)
    assert "Traceback" not in watcher.log()


def errors_of_deliveries(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [error for error in session.scalars(select(WebhookDeliveryRow.last_error)) if error]


def readings_kept(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.scalars(select(ReadingRow.taken_at)).all())


class Tasks:
    """Stands in for the watcher's two tasks: counts what begins; each fails as often as it is told, then goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, listening_fails: int = 0, telling_fails: int = 0) -> None:
        self.listened, self.told, self.listener_cancelled = 0, 0, False
        self._listening_fails, self._telling_fails = listening_fails, telling_fails
        monkeypatch.setattr(watcher, "listen", self._listen)
        monkeypatch.setattr(Notifier, "look", self._look)
        monkeypatch.setattr(deliveries, "LOOK_EVERY", 0.01)
        monkeypatch.setattr(watcher, "FIRST_PAUSE", 0.01)

    async def _listen(self, settings: Settings, engine: Engine, stop: asyncio.Event, *_told: object) -> None:
        self.listened += 1
        if self.listened <= self._listening_fails:
            raise RuntimeError("listening is odd")
        try:
            await stop.wait()
        except asyncio.CancelledError:
            self.listener_cancelled = True
            raise

    async def _look(self, client: httpx.AsyncClient) -> None:
        self.told += 1
        if self.told <= self._telling_fails:
            raise RuntimeError("telling is odd")


async def watch_until(condition, engine: Engine) -> None:
    """Watches until the condition holds, and then ends as SIGTERM ends the process."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as together:
        together.create_task(watcher._watch(Settings(), engine, Heard()))
        while not condition():
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)


@one_database
async def test_telling_webhooks_begins_again_after_an_error_and_the_listener_hears_nothing_of_it(
    engine, monkeypatch, caplog
) -> None:
    tasks = Tasks(monkeypatch, telling_fails=3)

    await watch_until(lambda: tasks.told > 5, engine)

    assert (tasks.listened, tasks.listener_cancelled) == (1, False)
    assert caplog.text.count("ERROR") == caplog.text.count("RuntimeError: telling is odd") == 3


@one_database
async def test_the_listener_begins_again_after_an_error_and_webhooks_are_told_meanwhile(
    engine, monkeypatch, caplog
) -> None:
    tasks = Tasks(monkeypatch, listening_fails=2)

    await watch_until(lambda: tasks.listened == 3 and tasks.told > 3, engine)

    assert caplog.text.count("ERROR") == caplog.text.count("RuntimeError: listening is odd") == 2


@one_database
async def test_what_the_clock_shows_is_looked_at_beside_readings_and_webhooks_and_again_after_an_error(
    engine, monkeypatch, caplog
) -> None:
    tasks = Tasks(monkeypatch)
    looked: list[datetime] = []

    def look(engine: Engine, now: datetime, settings: Settings) -> None:
        looked.append(now)
        if len(looked) == 1:
            raise RuntimeError("looking is odd")

    monkeypatch.setattr(watcher, "LOOKS", [Look("looking for plans", look, every=0.01)])

    await watch_until(lambda: len(looked) > 3 and tasks.told > 3, engine)

    assert (tasks.listened, tasks.listener_cancelled) == (1, False)
    assert caplog.text.count("RuntimeError: looking is odd") == 1


@one_database
async def test_silence_a_stuck_sensor_and_a_wrong_clock_are_told_and_records_are_sealed_by_the_clock_alone(
    cold_room: Engine, monkeypatch
) -> None:
    Tasks(monkeypatch)
    now = datetime.now(UTC)
    with writing(cold_room) as session:
        session.add(SensorRow(sensor_id="S3", zone_id="Z1", name="top"))
    minutes = [now - timedelta(minutes=300 - minute) for minute in range(240)]
    said = [
        Reading(name, at, c + at.minute % 7 * moves)
        for at in minutes
        for name, c, moves in (("S1", 3.3, 0.0), ("S2", 3.0, 0.1))
    ]
    with writing(cold_room) as session:
        receive_readings(session, said, minutes[-1])
        receive_readings(session, [Reading("S3", now + timedelta(minutes=9), 3.0)], now)

    def found() -> set[str]:
        with reading(cold_room) as session:
            alarms = set(session.scalars(select(AlarmRow.kind)))
            sealed = session.scalar(select(RecordSealRow).limit(1)) is not None
            differ = session.scalar(select(ClockDifferenceRow).limit(1)) is not None
        return alarms | ({"sealed"} if sealed else set()) | ({"clocks"} if differ else set())

    await watch_until(lambda: found() >= {"silent", "stuck", "sealed", "clocks"}, cold_room)


@one_database
def test_a_late_plan_is_looked_for_as_the_settings_say(engine, monkeypatch, caplog) -> None:
    asked: list[object] = []

    def see(engine: Engine, now: datetime, ready_before: timedelta, purchasing: object) -> str:
        asked.append((now, ready_before, purchasing))
        return "plan-7"

    monkeypatch.setattr(fallback_plans, "see_that_plans_are_in_time", see)
    settings = Settings(plan_ready_minutes_before_cut_off=45)
    assert see_that_plans_are_in_time in {look.step for look in LOOKS}

    see_that_plans_are_in_time(engine, NIGHT, settings)
    assert asked == []  # nothing is late, so nothing that makes plans is loaded
    monkeypatch.setattr(in_time, "late_plans", lambda _, now, ready: [] if ready != timedelta(minutes=45) else [now])
    see_that_plans_are_in_time(engine, NIGHT, settings)

    assert asked == [(NIGHT, timedelta(minutes=45), settings.purchasing)]
    assert "fallback plan plan-7" in caplog.text


@one_database
def test_an_address_that_no_broker_can_have_ends_the_watcher_at_once(database_url) -> None:
    with pytest.raises(ValueError, match="FRESHFRONT_MQTT_URL"):
        watcher.watch(Settings(database_url=database_url, mqtt_url="http://broker.example"))


async def test_pauses_leave_no_task_behind() -> None:
    stop = asyncio.Event()
    before = asyncio.all_tasks()

    for _ in range(5):
        await pause_unless_stopped(stop, 0.001)
    assert asyncio.all_tasks() == before

    stop.set()
    async with asyncio.timeout(5):
        await pause_unless_stopped(stop, 60)
