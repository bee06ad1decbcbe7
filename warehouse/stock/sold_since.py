"""What a product sold since its stock was counted: what is known of it, and of hours of which nothing is known what was
expected. No hour is counted twice.

Of a day that is over its sales count, where they are known; else its order lines, up to the last one that is known; and
of hours after that, or of a day of which nothing is known, the demand that was expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from warehouse.stock.stock_now import Sold

Floats = NDArray[np.float64]

HOURS = 24
NOTHING: Floats = np.zeros(HOURS)


@dataclass(frozen=True)
class LocalDay:
    """A day where the warehouse is: the moments at which it begins and has passed."""

    date: date
    start: datetime
    end: datetime


@dataclass(frozen=True, eq=False)
class SalesKnown:
    """What is known of a product's sales of local days, in its unit; hours are 24 numbers, hour 0 first.

    by_day       sales of days that are over: by hour
    lines        order lines of other days, less what was returned: the moment, and how much
    ahead        by day, what was ordered for it before it began; it leaves the shelves along the day's hours
    lines_until  by day, the moment up to which its order lines are known; absent: nothing is known of it
    expected     by day, the mean of demand by hour
    before       sales of older days together, each whole
    """

    by_day: Mapping[date, Floats] = field(default_factory=dict)
    lines: Sequence[tuple[datetime, float]] = ()
    ahead: Mapping[date, Floats] = field(default_factory=dict)
    lines_until: Mapping[date, datetime] = field(default_factory=dict)
    expected: Mapping[date, Floats] = field(default_factory=dict)
    before: Sequence[Sold] = ()


def sold_since(counts: Sequence[datetime], moment: datetime, days: Sequence[LocalDay], known: SalesKnown) -> list[Sold]:
    """What was sold from the first of the counts up to the moment.

    counts  moments at which lots of the product were counted, at least one
    days    the local days to look at, in their order
    """
    since = min(counts)
    sold = [one for one in known.before if one.end > since]
    for day in days:
        start, end = max(day.start, since), min(day.end, moment)
        if start >= end:
            continue
        if (of_day := known.by_day.get(day.date)) is not None:
            sold += _along(day, of_day, start, end, counts)
            continue
        until = max(start, min(end, known.lines_until.get(day.date, day.start)))
        ahead = known.ahead.get(day.date, NOTHING)
        sold += [
            Sold(at, at, day.date, quantity)
            for at, quantity in known.lines
            if day.start <= at <= until and since < at and at < day.end
        ]
        sold += _along(day, ahead, start, until, counts)
        sold += _along(day, np.maximum(known.expected.get(day.date, NOTHING), ahead), until, end, counts)
    return sold


def _along(day: LocalDay, hours: Floats, start: datetime, end: datetime, counts: Sequence[datetime]) -> list[Sold]:
    """What a day's hours brought between two of its moments: in one where nothing was counted within it."""
    if start >= end or not hours.any():
        return []
    if start == day.start and end == day.end and not any(start < count < end for count in counts):
        return [Sold(start, end, day.date, float(hours.sum()))]
    length: timedelta = (day.end - day.start) / HOURS  # 23 or 25 hours where clocks change
    sold = []
    for hour in np.flatnonzero(hours):
        begins = day.start + int(hour) * length
        first, last = max(begins, start), min(begins + length, end)
        if first < last:
            sold.append(Sold(first, last, day.date, float(hours[hour]) * ((last - first) / length)))
    return sold
