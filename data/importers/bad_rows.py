"""Collects the bad rows of a table: the first to say what is wrong, and all of them into a file where one is wanted."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from data.importers.problems import BadFile, BadRow
from data.importers.rows.records import Records
from data.importers.rows.tables import Batch, Table
from data.importers.rows.values import BadSecret, BadValue

BAD_ROWS_SUFFIX = ".bad.csv"
LISTED = 1_000  # bad rows that are kept in memory


class BadRows:
    """The bad rows found so far; `first` are the first LISTED of them. All are written `into` a file (None: none is
    wanted), which is made only if there are any."""

    def __init__(self, table: Table, into: Path | None) -> None:
        self.count = 0
        self.first: list[BadRow] = []
        self._source = table
        self._into = into
        self._open: TextIO | None = None
        self._writer: Any = None

    @property
    def file(self) -> Path | None:
        return self._into if self.count else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._open is not None:
            self._open.close()

    def add(self, batch: Batch, records: Records) -> None:
        """Takes the bad rows of a batch."""
        found: list[tuple[int, str | None, str | None, BadValue, Sequence[str]]] = []
        for line, texts, problem in batch.misshapen:
            found.append((line, None, None, problem, texts))
        for row, (column, problem) in records.bad.items():
            shown = column is not None and column in records.texts and not isinstance(problem, BadSecret)
            value = records.texts[column][row] if column is not None and shown else None
            found.append((records.lines[row], column, value or None, problem, batch.rows[row]))
        for bad in sorted(found, key=lambda row: row[0]):
            self._add(*bad)

    def add_contradictions(self, lines: Mapping[int, BadValue]) -> None:
        """Takes rows that were found wrong only at the end of the file."""
        for line, problem in sorted(lines.items()):
            self._add(line, None, None, problem, ())

    def as_error(self) -> BadFile:
        """What to raise: all that is wrong, as far as it can be shown."""
        return BadFile.of_rows(self._source.name, sorted(self.first, key=lambda bad: bad.line), self.count)

    def _add(self, line: int, column: str | None, value: str | None, problem: BadValue, texts: Sequence[str]) -> None:
        self.count += 1
        bad = BadRow(self._source.name, line, self._source.place(line), column, value, problem.reason, problem.remedy)
        if len(self.first) < LISTED:
            self.first.append(bad)
        if self._into is not None:
            self._write_row(self._into, texts, line, str(bad))

    def _write_row(self, into: Path, texts: Sequence[str], line: int, reason: str) -> None:
        kept = [n for n, name in enumerate(self._source.header) if name not in ("line", "reason")]
        if self._open is None:
            self._open = into.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._open)
            self._writer.writerow([*(self._source.header[n] for n in kept), "line", "reason"])
        self._writer.writerow([*(texts[n] if n < len(texts) else "" for n in kept), line, reason])
