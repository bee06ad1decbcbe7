"""Situations of real cold stores, played with their own numbers from the readings to the alarms, on both databases."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import AlarmRow, Band, LimitRow, OutboxEventRow, ReadingRow, SensorRow, ZoneRow
from flows.coldchain.alarms.alarms import acknowledge_alarm
from flows.coldchain.alarms.retiring import retire_sensor
from flows.coldchain.alarms.zones_now import ZoneNow, zones_now
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.rules.kept_rules import keep_rules
from flows.coldchain.sensors.clocks_that_differ import active_clock_differences, tell_of_clocks
from flows.notifying.deliveries import deliver_due
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, register
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.zones import ZoneState

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Row = tuple[float, float]  # minute of the night, temperature


def say(engine: Engine, rows: Iterable[Row], sensor_id: str = "S1", ahead: timedelta = timedelta(0)) -> None:
    """A batch that comes with its last reading; `ahead` is by how much the sensor's clock is."""
    said = [(NIGHT + minute * MINUTE, celsius) for minute, celsius in rows]
    with writing(engine) as session:
        receive_readings(session, [Reading(sensor_id, at + ahead, celsius) for at, celsius in said], said[-1][0])


def alarms(engine: Engine) -> list[AlarmRow]:
    with reading(engine) as session:
        found = list(session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at, AlarmRow.kind)))
        session.expunge_all()
        return found


def dairy_at(engine: Engine, minute: float) -> ZoneNow:
    with reading(engine) as session:
        (zone,) = zones_now(session, None, NIGHT + minute * MINUTE, 15 * MINUTE)
        session.expunge_all()
        return zone


@pytest.mark.parametrize("every", [1, 5])
def test_25_minutes_outside_and_one_reading_inside_over_and_over_are_an_alarm_within_hours(cold_room, every) -> None:
    cycle = 25 + every  # the delay of 30 minutes is never over
    night = ((minute, 4.0 if minute % cycle == 25 else 4.6) for minute in range(0, 12 * 60, every))

    say(cold_room, night)

    (alarm,) = alarms(cold_room)
    assert (alarm.kind, alarm.worst_c) == ("too_warm", 4.6)
    assert alarm.raised_at <= NIGHT + 4 * HOUR
    assert alarm.ended_at is None, "it went on all night"


@pytest.mark.parametrize("told", [False, True], ids=["learned", "told"])
def test_a_freezer_that_defrosts_every_six_hours_raises_nothing_once_its_rhythm_is_known(cold_room, told) -> None:
    with writing(cold_room) as session:
        session.execute(update(LimitRow).values(low_c=None, high_c=-18.0))
        if told:
            every = Rules(defrost_every=6 * HOUR, defrost_for=45 * MINUTE, defrost_up_to_c=-11.0)
            keep_rules(session, "Z1", every, NIGHT - HOUR, "test")
    defrost = [-17.0, -15.0, -13.0, -12.0, -12.0, -13.0, -15.0, -17.0, -17.9]  # 40 minutes from first to last
    days = ((m, defrost[m % 360 // 5] if m % 360 <= 40 else -21.0) for m in range(0, 3 * 1_440, 5))

    say(cold_room, days)

    assert len(alarms(cold_room)) == (0 if told else 4)
    assert all(one.raised_at < NIGHT + 24 * HOUR for one in alarms(cold_room))


@pytest.mark.parametrize(
    "said", [[85.0], [-127.0], [327.67], [41.9, 42.1, 42.3], [55.0, 56.0, 57.0]],
    ids=["at power-on", "no probe", "no value", "Fahrenheit", "tenths"],
)  # fmt: skip
def test_what_no_room_has_is_the_sensor_s_fault_and_never_the_worst_of_an_alarm(cold_room, said) -> None:
    warm = [(minute, 5.5) for minute in range(0, 40, 10)]
    say(cold_room, warm)

    say(cold_room, ((40 + 10 * number, celsius) for number, celsius in enumerate(said)))

    found = {one.kind: one for one in alarms(cold_room)}
    assert found.keys() == {"too_warm", "faulty"}
    assert (found["too_warm"].worst_c, found["too_warm"].ended_at) == (5.5, None)


def test_a_sensor_whose_clock_is_five_minutes_fast_is_said_and_loses_nothing(cold_room) -> None:
    fast = 5 * MINUTE
    for minute in range(0, 60, 5):
        say(cold_room, [(minute, 3.0)], ahead=fast)
    tell_of_clocks(cold_room, NIGHT + 56 * MINUTE)

    with reading(cold_room) as session:
        (clock,) = active_clock_differences(session)
        assert (clock.whose, clock.sensor_id, clock.ahead) == ("unknown", "S1", fast)
        kept = session.execute(select(ReadingRow.taken_at, ReadingRow.known_at).order_by(ReadingRow.taken_at)).all()
    assert len(kept) == 12
    assert all(taken_at - known_at == fast for taken_at, known_at in kept), "known when it came"
    assert dairy_at(cold_room, 56).sensors[0].state is ZoneState.IN_ORDER
    say(cold_room, ((minute, 7.0) for minute in range(60, 100, 5)), ahead=fast)
    assert [(one.kind, one.raised_at - one.began_at) for one in alarms(cold_room)] == [("too_warm", 30 * MINUTE)]


def test_an_alarm_acknowledged_at_5_degrees_that_climbs_to_25_is_told_again_as_worse(cold_room) -> None:
    say(cold_room, ((minute, 5.0) for minute in range(0, 40, 10)))
    (alarm,) = alarms(cold_room)
    with writing(cold_room) as session:
        acknowledge_alarm(session, alarm.alarm_id, None, NIGHT + 35 * MINUTE, "Lin")

    say(cold_room, ((40 + 10 * number, 6.0 + number) for number in range(20)))

    (alarm,) = alarms(cold_room)
    assert (alarm.worst_c, alarm.acknowledged_at, alarm.ended_at) == (25.0, None, None)
    with reading(cold_room) as session:
        events = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.happened_at)).all()
    assert [one.type for one in events] == ["alarm.raised", "alarm.acknowledged", *["alarm.worse"] * 4]
    assert [one.payload["worst_c"] for one in events[2:]] == [10.0, 15.0, 20.0, 25.0]


def test_a_thermometer_that_dies_in_an_alarm_and_its_successor_at_3_degrees_leave_no_alarm_open(cold_room) -> None:
    with writing(cold_room) as session:
        session.add(SensorRow(sensor_id="S9", zone_id="Z1", name="New"))
    say(cold_room, ((minute, 9.0) for minute in range(0, 60, 10)))
    say(cold_room, [(60, 3.0)], "S9")
    assert [one.ended_at for one in alarms(cold_room)] == [None], "who reads 3 C is another one"

    with writing(cold_room) as session:
        retire_sensor(session, "S1", "it is broken", NIGHT + HOUR, "Lin", "S9")
    say(cold_room, [(70, 3.0)], "S9")

    (alarm,) = alarms(cold_room)
    assert (alarm.ended_because, alarm.end_note) == ("retired", "Sensor S1 was replaced by S9: it is broken")
    assert {one.sensor.sensor_id: one.state for one in dairy_at(cold_room, 75).sensors}["S9"] is ZoneState.IN_ORDER


def test_a_sensor_that_sends_every_20_minutes_is_in_order_16_minutes_after_its_last_reading(cold_room) -> None:
    with writing(cold_room) as session:
        session.execute(update(SensorRow).where(SensorRow.sensor_id == "S1").values(interval_minutes=20))
    say(cold_room, [(0, 3.0), (20, 3.0)], "S1")
    say(cold_room, [(0, 3.0), (20, 3.0)], "S2")

    states = {one.sensor.sensor_id: one.state for one in dairy_at(cold_room, 36).sensors}

    assert states == {"S1": ZoneState.IN_ORDER, "S2": ZoneState.SILENT}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_300_sensors_that_go_outside_within_a_minute_every_one_is_named_in_a_few_messages(cold_room) -> None:
    """A warehouse of a hundred zones with three sensors each, after a power cut."""
    names = [f"P{number:03}" for number in range(300)]
    with writing(cold_room) as session:
        shape = {"warehouse_id": "W1", "band": Band.CHILLED, "x_m": 0, "y_m": 0, "width_m": 1, "depth_m": 1}
        zones = [f"R{number:02}" for number in range(100)]
        session.add_all(ZoneRow(zone_id=zone, name=zone, **shape) for zone in zones)
        session.flush()
        since = NIGHT - timedelta(days=9)
        session.add_all(
            LimitRow(zone_id=zone, valid_from=since, low_c=0.0, high_c=4.0, high_delay_minutes=30) for zone in zones
        )
        session.add_all(SensorRow(sensor_id=name, zone_id=zones[n // 3], name=name) for n, name in enumerate(names))
    receiver = Receiver()
    register(cold_room, receiver.url)
    for minute in (0, 30):
        taken_at = {name: NIGHT + minute * MINUTE + n * timedelta(seconds=0.2) for n, name in enumerate(names)}
        with writing(cold_room) as session:
            readings = [Reading(name, at, 7.0) for name, at in taken_at.items()]
            receive_readings(session, readings, NIGHT + (minute + 1) * MINUTE)

    for seconds in (0, 31, 62):
        deliver_due(cold_room, NIGHT + 31 * MINUTE + timedelta(seconds=seconds), LOCAL)
    receiver.close()

    told = [one for payload in receiver.payloads() for one in payload["data"].get("events", [payload])]
    assert {name for one in told for name in one["data"]["sensor_ids"]} == set(names)
    assert len(receiver.messages) <= 5
