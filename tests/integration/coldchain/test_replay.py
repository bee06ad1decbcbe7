"""The recorded cold store's first week through a real broker: the same alarms with and without a kill, none twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, func, select

from data.database import reading
from data.datasets.cold_store import cold_store_readings, import_cold_store
from data.tables import AlarmRow, LimitRow, ReadingRow, SensorRow
from flows.coldchain.alarms.alarms import alarm_id_of
from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.readings import Reading


@dataclass(frozen=True)
class Span:
    """From when to when an alarm was, and how bad it got."""

    sensor_id: str
    kind: str
    began_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    limit_c: float


def first_week(folder: Path) -> list[Reading]:
    readings = (Reading(*row) for row in cold_store_readings(folder))
    first = next(readings)
    until = first.taken_at + timedelta(weeks=1)
    return [first, *takewhile(lambda one: one.taken_at < until, readings)]


def alarms_of_the_engine(engine: Engine, readings: Sequence[Reading]) -> dict[str, Span]:
    """What the pure engine makes of all the readings at once, with the limits in the database."""
    with reading(engine) as session:
        kept = session.execute(
            select(SensorRow.sensor_id, LimitRow).join(LimitRow, LimitRow.zone_id == SensorRow.zone_id)
        ).all()
        limits: dict[str, list[Limit]] = {}
        for sensor_id, row in kept:
            delays = {
                "low_delay": timedelta(minutes=row.low_delay_minutes),
                "high_delay": timedelta(minutes=row.high_delay_minutes),
            }
            limits.setdefault(sensor_id, []).append(
                Limit(row.zone_id, row.low_c, row.high_c, valid_from=row.valid_from, **delays)
            )
    frame = pd.DataFrame([(one.sensor_id, one.taken_at, one.temperature_c) for one in readings])
    frame.columns = pd.Index(["sensor_id", "taken_at", "temperature_c"])
    alarms: dict[str, Span] = {}
    for event in watch_readings({}, frame, limits).events:
        if isinstance(event, AlarmRaised):
            alarms[event.alarm_key] = Span(
                event.sensor_id, event.kind.value, event.began_at, event.raised_at, None, event.limit_c
            )
        elif isinstance(event, AlarmEnded):
            begun = alarms[event.alarm_key]
            alarms[event.alarm_key] = Span(
                begun.sensor_id, begun.kind, begun.began_at, begun.raised_at, event.ended_at, begun.limit_c
            )
    return {alarm_id_of(key): span for key, span in alarms.items()}


def alarms_kept(engine: Engine) -> dict[str, Span]:
    with reading(engine) as session:
        return {
            row.alarm_id: Span(row.sensor_id, row.kind, row.began_at, row.raised_at, row.ended_at, row.limit_c)
            for row in session.scalars(select(AlarmRow))
        }


def readings_kept(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("database_url", "mqtt_broker", "killed"),
    [
        ("sqlite", "mosquitto", False),
        ("sqlite", "mosquitto", True),
        ("postgresql", "mosquitto", True),
        ("sqlite", "amqtt", True),
    ],
    indirect=["database_url", "mqtt_broker"],
)
def test_the_recorded_readings_raise_and_end_the_same_alarms(
    shared_data, engine, mqtt_broker, publisher, start_watcher, wait_until, killed
) -> None:
    folder = shared_data / "cold_store"
    import_cold_store(engine, folder)
    readings = first_week(folder)
    expected = alarms_of_the_engine(engine, readings)
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())

    publisher.publish_readings(readings)
    if killed:
        wait_until(lambda: readings_kept(engine) > len(readings) // 2, 120)
        watcher.kill()
        kept_at_the_kill = readings_kept(engine)
        watcher.start()
    wait_until(lambda: readings_kept(engine) == len(readings), 120)

    assert not killed or kept_at_the_kill < len(readings)
    wait_until(lambda: alarms_kept(engine) == expected, 5)
    assert sum(span.ended_at is not None for span in expected.values()) > 30
