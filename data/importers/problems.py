"""What is wrong with a table, said so that whoever made it can mend it: where, which value, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 20  # problems spelled out in one message; the rest are counted


@dataclass(frozen=True)
class BadRow:
    """One wrong row of a table; `place` is where it stands, as the table's kind says it, by its `line`."""

    file: str
    line: int
    place: str
    column: str | None
    value: str | None
    reason: str
    remedy: str

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.file}, {self.place}{column}: {self.said}"

    @property
    def said(self) -> str:
        """What is wrong and what to do, without where."""
        found = "" if self.value is None else f"{_shortened(self.value)!r} "
        return f"{found}{self.reason}. {self.remedy}."


class BadFile(ValueError):
    """A file that was not imported; nothing of it was kept.

    `problems` holds the first rows that are wrong (none where the file as a whole is), `count` says how many are."""

    def __init__(self, message: str, problems: Sequence[BadRow] = (), count: int = 0) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.count = count

    @classmethod
    def of_rows(cls, name: str, problems: Sequence[BadRow], count: int) -> "BadFile":
        shown = "\n".join(f"  {problem}" for problem in problems[:SHOWN])
        more = f"\n  ... and {count - SHOWN} more" if count > SHOWN else ""
        rows = "1 bad row" if count == 1 else f"{count} bad rows"
        return cls(f"{name}: {rows}, nothing of it was kept.\n{shown}{more}", problems[:SHOWN], count)


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."
