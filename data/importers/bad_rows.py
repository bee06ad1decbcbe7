"""Collects the bad rows of a file: the first to say what is wrong, and all of them into FILE.bad.csv when skipped."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from data.importers.problems import SHOWN, BadFile, BadRow
from data.importers.rows.files import Batch, RecordedFile
from data.importers.rows.records import Records
from data.importers.rows.values import BadSecret, BadValue

BAD_ROWS_SUFFIX = ".bad.csv"


class BadRows:
    """The bad rows found so far. Its file appears when the context ends well, and only if there are any."""

    def __init__(self, file: RecordedFile, write: bool) -> None:
        self.count = 0
        self._source = file
        self._first: list[BadRow] = []
        self._write = write
        self._target = file.path.with_name(f"{file.path.stem}{BAD_ROWS_SUFFIX}")
        self._part: Path = self._target.with_name(f"{self._target.name}.part")
        self._open: TextIO | None = None
        self._writer: Any = None

    @property
    def file(self) -> Path | None:
        return self._target if self._write and self.count else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._open is not None:
            self._open.close()
            if error is None:
                self._part.replace(self._target)
            else:
                self._part.unlink()

    def add(self, batch: Batch, records: Records) -> None:
        """Takes the bad rows of a batch."""
        width = len(self._source.header)
        found: list[tuple[int, str | None, str | None, BadValue, Sequence[str]]] = []
        for line, texts in batch.misshapen:
            reason = f"has {len(texts)} values, the header has {width} columns"
            found.append((line, None, None, BadValue(reason, "Check the commas and quotes of the row"), texts))
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
        return BadFile.of_rows(self._source.path, sorted(self._first, key=lambda bad: bad.line), self.count)

    def _add(self, line: int, column: str | None, value: str | None, problem: BadValue, texts: Sequence[str]) -> None:
        self.count += 1
        bad = BadRow(self._source.path.name, line, column, value, problem.reason, problem.remedy)
        if len(self._first) < SHOWN:
            self._first.append(bad)
        if self._write:
            self._write_row(texts, line, str(bad))

    def _write_row(self, texts: Sequence[str], line: int, reason: str) -> None:
        kept = [n for n, name in enumerate(self._source.header) if name not in ("line", "reason")]
        if self._open is None:
            self._open = self._part.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._open)
            self._writer.writerow([*(self._source.header[n] for n in kept), "line", "reason"])
        self._writer.writerow([*(texts[n] if n < len(texts) else "" for n in kept), line, reason])
