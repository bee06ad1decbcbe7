"""Rows of days by warehouse and product as columns, millions of them.

PostgreSQL packs the days of a series into one row of bytes, in the format that it sends numbers in, so that no Python
object is made of a day: 3.4 million days of FreshRetailNet cost 1 s of CPU here instead of 20. SQLite's rows come as
they are.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Integer, LargeBinary, and_, func, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from data.frames.broken import check_hours
from data.frames.streaming import Codes, as_text, flattened, stream_columns
from data.tables import HOURS, DailyAvailabilityRow, DailySalesRow

Table = type[DailySalesRow] | type[DailyAvailabilityRow]
Columns = Sequence[InstrumentedAttribute[Any]]
UNKNOWN_HOURS: Final = np.full(HOURS, np.nan, dtype="<f4").tobytes()
SERIES: Final = 5_000  # fetched at once: arrays as large go back to the system when they are let go
# PostgreSQL counts from here: days and microseconds
FIRST_DAY: Final = np.datetime64("2000-01-01", "D")
FIRST_MOMENT: Final = np.datetime64("2000-01-01", "us")


@dataclass(frozen=True, eq=False)
class DayRows:
    """Columns of n rows: whose they are, the local day, when each was known (UTC), and what it says: numbers (n), or
    hours (n x 24) of bytes."""

    warehouse: Codes
    product: Codes
    day: NDArray[np.datetime64]
    known: NDArray[np.datetime64]
    values: Sequence[NDArray[Any]]


def day_rows(
    session: Session,
    table: Table,
    columns: Columns,
    moment: datetime,
    warehouse_ids: Sequence[str] | None,
    since: date | None,
) -> DayRows:
    """The rows known by a moment, of days from `since` on: some of a table's columns, each of floats, whole numbers or
    the bytes of 24 32-bit floats (NaN where they are null). Raises BrokenRow for hours that cannot be read."""
    known = table.known_at <= moment
    known = known if warehouse_ids is None else and_(known, table.warehouse_id.in_(warehouse_ids))
    known = known if since is None else and_(known, table.date >= since)
    if session.get_bind().dialect.name == "postgresql" and (rows := _packed(session, table, columns, known)):
        return rows
    return _one_by_one(session, table, columns, known)


def _packed(session: Session, table: Table, columns: Columns, known: ColumnElement[bool]) -> DayRows | None:
    """PostgreSQL's rows; None where the bytes of one are not 24 numbers, so that it has to be looked for."""
    sent = [func.date_send(table.date), func.timestamptz_send(table.known_at), *map(_sent, columns)]
    packed = [func.string_agg(column, literal(b"", LargeBinary), type_=LargeBinary) for column in sent]
    sound = [
        func.coalesce(func.octet_length(column) == len(UNKNOWN_HOURS), True) for column in columns if _bytes(column)
    ]
    statement = select(table.warehouse_id, table.product_id, func.bool_and(and_(true(), *sound)), *packed)
    statement = statement.where(known).group_by(table.warehouse_id, table.product_id)
    warehouse, product = Codes(), Codes()
    types = [np.dtype(name) for name in (">i4", ">i8", *map(_type_sent, columns))]
    parts: list[list[NDArray[Any]]] = [[] for _ in types]
    with closing(stream_columns(session, statement, SERIES)) as chunks:
        for w, p, all_sound, *blobs in chunks:
            if not all(all_sound):
                return None
            counts = np.array([len(days) // types[0].itemsize for days in blobs[0]])
            warehouse.extend(w, counts)
            product.extend(p, counts)
            for part, kind, of_series in zip(parts, types, blobs, strict=True):
                part.append(np.frombuffer(b"".join(of_series), kind).astype(kind.newbyteorder("="), copy=False))
    day, known_at, *values = (flattened(part, kind.newbyteorder("=")) for part, kind in zip(parts, types, strict=True))
    return DayRows(
        warehouse,
        product,
        FIRST_DAY + day.astype("timedelta64[D]"),
        FIRST_MOMENT + known_at.astype("timedelta64[us]"),
        [value.reshape(-1, HOURS) if _bytes(of) else value for value, of in zip(values, columns, strict=True)],
    )


def _one_by_one(session: Session, table: Table, columns: Columns, known: ColumnElement[bool]) -> DayRows:
    """The rows as they come, day by day. Raises BrokenRow."""
    days = (as_text(session, table.date), as_text(session, table.known_at))
    statement = select(table.warehouse_id, table.product_id, *days, *columns).where(known)
    warehouse, product, day, known_at = Codes(), Codes(), Codes(), Codes()
    parts: list[list[NDArray[Any]]] = [[] for _ in columns]
    with closing(stream_columns(session, statement)) as chunks:
        for w, p, d, k, *more in chunks:
            for texts, of_chunk in ((warehouse, w), (product, p), (day, d), (known_at, k)):
                texts.extend(of_chunk)
            for part, column, values in zip(parts, columns, more, strict=True):
                if _bytes(column):
                    check_hours(w, p, d, values)
                    joined = b"".join(UNKNOWN_HOURS if blob is None else blob for blob in values)
                    part.append(np.frombuffer(joined, dtype="<f4"))
                else:
                    part.append(np.array(values, dtype=_type_kept(column)))
    found = [flattened(part, _type_kept(column)) for part, column in zip(parts, columns, strict=True)]
    return DayRows(
        warehouse,
        product,
        day.days(),
        known_at.moments(),
        [value.reshape(-1, HOURS) if _bytes(of) else value for value, of in zip(found, columns, strict=True)],
    )


def _bytes(column: InstrumentedAttribute[Any]) -> bool:
    return isinstance(column.type, LargeBinary)


def _sent(column: InstrumentedAttribute[Any]) -> ColumnElement[bytes]:
    """A column as PostgreSQL sends it."""
    if _bytes(column):
        return func.coalesce(column, literal(UNKNOWN_HOURS, LargeBinary))
    return func.int4send(column) if isinstance(column.type, Integer) else func.float8send(column)


def _type_sent(column: InstrumentedAttribute[Any]) -> str:
    return "<f4" if _bytes(column) else ">i4" if isinstance(column.type, Integer) else ">f8"


def _type_kept(column: InstrumentedAttribute[Any]) -> np.dtype[Any]:
    return np.dtype(_type_sent(column)).newbyteorder("=")
