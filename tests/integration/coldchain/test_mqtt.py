"""Readings by MQTT through real brokers: killed and started again, the watcher raises the same alarms, none twice."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.tables import AlarmRow, Band, ReadingRow, SensorRow, TrueDemandRow, WarehouseRow, ZoneRow
from flows.coldchain.alarms.alarms import alarm_id_of
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import told_by
from tests.forked import CallWithSettings
from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
BEGIN_AFTER = (0, 22, 8, 14, 2, 20)  # readings into the three hours
LIMIT = Limit("Z1", 0.0, 4.0, timedelta(minutes=30), timedelta(minutes=30), datetime(2020, 1, 1, tzinfo=UTC))


def readings_kept(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


def alarms_kept(engine: Engine) -> dict[str, tuple[datetime, datetime | None]]:
    with reading(engine) as session:
        return {alarm.alarm_id: (alarm.raised_at, alarm.ended_at) for alarm in session.scalars(select(AlarmRow))}


def alarms_of_the_engine(readings: Iterable[Reading]) -> dict[str, tuple[datetime, datetime | None]]:
    """What the pure engine makes of the readings, with no database, broker or process between."""
    states: dict[str, SensorState] = {}
    alarms: dict[str, tuple[datetime, datetime | None]] = {}
    for one in readings:
        state = states.get(one.sensor_id, SensorState(one.sensor_id))
        states[one.sensor_id], events = watch(state, one, Rules(), LIMIT)
        for event in events:
            if isinstance(event, AlarmRaised):
                alarms[alarm_id_of(event.alarm_key)] = (event.raised_at, None)
            elif isinstance(event, AlarmEnded):
                alarm_id = alarm_id_of(event.alarm_key)
                alarms[alarm_id] = (alarms[alarm_id][0], event.ended_at)
    return alarms


def days_of_readings(count: int) -> list[Reading]:
    """Two sensors that are too warm for an hour in every three, and too cold in every fifth of them; never at even
    intervals, which would be the rhythm of a defrost."""
    return [
        Reading(f"S{sensor}", NIGHT + timedelta(minutes=5 * n), _temperature(n + 7 * sensor))
        for n in range(count // 2)
        for sensor in (1, 2)
    ]


def _temperature(n: int) -> float:
    since = n % 36 - BEGIN_AFTER[n // 36 % len(BEGIN_AFTER)]
    if 0 <= since < 12:
        return -2.0 if n // 36 % 5 == 4 else 6.0 + since / 10
    return 3.0


@pytest.mark.parametrize(
    ("database_url", "mqtt_broker"),
    [("sqlite", "amqtt"), ("sqlite", "mosquitto"), ("postgresql", "mosquitto")],
    indirect=True,
)
def test_the_watcher_killed_half_way_and_started_again_raises_the_same_alarms(
    cold_room, mqtt_broker, publisher, start_watcher, wait_until
) -> None:
    readings = days_of_readings(1_200)
    expected = alarms_of_the_engine(readings)
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())
    publisher.publish_readings(readings[:700])
    wait_until(lambda: readings_kept(cold_room) > 250)

    watcher.kill()
    publisher.publish_readings(readings[700:])  # while nobody watches
    kept_before_the_start = readings_kept(cold_room)
    watcher.start()

    wait_until(lambda: readings_kept(cold_room) == len(readings))
    assert kept_before_the_start < 1_000
    assert len(expected) > 30
    assert alarms_kept(cold_room) == expected


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("sqlite", "amqtt")], indirect=True)
def test_watcher_and_built_in_broker_killed_together_lose_nothing(
    cold_room, mqtt_broker, publisher, start_watcher, wait_until
) -> None:
    readings = days_of_readings(1_200)
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())
    publisher.publish_readings(readings[:700])
    wait_until(lambda: readings_kept(cold_room) > 250)

    watcher.kill()
    mqtt_broker.start_again()
    publisher.publish_readings(readings[700:])
    watcher.start()

    wait_until(lambda: readings_kept(cold_room) == len(readings))
    assert alarms_kept(cold_room) == alarms_of_the_engine(readings)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_messages_that_are_wrong_are_logged_and_do_not_stop_the_stream(
    cold_room, mqtt_broker, publisher, start_watcher, wait_until, reading_at
) -> None:
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    publisher.publish("S1", "{broken")
    publisher.publish("S1", "[" * 100_000)
    publisher.publish("S1", {"taken_at": "2026-03-01T00:00:00", "temperature_c": 3.0})
    publisher.publish("S1", {"taken_at": tomorrow, "temperature_c": 3.0})
    publisher.publish("S9", {"taken_at": "2026-03-01T00:00:00Z", "temperature_c": 3.0})
    publisher.publish("S1", [{"taken_at": f"2026-03-01T00:0{n}:00+08:00", "temperature_c": 3} for n in range(5)])
    publisher.publish_readings([reading_at(0, 3.0, "S2")])

    wait_until(lambda: readings_kept(cold_room) == 6)
    wait_until(lambda: watcher.log().count("is in the quarantine: ") == 5)  # said once it is kept
    log = watcher.log()
    for reason in ("not JSON", "no time zone", "lies in the future", "sensor 'S9' was not found"):
        assert reason in log


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"\xff", "not JSON"),
        (b"7", "a reading is an object"),
        (b'[{"taken_at": "2026-03-01T00:00:00Z", "temperature_c": 3}, null]', "a reading is an object"),
        (b'{"taken_at": "2026-03-01T00:00:00Z"}', "none of temperature_c, temperature, humidity"),
        (b'{"taken_at": "2026-03-01T00:00:00Z", "temperature_c": true}', "temperature_c is not a number"),
        (b'{"taken_at": "2026-03-01T00:00:00Z", "temperature_c": NaN}', "temperature_c is not a number"),
        (b'{"taken_at": "2026-03-01T00:00:00Z", "temperature_c": 1' + b"0" * 400 + b"}", "too large"),
        (b'{"taken_at": true, "temperature_c": 3}', "taken_at is neither a time"),
        (b'{"taken_at": "yesterday", "temperature_c": 3}', "yesterday"),
        (b'{"taken_at": "0001-01-01T00:00:00+14:00", "temperature_c": 3}', "out of range"),
        (b" " * 300_000, "300000 bytes"),
    ],
)
def test_a_message_that_is_no_reading_says_why(payload: bytes, why: str) -> None:
    with pytest.raises(NotAReading, match=why):
        told_by(SensorMessage("freshfront/readings/S1", payload), NIGHT)


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("sqlite", "amqtt")], indirect=True)
def test_the_simulator_publishes_the_sample_regions_sensors_and_no_others(
    cold_room, mqtt_broker, start_process, start_watcher, database_url, wait_until
) -> None:
    with writing(cold_room) as session:
        session.add(WarehouseRow(warehouse_id="REAL", name="Real", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        session.add(
            ZoneRow(
                zone_id="Z9", warehouse_id="REAL", name="Dairy", band=Band.CHILLED, x_m=0, y_m=0, width_m=5, depth_m=4
            )
        )
        session.flush()
        session.add(SensorRow(sensor_id="S9", zone_id="Z9", name="Not simulated"))
        session.add(TrueDemandRow(warehouse_id="W1", product_id="P1", date=NIGHT.date(), demand=1.0))
    start_watcher()

    environment = mqtt_broker.settings | {"FRESHFRONT_DATABASE_URL": database_url}
    start_process("simulator", CallWithSettings("flows.processes.sensor_simulator:simulate"), environment)

    wait_until(lambda: readings_kept(cold_room) >= 2)
    with reading(cold_room) as session:
        kept = session.execute(select(ReadingRow.sensor_id, ReadingRow.taken_at, ReadingRow.temperature_c)).all()
    assert {sensor_id for sensor_id, _, _ in kept} == {"S1", "S2"}
    assert all(abs(datetime.now(UTC) - taken_at) < timedelta(minutes=1) for _, taken_at, _ in kept)
    assert all(-5 < temperature_c < 15 for _, _, temperature_c in kept)
