"""A table to import: rows of text below a header, each with the place where it stands, a batch at a time.

Where the table comes from (a file, a request) is the business of its kind: files.py, given.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from data.importers.rows.values import BadValue

ROWS_AT_ONCE = 20_000
HOURS_OF_A_DAY = 24  # rows that stand together are at most a day's hours, some of them twice


@dataclass
class Batch:
    """Rows of a table: their lines and, in the order of the header, their texts ("" where nothing is written).

    `misshapen` holds the lines and texts of rows that do not fit the header, and what is wrong with them."""

    lines: list[int] = field(default_factory=list)
    rows: list[Sequence[str]] = field(default_factory=list)
    misshapen: list[tuple[int, Sequence[str], BadValue]] = field(default_factory=list)


class Table(ABC):
    """Its `header`, and its rows; `name` is what messages call it."""

    name: str
    header: list[str]

    @abstractmethod
    def place(self, line: int) -> str:
        """Where a row stands, as its author finds it."""

    @abstractmethod
    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """All rows but empty ones, each with its line. Raises BadFile where the table cannot be read on."""

    def misfit(self, texts: Sequence[str]) -> BadValue | None:
        """What is wrong with the form of a row, if anything is."""
        if len(texts) == len(self.header):
            return None
        reason = f"has {len(texts)} values, the header has {len(self.header)} columns"
        return BadValue(reason, "Check the commas and quotes of the row")

    def batches(self, together: Sequence[str] = ()) -> Iterator[Batch]:
        """All rows. Neighbours that agree on the columns `together` come in the same batch."""
        key = [self.header.index(name) for name in together]
        width = len(self.header)
        batch = Batch()
        for line, row in self.rows():
            if len(row) > width:  # spreadsheets write separators up to the widest row
                row = without_empty_end(row, width)
            if (problem := self.misfit(row)) is not None:
                batch.misshapen.append((line, row, problem))
                continue
            if len(batch.rows) >= ROWS_AT_ONCE and not _stands_together(batch.rows, row, key):
                yield batch
                batch = Batch()
            batch.lines.append(line)
            batch.rows.append(row)
        if batch.lines or batch.misshapen:
            yield batch


def without_empty_end(row: Sequence[str], width: int = 0) -> Sequence[str]:
    """A row without its empty last values, but not below a width."""
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _stands_together(rows: list[Sequence[str]], row: Sequence[str], key: list[int]) -> bool:
    if not key or len(rows) >= ROWS_AT_ONCE + 4 * HOURS_OF_A_DAY:
        return False
    return all(rows[-1][n] == row[n] for n in key)
