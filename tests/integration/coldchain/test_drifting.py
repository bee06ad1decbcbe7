"""A sensor that drifts is told while the watcher runs, as a fault of the sensor, until it has come back or is gone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event, select

from data.database import reading, writing
from data.tables import AlarmRow, Band, ReadingHourRow, ReadingRow, SensorRow, SensorStateRow, ZoneRow
from flows.coldchain.alarms.alarms import close_alarm
from flows.coldchain.alarms.drifting import tell_of_drift
from flows.coldchain.alarms.retiring import retire_sensor
from flows.coldchain.alarms.zones_now import zones_now
from flows.coldchain.readings.receiving import receive_readings
from flows.importing.documented_kinds import import_documented_file
from flows.processes.looks import LOOKS
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.zones import ZoneState

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("S1", "S2", "S3", "S4")


def day(number: float) -> datetime:
    return FIRST + timedelta(days=number)


def say(engine: Engine, first: int, last: int, away: Mapping[str, float] | None = None) -> None:
    """Every six hours the four sensors say 3 C, each a bit otherwise, and some of them so much more."""
    said = [
        Reading(name, day(at + quarter / 4), 3.0 + number / 10 + quarter / 20 + (away or {}).get(name, 0.0))
        for at in range(first, last)
        for quarter in range(4)
        for number, name in enumerate(NAMES)
    ]
    with writing(engine) as session:
        receive_readings(session, said, said[-1].taken_at)


@pytest.fixture
def zone(cold_room: Engine) -> Engine:
    """Four sensors, of which S1 says 2.5 C less than before since the day 14; 21 days are over."""
    with writing(cold_room) as session:
        session.add_all(SensorRow(sensor_id=name, zone_id="Z1", name=name) for name in NAMES[2:])
    say(cold_room, 0, 14)
    say(cold_room, 14, 21, {"S1": -2.5})
    return cold_room


def alarms(engine: Engine) -> list[tuple[str, datetime, datetime | None, str | None]]:
    with reading(engine) as session:
        rows = session.scalars(select(AlarmRow).where(AlarmRow.kind == "drifting").order_by(AlarmRow.raised_at))
        return [(row.sensor_id, row.raised_at, row.ended_at, row.ended_because) for row in rows]


def carry(engine: Engine, folder: Path, zone_id: str, at: float) -> None:
    path = folder / "sensors.csv"
    path.write_text(f"sensor_id,zone_id,name\nS1,{zone_id},S1\n")
    import_documented_file(engine, "sensors", path, now=day(at))


def add_zone(engine: Engine) -> None:
    with writing(engine) as session:
        place = {"warehouse_id": "W1", "band": Band.CHILLED, "x_m": 5, "y_m": 0, "width_m": 5, "depth_m": 4}
        session.add(ZoneRow(zone_id="Z2", name="Fruit", **place))


def test_a_sensor_that_drifts_is_told_once_as_its_fault_and_no_restart_tells_it_again(zone: Engine) -> None:
    (alarm_id,) = tell_of_drift(zone, day(21)).raised
    assert [tell_of_drift(zone, day(21 + later)).raised for later in (0, 0.5)] == [[], []]

    with reading(zone) as session:
        alarm = session.get_one(AlarmRow, alarm_id)
        assert (alarm.sensor_id, alarm.kind, alarm.severity) == ("S1", "drifting", "warning")
        assert alarm.worst_c == pytest.approx(-2.5)
        (now,) = zones_now(session, "W1", day(21), timedelta(hours=7))
        assert now.state is ZoneState.FAULT


def test_before_it_has_moved_by_so_much_nothing_is_told(zone: Engine) -> None:
    assert tell_of_drift(zone, day(17)).raised == [], "three days of the last week only"


def test_one_that_stays_away_stays_told_for_months_and_ends_half_way_back(zone: Engine) -> None:
    (alarm_id,) = tell_of_drift(zone, day(21)).raised
    say(zone, 21, 60, {"S1": -2.5})

    for later in (28, 36, 50, 60):
        assert tell_of_drift(zone, day(later)).ended == []
    say(zone, 60, 67, {"S1": -0.9})
    assert tell_of_drift(zone, day(67)).ended == [alarm_id]
    assert alarms(zone) == [("S1", day(21), day(67), None)]


def test_the_week_before_it_began_is_known_from_hours_when_its_readings_are_pruned(zone: Engine) -> None:
    tell_of_drift(zone, day(21))
    say(zone, 21, 40, {"S1": -2.5})
    with writing(zone) as session:
        for row in session.scalars(select(ReadingRow).where(ReadingRow.taken_at < day(20))).all():
            said = dict.fromkeys(("lowest_c", "mean_c", "highest_c"), row.temperature_c)
            session.add(ReadingHourRow(sensor_id=row.sensor_id, hour=row.taken_at, readings=1, **said))
        session.execute(delete(ReadingRow).where(ReadingRow.taken_at < day(20)))

    assert tell_of_drift(zone, day(40)).ended == []
    say(zone, 40, 47)
    assert len(tell_of_drift(zone, day(47)).ended) == 1


def test_a_sensor_that_is_carried_elsewhere_ends_it_with_a_note_before_and_after_it_is_heard_there(
    zone: Engine, tmp_path: Path
) -> None:
    (alarm_id,) = tell_of_drift(zone, day(21)).raised
    add_zone(zone)
    carry(zone, tmp_path, "Z2", 21.2)

    assert tell_of_drift(zone, day(22)).ended == [alarm_id]
    assert tell_of_drift(zone, day(22)).ended == []
    assert alarms(zone) == [("S1", day(21), day(22), "moved")]
    with reading(zone) as session:
        assert session.get_one(AlarmRow, alarm_id).end_note == "Sensor S1 hangs there no more."
        assert "also" not in session.get_one(SensorStateRow, "S1").state


def test_one_that_was_carried_away_and_back_is_compared_anew(zone: Engine, tmp_path: Path) -> None:
    (alarm_id,) = tell_of_drift(zone, day(21)).raised
    add_zone(zone)
    carry(zone, tmp_path, "Z2", 21.2)
    say(zone, 22, 23)
    carry(zone, tmp_path, "Z1", 23.5)
    say(zone, 24, 25, {"S1": -2.5})

    changed = tell_of_drift(zone, day(25))
    assert (changed.raised, changed.ended) == ([], [alarm_id]), "it has hung there for a day"


def test_what_a_sensor_said_elsewhere_is_no_drift(zone: Engine, tmp_path: Path) -> None:
    add_zone(zone)
    carry(zone, tmp_path, "Z2", 13.9)
    carry(zone, tmp_path, "Z1", 13.95)

    assert tell_of_drift(zone, day(21)).raised == []


def test_a_sensor_that_is_retired_ends_it_with_its_note(zone: Engine) -> None:
    (alarm_id,) = tell_of_drift(zone, day(21)).raised
    with writing(zone) as session:
        assert retire_sensor(session, "S1", "it drifts", day(21.5), "Lin", "S2").ended == [alarm_id]

    changed = tell_of_drift(zone, day(22))
    assert (changed.raised, changed.ended) == ([], [])
    assert alarms(zone) == [("S1", day(21), day(21.5), "retired")]


def test_one_that_was_closed_by_hand_is_not_told_again(zone: Engine) -> None:
    (alarm_id,) = tell_of_drift(zone, day(21)).raised
    with writing(zone) as session:
        close_alarm(session, alarm_id, "known", day(21.5), "Lin")

    assert tell_of_drift(zone, day(22)).raised == []


def test_a_look_reads_two_weeks_whatever_was_kept(zone: Engine) -> None:
    """Each statement about readings names its week: from where, up to where."""
    asked: list[tuple[str, object]] = []
    event.listen(zone, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    tell_of_drift(zone, day(21))

    of_readings = [
        statement for statement, _ in asked if "FROM readings" in statement or "FROM reading_hours" in statement
    ]
    assert len(of_readings) == 4
    assert all(">=" in statement and " < " in statement for statement in of_readings)


def test_the_watcher_looks_for_it_once_a_day() -> None:
    assert [look.every for look in LOOKS if look.what == "comparing weeks of sensors"] == [86_400.0]
