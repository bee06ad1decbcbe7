"""What is wrong with a table, said so that whoever made it can mend it: where, which value, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.languages import counted, reworded, say

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
        column = "" if self.column is None else say(", column {column}", column=self.column)
        return say(
            "{file}, {place}{column}: {said}", file=self.file, place=reworded(self.place), column=column, said=self.said
        )

    @property
    def said(self) -> str:
        """What is wrong and what to do, without where."""
        found = "" if self.value is None else f"{_shortened(self.value)!r} "
        reason, remedy = reworded(self.reason), reworded(self.remedy)
        return say("{found}{reason}. {remedy}.", found=found, reason=reason, remedy=remedy)


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
        more = "\n  " + say("... and {more:,} more", more=count - SHOWN) if count > SHOWN else ""
        head = counted(
            "{name}: {n} bad row, nothing of it was kept.",
            "{name}: {n} bad rows, nothing of it was kept.",
            count,
            name=name,
        )
        return cls(f"{head}\n{shown}{more}", problems[:SHOWN], count)


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."
