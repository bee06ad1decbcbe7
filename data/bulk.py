"""The one way in for many rows: SQLite and few rows by executemany, PostgreSQL by COPY into a staging table.

Measured for a million readings: executemany 170k rows/s, COPY 262k rows/s; one statement a row or an ORM flush is
three to thirty times slower. A staging table costs PostgreSQL rows in its catalogue, which a stream of small batches
would bloat. Callers pass iterables, so memory does not grow with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import JSON, Connection, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateColumn

from data.deciding import note_written
from data.driver_values import BATCH, as_driver_values
from data.records.noting import note_columns, noted_as_written
from data.tables.changing import UPDATED_AT, moment_of_change

if TYPE_CHECKING:
    import pyarrow as pa

OnConflict = Literal["update", "ignore", "fail"]
FEW = 500  # fewer rows than this are not worth a staging table


def write_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    on_conflict: OnConflict = "update",
    replaced: Collection[str] | None = None,
) -> int:
    """Writes rows (values in the order of `columns`) inside the connection's transaction; returns how many rows
    were handed in.

    A row whose primary key is there already replaces the columns given, or only those of them in `replaced`
    ("update"), is passed over ("ignore") or raises IntegrityError ("fail"). In a table that keeps when its rows
    changed, a row that says what is there already changes nothing. Values are the Python values of the column types
    (aware datetimes, Decimals); a ValueError from such a type leaves the transaction to the caller's rollback."""
    on_key = _conflict_clause(connection, table, columns if replaced is None else replaced, on_conflict)
    if UPDATED_AT in table.columns:
        changed_at = moment_of_change()
        columns, rows = [*columns, UPDATED_AT], ((*row, changed_at) for row in rows)
    rows, noted = noted_as_written(connection, table, columns, rows)
    written = _write(connection, table, columns, rows, on_conflict, on_key)
    noted()
    return written


def _write(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    on_conflict: OnConflict,
    on_key: str,
) -> int:
    converted = as_driver_values(connection, table, columns, rows)
    if connection.dialect.name == "sqlite":
        return _write_one_by_one(connection, table, columns, converted, on_key, mark="?")
    first = list(islice(converted, FEW))
    if len(first) < FEW:
        return _write_one_by_one(connection, table, columns, iter(first), on_key, mark="%s")

    def copied(cursor: Any, target: str) -> int:
        written = 0
        with cursor.copy(f"COPY {target} FROM STDIN") as copy:
            for row in chain(first, converted):
                copy.write_row(row)
                written += 1
        return written

    if on_conflict == "fail":
        return _write_straight(connection, table, columns, copied)
    return _write_staged(connection, table, columns, on_conflict, on_key, copied)


def write_table(connection: Connection, table: Table, values: pa.Table, on_conflict: OnConflict = "update") -> int:
    """The same for columns, named as the table's, of numbers, days, moments and texts: PostgreSQL gets them as CSV,
    without a Python object for every value, SQLite moments as the texts that it keeps. 600,000 forecasts cost 3 s of
    CPU instead of 15."""
    from pyarrow import csv  # large, and only wanted where there are many rows

    columns = values.column_names
    if len(values) < FEW:
        rows = zip(*(column.to_pylist() for column in values.columns), strict=True)
        return write_rows(connection, table, columns, rows, on_conflict)
    on_key = _conflict_clause(connection, table, columns, on_conflict)
    note_columns(connection, table, values)
    if connection.dialect.name == "sqlite":
        rows = zip(*(_as_sqlite_keeps(column).to_pylist() for column in values.columns), strict=True)
        return _write_one_by_one(connection, table, columns, rows, on_key, mark="?")
    text_of_rows = BytesIO()
    csv.write_csv(values, text_of_rows, csv.WriteOptions(include_header=False))

    def copied(cursor: Any, target: str) -> int:
        with cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy:
            copy.write(text_of_rows.getbuffer())
        return len(values)

    if on_conflict == "fail":
        return _write_straight(connection, table, columns, copied)
    return _write_staged(connection, table, columns, on_conflict, on_key, copied)


def _as_sqlite_keeps(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments and days as text."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))  # in UTC, without its name
    return column.cast(pa.string()) if pa.types.is_temporal(column.type) else column


def _conflict_clause(connection: Connection, table: Table, replaced: Collection[str], on_conflict: OnConflict) -> str:
    if on_conflict == "fail":
        return ""
    key = [column.name for column in table.primary_key]
    rest = [name for name in replaced if name not in key]
    target = f" ON CONFLICT ({', '.join(_quoted(key))})"
    if on_conflict == "ignore" or not rest:
        return f"{target} DO NOTHING"
    if UPDATED_AT not in table.columns:
        return f"{target} DO UPDATE SET {_taken_over(rest)}"
    on_sqlite = connection.dialect.name == "sqlite"
    # PostgreSQL has no equality for json
    as_text = {name: "::text" for name in rest if isinstance(table.columns[name].type, JSON) and not on_sqlite}
    said, kept = (
        ", ".join(f'{whose}."{name}"{as_text.get(name, "")}' for name in rest)
        for whose in ("excluded", f'"{table.name}"')
    )
    differ = "IS NOT" if on_sqlite else "IS DISTINCT FROM"
    return f"{target} DO UPDATE SET {_taken_over([*rest, UPDATED_AT])} WHERE ({said}) {differ} ({kept})"


def _taken_over(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}" = excluded."{name}"' for name in columns)


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _write_one_by_one(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterator[tuple[Any, ...]],
    on_key: str,
    mark: str,
) -> int:
    # names come from our own tables, values are bound
    statement = (
        f'INSERT INTO "{table.name}" ({", ".join(_quoted(columns))}) '  # noqa: S608
        f"VALUES ({', '.join([mark] * len(columns))}){on_key}"
    )
    written = 0
    while batch := list(islice(rows, BATCH)):
        connection.exec_driver_sql(statement, batch)
        written += len(batch)
    note_written(table.name, written)
    return written


@contextmanager
def _driver_cursor(connection: Connection, target: str) -> Iterator[Any]:
    """The driver's own cursor, for COPY. What the driver raises is raised as SQLAlchemy does, so that a full disk or a
    server that went away is told from other errors here as everywhere."""
    driver: Any = connection.connection.driver_connection
    dialect, errors = connection.dialect, connection.dialect.loaded_dbapi.Error
    with driver.cursor() as cursor:
        try:
            yield cursor
        except errors as error:
            gone = dialect.is_disconnect(error, driver, cursor)
            if gone:
                connection.invalidate(error)
            statement = f"COPY {target} FROM STDIN"
            raise DBAPIError.instance(
                statement, None, error, errors, connection_invalidated=gone, dialect=dialect
            ) from error


def _write_straight(
    connection: Connection, table: Table, columns: Sequence[str], copied: Callable[[Any, str], int]
) -> int:
    """For rows of which none is there yet."""
    target = f'"{table.name}"'
    with _driver_cursor(connection, target) as cursor:
        written = copied(cursor, f"{target} ({', '.join(_quoted(columns))})")
    note_written(table.name, written)
    return written


def _write_staged(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    on_conflict: OnConflict,
    on_key: str,
    copied: Callable[[Any, str], int],
) -> int:
    """`copied` brings rows into what it is told (a table with its columns) and returns how many."""
    staging = f"staging_{table.name}"
    dialect = connection.dialect
    types = [str(CreateColumn(table.c[name]).compile(dialect=dialect)).split(" ", 1) for name in columns]
    definition = ", ".join(
        f'"{name}" {rest.removesuffix(" NOT NULL")}' for name, (_, rest) in zip(columns, types, strict=True)
    )
    connection.execute(text(f"CREATE TEMPORARY TABLE {staging} ({definition}, row_no BIGSERIAL) ON COMMIT DROP"))
    with _driver_cursor(connection, staging) as cursor:
        written = copied(cursor, f"{staging} ({', '.join(_quoted(columns))})")
    key = ", ".join(_quoted(column.name for column in table.primary_key))
    # a key that comes twice in one call: the later row counts, as it does with executemany
    latest = f"DISTINCT ON ({key})" if on_conflict != "fail" else ""
    order = f"ORDER BY {key}, row_no {'ASC' if on_conflict == 'ignore' else 'DESC'}" if latest else "ORDER BY row_no"
    connection.execute(
        text(
            f'INSERT INTO "{table.name}" ({", ".join(_quoted(columns))}) '  # noqa: S608
            f"SELECT {latest} {', '.join(_quoted(columns))} FROM {staging} {order}"
            f"{on_key}"
        )
    )
    connection.execute(text(f"DROP TABLE {staging}"))
    note_written(table.name, written)
    return written
