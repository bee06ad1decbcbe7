"""What was there before any record was sealed is noted part by part, whoever is killed in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from data.database import writing
from data.records import checking, ended_hours
from data.records.before_the_first_seal import Place, note_rows_from_before
from data.tables import AlarmRow
from flows.coldchain import records
from flows.coldchain.alarms.alarms import acknowledge_alarm
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.records import seal_records, verify_records
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=8)
ROWS_A_PART, HOURS_A_PART = 2, 1
SENSORS = 2
Seals = list[tuple[str, str, str, str]]


class Killed(BaseException):
    """Between two transactions."""


@pytest.fixture
def upgraded(cold_room: Engine, reading_at: Callable[..., Reading], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Two nights, a year apart, of two sensors with three alarms, of which nothing was ever noted."""
    monkeypatch.setattr(checking, "ROWS_A_PART", ROWS_A_PART)
    monkeypatch.setattr(ended_hours, "SPAN_NOTED", timedelta(hours=HOURS_A_PART))
    for at in (-365 * 24 * 60, 0):
        readings = [reading_at(at + m, 9.0 if 60 <= m < 120 else 3.0, "S1") for m in range(0, 180, 5)]
        readings += [reading_at(at + m, 9.0 if m > 100 else 3.0, "S2") for m in range(0, 180, 5)]
        with writing(cold_room) as session:
            receive_readings(session, readings, NIGHT + timedelta(hours=3, minutes=at))
    with writing(cold_room) as session:
        for alarm in session.query(AlarmRow):
            acknowledge_alarm(session, alarm.alarm_id, "door was open", MORNING, "Li")
    with cold_room.begin() as connection:
        connection.execute(text("DELETE FROM records_to_seal"))
    return cold_room


def seals(engine: Engine) -> Seals:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT kind, subject, at, digest FROM record_seals ORDER BY 1, 2, 3, 4"))
        return [tuple(map(str, row)) for row in found]  # type: ignore[misc]


def notes(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM records_to_seal")).scalar_one()


def remove_the_chain(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("record_seals", "record_chain", "records_to_seal", "readings_sealed"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


def test_whoever_is_killed_in_between_again_and_again_seals_the_same_once(
    upgraded: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_records(upgraded, MORNING, tmp_path / "undisturbed")
    expected = seals(upgraded)
    remove_the_chain(upgraded)
    noted: list[int] = []

    @contextmanager
    def killed_later(engine: Engine) -> Iterator[Session]:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        before = notes(engine)
        with writing(engine) as session:
            yield session
        noted.append(notes(engine) - before)

    monkeypatch.setattr(records, "writing", killed_later)
    kills = 0
    for left in range(1, 200):  # noqa: B007 - counted down above
        try:
            seal_records(upgraded, MORNING, tmp_path / "apart")
            break
        except Killed:
            kills += 1
            found = verify_records(upgraded, tmp_path / "nowhere").problems
            assert {one.kind for one in found} <= {"record_chain"}, "whose head is not there"

    assert kills > 10
    assert seals(upgraded) == expected
    assert {kind for kind, *_ in expected} >= {"readings", "alarms", "excursions", "alarm_changes"}
    assert len({one[:3] for one in expected}) == len(expected), "each once"
    assert 0 < max(noted) <= max(ROWS_A_PART, HOURS_A_PART * SENSORS), "in short transactions"
    assert verify_records(upgraded, tmp_path / "apart").problems == []


def test_a_row_that_is_changed_past_the_application_once_it_is_noted_is_named(upgraded: Engine, tmp_path: Path) -> None:
    with writing(upgraded) as session:
        note_rows_from_before(session.connection(), Place())  # whoever did was killed then
    with upgraded.begin() as connection:
        connection.execute(text("UPDATE alarms SET acknowledgement_note = 'door was shut'"))

    seal_records(upgraded, MORNING, tmp_path)

    found = verify_records(upgraded, tmp_path).problems
    assert [(one.kind, one.what) for one in found] == [("alarms", "was changed")] * ROWS_A_PART
