"""Seals what was written since: hours of readings that are over, readings that came after their hour was sealed, and
rows of alarms and of what was done. Each step is a short transaction; whoever is killed in between has sealed whole
steps, and the next goes on from there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text, update

from data.records.canonical import MOMENTS, READING_HOURS, READINGS, subject_of, summary_of, table_of
from data.records.chain import SEALS, Head, append, locked_head
from data.records.hours import read_marks, readings_by_hour, sealed
from data.records.noting import note_rows
from data.rows_of_keys import remove_rows_of_keys
from data.tables import ReadingsSealedRow, RecordToSealRow
from data.tables.types import Moment
from data.whole_hours import HOUR, begin_of_hour

NOTES = cast(Table, RecordToSealRow.__table__)
UNTIL = cast(Table, ReadingsSealedRow.__table__)
AFTER_THE_HOUR = timedelta(minutes=10)  # what is sent in parts has come by then, and needs no seal of its own
NOTES_A_STEP = 500
LONGEST_SPAN = timedelta(hours=48)  # of a sensor's readings in a step
ROWS_A_PART = 1_000
HOURS_OF_READINGS = """
    INSERT INTO records_to_seal (kind, subject, at, columns, digest)
    SELECT DISTINCT 'readings', sensor_id, {hour}, '', NULL FROM readings WHERE {which} taken_at < :last
    ON CONFLICT (kind, subject, at) DO NOTHING
"""
HOUR_IN_SQL = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', taken_at)",
    "postgresql": "date_trunc('hour', taken_at, 'UTC')",
}
OF_EACH_SENSOR = "sensor_id IN (SELECT sensor_id FROM sensors) AND taken_at >= :first AND"


@dataclass(frozen=True)
class Sealing:
    """How many notes a step went through (0: none was left), the seals it added and where the chain ends since."""

    notes: int
    added: int
    head: Head


def note_hours_that_ended(connection: Connection, now: datetime, to_the_last: bool = False) -> None:
    """Notes the hours of readings that are over, to be sealed; `to_the_last`: the one that goes on too, of which what
    comes later is sealed later. The first time, all that is there."""
    until = begin_of_hour(now - AFTER_THE_HOUR)
    since = connection.scalar(select(UNTIL.c.until).with_for_update())
    if since is None:
        _note_all_there_is(connection)
        connection.execute(insert(UNTIL).values(only_row=1, until=until))
    elif since < until:
        connection.execute(update(UNTIL).values(until=until))
    last = now + timedelta(days=3650) if to_the_last else until
    if since is None or since < last:
        statement = HOURS_OF_READINGS.format(
            hour=HOUR_IN_SQL[connection.dialect.name], which="" if since is None else OF_EACH_SENSOR
        )
        moments = {"last": last} if since is None else {"first": since, "last": last}
        bound = [bindparam(name, type_=Moment()) for name in moments]
        connection.execute(text(statement).bindparams(*bound), moments)


def seal_some(connection: Connection, now: datetime, key: bytes) -> Sealing:
    """Seals the next of what was noted."""
    head = locked_head(connection)
    notes = connection.execute(
        select(NOTES).order_by(NOTES.c.kind, NOTES.c.subject, NOTES.c.at).limit(NOTES_A_STEP).with_for_update()
    ).all()
    notes = _one_kind_and_span(notes)
    if not notes:
        return Sealing(0, 0, head)
    remove_rows_of_keys(connection, NOTES, [(n.kind, n.subject, n.at) for n in notes])
    if notes[0].kind == READINGS:
        seals = _seals_of_readings(connection, notes[0].subject, [note.at for note in notes])
    else:
        seals = [
            {"kind": n.kind, "subject": n.subject, "at": n.at, "records": 1, "columns": n.columns, "digest": n.digest}
            | {"marks": None}
            for n in notes
        ]
    return Sealing(len(notes), len(seals), append(connection, head, seals, now, key))


def to_be_sealed(connection: Connection) -> int:
    """How many notes there are."""
    return connection.scalar(select(func.count()).select_from(NOTES)) or 0


def _one_kind_and_span(notes: Sequence[Any]) -> Sequence[Any]:
    """The first of the notes that are sealed together: rows, or the hours of one sensor that lie together."""
    if not notes or notes[0].kind != READINGS:
        return [note for note in notes if note.kind != READINGS]
    first = notes[0]
    return [note for note in notes if note.subject == first.subject and note.at - first.at < LONGEST_SPAN]


def _seals_of_readings(connection: Connection, sensor_id: str, hours: Sequence[datetime]) -> list[dict[str, Any]]:
    span = hours[0], hours[-1] + HOUR
    covered = _covered(connection, sensor_id, hours)
    seals = []
    for hour, readings in readings_by_hour(connection, sensor_id, span):
        if hour not in hours:
            continue
        new = {offset: values for offset, values in readings.items() if offset not in covered.get(hour, ())}
        if new:
            marks, digest = sealed(new)
            seals.append(
                {"kind": READINGS, "subject": sensor_id, "at": hour, "records": len(new), "columns": ""}
                | {"digest": digest, "marks": marks}
            )
    return seals


def _covered(connection: Connection, sensor_id: str, hours: Sequence[datetime]) -> Mapping[datetime | str, set[int]]:
    """The readings that seals cover, by hour; those from before readings of the hour were pruned cover none."""
    of_sensor = (
        (SEALS.c.kind == READINGS) & (SEALS.c.subject == sensor_id)
        | (SEALS.c.kind == READING_HOURS) & SEALS.c.subject.in_([summary_of(sensor_id, hour) for hour in hours])
    ) & SEALS.c.at.between(hours[0], hours[-1])
    found = connection.execute(
        select(SEALS.c.kind, SEALS.c.at, SEALS.c.marks).where(of_sensor).order_by(SEALS.c.at, SEALS.c.seal_no)
    ).all()
    covered: dict[datetime | str, set[int]] = {}
    for hour, of_hour in groupby(found, key=lambda seal: seal.at):
        offsets = covered.setdefault(hour, set())
        for seal in of_hour:
            if seal.kind == READING_HOURS:
                offsets.clear()
            offsets |= {offset for offset, _ in read_marks(seal.marks)}
    return covered


def _note_all_there_is(connection: Connection) -> None:
    """Notes the rows that were there before any was sealed, and are not noted."""
    for kind in MOMENTS:
        table = table_of(kind)
        noted = set(connection.scalars(select(NOTES.c.subject).where(NOTES.c.kind == kind)))
        rows = connection.execute(select(table), execution_options={"yield_per": ROWS_A_PART}).mappings()
        for part in rows.partitions(ROWS_A_PART):
            note_rows(connection, table, _not_among(table, part, noted))


def _not_among(table: Table, rows: Iterable[Mapping[Any, Any]], noted: set[str]) -> list[Mapping[str, Any]]:
    return [row for row in cast(Iterable[Any], rows) if subject_of(table, row) not in noted]
