"""Nothing heard: told once after the sensor's own interval, ended by its next reading, whatever was before it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select, update

from data.database import reading, writing
from data.tables import AlarmRow, ExcursionRow, OutboxEventRow, SensorRow, SensorStateRow
from flows.coldchain.alarms.alarms import AlarmsChanged
from flows.coldchain.alarms.silence import tick
from flows.coldchain.readings.receiving import receive_readings
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def at(minute: float) -> datetime:
    return NIGHT + timedelta(minutes=minute)


def say(engine: Engine, minute: float, temperature_c: float, sensor_id: str = "S1", came: float | None = None) -> None:
    with writing(engine) as session:
        one = Reading(sensor_id, at(minute), temperature_c)
        receive_readings(session, [one], at(minute if came is None else came))


def look(engine: Engine, minute: float) -> AlarmsChanged:
    return tick(engine, at(minute), QUARTER)


def alarms(engine: Engine) -> list[tuple[str, float, float, float | None]]:
    """Kind, and the minutes at which it began, was raised and ended."""
    with reading(engine) as session:
        rows = session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at, AlarmRow.kind))
        return [(row.kind, minutes(row.began_at), minutes(row.raised_at), minutes(row.ended_at)) for row in rows]


def minutes(moment: datetime | None) -> float:
    return -1 if moment is None else (moment - NIGHT) / timedelta(minutes=1)


def test_a_sensor_that_is_heard_no_more_is_told_of_once_and_ends_with_its_next_reading(cold_room) -> None:
    say(cold_room, 0, 3.0)

    assert [len(look(cold_room, minute).raised) for minute in (15, 16, 60, 480)] == [0, 1, 0, 0]
    assert alarms(cold_room) == [("silent", 0, 16, -1)]
    say(cold_room, 481, 3.2)

    assert alarms(cold_room) == [("silent", 0, 16, 481)]
    with reading(cold_room) as session:
        told = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.happened_at)).all()
        raised, ended = (one.payload for one in told)
        assert [one.type for one in told] == ["alarm.raised", "alarm.ended"]
    assert (raised["kind"], raised["last_c"], raised["last_taken_at"]) == ("silent", 3.0, "2026-03-01T00:00:00Z")
    assert (raised["limit_c"], raised["worst_c"], raised["zone"]) == (None, None, "Dairy")
    assert (ended["last_c"], ended["past"]) == (3.2, False)


def test_how_long_a_sensor_may_be_silent_is_its_own(cold_room) -> None:
    with writing(cold_room) as session:
        session.execute(update(SensorRow).where(SensorRow.sensor_id == "S2").values(interval_minutes=20))
    for sensor_id in ("S1", "S2"):
        say(cold_room, 0, 3.0, sensor_id)

    assert len(look(cold_room, 16).raised) == 1
    with reading(cold_room) as session:
        assert session.scalars(select(ExcursionRow.sensor_id)).all() == ["S1"]
    look(cold_room, 61)  # three readings of the other are missing
    with reading(cold_room) as session:
        assert session.scalars(select(ExcursionRow.sensor_id).order_by(ExcursionRow.raised_at)).all() == ["S1", "S2"]


def test_a_sensor_that_falls_silent_in_an_alarm_stays_in_it(cold_room) -> None:
    for minute in (0, 15, 30):
        say(cold_room, minute, 7.0)
    look(cold_room, 120)

    assert alarms(cold_room) == [("too_warm", 0, 30, -1), ("silent", 30, 120, -1)]
    say(cold_room, 130, 3.0)
    assert alarms(cold_room) == [("too_warm", 0, 30, 130), ("silent", 30, 120, 130)]


def test_a_stay_outside_that_had_begun_before_the_silence_goes_on_after_it(cold_room) -> None:
    say(cold_room, 0, 7.0)
    look(cold_room, 60)
    say(cold_room, 61, 7.5)

    assert alarms(cold_room) == [("silent", 0, 60, 61), ("too_warm", 0, 61, -1)]


def test_a_sensor_whose_readings_are_long_under_way_is_heard_when_they_come(cold_room) -> None:
    for minute in range(0, 120, 10):
        say(cold_room, minute, 3.0, came=minute + 60)
        assert look(cold_room, minute + 62) == AlarmsChanged()


def test_all_sensors_of_a_zone_are_silent_in_one_alarm_that_ends_with_the_last(cold_room) -> None:
    say(cold_room, 0, 3.0, "S1")
    say(cold_room, 1, 3.0, "S2")
    look(cold_room, 16)
    look(cold_room, 17)

    assert len(alarms(cold_room)) == 1
    say(cold_room, 20, 3.0, "S1")
    assert alarms(cold_room) == [("silent", 0, 16, -1)]
    say(cold_room, 21, 3.0, "S2")
    assert alarms(cold_room) == [("silent", 0, 16, 21)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_look_costs_the_same_however_many_were_read_and_raised(cold_room) -> None:
    statements: list[str] = []
    event.listen(cold_room, "before_cursor_execute", lambda *said: statements.append(said[2]))
    say(cold_room, 0, 3.0)
    look(cold_room, 5)

    assert not any(table in one for one in statements[-4:] for table in ("readings", "excursions", "alarms"))
    with reading(cold_room) as session:
        assert session.scalars(select(SensorStateRow.heard_at)).all() == [NIGHT]
