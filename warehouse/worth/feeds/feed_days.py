"""The days of one feed of a warehouse as a matrix: a value for each day and item (a product's units sold, its price, a
day's temperature), and how it falls on the hours where the feed says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HOURS: Final = 24
FEED_COLUMNS: Final = ("date", "item", "value")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DayKinds:
    """By day: whether there was business (`open`), whether it is like any other (`usual`: no holiday or event on it or
    next to it), and whether it should have come by now (`due`)."""

    open: NDArray[np.bool_]
    usual: NDArray[np.bool_]
    due: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FeedDays:
    """`values` (days x items) of the days from `first` on, NaN where there is no row; `hours` (days x items x 24), None
    of a feed of whole days. `kinds` (days) says what is expected of each day."""

    first: date
    values: Floats
    hours: NDArray[np.float32] | None
    kinds: DayKinds

    @property
    def days(self) -> Sequence[date]:
        """The local days, one a row."""
        return [self.first + timedelta(days=number) for number in range(len(self.values))]

    @property
    def weekday(self) -> NDArray[np.int64]:
        """The weekday of each day, Monday 0."""
        return (np.arange(len(self.values)) + self.first.weekday()) % 7

    @property
    def there(self) -> NDArray[np.bool_]:
        """Of which days there is any row."""
        there: NDArray[np.bool_] = np.asarray(np.isfinite(self.values).any(axis=1))
        return there


def feed_days(rows: pd.DataFrame, first: date, kinds: DayKinds, hours: NDArray[np.float32] | None = None) -> FeedDays:
    """The days from `first` on of `rows` (FEED_COLUMNS, one row for each date and item; rows of other days are left
    out), with `hours` (rows x 24) where they are known."""
    number = (pd.to_datetime(rows["date"]) - pd.Timestamp(first)).dt.days.to_numpy()
    count = len(kinds.open)
    within = (number >= 0) & (number < count)
    items, names = pd.factorize(rows["item"][within])
    values = np.full((count, len(names)), np.nan)
    values[number[within], items] = rows["value"].to_numpy(float)[within]
    by_hour = None
    if hours is not None:
        by_hour = np.zeros((count, len(names), HOURS), np.float32)
        by_hour[number[within], items] = np.nan_to_num(hours[within])
    return FeedDays(first, values, by_hour, kinds)
