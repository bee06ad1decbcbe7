"""Reads millions of rows into columns: rows in chunks, texts and days as codes.

A frame of Python objects costs several times the memory; here a chunk of rows is turned into columns and thrown away.
Works on SQLite and PostgreSQL (there with a server-side cursor).
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Date, Executable, Text, cast, func
from sqlalchemy.orm import Session

CHUNK = 10_000


def stream_columns(session: Session, statement: Executable, chunk: int = CHUNK) -> Generator[list[tuple[Any, ...]]]:
    """The statement's rows turned into columns, a chunk of rows at a time. Who may stop before the end closes it."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    result = session.connection().execute(statement, execution_options={} if sqlite else {"yield_per": chunk})
    # SQLite's cursor streams by itself, and its bare tuples cost half of what SQLAlchemy's rows do
    fetch: Callable[[int], Sequence[Any]] = result.cursor.fetchmany if sqlite and result.cursor else result.fetchmany
    try:
        while rows := fetch(chunk):
            yield list(zip(*rows, strict=True))
    finally:
        result.close()


def as_text(session: Session, column: Any) -> ColumnElement[str]:
    """A day or a moment as ISO text in UTC: on both databases the cheapest thing to send and to tell apart."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(column, Text)  # it is text there already
    return cast(column if isinstance(column.type, Date) else func.timezone("UTC", column), Text)


class Codes:
    """A column with few distinct texts, kept as int32 codes into `texts` (in the order first seen)."""

    def __init__(self) -> None:
        self._code_of: dict[str, int] = {}
        self._chunks: list[NDArray[np.int32]] = []

    def extend(self, values: tuple[str, ...], times: NDArray[np.intp] | None = None) -> None:
        """More of the column; each of the values so many times."""
        codes, distinct = pd.factorize(np.array(values, dtype=object))
        known = [self._code_of.setdefault(text, len(self._code_of)) for text in distinct]
        column = np.array(known, dtype=np.int32)[codes]
        self._chunks.append(column if times is None else np.repeat(column, times))

    @property
    def texts(self) -> list[str]:
        return list(self._code_of)

    def text(self, row: int) -> str:
        """The text of a row."""
        text: str = self.texts[self.codes()[row]]
        return text

    def codes(self) -> NDArray[np.int32]:
        return np.concatenate(self._chunks) if self._chunks else np.empty(0, dtype=np.int32)

    def days(self) -> NDArray[np.datetime64]:
        """The column as local days."""
        return np.array(self.texts, dtype="datetime64[D]")[self.codes()]

    def moments(self) -> NDArray[np.datetime64]:
        """The column as moments in UTC (without the zone, which numpy does not know)."""
        distinct = pd.to_datetime(pd.Series(self.texts, dtype=object), format="ISO8601", utc=True)
        return distinct.dt.tz_localize(None).to_numpy().astype("datetime64[us]")[self.codes()]


def flattened(chunks: list[NDArray[Any]], dtype: str | np.dtype[Any]) -> NDArray[Any]:
    """The chunks of a number column as one array."""
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=dtype)


def as_ids(texts: list[str], codes: NDArray[np.int32]) -> pd.api.extensions.ExtensionArray:
    """Codes back to texts, as a string column of a frame."""
    return pd.array(texts, dtype="str").take(codes)


def as_moments(moments: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    """Moments without a zone as the UTC column of a frame."""
    return pd.DatetimeIndex(moments.astype("datetime64[us]")).tz_localize("UTC")
