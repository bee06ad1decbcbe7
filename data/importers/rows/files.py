"""Reads a CSV or Parquet file as rows of text with the line that each stands on, a batch at a time.

Python's own csv reader is used because it knows the line of every row, quoted line breaks included. A Parquet
file's values become text too, so that one set of rules holds for both. What spreadsheets leave behind is passed over:
rows without a value, a first line `sep=;` (which says the separator), empty columns at the right.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.importers.problems import BadFile

ROWS_AT_ONCE = 20_000
HOURS_OF_A_DAY = 24  # rows that stand together are at most a day's hours, some of them twice
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?[,;|\t]*\s*', re.IGNORECASE)


@dataclass
class Batch:
    """Rows of a file: their lines and, in the order of the header, their texts ("" where nothing is written).

    `misshapen` holds the lines and texts of rows that do not have as many values as the header has columns."""

    lines: list[int] = field(default_factory=list)
    rows: list[Sequence[str]] = field(default_factory=list)
    misshapen: list[tuple[int, Sequence[str]]] = field(default_factory=list)


class RecordedFile:
    """A CSV or Parquet file: its `header`, and its rows. Raises BadFile where it cannot be read as a table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise BadFile(f"File {path} was not found.")
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise BadFile(f"{path.name} is neither .csv nor .parquet.")
        self._parquet = path.suffix.lower() == ".parquet"
        self.header = self._parquet_header() if self._parquet else self._csv_header()

    def batches(self, together: Sequence[str] = ()) -> Iterator[Batch]:
        """All rows. Neighbours that agree on the columns `together` come in the same batch."""
        key = [self.header.index(name) for name in together]
        width = len(self.header)
        batch = Batch()
        row: Sequence[str]
        for line, row in self._parquet_rows() if self._parquet else self._csv_rows():
            if len(row) > width:  # spreadsheets write separators up to the widest row
                row = _without_empty_end(row, width)
            if len(row) != width:
                batch.misshapen.append((line, row))
                continue
            if len(batch.rows) >= ROWS_AT_ONCE and not _stands_together(batch.rows, row, key):
                yield batch
                batch = Batch()
            batch.lines.append(line)
            batch.rows.append(row)
        if batch.lines or batch.misshapen:
            yield batch

    def _csv_header(self) -> list[str]:
        for _, row in self._csv_lines():
            return [name.strip() for name in _without_empty_end(row)]
        raise BadFile(f"{self.path.name} is empty.")

    def _csv_rows(self) -> Iterator[tuple[int, list[str]]]:
        rows = self._csv_lines()
        next(rows)
        yield from rows

    def _csv_lines(self) -> Iterator[tuple[int, list[str]]]:
        """The rows from the header on, each with the line of the file on which it ends."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            try:
                separator = _SEPARATOR_LINE.fullmatch(file.readline(100))
                if separator is None:
                    file.seek(0)
                before = 0 if separator is None else 1
                reader = csv.reader(file, strict=True, delimiter="," if separator is None else separator[1])
                for row in reader:
                    if any(map(str.strip, row)):
                        yield before + reader.line_num, row
            except UnicodeDecodeError as error:
                line = _first_line_that_is_not_utf8(self.path)
                raise BadFile(f"{self.path.name}, line {line}: not UTF-8. Save the file as CSV in UTF-8.") from error
            except csv.Error as error:
                raise BadFile(
                    f"{self.path.name}, line {before + reader.line_num}: {error}. "
                    "Check the quotes on this line and before it."
                ) from error

    def _parquet_header(self) -> list[str]:
        try:
            return list(pq.read_schema(self.path).names)
        except pa.ArrowInvalid as error:
            raise BadFile(f"{self.path.name} is not a Parquet file: {error}") from error

    def _parquet_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        row = 0
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                columns = [self._as_texts(name, batch[name]) for name in self.header]
                for values in zip(*columns, strict=True):
                    row += 1
                    if any(map(str.strip, values)):
                        yield row, values

    def _as_texts(self, name: str, column: pa.Array) -> list[str]:
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            column = pc.cast(column, pa.timestamp("us", "UTC"))
        try:
            texts: list[str] = pc.fill_null(pc.cast(column, pa.string()), "").to_pylist()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise BadFile(f"{self.path.name}, column {name}: a column of {column.type} cannot be read.") from error
        return texts


def _without_empty_end(row: Sequence[str], width: int = 0) -> Sequence[str]:
    """A row without its empty last values, but not below a width."""
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _stands_together(rows: list[Sequence[str]], row: Sequence[str], key: list[int]) -> bool:
    if not key or len(rows) >= ROWS_AT_ONCE + 4 * HOURS_OF_A_DAY:
        return False
    return all(rows[-1][n] == row[n] for n in key)


def _first_line_that_is_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for line, content in enumerate(_lines(file), start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError:
                return line
    return 1


def _lines(file: Iterable[bytes]) -> Iterator[bytes]:
    yield from file
