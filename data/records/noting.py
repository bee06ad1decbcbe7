"""Notes what is written to the record in the transaction that writes it, so that none is forgotten and none is sealed
as somebody changed it past the application.

A row is noted with the digest of what it says. Readings come by the thousand a second: of them only those are noted
that come after their hour was sealed; the others are sealed with their hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Connection, Table, bindparam, event, inspect, select, text
from sqlalchemy.orm import Session, UOWTransaction

from data.records.canonical import MOMENTS, READING_HOURS, READINGS, digest_of, subject_of, summary_of
from data.rows_of_keys import rows_of_keys
from data.tables import ReadingRow, ReadingsSealedRow, RecordSealRow
from data.tables.changing import UPDATED_AT
from data.tables.types import Moment
from data.whole_hours import begin_of_hour

if TYPE_CHECKING:
    import pyarrow as pa

INSERT = (
    "INSERT INTO records_to_seal (kind, subject, at, columns, digest) VALUES (:kind, :subject, :at, :columns, :digest) "
    "ON CONFLICT (kind, subject, at) DO "
)
AT = bindparam("at", type_=Moment())
NOTE = text(INSERT + "UPDATE SET columns = excluded.columns, digest = excluded.digest").bindparams(AT)
NOTE_UNLESS_NOTED = text(INSERT + "NOTHING").bindparams(AT)
Finish = Callable[[], None]


def note_rows(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    gone: bool = False,
    unless_noted: bool = False,
) -> None:
    """Notes rows as they were written, with all that they say but when that was, or as removed. `unless_noted`: what
    another transaction notes meanwhile is newer."""
    columns = sorted(column.name for column in table.columns if column.name != UPDATED_AT)
    notes = [
        {
            "kind": table.name,
            "subject": subject_of(table, row),
            "at": row[MOMENTS[table.name]],
            "columns": ",".join(columns),
            "digest": None if gone else digest_of(table, columns, row),
        }
        for row in rows
    ]
    if notes:
        connection.execute(NOTE_UNLESS_NOTED if unless_noted else NOTE, notes)


def note_hours(connection: Connection, hours: Iterable[tuple[str, datetime]]) -> None:
    """Notes hours of sensors of which some readings are not sealed."""
    notes = [
        {"kind": READINGS, "subject": sensor_id, "at": hour, "columns": "", "digest": None}
        for sensor_id, hour in sorted(hours)
    ]
    if notes:
        connection.execute(NOTE, notes)


def note_removed(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    """Notes that rows are about to be removed by who may, with all that belongs to them."""
    if table.name in MOMENTS:
        found = connection.execute(select(table).where(which)).mappings().all()
        note_rows(connection, table, cast(Any, found), gone=True)
    elif table.name == READINGS:
        seals, readings = (cast(Table, row.__table__) for row in (RecordSealRow, ReadingRow))
        sensors = select(readings.c.sensor_id).where(which)
        of_them = (seals.c.kind == READINGS) & seals.c.subject.in_(sensors)
        hours = connection.execute(select(seals.c.subject, seals.c.at).where(of_them).distinct()).all()
        gone = [{"kind": READING_HOURS, "subject": summary_of(sensor_id, hour), "at": hour, "columns": "",
                 "digest": None} for sensor_id, hour in hours]  # fmt: skip
        if gone:
            connection.execute(NOTE, gone)


def noted_as_written(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[Iterable[Sequence[Any]], Finish]:
    """For who writes many rows: the rows as they pass by, and what is to be called once they are written."""
    if table.name == READINGS:
        return _late_readings(connection, columns, rows)
    if table.name in MOMENTS:
        return _keys_passing(connection, table, columns, rows)
    return rows, lambda: None


def note_columns(connection: Connection, table: Table, values: pa.Table) -> None:
    """For who writes many rows as columns: notes those of readings that come late."""
    if table.name in MOMENTS:
        raise ValueError(f"rows of {table.name} are noted one by one: write them as rows")
    if table.name != READINGS or (until := _sealed_until(connection)) is None:
        return
    import pyarrow as pa  # large, and only wanted where there are many rows
    import pyarrow.compute as pc

    taken = values["taken_at"]
    late = values.filter(pc.less(taken, pa.scalar(until, taken.type)))
    hours = pc.floor_temporal(late["taken_at"], unit="hour")
    distinct = pa.table({"sensor_id": late["sensor_id"], "hour": hours}).group_by(["sensor_id", "hour"]).aggregate([])
    note_hours(connection, zip(distinct["sensor_id"].to_pylist(), distinct["hour"].to_pylist(), strict=True))


def _sealed_until(connection: Connection) -> datetime | None:
    """Up to which moment readings are sealed: shared until this transaction ends, so readings that it does not see as
    late are there when their hour is sealed."""
    return connection.scalar(select(ReadingsSealedRow.until).with_for_update(read=True))


def _late_readings(
    connection: Connection, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[Iterable[Sequence[Any]], Finish]:
    if (until := _sealed_until(connection)) is None:
        return rows, lambda: None
    sensor, taken = columns.index("sensor_id"), columns.index("taken_at")
    hours: set[tuple[str, datetime]] = set()

    def passing() -> Iterator[Sequence[Any]]:
        for row in rows:
            if row[taken] < until:
                hours.add((row[sensor], begin_of_hour(row[taken])))
            yield row

    return passing(), lambda: note_hours(connection, hours)


def _keys_passing(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[Iterable[Sequence[Any]], Finish]:
    places = [columns.index(column.name) for column in table.primary_key]
    keys: dict[tuple[Any, ...], None] = {}

    def passing() -> Iterator[Sequence[Any]]:
        for row in rows:
            keys[tuple(row[place] for place in places)] = None
            yield row

    def finish() -> None:
        names = [column.name for column in table.columns]
        found = rows_of_keys(connection, table, names, keys)
        note_rows(connection, table, (dict(zip(names, row, strict=True)) for row in found))

    return passing(), finish


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _flush: UOWTransaction) -> None:
    for rows, gone in ((session.new, False), (session.dirty, False), (session.deleted, True)):
        for row in rows:
            if row.__tablename__ not in MOMENTS or not (gone or row in session.new or session.is_modified(row)):
                continue
            table = row.__table__
            values = {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs}
            note_rows(session.connection(), table, [values], gone)
