"""Finds rows of one file that repeat or contradict each other, however far apart they stand.

Each row leaves 24 bytes in a temporary file: hashes of its key and of its value, and its line. At the end they are
compared a part of the keys at a time, so memory does not grow with the file. (64-bit hashes: with 100 million rows
the chance that two keys are taken for one is 1 in 4,000.)
"""

from collections.abc import Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.importers.kind import Once
from data.importers.rows.records import Records

ROWS_AT_ONCE = 1_000_000


class Repeats:
    """What a file has said so far, for one rule of what is said once."""

    def __init__(self, once: Once) -> None:
        self.once = once
        self._said = TemporaryFile()  # noqa: SIM115 - closed by the context that this object is
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._said.close()

    def add(self, records: Records) -> None:
        """Remembers the good rows of a batch."""
        lines = [line for row, line in enumerate(records.lines) if row not in records.bad]
        said = np.empty((len(lines), 3), dtype=np.int64)
        said[:, 0] = [hash(key) for key in records.good(*self.once.key)]
        if self.once.value:
            said[:, 1] = [hash(repr(value)) for value in records.good(*self.once.value)]  # hash(-1.0) == hash(-2.0)
        else:  # no line may say the same as another
            said[:, 1] = lines
        said[:, 2] = lines
        self._add(said)

    def add_keys(self, keys: NDArray[np.int64], first_line: int) -> None:
        """Remembers rows that stand one below the other, by what tells their keys apart; none may say the same as
        another."""
        lines = np.arange(first_line, first_line + len(keys))
        self._add(np.column_stack([keys, lines, lines]))

    def _add(self, said: NDArray[np.int64]) -> None:
        self._said.write(said.tobytes())
        self._rows += len(said)

    def contradictions(self) -> Iterator[tuple[int, int]]:
        """The lines that an earlier line with the same key does not allow, each with that line."""
        parts = -(-self._rows // ROWS_AT_ONCE)
        for part in range(parts):
            said = self._part(part, parts)
            order = np.lexsort((said[:, 2], said[:, 0]))
            said = said[order]
            new_key = np.append(True, np.diff(said[:, 0]) != 0)
            first = np.maximum.accumulate(np.where(new_key, np.arange(len(said)), 0))
            for row in np.flatnonzero(said[:, 1] != said[first, 1]):
                yield int(said[row, 2]), int(said[first[row], 2])

    def _part(self, part: int, parts: int) -> NDArray[np.int64]:
        self._said.seek(0)
        found = [np.empty((0, 3), dtype=np.int64)]
        while content := self._said.read(ROWS_AT_ONCE * 24):
            said = np.frombuffer(content, dtype=np.int64).reshape(-1, 3)
            found.append(said[said[:, 0] % parts == part])
        return np.concatenate(found)
