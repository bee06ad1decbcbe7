"""Reads CSV, from a file or from bytes, and Parquet files as tables of text.

Python's own csv reader is used because it knows the line of every row, quoted line breaks included. A Parquet
file's values become text too, so that one set of rules holds for both. What spreadsheets leave behind is passed over:
rows without a value, a first line `sep=;` (which says the separator), empty columns at the right.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.importers.problems import BadFile
from data.importers.rows.tables import ROWS_AT_ONCE, Table, without_empty_end

_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?[,;|\t]*\s*', re.IGNORECASE)


def recorded_table(path: Path) -> Table:
    """The table in a CSV or Parquet file. Raises BadFile where it cannot be read as one."""
    if not path.is_file():
        raise BadFile(f"File {path} was not found.")
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise BadFile(f"{path.name} is neither .csv nor .parquet.")
    if path.suffix.lower() == ".parquet":
        return ParquetTable(path)
    return CsvTable(path.name, lambda: path.open("rb"))


class CsvTable(Table):
    """CSV in UTF-8; `open_it` gives its bytes from the beginning. Raises BadFile where its header cannot be read."""

    def __init__(self, name: str, open_it: Callable[[], BinaryIO]) -> None:
        self.name, self.open = name, open_it
        self.header = self._header()

    def place(self, line: int) -> str:
        """The line on which a row ends, the header's being 1."""
        return f"line {line}"

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The rows after the header."""
        rows = self._lines()
        next(rows)
        yield from rows

    def _header(self) -> list[str]:
        for _, row in self._lines():
            return [name.strip() for name in without_empty_end(row)]
        raise BadFile(f"{self.name} is empty.")

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """The rows from the header on, each with the line on which it ends."""
        with TextIOWrapper(self.open(), encoding="utf-8-sig", newline="") as file:
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
                line = self._first_line_that_is_not_utf8()
                raise BadFile(f"{self.name}, line {line}: not UTF-8. Save the file as CSV in UTF-8.") from error
            except csv.Error as error:
                line = before + reader.line_num
                remedy = "Check the quotes on this line and before it."
                raise BadFile(f"{self.name}, line {line}: {error}. {remedy}") from error

    def _first_line_that_is_not_utf8(self) -> int:
        with self.open() as file:
            for line, content in enumerate(_bytes_of_lines(file), start=1):
                try:
                    content.decode("utf-8")
                except UnicodeDecodeError:
                    return line
        return 1


class ParquetTable(Table):
    """A Parquet file. Raises BadFile where its header cannot be read."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        try:
            self.header = list(pq.read_schema(path).names)
        except pa.ArrowInvalid as error:
            raise BadFile(f"{path.name} is not a Parquet file: {error}") from error

    def place(self, line: int) -> str:
        """The number of a row, from 1."""
        return f"row {line}"

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The rows."""
        row = 0
        with pq.ParquetFile(self._path) as file:
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
            raise BadFile(f"{self.name}, column {name}: a column of {column.type} cannot be read.") from error
        return texts


def _bytes_of_lines(file: Iterable[bytes]) -> Iterator[bytes]:
    yield from file
