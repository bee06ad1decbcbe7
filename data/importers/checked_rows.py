"""Rows of a table that were read and found good, a batch at a time, on their way into the database: they wait in a
temporary file, so that nothing is locked while a table is read and memory does not grow with it."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any

import pyarrow as pa

from data.importers.rows.records import Records
from data.importers.rows.values import BadValue

LEFT_OUT = BadValue("was left out", "It is told with what is bad")


class _Waiting:
    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed with this object
        self._batches = 0

    def close(self) -> None:
        """Lets go of them."""
        self._file.close()

    def _put(self, batch: Any) -> None:
        pickle.dump(batch, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._batches += 1

    def _all(self) -> Iterator[Any]:
        self._file.seek(0)
        for _ in range(self._batches):
            yield pickle.load(self._file)  # noqa: S301 - our own file, which nobody else can open


class CheckedRows(_Waiting):
    """The batches in their order."""

    def add(self, records: Records) -> None:
        """Takes the good rows of a batch; what is wrong with the others was told."""
        bad = dict.fromkeys(records.bad)
        self._put((replace(records, bad={}), list(bad)))

    def __iter__(self) -> Iterator[Records]:
        for records, bad in self._all():
            yield replace(records, bad=dict.fromkeys(bad, (None, LEFT_OUT)))


class CheckedColumns(_Waiting):
    """The same where they were read by columns, and all are good."""

    def add(self, columns: pa.RecordBatch) -> None:
        """Takes a batch."""
        self._put(columns)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._all()
