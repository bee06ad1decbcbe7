"""Files of readings that are read by columns: as their rows say, or not at all."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from data.database import reading
from data.importers.by_columns import checked_columns
from data.importers.importing import check_table
from data.importers.problems import BadFile
from data.importers.rows.files import recorded_table
from data.importers.rows.known import Known
from data.tables import AlarmRow, ExcursionRow, ReadingRow
from flows.coldchain.readings import reading_columns
from flows.coldchain.readings.imported_readings import followed_readings
from flows.coldchain.readings.reading_columns import KEPT
from flows.importing.documented_kinds import import_documented_file

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HEADER = "sensor_id,taken_at,temperature_c\n"
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SENSORS = ["S1", "S1", "S2", " S1", "S2 ", '"S1"', "S9", "1E+05", ""]
MOMENTS = [
    *("2026-03-01T00:00:00Z", "2026-03-01T08:00:00+08:00", "2026-03-01 01:00:00.5+00:00", "2026-03-01T01:00Z"),
    *("2026-03-01T01:00:00", "2026-03-01", "2026-03-01T01+00", "1999-12-31T23:59:59Z", "2026-03-02T00:00:00Z", " "),
    *("2026-03-01T08:02:00Z", "2026-03-01T01:00:00.1234567Z", "2026-03-01T24:00:00Z", "20260301T010000Z"),
    *("2026-03-01T01:00:60Z", "2026-03-01T01:00:00 +00:00", "2026-03-01T01:00:00+00:00:30", "2026-03-01T01:00:00,5Z"),
]  # fmt: skip
TEMPERATURES = ["3", "3.0", "-1e1", "+2", ".5", "5.", "nan", "inf", "401", "", " 3 ", "1_0", "0x10", "NA", "3,", '"3"']
cells = st.tuples(st.sampled_from(SENSORS), st.sampled_from(MOMENTS), st.sampled_from(TEMPERATURES))
Rows = list[tuple[object, ...]]


def by_columns(engine: Engine, path: Path) -> Rows | None:
    kind = followed_readings().kind
    assert kind.by_columns is not None
    with reading(engine) as session:
        known = Known(session.connection(), NOW)
        found = checked_columns(recorded_table(path), kind.by_columns, kind.once[0], known)
    if found is None:
        return None
    with closing(found[0]) as columns:
        return [tuple(row.values()) for batch in columns for row in batch.to_pylist()]


def row_by_row(engine: Engine, path: Path) -> Rows | None:
    try:
        with reading(engine) as session:
            checked = check_table(session, followed_readings().kind, recorded_table(path), now=NOW)
    except BadFile:
        return None
    with closing(checked):
        return [row for records in checked.rows for row in records.good(*KEPT.names)]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "readings.csv"
    began = NOW - timedelta(hours=6)
    rows = [("S1", began + timedelta(minutes=5 * n, seconds=7), 9.0 if 20 <= n < 50 else 3.0) for n in range(60)]
    rows += [("S2", taken_at, 2.5) for _, taken_at, _ in rows]
    path.write_text(HEADER + "".join(f"{s},{t.isoformat()},{c}\n" for s, t, c in rows))
    return path


@one_database
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(cells, min_size=1, max_size=3), mark=st.sampled_from(["", "\ufeff"]), end=st.sampled_from("\n\r"))
def test_what_is_read_by_columns_is_what_its_rows_say(
    cold_room: Engine, tmp_path: Path, rows: list[tuple[str, str, str]], mark: str, end: str
) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(mark + HEADER + end.join(",".join(row) for row in rows), newline="")

    read = by_columns(cold_room, path)

    assert read is None or read == row_by_row(cold_room, path)


@one_database
def test_a_plain_file_is_read_by_columns(cold_room: Engine, plain: Path) -> None:
    with plain.open("a") as file:
        file.write("S1,2026-03-01T15:59:00.25+08:00,-.5\n\nS2,2026-03-01 07:59Z,1e0\n")

    read = by_columns(cold_room, plain)

    assert read is not None
    assert read == row_by_row(cold_room, plain)
    assert read[-2:] == [
        ("S1", datetime(2026, 3, 1, 7, 59, 0, 250_000, UTC), -0.5, datetime(2026, 3, 1, 7, 59, 0, 250_000, UTC)),
        ("S2", datetime(2026, 3, 1, 7, 59, tzinfo=UTC), 1.0, datetime(2026, 3, 1, 7, 59, tzinfo=UTC)),
    ]


def quoted(text: str) -> str:
    return text.replace("S1", '"S1"', 1)


@pytest.mark.parametrize(("held", "change"), [(10, str), (10_000, quoted), (10, quoted)])
def test_alarms_are_the_same_whichever_way_a_file_is_read_and_however_many_readings_are_held(
    cold_room: Engine, plain: Path, monkeypatch: pytest.MonkeyPatch, held: int, change: Callable[[str], str]
) -> None:
    monkeypatch.setattr(reading_columns, "AT_MOST_HELD", held)
    plain.write_text(change(plain.read_text()))

    told = import_documented_file(cold_room, "readings", plain, now=NOW)

    with reading(cold_room) as session:
        found = session.execute(select(ExcursionRow.sensor_id, ExcursionRow.began_at, ExcursionRow.ended_at)).tuples()
        began_at = NOW - timedelta(hours=6) + timedelta(minutes=100, seconds=7)
        assert found.all() == [("S1", began_at, began_at + timedelta(minutes=150))]
        assert (told.rows, len(session.scalars(select(AlarmRow)).all())) == (120, 1)
        assert len(session.scalars(select(ReadingRow.taken_at)).all()) == 120
