"""Rows that were sent as JSON objects, as a table of text: the rules are those of a file.

All rows name the same columns: in a file an empty cell clears what was kept and a column that is not there leaves it,
so an object that lacks a column of the others would be one or the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.importers.rows.tables import Table
from data.importers.rows.values import BadValue

PLAIN = str | int | float | None  # a bool is an int


class GivenRows(Table):
    """Objects by column, of texts, numbers, true, false and null."""

    def __init__(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.name, self._rows = name, rows
        self.header = list(dict.fromkeys(column for row in rows for column in row))

    def place(self, line: int) -> str:
        """A row as its sender counts them, from 0."""
        return f"rows[{line}]"

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The rows, empty ones too: they miss what they need."""
        for number, row in enumerate(self._rows):
            yield number, _Texts(row, self.header)

    def misfit(self, texts: Sequence[str]) -> BadValue | None:
        """A column that a row lacks, or that holds a list or an object."""
        return texts.problem if isinstance(texts, _Texts) else super().misfit(texts)


class _Texts(list[str]):
    """The texts of a row in the order of the header, and what is wrong with its form."""

    def __init__(self, row: Mapping[str, Any], header: Sequence[str]) -> None:
        super().__init__(map(_text, map(row.get, header)))
        self.problem: BadValue | None = None
        if lacking := [name for name in header if name not in row]:
            reason = f"lacks {', '.join(lacking)}, which other rows have"
            self.problem = BadValue(reason, "Name the same columns in every row; null is an empty cell")
        elif deep := [name for name in header if not isinstance(row[name], PLAIN)]:
            reason = f"has a list or an object as {', '.join(deep)}"
            self.problem = BadValue(reason, "Write a text, a number, true, false or null")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
