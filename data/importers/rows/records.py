"""Rows of a file as values by column, and what is wrong with each so far."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from data.importers.rows.values import BadValue


@dataclass
class Records:
    """Rows of a file as values: `values[column][i]` belongs to `lines[i]`, None where nothing is written.

    Only columns of the file are there, and those that `fill` adds. `bad[i]` says what is wrong with row i."""

    lines: list[int]
    texts: Mapping[str, Sequence[str]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    bad: dict[int, tuple[str | None, BadValue]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def refuse(self, row: int, column: str | None, reason: str, remedy: str) -> None:
        """Marks a row as bad; the first thing that is wrong with it counts."""
        self.mark(row, column, BadValue(reason, remedy))

    def mark(self, row: int, column: str | None, problem: BadValue) -> None:
        """Marks a row as bad for what is wrong with a value of it."""
        self.bad.setdefault(row, (column, problem))

    def said(self, *names: str) -> list[str]:
        """Those of the columns that the file has."""
        return [name for name in names if name in self.texts]

    def column(self, name: str) -> list[Any]:
        """A column's values; all None where the file does not have it."""
        return self.values.get(name) or [None] * len(self)

    def good_rows(self) -> Iterator[int]:
        """The places of the rows that nothing is wrong with, so far."""
        return (row for row in range(len(self)) if row not in self.bad)

    def good(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """The values of the good rows."""
        rows = zip(*(self.column(name) for name in names), strict=True)
        return compress(rows, (row not in self.bad for row in range(len(self)))) if self.bad else rows

    def fill(self, name: str, default: Callable[[int], Any]) -> None:
        """Gives the good rows that lack a value the one of `default(row)`; BadValue from it refuses the row."""
        values = self.values.setdefault(name, [None] * len(self))
        for row in self.good_rows():
            if values[row] is None:
                try:
                    values[row] = default(row)
                except BadValue as problem:
                    self.mark(row, name, problem)
