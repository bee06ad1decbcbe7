"""Events and closed days as they were successively known: fairs, school holidays, strikes, days without business.

An event is seen from an origin as it was known then: planned later it is not there yet, moved or cancelled later it is
still where it was. What it does to demand is learned elsewhere (`forecasting.model.calendar_effects`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEVER: Final = np.int16(32767)


@dataclass(frozen=True, eq=False)
class Events:
    """Versions of events (n), by day index; `here` (n, warehouse) says which warehouses each is about."""

    names: Sequence[str]
    kinds: Sequence[str]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    closed: NDArray[np.bool_]
    cancelled: NDArray[np.bool_]
    known_day: NDArray[np.int16]  # the first origin day that knows this version
    replaced: NDArray[np.int16]  # the first origin day that knows a later one
    here: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        known_day: NDArray[np.int16],
        first_day: pd.Timestamp,
        warehouse_ids: Sequence[str],
        cities: Sequence[str],
    ) -> Events:
        """The events of a frame (EVENT_COLUMNS), whose rows are known from `known_day` (n) on."""
        order = np.lexsort((frame["known_at"].to_numpy(), frame["event_id"].astype(str).to_numpy()))
        frame, known_day = frame.iloc[order], known_day[order]
        same = np.r_[(frame["event_id"].to_numpy()[1:] == frame["event_id"].to_numpy()[:-1]), False][: len(frame)]
        replaced = np.where(same, np.r_[known_day[1:], NEVER][: len(frame)], NEVER).astype(np.int16)
        of_warehouse, of_city = (frame[name].to_numpy(dtype=object)[:, None] for name in ("warehouse_id", "city"))
        anywhere = pd.isna(of_warehouse) & pd.isna(of_city)
        here = anywhere | (of_warehouse == np.array(warehouse_ids, dtype=object)[None])
        here |= of_city == np.array(cities, dtype=object)[None]
        first, last = (
            frame[name].sub(first_day).dt.days.to_numpy().astype(np.intp) for name in ("first_day", "last_day")
        )
        closed, cancelled = (frame[name].to_numpy(dtype=bool) for name in ("closed", "cancelled"))
        return cls(list(frame["name"]), list(frame["kind"]), first, last, closed, cancelled, known_day, replaced, here)

    @classmethod
    def none(cls, warehouses: int) -> Events:
        """No event of so many warehouses."""
        flags, days, moments = np.zeros(0, dtype=bool), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int16)
        return cls([], [], days, days, flags, flags, moments, moments, np.zeros((0, warehouses), dtype=bool))

    def __len__(self) -> int:
        return len(self.names)

    def known_at(self, origin: int | NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which versions hold at an origin day (n), or at each of some (n, origins)."""
        known, replaced, cancelled = self.known_day, self.replaced, self.cancelled
        if not np.isscalar(origin):
            known, replaced, cancelled = known[:, None], replaced[:, None], cancelled[:, None]
        return np.asarray((known <= origin) & (origin < replaced) & ~cancelled, dtype=bool)

    def on(self, days: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which versions are about each of some days (n, days)."""
        return np.asarray((self.first[:, None] <= days) & (days <= self.last[:, None]), dtype=bool)

    def closed_on(self, origin: int, day: int) -> NDArray[np.bool_]:
        """Which warehouses (n) are closed on a day as known at an origin day."""
        shut = self.known_at(origin) & self.closed & (self.first <= day) & (day <= self.last)
        return np.asarray(self.here[shut].any(axis=0), dtype=bool)
