"""Rows removed a few at a time, each batch in a transaction of its own, so that no one else's write waits for long.

The next batch is as large as fits into a fraction of a second by what the last one took, and others get as much time as
it took before it begins. Whoever is killed in between has removed whole batches; the next run goes on from there.
"""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic, sleep
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, func, select

from data.database import writing
from data.records.canonical import MOMENTS
from data.records.noting import note_rows
from data.rows_of_keys import remove_rows_of_keys

FIRST, FEWEST, MOST = 1_000, 50, 20_000  # rows
SECONDS = 0.2  # of a batch: a fifth of what a writer may wait
LONGEST_PAUSE = 0.5  # seconds
KEYS_A_STATEMENT = 500

Work = Callable[[Connection, int], int]  # removes at most so many rows, returns how many; 0: none is left


def in_batches(engine: Engine, work: Work, short_is_last: bool = False) -> int:
    """Does the work until nothing is left, or (`short_is_last`) a batch was not full; returns how many rows were
    removed."""
    size, removed = FIRST, 0
    while True:
        began = monotonic()
        with writing(engine) as session:
            rows = work(session.connection(), size)
        took = monotonic() - began
        if rows == 0:
            return removed
        removed += rows
        if short_is_last and rows < size:
            return removed
        size = min(MOST, max(FEWEST, int(size * min(2.0, max(0.25, SECONDS / max(took, 1e-3))))))
        sleep(min(took, LONGEST_PAUSE))


def count_of(engine: Engine, table: Table, which: ColumnElement[bool]) -> int:
    """How many rows there are of which a batch would be taken."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(which)) or 0


def removing(table: Table, which: ColumnElement[bool], before: Sequence[Table] = ()) -> Work:
    """Removes rows of a table, and first those of tables `before` it that have the same key. Rows of the record are
    noted as removed by who may."""
    key = [column.name for column in table.primary_key]
    told = [*key, MOMENTS[table.name]] if table.name in MOMENTS else key

    def work(connection: Connection, size: int) -> int:
        some = select(*(table.c[name] for name in dict.fromkeys(told))).where(which).limit(size)
        rows: Sequence[Mapping[Any, Any]] = connection.execute(some).mappings().all()
        if table.name in MOMENTS:
            note_rows(connection, table, cast(Any, rows), gone=True)
        for one in (*before, table):
            remove_rows_of_keys(connection, one, [[row[name] for name in key] for row in rows])
        return len(rows)

    return work
