"""Which days China works and which it rests, and how far away the next rest is.

From the public `holidays` package, which knows the State Council's yearly announcement: the festivals, the days
off that were moved, and the make-up workdays that fall on a weekend. A year that has not been announced yet
degrades to its statutory festivals and plain weekends, with a warning.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

FAR: Final = 8  # days; beyond it a coming or a past rest is not felt


class UnknownYearWarning(UserWarning):
    """The working days of a year are not announced yet; its moved days off are not known."""


@dataclass(frozen=True, eq=False)
class Workdays:
    """The kind of each day from a first day on; arrays of length n, one value a day."""

    like: NDArray[np.int8]  # the weekday it is like, 0 is Monday: a holiday is no Monday, whatever the calendar says
    rest: NDArray[np.bool_]  # nobody works: weekend or holiday, and no make-up workday
    festival: NDArray[np.bool_]  # a public holiday or a day off moved next to it
    make_up: NDArray[np.bool_]  # a weekend day that is worked
    days_to_rest: NDArray[np.int8]  # 0 on a rest day, at most FAR
    days_to_festival: NDArray[np.int8]
    days_since_festival: NDArray[np.int8]

    @classmethod
    def of(cls, first: pd.Timestamp, days: int) -> Workdays:
        """The days first, first + 1, ... Warns `UnknownYearWarning` for a year without an announcement."""
        span = pd.date_range(first - pd.Timedelta(days=FAR), periods=days + 2 * FAR)
        china = holidays.country_holidays("CN", years=sorted(set(span.year)))
        asked = set(pd.date_range(first, periods=days).year)
        for year in sorted(asked):
            if not any(day.year == year for day in china.weekend_workdays):
                warnings.warn(f"China's days off in {year} are not announced", UnknownYearWarning, stacklevel=2)
        festival = np.array([day.date() in china for day in span])
        make_up = np.array([day.date() in china.weekend_workdays for day in span])
        rest = (festival | (span.day_of_week.to_numpy() >= 5)) & ~make_up
        inner = slice(FAR, FAR + days)
        weekday = span.day_of_week.to_numpy().astype(np.int8)
        return cls(
            _like(weekday, rest)[inner],
            rest[inner],
            festival[inner],
            make_up[inner],
            _days_until(rest)[inner],
            _days_until(festival)[inner],
            _days_until(festival[::-1])[::-1][inner],
        )


def _like(weekday: NDArray[np.int8], rest: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The first of some days of rest is like a Saturday, the others are like a Sunday; a weekend day that is worked is
    like a Friday where rest follows, else like a Monday."""
    rested_before = np.r_[False, rest[:-1]]
    rests_after = np.r_[rest[1:], False]
    worked = np.where(weekday < 5, weekday, np.where(rests_after, 4, 0))
    like: NDArray[np.int8] = np.where(rest, np.where(rested_before, 6, 5), worked).astype(np.int8)
    return like


def _days_until(marked: NDArray[np.bool_]) -> NDArray[np.int8]:
    distance = np.full(len(marked), FAR, dtype=np.int8)
    ahead = FAR
    for day in range(len(marked) - 1, -1, -1):
        ahead = 0 if marked[day] else min(ahead + 1, FAR)
        distance[day] = ahead
    return distance
