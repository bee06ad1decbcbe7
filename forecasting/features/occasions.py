"""What the days of a panel are: columns of the calendar by kind of warehouse, and which days are closed.

Warehouses of one place with the same events share their columns. A day in the past is what it was known to be on that
day; a day ahead is what is known of it at the origin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from forecasting.features.calendar_columns import CalendarColumns, calendar_columns
from forecasting.features.panel import BEHIND, Flags, Index, Panel
from forecasting.known.calendar import FAR, Workdays

ALWAYS_CLOSED: Final = 2  # times that a festival passed without a sale, and none with one, until it counts as closed
WEEK: Final = 7
HOLIDAY: Final = "holiday"
OCCASION_COLUMNS: Final = ("warehouse_id", "date", "name", "kind", "closed", "away", "seen")


def occasion_columns(panel: Panel, origin: int | None = None) -> Iterator[tuple[Index, CalendarColumns]]:
    """The columns (day, p) of every day with a calendar, and the series that they are about.

    Events are as known on each day, or, given an origin day, all as known then."""
    days = np.arange(panel.days_with_calendar)
    events = panel.events
    held = events.known_at(days) if origin is None else events.known_at(origin)[:, None]
    on = events.on(days) & held
    for rows, workdays, here in _kinds(panel):
        about = list(zip(events.names, events.kinds, events.closed.tolist(), strict=True))
        chosen = np.flatnonzero(here)
        yield rows, calendar_columns(panel.first_day, workdays, [about[at] for at in chosen], on[chosen])


def _kinds(panel: Panel) -> Iterator[tuple[Index, Workdays, Flags]]:
    """The series of each kind of warehouse, its calendar and the events that it has."""
    calendars = list(panel.calendars.values())
    here = panel.events.here.T[panel.weather_row]  # series, event
    keys = np.column_stack([panel.calendar_row, here]).astype(np.intp)
    kinds, of = np.unique(keys, axis=0, return_inverse=True)
    for at, kind in enumerate(kinds):
        yield np.flatnonzero(of.ravel() == at), calendars[kind[0]], kind[1:] > 0


def known_otherwise(panel: Panel, origin: int, target: int) -> bool:
    """Whether any event around the target day was known otherwise at the origin than on its day."""
    events = panel.events
    if not len(events):
        return False
    days = np.arange(target - FAR, target + FAR + 1)
    on = events.on(days)
    return bool((on & (events.known_at(days) != events.known_at(origin)[:, None])).any())


def occasions_of(panel: Panel, origin: int, targets: Sequence[int]) -> pd.DataFrame:
    """What these days are, or are next to, for each warehouse, as known at an origin day: OCCASION_COLUMNS, one row per
    warehouse, day and occasion.

    kind is HOLIDAY, or the event's; away 0 on its days, -1 on the day before, 1 on the day after; seen, how many times
    it has passed in what is known: an effect not seen twice is extrapolated."""
    found: list[dict[str, Any]] = []
    names, one_of_each = np.unique(panel.series["warehouse_id"], return_index=True)  # its series share its days
    for rows, workdays, here in _kinds(panel):
        in_place = np.isin(one_of_each, rows)
        warehouses = list(zip(names[in_place], one_of_each[in_place].tolist(), strict=True))
        for target in targets:
            for occasion in _around(panel, workdays, here, origin, target):
                # of a festival sales tell, warehouse by warehouse, whether it closes
                learned = occasion["kind"] == HOLIDAY
                shut = closed_series(panel, origin, target - occasion["away"]) if learned else None
                for name, row in warehouses:
                    closed = occasion["closed"] if shut is None else bool(shut[row])
                    found.append({"warehouse_id": name, "date": panel.day(target), **occasion, "closed": closed})
    result = pd.DataFrame(found, columns=list(OCCASION_COLUMNS))
    return result.sort_values(["warehouse_id", "date"], kind="stable", ignore_index=True)


def _around(panel: Panel, workdays: Workdays, here: Flags, origin: int, target: int) -> list[dict[str, Any]]:
    """The occasions of a day and of those next to it, each where it is nearest; of the day itself first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for away in (0, -1, 1):
        for name, kind, closed, seen in _named(panel, workdays, here, origin, target - away):
            occasion = {"name": name, "kind": kind, "closed": closed, "away": away, "seen": seen}
            found.setdefault((name, kind), occasion)
    return list(found.values())


def _named(
    panel: Panel, workdays: Workdays, here: Flags, origin: int, day: int
) -> Iterator[tuple[str, str, bool, int]]:
    """Name, kind, whether told as closed, and times seen, of the festival and the events of a day."""
    if name := workdays.names[day]:
        yield name, HOLIDAY, False, len(_passages(workdays, name, origin, day))
    events = panel.events
    held = events.known_at(origin) & here
    for at in np.flatnonzero(held & (events.first <= day) & (day <= events.last)).tolist():
        before = held & (events.first >= BEHIND) & (events.last <= origin) & (events.first < events.first[at])
        same = [other for other in np.flatnonzero(before).tolist() if events.names[other] == events.names[at]]
        yield events.names[at], events.kinds[at], bool(events.closed[at]), len(same)


def _passages(workdays: Workdays, name: str, origin: int, target: int) -> list[range]:
    """The days of each time that a festival has passed in what is known at an origin, but for the one that the target
    day belongs to."""
    on = [day for day in range(BEHIND, origin + 1) if workdays.names[day] == name]
    starts = [day for day in on if workdays.names[day - 1] != name]
    found = [range(start, next(d for d in range(start, len(workdays.names) + 1) if d not in on)) for start in starts]
    return [days for days in found if days.stop <= origin and days.stop < target]


def closed_series(panel: Panel, origin: int, target: int) -> Flags:
    """Which series' warehouses are closed on a day, as known at an origin: told so, or a festival that has always
    passed without a sale."""
    closed = panel.events.closed_on(origin, target)[panel.weather_row]
    for at, workdays in enumerate(panel.calendars.values()):
        if name := workdays.names[target]:
            of_place = panel.calendar_row == at
            passed = _passages(workdays, name, origin, target)
            closed[of_place] |= _never_sold(panel, passed, origin)[panel.groups["warehouse"].of_series[of_place]]
    result: Flags = closed
    return result


def _never_sold(panel: Panel, passages: Sequence[range], origin: int) -> Flags:
    """Which warehouses (n) sold nothing each time that a festival passed, `ALWAYS_CLOSED` times at least, though they
    did within the week before."""
    sales, _ = panel.groups["warehouse"].visible(origin, slice(0, origin + 1))
    sold = sales > 0
    business = [sold[:, max(days.start - WEEK, 0) : days.start].any(axis=1) for days in passages]
    shut = [
        open_ & ~sold[:, days.start : days.stop].any(axis=1) for open_, days in zip(business, passages, strict=True)
    ]
    times, times_shut = (np.sum(np.reshape(each, (-1, len(sold))), axis=0) for each in (business, shut))
    never: Flags = (times >= ALWAYS_CLOSED) & (times_shut == times)
    return never
