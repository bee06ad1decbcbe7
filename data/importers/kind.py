"""What a kind of file is: its columns, what may not come twice, and how its rows are completed and kept.

The columns here are the reference: docs/data-formats.md is written from them and a test holds it to them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.bulk import OnConflict, write_rows
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import ValueType


@dataclass(frozen=True)
class Column:
    """A column of a file. `refers` names the kind whose ids it must be one of.

    A moment without an offset is local to the warehouse that the column `zone_by` leads to, of several the first that
    has a value (`city`, where none has one, to all warehouses); `past` moments may not lie in the future."""

    name: str
    type: ValueType
    meaning: str
    unit: str = ""
    required: bool = True
    refers: str | None = None
    zone_by: str | tuple[str, ...] | None = None
    past: bool = False


@dataclass(frozen=True)
class Once:
    """What a file says once: no two of its rows have the same `key`, equal or not. Where `value` names columns, rows
    may have the same key if they agree on these too. `remedy` says what to do about a row that breaks this."""

    key: tuple[str, ...]
    value: tuple[str, ...] = ()
    remedy: str = "Keep the row that is right"


@dataclass(frozen=True)
class Lasting:
    """A column that a row of `table` keeps as it is while rows of the tables in `rests` (by what to call them) name
    the row: they would come to mean something else. Without `rests` it always keeps it. `same` says which values
    mean the same."""

    table: Any  # a table class
    column: str
    remedy: str
    rests: Mapping[str, Any] = field(default_factory=dict)
    same: Callable[[Known, Any, Any], bool] = lambda known, kept, new: bool(kept == new)


@dataclass(frozen=True)
class ByColumns:
    """How a file is read by columns (by_columns.py) that has those of `types`, in any order and no others.

    `checked` returns them as they are kept, or None where a row may not be good; `key` tells keys apart, in a number a
    row: two that may be the same are looked at row by row. `keep` writes the columns."""

    types: Mapping[str, pa.DataType]
    checked: Callable[[pa.RecordBatch, Known], pa.RecordBatch | None]
    key: Callable[[pa.RecordBatch], NDArray[np.int64]]
    keep: Callable[[Connection, pa.RecordBatch, Known], None]


@dataclass(frozen=True)
class ImportKind:
    """A kind of file.

    `complete` checks rows as a whole and fills in what a file may leave out; `keep` writes the good rows.
    Neighbouring rows that agree on `together` are given to them in one piece. `begin` is called before the first row
    and `finish` after the last one is kept, in the transaction of the import. `admit` sees rows as they were read,
    before anything is compared with what is kept: it raises where they may not be written by whoever imports them. A
    kind that is read `by_columns` says one thing once."""

    name: str
    summary: str
    columns: tuple[Column, ...]
    once: tuple[Once, ...]
    keep: Callable[[Connection, Records, Known], None]
    complete: Callable[[Records, Known], None] = lambda records, known: None
    together: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    lasting: tuple[Lasting, ...] = ()
    begin: Callable[[Connection, Known], None] = lambda connection, known: None
    admit: Callable[[Records, Known], None] = lambda records, known: None
    finish: Callable[[Connection, Known], None] = lambda connection, known: None
    by_columns: ByColumns | None = None

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def kept_as(model: Any, on_conflict: OnConflict = "update") -> Callable[[Connection, Records, Known], None]:
    """A `keep` that writes the records' columns to the table of the same columns. Of a row that is there already only
    the file's own columns are replaced: what it lacks has defaults for new rows alone."""

    def keep(connection: Connection, records: Records, known: Known) -> None:
        names = [name for name in records.values if name in model.__table__.columns]
        write_rows(connection, model.__table__, names, records.good(*names), on_conflict, records.said(*names))

    return keep
