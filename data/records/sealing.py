"""Seals what was written since: hours of readings that are over, readings that came after their hour was sealed, and
rows of alarms and of what was done. Each step is a short transaction; whoever is killed in between has sealed whole
steps, and the next goes on from there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text, update

from data.records.canonical import READING_HOURS, READINGS, summary_of
from data.records.chain import SEALS, Head, append, locked_head
from data.records.hours import read_marks, readings_by_hour, sealed
from data.rows_of_keys import remove_rows_of_keys
from data.tables import ReadingRow, ReadingsSealedRow, RecordToSealRow, SensorRow
from data.tables.types import Moment
from data.whole_hours import HOUR, begin_of_hour

NOTES = cast(Table, RecordToSealRow.__table__)
UNTIL = cast(Table, ReadingsSealedRow.__table__)
READING, SENSOR = cast(Table, ReadingRow.__table__), cast(Table, SensorRow.__table__)
AFTER_THE_HOUR = timedelta(minutes=10)  # what is sent in parts has come by then, and needs no seal of its own
NOTES_A_STEP = 500
LONGEST_SPAN = timedelta(hours=48)  # of a sensor's readings in a step
SPAN_NOTED = timedelta(hours=6)  # of all sensors' readings in a step
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
HOURS_OF_READINGS = """
    INSERT INTO records_to_seal (kind, subject, at, columns, digest)
    SELECT DISTINCT 'readings', sensor_id, {hour}, '', NULL FROM readings
    WHERE sensor_id IN (SELECT sensor_id FROM sensors) AND taken_at >= :since AND taken_at < :until
    ON CONFLICT (kind, subject, at) DO NOTHING
"""
HOUR_IN_SQL = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', taken_at)",
    "postgresql": "date_trunc('hour', taken_at, 'UTC')",
}


@dataclass(frozen=True)
class Sealing:
    """How many notes a step went through (0: none was left), the seals it added and where the chain ends since."""

    notes: int
    added: int
    head: Head


def note_hours_that_ended(connection: Connection, now: datetime, to_the_last: bool = False) -> bool:
    """Notes the next of the hours of readings that are over, to be sealed: those of `SPAN_NOTED` from the first reading
    on. Returns whether there are more. `to_the_last`: in the end the hour that goes on too, of which what comes later
    is sealed later."""
    end = begin_of_hour(now - AFTER_THE_HOUR)
    since = connection.scalar(select(UNTIL.c.until).with_for_update())
    if since is None:
        since = min(_first_hour(connection, FIRST_MOMENT) or end, end)
        connection.execute(insert(UNTIL).values(only_row=1, until=since))
    if since < end:
        first = _first_hour(connection, since)
        until = end if first is None else min(first + SPAN_NOTED, end)
        _note_hours(connection, since, until)
        connection.execute(update(UNTIL).values(until=until))
        return to_the_last or until < end
    if to_the_last:
        _note_hours(connection, since, now + timedelta(days=3650))
    return False


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


def _first_hour(connection: Connection, since: datetime) -> datetime | None:
    """The hour of the first reading from a moment on, by a look-up a sensor; None: there is none."""
    of_sensor = select(func.min(READING.c.taken_at)).where(
        READING.c.sensor_id == SENSOR.c.sensor_id, READING.c.taken_at >= since
    )
    first = connection.scalar(select(func.min(of_sensor.scalar_subquery())).select_from(SENSOR))
    return None if first is None else begin_of_hour(first)


def _note_hours(connection: Connection, since: datetime, until: datetime) -> None:
    statement = text(HOURS_OF_READINGS.format(hour=HOUR_IN_SQL[connection.dialect.name]))
    bound = [bindparam(name, type_=Moment()) for name in ("since", "until")]
    connection.execute(statement.bindparams(*bound), {"since": since, "until": until})
