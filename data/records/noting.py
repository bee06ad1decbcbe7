"""Notes what is written to the record in the transaction that writes it, so that none is forgotten and none is sealed
as somebody changed it past the application.

A row is noted with the digest of what it says. Readings and measurements come by the thousand a second: of them only
those are noted that come after their hour was sealed; the others are sealed with their hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Connection, Table, bindparam, event, inspect, select, text
from sqlalchemy.orm import Session, UOWTransaction

from data.records.canonical import MOMENTS, digest_of, subject_of
from data.records.series import MOMENT, OF_A_SENSOR, SEALS, Series, key_of_series
from data.rows_of_keys import rows_of_keys
from data.tables import ReadingsSealedRow
from data.tables.changing import UPDATED_AT
from data.tables.types import Moment
from data.whole_hours import begin_of_hour

if TYPE_CHECKING:
    import pyarrow as pa

INSERT = (
    "INSERT INTO records_to_seal (kind, subject, at, columns, digest) VALUES (:kind, :subject, :at, :columns, :digest) "
    "ON CONFLICT (kind, subject, at) DO "
)
REMOVED = "removed"  # in `columns` of a noted hour: what was sealed of it was removed by who may
SERIES_A_QUERY = 500
AT = bindparam("at", type_=Moment())
NOTE = text(INSERT + "UPDATE SET columns = excluded.columns, digest = excluded.digest").bindparams(AT)
NOTE_UNLESS_NOTED = text(INSERT + "NOTHING").bindparams(AT)
# an hour that was noted as removed stays that; it is written all the same, so that who seals it waits for what is new
NOTE_HOUR = text(INSERT + "UPDATE SET digest = excluded.digest").bindparams(AT)
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


def note_hours(connection: Connection, kind: str, hours: Iterable[tuple[str, datetime]], removed: bool = False) -> None:
    """Notes hours of series of which some rows are not sealed, or (`removed`) of which those that are were removed by
    who may."""
    notes = [
        {"kind": kind, "subject": subject, "at": hour, "columns": REMOVED if removed else "", "digest": None}
        for subject, hour in sorted(hours)
    ]
    if notes:
        connection.execute(NOTE if removed else NOTE_HOUR, notes)


def note_removed(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    """Notes that rows are about to be removed by who may, with all that belongs to them."""
    if table.name in MOMENTS:
        found = connection.execute(select(table).where(which)).mappings().all()
        note_rows(connection, table, cast(Any, found), gone=True)
    elif table.name in OF_A_SENSOR:
        keys = connection.execute(select(*key_of_series(table)).where(which).distinct()).all()
        for start in range(0, len(keys), SERIES_A_QUERY):
            subjects = [Series(table.name, tuple(key)).subject for key in keys[start : start + SERIES_A_QUERY]]
            of_them = (SEALS.c.kind == table.name) & SEALS.c.subject.in_(subjects)
            hours = connection.execute(select(SEALS.c.subject, SEALS.c.at).where(of_them).distinct())
            note_hours(connection, table.name, hours.tuples(), removed=True)


def noted_as_written(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[Iterable[Sequence[Any]], Finish]:
    """For who writes many rows: the rows as they pass by, and what is to be called once they are written."""
    if table.name in OF_A_SENSOR:
        return _late_rows(connection, table, columns, rows)
    if table.name in MOMENTS:
        return _keys_passing(connection, table, columns, rows)
    return rows, lambda: None


def note_columns(connection: Connection, table: Table, values: pa.Table) -> None:
    """For who writes many rows as columns: notes the hours of those that come late."""
    if table.name in MOMENTS:
        raise ValueError(f"rows of {table.name} are noted one by one: write them as rows")
    if table.name not in OF_A_SENSOR or (until := _sealed_until(connection)) is None:
        return
    import pyarrow as pa  # large, and only wanted where there are many rows
    import pyarrow.compute as pc

    late = values.filter(pc.less(values[MOMENT], pa.scalar(until, values[MOMENT].type)))
    subjects = pc.binary_join_element_wise(*(late[column.name] for column in key_of_series(table)), "|")
    hours = pc.floor_temporal(late[MOMENT], unit="hour")
    distinct = pa.table({"subject": subjects, "hour": hours}).group_by(["subject", "hour"]).aggregate([])
    each = zip(distinct["subject"].to_pylist(), distinct["hour"].to_pylist(), strict=True)
    note_hours(connection, table.name, each)


def _sealed_until(connection: Connection) -> datetime | None:
    """Up to which moment hours are sealed: shared until this transaction ends, so what it does not see as late is there
    when its hour is sealed."""
    return connection.scalar(select(ReadingsSealedRow.until).with_for_update(read=True))


def _late_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[Iterable[Sequence[Any]], Finish]:
    if (until := _sealed_until(connection)) is None:
        return rows, lambda: None
    key, taken = [columns.index(column.name) for column in key_of_series(table)], columns.index(MOMENT)
    hours: set[tuple[str, datetime]] = set()

    def passing() -> Iterator[Sequence[Any]]:
        for row in rows:
            if row[taken] < until:
                hours.add(("|".join(row[place] for place in key), begin_of_hour(row[taken])))
            yield row

    return passing(), lambda: note_hours(connection, table.name, hours)


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
            attribute_of = inspect(row).mapper.get_property_by_column
            values = {column.name: getattr(row, attribute_of(column).key) for column in table.columns}
            note_rows(session.connection(), table, [values], gone)
