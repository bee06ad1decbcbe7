"""Seals what was written since: hours of readings and measurements that are over, those that came after their hour was
sealed, and rows of alarms and of what was done. Each step is a short transaction; whoever is killed in between has
sealed whole steps, and the next goes on from there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Connection, Table, func, select

from data.records.canonical import READING_HOURS, summary_of
from data.records.chain import SEALS, Head, append, locked_head
from data.records.hours import read_marks, rows_by_hour, sealed
from data.records.noting import REMOVED
from data.records.series import OF_A_SENSOR, READINGS, Series
from data.rows_of_keys import remove_rows_of_keys
from data.tables import RecordToSealRow
from data.whole_hours import HOUR

NOTES = cast(Table, RecordToSealRow.__table__)
NOTES_A_STEP = 500
LONGEST_SPAN = timedelta(hours=48)  # of a series in a step


@dataclass(frozen=True)
class Sealing:
    """How many notes a step went through (0: none was left), the seals it added and where the chain ends since."""

    notes: int
    added: int
    head: Head


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
    if notes[0].kind in OF_A_SENSOR:
        seals = _seals_of_series(connection, Series.named(notes[0].kind, notes[0].subject), notes)
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
    """The first of the notes that are sealed together: rows, or the hours of one series that lie together."""
    if not notes or notes[0].kind not in OF_A_SENSOR:
        return [note for note in notes if note.kind not in OF_A_SENSOR]
    first = notes[0]
    of_it = [note for note in notes if (note.kind, note.subject) == (first.kind, first.subject)]
    return [note for note in of_it if note.at - first.at < LONGEST_SPAN]


def _seals_of_series(connection: Connection, series: Series, notes: Sequence[Any]) -> list[dict[str, Any]]:
    hours = [note.at for note in notes]
    covered = _covered(connection, series, hours)
    of_it = {"kind": series.kind, "subject": series.subject, "columns": ""}
    removed = {note.at for note in notes if note.columns == REMOVED}
    seals = [of_it | {"at": hour, "records": 0, "digest": None, "marks": None} for hour in sorted(removed)]
    for hour, rows in rows_by_hour(connection, series, (hours[0], hours[-1] + HOUR)):
        if hour not in hours:
            continue
        there = set() if hour in removed else covered.get(hour, set())
        if new := {offset: values for offset, values in rows.items() if offset not in there}:
            marks, digest = sealed(new)
            seals.append(of_it | {"at": hour, "records": len(new), "digest": digest, "marks": marks})
    return seals


def _covered(connection: Connection, series: Series, hours: Sequence[datetime]) -> Mapping[datetime | str, set[int]]:
    """The rows that seals cover, by hour; seals from before those of the hour were pruned or removed cover none."""
    which = (SEALS.c.kind == series.kind) & (SEALS.c.subject == series.subject)
    if series.kind == READINGS:
        summaries = [summary_of(series.subject, hour) for hour in hours]
        which |= (SEALS.c.kind == READING_HOURS) & SEALS.c.subject.in_(summaries)
    found = connection.execute(
        select(SEALS.c.kind, SEALS.c.at, SEALS.c.digest, SEALS.c.marks)
        .where(which, SEALS.c.at.between(hours[0], hours[-1]))
        .order_by(SEALS.c.at, SEALS.c.seal_no)
    ).all()
    covered: dict[datetime | str, set[int]] = {}
    for hour, of_hour in groupby(found, key=lambda seal: seal.at):
        offsets = covered.setdefault(hour, set())
        for seal in of_hour:
            if seal.kind == READING_HOURS or seal.digest is None:
                offsets.clear()
            offsets |= {offset for offset, _ in read_marks(seal.marks)}
    return covered
