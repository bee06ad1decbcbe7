"""Rows looked up or removed by many keys: those and no others, without reading the rest of their table."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from data.bulk import write_rows
from data.database import reading, writing
from data.rows_of_keys import KEYS_A_QUERY, remove_rows_of_keys, rows_of_keys
from data.tables import ReadingRow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
READINGS = ReadingRow.__table__
COLUMNS = ["sensor_id", "taken_at", "temperature_c"]
Key = tuple[str, datetime]


def keys_of(count: int, sensor_id: str = "S1") -> list[Key]:
    return [(sensor_id, NOON + timedelta(seconds=n)) for n in range(count)]


def keep(engine: Engine, keys: list[Key]) -> None:
    with writing(engine) as session:
        rows = [(*key, 3.5, NOON) for key in keys]
        write_rows(session.connection(), READINGS, [*COLUMNS, "known_at"], rows)


@pytest.mark.parametrize("asked", [0, 1, KEYS_A_QUERY, KEYS_A_QUERY + 1])
def test_rows_of_the_keys_are_found_and_no_others(engine: Engine, asked: int) -> None:
    keep(engine, keys_of(asked + 1) + keys_of(1, "S2"))

    with reading(engine) as session:
        unknown = [("S2", NOON + timedelta(hours=9))]
        found = list(rows_of_keys(session.connection(), READINGS, COLUMNS, keys_of(asked) + unknown))

    assert sorted(found) == [(*key, 3.5) for key in keys_of(asked)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_looks_keys_up_in_place_of_reading_the_table(engine: Engine) -> None:
    keep(engine, keys_of(3))
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))

    with reading(engine) as session:
        connection = session.connection()
        list(rows_of_keys(connection, READINGS, COLUMNS, keys_of(2)))
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [step[-1] for step in plan]

    assert [step for step in steps if "readings" in step] == [
        "SEARCH readings USING PRIMARY KEY (sensor_id=? AND taken_at=?)"
    ]


def test_rows_of_the_keys_are_removed_and_no_others(engine: Engine) -> None:
    keep(engine, keys_of(3) + keys_of(1, "S2"))

    with writing(engine) as session:
        remove_rows_of_keys(session.connection(), READINGS, [*keys_of(2), ("S2", NOON + timedelta(hours=9))])
        remove_rows_of_keys(session.connection(), READINGS, [])

    with reading(engine) as session:
        left = list(rows_of_keys(session.connection(), READINGS, COLUMNS, keys_of(3) + keys_of(1, "S2")))
    assert sorted(left) == [(*keys_of(3)[2], 3.5), ("S2", NOON, 3.5)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_removes_keys_without_reading_the_table(engine: Engine) -> None:
    keep(engine, keys_of(3))
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))

    with writing(engine) as session:
        connection = session.connection()
        remove_rows_of_keys(connection, READINGS, keys_of(1))
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert [step[-1] for step in plan] == ["SEARCH readings USING PRIMARY KEY (sensor_id=? AND taken_at=?)"]
