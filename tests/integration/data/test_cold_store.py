"""The recorded cold store: stamps without a zone become moments, an alarm log becomes limits over time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from data.database import reading
from data.datasets.cold_store import cold_store_limits, cold_store_readings, import_cold_store
from data.tables import LimitRow, ReadingRow, SensorRow, ZoneRow

READINGS = """time,sensor_id,temperature_c
2021-11-07 00:45:00,freezer_1,-20.0
2021-11-07 01:00:00,freezer_1,-20.1
2021-11-07 01:00:00,freezer_1,-20.2
2021-11-07 01:45:00,freezer_1,-20.3
2021-11-07 01:45:00,freezer_1,-20.4
2021-11-07 02:00:00,freezer_1,-20.5
2021-11-07 02:00:00,freezer_3,-21.0
"""
HEADER = "time,sensor_id,event,limit_c,value_c\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "readings.csv").write_text(READINGS)
    (tmp_path / "alarms.csv").write_text(HEADER)
    return tmp_path


def limits_told_by(folder: Path, *lines: str) -> list[tuple[str, str, float | None, float | None]]:
    (folder / "alarms.csv").write_text(HEADER + "\n".join(lines) + "\n")
    return [(x.sensor_id, f"{x.valid_from:%d %H:%M}", x.low_c, x.high_c) for x in cold_store_limits(folder)]


def test_stamps_that_the_clock_showed_twice_are_an_hour_apart(folder: Path) -> None:
    readings = list(cold_store_readings(folder))

    times = [at for sensor_id, at, _ in readings if sensor_id == "freezer_1"]
    assert times == [
        datetime(2021, 11, 7, hour, minute, tzinfo=UTC)
        for hour, minute in ((5, 45), (6, 0), (6, 45), (7, 0), (7, 45), (8, 0))
    ]
    assert [celsius for _, _, celsius in readings] == [-20.0, -20.1, -20.3, -20.2, -20.4, -20.5, -21.0]


def test_a_limit_holds_from_the_delay_before_the_first_alarm_that_tells_it(folder: Path) -> None:
    assert limits_told_by(
        folder,
        "2021-12-01 12:00:00,freezer_2,too_warm,-19,-18",
        "2021-12-02 12:00:00,freezer_2,too_warm,-19,-18",
        "2021-12-03 12:00:00,freezer_2,too_cold,-25,-26",
        "2021-12-04 12:00:00,freezer_2,too_warm,-20,-18",
    ) == [
        ("freezer_2", "01 17:15", None, -19.0),
        ("freezer_2", "03 17:15", -25.0, -19.0),
        ("freezer_2", "04 17:15", -25.0, -20.0),
    ]


def test_a_recovery_without_a_limit_lifts_it(folder: Path) -> None:
    assert limits_told_by(
        folder,
        "2021-12-01 12:00:00,freezer_2,too_cold,-22,-23",
        "2021-12-01 12:20:00,freezer_2,recovered,,-23",
    ) == [("freezer_2", "01 17:15", -22.0, None), ("freezer_2", "01 18:20", None, None)]


def test_of_limits_that_contradict_each_other_the_newer_counts(folder: Path) -> None:
    limits = limits_told_by(
        folder,
        "2021-12-01 12:00:00,freezer_2,too_warm,-32,-31",
        "2021-12-02 12:00:00,freezer_2,too_cold,0,-31",
    )

    assert limits[1][2:] == (0.0, None)


def test_a_log_that_mixes_two_sensors_speaks_of_both(folder: Path) -> None:
    limits = limits_told_by(folder, "2021-12-01 12:00:00,freezer_1_or_3,too_warm,-19,-18")

    assert [limit[0] for limit in limits] == ["freezer_1", "freezer_3"]


def test_importing_twice_keeps_everything_once(engine: Engine, folder: Path) -> None:
    (folder / "alarms.csv").write_text(HEADER + "2021-12-01 12:00:00,freezer_1,too_warm,-19,-18\n")

    for _ in range(2):
        imported = import_cold_store(engine, folder, with_readings=True)

    assert (imported.sensors, imported.limits, imported.readings) == (2, 1, 7)
    with reading(engine) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (ZoneRow, SensorRow, LimitRow, ReadingRow)
        ]
        assert counts == [2, 2, 1, 7]


def test_the_whole_record_becomes_readings_fifteen_minutes_apart(shared_data: Path) -> None:
    last: dict[str, datetime] = {}
    gaps = set()
    for sensor_id, at, _ in cold_store_readings(shared_data / "cold_store"):
        if sensor_id in last:
            gaps.add(at - last[sensor_id])
        last[sensor_id] = at

    assert len(last) == 10
    assert {gap.total_seconds() / 60 for gap in gaps} == {15.0}
