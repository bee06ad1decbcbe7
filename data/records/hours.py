"""An hour of a series, of a sensor's readings say, against the seals over it.

A seal marks each of its rows in 8 bytes: 4 for the microseconds since the hour began, 4 of the row's SHA-256. So a
reading or measurement that was changed, removed or put in is named. A seal covers what no earlier one does: what came
late has a seal of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from struct import iter_unpack, pack
from typing import Any, cast

from sqlalchemy import Connection, String, select, type_coerce

from data.records.canonical import EPOCH, MICROSECOND, bytes_of_values, microseconds, table_of
from data.records.series import MOMENT, Series
from data.whole_hours import HOUR

MARK = "<I4s"
Rows = Mapping[int, bytes]  # the bytes of rows by microseconds since their hour began


@dataclass(frozen=True)
class Sealed:
    """What a seal says of rows: the marks of each, and the digest over all of them; None: those sealed before were
    removed by who may."""

    marks: Sequence[tuple[int, bytes]]
    digest: str | None


@dataclass(frozen=True)
class Altered:
    """A row that is not as it was sealed; `at` is as the database has it where it is no moment."""

    at: datetime | str
    what: str


def sealed(rows: Rows) -> tuple[bytes, str]:
    """The marks of rows, and the digest over them."""
    in_order = sorted(rows.items())
    marks = b"".join(pack(MARK, offset, sha256(values).digest()[:4]) for offset, values in in_order)
    return marks, _digest(in_order)


def read_marks(marks: bytes | None) -> Sequence[tuple[int, bytes]]:
    """The marks of a seal; one that was cut off has as many as are whole."""
    whole = (marks or b"")[: len(marks or b"") // 8 * 8]
    return [(int(offset), mark) for offset, mark in iter_unpack(MARK, whole)]


def altered_in_hour(hour: datetime, rows: Rows, seals: Sequence[Sealed], all_sealed: bool) -> Iterator[Altered]:
    """What of an hour is not as its seals say; `all_sealed`: no row may be there that none of them covers."""
    left = dict(rows)
    for seal in seals:
        found = [(offset, left.pop(offset, None)) for offset, _ in seal.marks]
        if None not in (values for _, values in found) and _digest(cast(Any, found)) == seal.digest:
            continue
        named = 0
        for (offset, mark), (_, values) in zip(seal.marks, found, strict=True):
            if values is None or sha256(values).digest()[:4] != mark:
                named += 1
                yield Altered(hour + offset * MICROSECOND, "is gone" if values is None else "was changed")
        if not named:
            yield Altered(hour, "and the hour after it are not what was sealed, and which of them is not to be told")
    for offset in left if all_sealed else ():
        yield Altered(hour + offset * MICROSECOND, "was put in past the record")


def _digest(rows: Sequence[tuple[int, bytes]]) -> str:
    return sha256(b"\n".join(b"%d:%s" % one for one in rows)).hexdigest()


def rows_by_hour(
    connection: Connection, series: Series, span: tuple[datetime, datetime] | None = None
) -> Iterator[tuple[datetime | str, dict[int, bytes]]]:
    """The rows of a series, in a span or all, hour by hour, a part of them in memory at a time. What SQLite has that is
    no moment comes by itself, with the text that stands there."""
    raw, table = connection.dialect.name == "sqlite", table_of(series.kind)
    moment = table.c[MOMENT]
    told = [moment, *(column for column in table.columns if not column.primary_key)]
    asked = [type_coerce(c, String()) if raw and "_at" in c.name else c for c in told]
    query = select(*asked).where(series.its_rows).order_by(moment)
    if span is not None:
        query = query.where(moment >= span[0], moment < span[1])
    rows = connection.execute(query, execution_options={"yield_per": 5_000})
    read = ([_microseconds(value) if "_at" in c.name else value for value, c in zip(row, told)] for row in rows)  # noqa: B905
    hour_us = HOUR // MICROSECOND
    for hour, of_hour in groupby(read, key=lambda row: row[0] // hour_us if isinstance(row[0], int) else row[0]):
        if isinstance(hour, int):
            begin = hour * hour_us
            yield EPOCH + begin * MICROSECOND, {row[0] - begin: bytes_of_values(row[1:]) for row in of_hour}
        else:
            yield str(hour), {}


def _microseconds(value: Any) -> Any:
    """A moment in microseconds; what is none as it stands there."""
    if isinstance(value, datetime):
        return microseconds(value)
    try:
        return microseconds(datetime.fromisoformat(value).replace(tzinfo=UTC))
    except (ValueError, TypeError):
        return value if isinstance(value, str) else repr(value)
