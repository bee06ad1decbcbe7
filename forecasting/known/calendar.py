"""Which days a country works and which it rests, and how far away the next rest is.

From the public `holidays` package, by country and subdivision (ISO 3166): the festivals with their names, which
weekdays the weekend is, and, as for China, the days off that were moved and the make-up workdays that fall on a
weekend. A year that has not been announced yet degrades to its statutory festivals and plain weekends, with a warning.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

FAR: Final = 8  # days; beyond it a coming or a past rest is not felt
ANNOUNCED_FROM: Final = range(2015, 2031)  # years in which a country that moves days off has moved some
_MOVED: Final = re.compile(r" \([^()]*(observed|estimated|substitut|in lieu)[^()]*\)$", re.IGNORECASE)


class UnknownYearWarning(UserWarning):
    """The working days of a year are not announced yet; its moved days off are not known."""


class Place(NamedTuple):
    """Whose holidays are kept: codes of ISO 3166-1 and, within it, ISO 3166-2; without a subdivision those that the
    whole country keeps."""

    country: str = "CN"
    subdivision: str | None = None


def places_of(warehouses: pd.DataFrame) -> list[Place]:
    """The place of each row of a warehouses frame: its country and subdivision, where it has these columns; China's
    where it has none."""
    rows = len(warehouses)
    country = warehouses["country"] if "country" in warehouses else [None] * rows
    subdivision = warehouses["subdivision"] if "subdivision" in warehouses else [None] * rows
    return [
        Place("CN" if pd.isna(of) else str(of), None if pd.isna(within) else str(within))
        for of, within in zip(country, subdivision, strict=True)
    ]


@dataclass(frozen=True)
class PlacesOfWarehouses:
    """Whose holidays each warehouse keeps: `usual`, but for those that `elsewhere` names."""

    usual: Place = field(default_factory=Place)
    elsewhere: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, warehouses: pd.DataFrame | None) -> PlacesOfWarehouses:
        """Of a warehouses frame; China without one. The usual place is the commonest, which a new warehouse gets."""
        if warehouses is None or warehouses.empty:
            return cls()
        found = dict(zip(warehouses["warehouse_id"].astype(str), places_of(warehouses), strict=True))
        usual, _ = Counter(found.values()).most_common(1)[0]
        return cls(usual, {name: place for name, place in found.items() if place != usual})

    def rest(self, days: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each row (warehouse_id, date) is a day on which nobody works there."""
        if days.empty:
            return np.empty(0, dtype=bool)
        first = days["date"].min()
        offset = (days["date"] - first).dt.days.to_numpy()
        count = int(offset.max()) + 1
        rest: NDArray[np.bool_] = Workdays.of(first, count, self.usual).rest[offset]
        if self.elsewhere:
            row, names = pd.factorize(days["warehouse_id"])
            places = [self.elsewhere.get(str(name), self.usual) for name in names]
            for place in set(places) - {self.usual}:
                there = np.array([one == place for one in places])[row]
                rest[there] = Workdays.of(first, count, place).rest[offset[there]]
        return rest


@dataclass(frozen=True, eq=False)
class Workdays:
    """The kind of each day from a first day on; arrays of length n, one value a day."""

    like: NDArray[np.int8]  # the weekday it is like, 0 the first after a weekend, 6 the last of one, whatever they are
    rest: NDArray[np.bool_]  # nobody works: weekend or holiday, and no make-up workday
    festival: NDArray[np.bool_]  # a public holiday or a day off moved next to it
    make_up: NDArray[np.bool_]  # a weekend day that is worked
    days_to_rest: NDArray[np.int8]  # 0 on a rest day, at most FAR
    days_to_festival: NDArray[np.int8]
    days_since_festival: NDArray[np.int8]
    names: Sequence[str]  # of the festival, "" where there is none; a day off moved next to one has its name

    @classmethod
    def of(cls, first: pd.Timestamp, days: int, place: Place = Place()) -> Workdays:  # noqa: B008 - it never changes
        """The days first, first + 1, ... Warns `UnknownYearWarning` for a year without an announcement; raises
        `NotImplementedError`, which names it, for a place whose holidays are not known."""
        span = pd.date_range(first - pd.Timedelta(days=FAR), periods=days + 2 * FAR)
        public = holidays.country_holidays(
            place.country, subdiv=place.subdivision, years=sorted(set(span.year)), language="en_US"
        )
        moved = _years_moved(place)
        for year in sorted(set(pd.date_range(first, periods=days).year)):
            if moved and year > max(moved):
                text = f"the days off that {place.country} moves in {year} are not announced"
                warnings.warn(text, UnknownYearWarning, stacklevel=2)
        festival = np.array([day.date() in public for day in span])
        make_up = np.array([day.date() in public.weekend_workdays for day in span])
        weekend = np.array([public.is_weekend(day.date()) for day in span])
        rest = (festival | weekend) & ~make_up
        inner = slice(FAR, FAR + days)
        weekday = span.day_of_week.to_numpy().astype(np.int8)
        names = _names([public.get(day.date(), "") for day in span])
        return cls(
            _like(weekday, rest, sorted(set(weekday[weekend].tolist()))),
            rest,
            festival,
            make_up,
            _days_until(rest),
            _days_until(festival),
            _days_until(festival[::-1])[::-1],
            names,
        )._cut(inner)

    def _cut(self, days: slice) -> Workdays:
        return Workdays(**{name: values[days] for name, values in vars(self).items()})


@lru_cache(maxsize=32)
def _years_moved(place: Place) -> frozenset[int]:
    """The years of which make-up workdays are known; none where a country moves no days off."""
    public = holidays.country_holidays(place.country, subdiv=place.subdivision, years=ANNOUNCED_FROM)
    return frozenset(day.year for day in public.weekend_workdays)


def _names(given: Sequence[str]) -> list[str]:
    """The names without where a day off was moved from; a mere day off has the name of the festival beside it."""
    names = ["; ".join(dict.fromkeys(_MOVED.sub("", name) for name in day.split("; "))) if day else "" for day in given]
    off = [name.startswith("Day off") for name in names]
    for order in (range(1, len(names)), range(len(names) - 2, -1, -1)):
        step = order.step
        for day in order:
            beside = day - step
            if off[day] and not off[beside] and names[beside]:
                names[day], off[day] = names[beside], False
    return names


def _like(weekday: NDArray[np.int8], rest: NDArray[np.bool_], weekend: Sequence[int]) -> NDArray[np.int8]:
    """Counted so that the last day of the weekend (0 is Monday) is 6. The first of some days of rest is like the first
    day of a weekend, the others are like its last; a weekend day that is worked is like the day before a weekend where
    rest follows, else like the day after one."""
    weekend = weekend or (5, 6)
    counted = (weekday - weekend[-1] + 6) % 7
    opening = 7 - len(weekend)  # the first day of a weekend, counted so
    rested_before = np.r_[False, rest[:-1]]
    rests_after = np.r_[rest[1:], False]
    of_weekend = np.isin(weekday, weekend)
    worked = np.where(of_weekend, np.where(rests_after, opening - 1, 0), np.minimum(counted, opening - 1))
    like: NDArray[np.int8] = np.where(rest, np.where(rested_before, 6, opening), worked).astype(np.int8)
    return like


def _days_until(marked: NDArray[np.bool_]) -> NDArray[np.int8]:
    distance = np.full(len(marked), FAR, dtype=np.int8)
    ahead = FAR
    for day in range(len(marked) - 1, -1, -1):
        ahead = 0 if marked[day] else min(ahead + 1, FAR)
        distance[day] = ahead
    return distance
