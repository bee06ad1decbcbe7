"""Values as they were successively known: plans are superseded, weather is foretold anew, rows come late.

Days are indices from a first day on; a moment counts as the first origin day that knew it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.events import NEVER
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.horizon import LONGEST_HORIZON

AHEAD: Final = LONGEST_HORIZON  # days after the origin day for which plans and weather forecasts are held

Floats = NDArray[np.float32]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Versions:
    """Values by row and day as they were successively known: `values` (layer, row, day, column), latest first."""

    values: Floats
    known_day: NDArray[np.int16]  # layer, row, day

    @cached_property
    def known_by(self) -> NDArray[np.int16]:
        """The first origin day at which all that the latest layer holds of each day (n) was known."""
        return all_known_by(self.known_day[0])

    def visible(self, origin: int, days: slice) -> Floats:
        """The values (row, day, column) last known at the origin day, to be read only; NaN where nothing was."""
        if len(self.values) == 1 and (self.known_by[days] <= origin).all():
            return self.values[0, :, days]
        shape = self.values[0, :, days].shape
        result = np.full(shape[::-1], np.nan, dtype=np.float32).T
        open_ = np.ones(shape[:2], dtype=bool, order="F")
        for values, known in zip(self.values[:, :, days], self.known_day[:, :, days], strict=True):
            seen = open_ & (known <= origin)
            np.copyto(result, values, where=seen[:, :, None])
            open_ &= ~seen
        return result

    def rows(self, keep: Index) -> Versions:
        """The same for some rows."""
        return Versions(
            self.values.swapaxes(1, 3).take(keep, 3).swapaxes(1, 3),
            self.known_day.swapaxes(1, 2).take(keep, 2).swapaxes(1, 2),
        )


def known_day_of(moments: pd.Series, known: KnownAtOrigin, last: int) -> NDArray[np.int16]:
    """The first origin day whose origin, at this origin's time of day, knows each row."""
    # by local time: where clocks change, days apart are no multiple of 24 hours
    local_time = moments.dt.tz_convert(known.zone).dt.tz_localize(None)
    late = ((local_time - known.local_time) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    known_day: NDArray[np.int16] = np.clip(last + np.ceil(late), -30000, 30000).astype(np.int16)
    return known_day


def all_known_by(known_day: NDArray[np.int16]) -> NDArray[np.int16]:
    """The first origin day at which all cells (row, day) that were ever known were, by day."""
    by: NDArray[np.int16] = np.where(known_day == NEVER, -NEVER, known_day).max(axis=0, initial=-NEVER)
    return by


def versions_of(
    frame: pd.DataFrame,
    moment: str,
    columns: Sequence[str],
    rows: pd.DataFrame,
    first: pd.Timestamp,
    last: int,
    known: KnownAtOrigin,
) -> Versions:
    """The `columns` of a frame by row (the keys `rows`) and day from `first` on, as known after each `moment`."""
    days = last + 1 + AHEAD
    keys = list(rows.columns)
    row = (
        pd.MultiIndex.from_frame(rows).get_indexer(pd.MultiIndex.from_frame(frame[keys]))
        if len(keys) > 1
        else (pd.Index(rows[keys[0]]).get_indexer(frame[keys[0]]))
    )
    day = (frame["date"] - first).dt.days.to_numpy()
    order = np.lexsort((-frame[moment].astype("int64").to_numpy(), day, row))
    order = order[(row[order] >= 0) & (day[order] >= 0) & (day[order] < days)]
    cell = row[order].astype(np.int64) * days + day[order]
    starts = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]]) if len(cell) else np.empty(0, dtype=np.intp)
    layer = np.arange(len(cell)) - np.repeat(starts, np.diff(np.r_[starts, len(cell)]))
    layers = int(layer.max()) + 1 if len(layer) else 1
    values = np.full((layers, len(columns), days, len(rows)), np.nan, dtype=np.float32).swapaxes(1, 3)
    known_day = np.full((layers, days, len(rows)), NEVER).swapaxes(1, 2)
    values[layer, row[order], day[order]] = frame[list(columns)].to_numpy(dtype=np.float32)[order]
    known_day[layer, row[order], day[order]] = known_day_of(frame[moment], known, last)[order]
    return Versions(values, known_day)
