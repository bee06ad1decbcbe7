"""Readings as columns: those of a file whose rows are all plausible, and what is asked of many at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importers.rows.known import Known
from data.importers.rows.values import ID, BadValue
from warehouse.coldchain.clocks import BELIEVED_AHEAD
from warehouse.coldchain.many_readings import EPOCH, Series, microseconds
from warehouse.coldchain.readings import why_implausible

MOMENT = pa.timestamp("us", "UTC")
SENT = {"sensor_id": pa.dictionary(pa.int32(), pa.string()), "taken_at": MOMENT, "temperature_c": pa.float64()}
KEPT = pa.schema({"sensor_id": pa.string(), "taken_at": MOMENT, "temperature_c": pa.float64(), "known_at": MOMENT})
SPREAD = np.int64(-7046029254386353131)  # odd, its bits without a pattern: sensors lie far apart
AT_MOST_HELD = 10_000_000  # readings, of 24 bytes each
BEFORE_ALL = np.iinfo(np.int64).min


def as_columns(rows: Iterable[Sequence[Any]]) -> pa.RecordBatch:
    """Rows of KEPT as columns."""
    columns = list(zip(*rows, strict=True)) or [()] * len(KEPT)
    return pa.record_batch([pa.array(one, field.type) for one, field in zip(columns, KEPT, strict=True)], schema=KEPT)


def all_plausible(sent: pa.RecordBatch, known: Known) -> pa.RecordBatch | None:
    """Columns of SENT as they are kept, if all can be: of known sensors, none of them with a value that is refused when
    it is sent, or may be. None: one cannot."""
    sensors = known.ids("sensors")
    if not all(sensor_id in sensors and _is_id(sensor_id) for sensor_id in sent["sensor_id"].dictionary.to_pylist()):
        return None
    moments, temperatures = (pc.min_max(sent[name]).as_py() for name in ("taken_at", "temperature_c"))
    until = known.now + BELIEVED_AHEAD
    for extreme in ("min", "max"):
        if why_implausible(moments[extreme], temperatures[extreme], until) is not None:
            return None
    if pc.any(pc.is_nan(sent["temperature_c"])).as_py():
        return None
    columns = [sent["sensor_id"].cast(pa.string()), sent["taken_at"], sent["temperature_c"], sent["taken_at"]]
    return pa.record_batch(columns, schema=KEPT)


def _is_id(text: str) -> bool:
    try:
        return bool(ID.read(text) == text)
    except BadValue:
        return False


def keys(kept: pa.RecordBatch) -> NDArray[np.int64]:
    """A number for sensor and moment of each; that two which differ have the same is next to impossible."""
    readings = ReadingColumns.of(kept)
    of_sensors = np.array([hash(sensor_id) for sensor_id in readings.sensor_ids], dtype=np.int64)
    return of_sensors[readings.codes] + readings.taken_at * SPREAD


@dataclass(frozen=True)
class ReadingColumns:
    """Columns of KEPT: of `sensor_ids[codes]`, `taken_at` in microseconds since 1970."""

    columns: pa.RecordBatch
    sensor_ids: list[str]
    codes: NDArray[np.int32]
    taken_at: NDArray[np.int64]

    @classmethod
    def of(cls, columns: pa.RecordBatch) -> Self:
        """Columns of KEPT."""
        encoded = columns["sensor_id"].dictionary_encode()
        taken_at = columns["taken_at"].cast(pa.int64()).to_numpy()
        return cls(columns, encoded.dictionary.to_pylist(), encoded.indices.to_numpy(), taken_at)

    def __len__(self) -> int:
        return len(self.codes)

    def as_table(self) -> pa.Table:
        """For who writes them."""
        return pa.Table.from_batches([self.columns])

    def where(self, chosen: NDArray[np.bool_]) -> "ReadingColumns":
        """Some of them."""
        if chosen.all():
            return self
        return ReadingColumns(
            self.columns.filter(pa.array(chosen)), self.sensor_ids, self.codes[chosen], self.taken_at[chosen]
        )

    def up_to(self, moments: Mapping[str, datetime]) -> NDArray[np.bool_]:
        """Which are no newer than the moment of their sensor; none of a sensor without one."""
        of_sensors = [microseconds(moments[id]) if id in moments else BEFORE_ALL for id in self.sensor_ids]
        not_newer: NDArray[np.bool_] = self.taken_at <= np.array(of_sensors, dtype=np.int64)[self.codes]
        return not_newer

    def rows(self) -> Iterator[tuple[str, datetime, float]]:
        """Sensor, moment and temperature of each."""
        return zip(*(self.columns[name].to_pylist() for name in SENT), strict=True)

    def spans(self) -> Iterator[tuple[str, datetime, datetime]]:
        """From when to when there are readings of each sensor."""
        of_sensors = pd.Series(self.taken_at).groupby(self.codes).agg(["min", "max"])
        for code, first, last in of_sensors.itertuples():
            yield self.sensor_ids[code], _moment(first), _moment(last)


class Held:
    """Readings by sensor that wait to be judged, in memory as long as they are not too many."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
        self._count = 0

    def add(self, readings: ReadingColumns) -> None:
        """More of them; no two are of one sensor and moment."""
        self._count += len(readings)
        if self._count > AT_MOST_HELD:
            self._parts.clear()
            return
        codes = [self._codes.setdefault(sensor_id, len(self._codes)) for sensor_id in readings.sensor_ids]
        temperatures = readings.columns["temperature_c"].to_numpy()
        self._parts.append((np.array(codes, dtype=np.int64)[readings.codes], readings.taken_at, temperatures))

    def by_sensor(self) -> Mapping[str, Series]:
        """Those of each sensor in the order of their times; none where they were too many."""
        if not self._parts:
            return {}
        codes, taken_at, temperatures = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        order = np.lexsort((taken_at, codes))
        ends = np.searchsorted(codes[order], np.arange(len(self._codes)), side="right").tolist()
        all_of_them = Series(taken_at[order], temperatures[order])
        return {
            sensor_id: all_of_them[start:end]
            for sensor_id, start, end in zip(self._codes, [0, *ends], ends, strict=False)
        }


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(microseconds))
