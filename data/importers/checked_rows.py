"""Rows of a table that were read and found good, a batch at a time, on their way into the database: they wait in a
temporary file, so that nothing is locked while a table is read and memory does not grow with it."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryFile

from data.importers.rows.records import Records
from data.importers.rows.values import BadValue

LEFT_OUT = BadValue("was left out", "It is told with what is bad")


class CheckedRows:
    """The batches in their order."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed with this object
        self._batches = 0

    def close(self) -> None:
        """Lets go of them."""
        self._file.close()

    def add(self, records: Records) -> None:
        """Takes the good rows of a batch; what is wrong with the others was told."""
        bad = dict.fromkeys(records.bad)
        pickle.dump((replace(records, bad={}), list(bad)), self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._batches += 1

    def __iter__(self) -> Iterator[Records]:
        self._file.seek(0)
        for _ in range(self._batches):
            records, bad = pickle.load(self._file)  # noqa: S301 - our own file, which nobody else can open
            yield replace(records, bad=dict.fromkeys(bad, (None, LEFT_OUT)))
