"""The calendar as columns of a regression: weekday, season, festivals by name with the days around them, and events.

Each column belongs to a group, whose coefficients are of one kind. A column is named by what it is about, so that what
was learned of a festival or an event holds for the next one of that name, wherever it falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.calendar import Workdays

WEEKDAY, SEASON, FESTIVAL, NAMED_FESTIVAL = "weekday", "season", "festival", "festival by name"
BEFORE_FESTIVAL, CLOSED, EVENT_KIND, EVENT = "before a festival", "closed days", "kind of event", "event"
GROUPS: Final = (WEEKDAY, SEASON, FESTIVAL, NAMED_FESTIVAL, BEFORE_FESTIVAL, CLOSED, EVENT_KIND, EVENT)
HARMONICS: Final = 6  # of the year: waves of two months and longer
YEAR: Final = 365.25
# Days relative to a festival that have an effect of their own, by name: the week before, in which people stock up, the
# two days before, the day after.
AROUND: Final = ((-7, -3), (-2, -2), (-1, -1), (1, 1))
FROM_DAY: Final = (2, 4)  # of a festival of several days: from its second and its fourth day on

Doubles = NDArray[np.float64]
Label = tuple[str, str]  # group, what it is about
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CalendarColumns:
    """Columns (days, p) by their labels."""

    labels: Sequence[Label]
    values: Doubles

    def of(self, groups: Sequence[str]) -> CalendarColumns:
        """The columns of some groups."""
        kept = [at for at, (group, _) in enumerate(self.labels) if group in groups]
        return CalendarColumns([self.labels[at] for at in kept], self.values[:, kept])

    def runs(self, groups: Sequence[str]) -> NDArray[np.intp]:
        """How many runs of marked days each column (p) of some groups has; 0 of the others."""
        return np.array(
            [
                np.count_nonzero(_position(self.values[:, at] > 0) == 1) if group in groups else 0
                for at, (group, _) in enumerate(self.labels)
            ],
            dtype=np.intp,
        )

    def occurrences(self, groups: Sequence[str], longest: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Of each day the length of the longest run of marked days that it is in, of columns of some groups, no run
        longer than `longest` counting; and how many runs the column with the fewest has: 0, 0 on other days."""
        length = np.zeros(len(self.values), dtype=np.intp)
        times = np.zeros(len(self.values), dtype=np.intp)
        for at, (group, _) in enumerate(self.labels):
            on = self.values[:, at] > 0
            if group not in groups or not on.any():
                continue
            position = _position(on)
            run = np.where(on, position + _position(on[::-1])[::-1] - 1, 0)
            if run.max() <= longest:
                runs = np.count_nonzero(position == 1)
                times = np.where(on & ((times == 0) | (runs < times)), runs, times)
                length = np.maximum(length, run)
        return length, times

    def at(self, day: int) -> CalendarColumns:
        """The columns of one day (index)."""
        return CalendarColumns(self.labels, self.values[day : day + 1])


def calendar_columns(
    first_day: pd.Timestamp, of: Workdays, events: Sequence[tuple[str, str, bool]], on: Flags
) -> CalendarColumns:
    """The columns of the days from `first_day` on, as many as `of` and `on` have.

    `events`: name, kind and whether closed, of each row of `on` (event, day), which says on which days it is."""
    days = len(of.names)
    dates = pd.date_range(first_day, periods=days)
    columns: dict[Label, Doubles] = {}
    for weekday in range(7):
        columns[WEEKDAY, str(weekday)] = (dates.day_of_week == weekday).astype(float)
    turn = 2 * np.pi * (dates.day_of_year.to_numpy() - 1) / YEAR
    for k in range(1, HARMONICS + 1):  # shorter waves are smaller
        columns[SEASON, f"cos {k}"], columns[SEASON, f"sin {k}"] = np.cos(k * turn) / k, np.sin(k * turn) / k
    for shift in (-1, 0, 1):
        columns[FESTIVAL, f"{shift}"] = _shifted(of.festival, shift)
    names = np.array(of.names, dtype=object)
    for name in sorted(set(of.names) - {""}):
        columns |= _festival(name, names == name)
    shut = np.array([closed for *_, closed in events], dtype=bool)
    closed = on[shut].any(axis=0) if shut.any() else np.zeros(days, dtype=bool)
    columns[CLOSED, "-1"] = _shifted(closed, -1) * ~closed
    columns[CLOSED, "1"] = _shifted(closed, 1) * ~closed
    for kind in sorted({kind for _, kind, closed in events if not closed}):
        columns[EVENT_KIND, kind] = _any(on, [of_kind == kind and not closed for _, of_kind, closed in events])
    for name in sorted({name for name, _, closed in events if not closed}):
        columns |= _event(name, _any(on, [named == name and not closed for named, _, closed in events]) > 0)
    return CalendarColumns(list(columns), np.stack(list(columns.values()), axis=1))


def _festival(name: str, on: Flags) -> dict[Label, Doubles]:
    columns = {(NAMED_FESTIVAL, name): on.astype(float)}
    for start, stop in AROUND:
        near = np.max([_shifted(on, shift) for shift in range(start, stop + 1)], axis=0)
        columns[NAMED_FESTIVAL if abs(start) == 1 else BEFORE_FESTIVAL, f"{name} {start:+}"] = near * ~on
    position = _position(on)
    for day in FROM_DAY:
        if position.max(initial=0) >= day:
            columns[NAMED_FESTIVAL, f"{name} from day {day}"] = (position >= day).astype(float)
    return columns


def _event(name: str, on: Flags) -> dict[Label, Doubles]:
    position, left = _position(on), _position(on[::-1])[::-1]
    ends = {"first day": (position == 1) & (left > 1), "last day": (left == 1) & (position > 1)}
    eve = _shifted(on, -1) * ~on
    return {(EVENT, name): on.astype(float), (EVENT, f"{name} eve"): eve} | {
        (EVENT, f"{name} {end}"): days.astype(float) for end, days in ends.items()
    }


def _any(on: Flags, rows: Sequence[bool]) -> Doubles:
    found: Doubles = on[np.array(rows, dtype=bool)].any(axis=0).astype(np.float64)
    return found


def _shifted(on: Flags, days: int) -> Doubles:
    """Whether the day so many days before (after, below 0) is marked."""
    moved = np.zeros(len(on))
    if days >= 0:
        moved[days:] = on[: len(on) - days]
    else:
        moved[:days] = on[-days:]
    return moved


def _position(on: Flags) -> NDArray[np.intp]:
    """Of a marked day which of the marked days in a row it is, 1 the first; 0 of the others."""
    count = np.cumsum(on)
    before = np.maximum.accumulate(np.where(on, 0, count))
    return np.where(on, count - before, 0).astype(np.intp)
