"""What a sensor's temperatures come to in spans of time, days or hours: lowest, mean, highest, mean kinetic
temperature, and for how long and how far it was outside the limits that held then.

Mean and time outside are by time: each reading counts for as long as it stands. An hour of which only a summary is kept
counts by its mean, its lowest and highest are seen in the extremes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from warehouse.coldchain.limits import Limit
from warehouse.coldchain.zone_log.heard import MICROSECOND, Floats, Heard, Moments, Stretches, as_moment, as_number
from warehouse.stock.temperature_record import degree_minutes_above, mean_kinetic_temperature, mean_temperature

MICROSECONDS_A_MINUTE = timedelta(minutes=1) // MICROSECOND


@dataclass(frozen=True)
class Extreme:
    """The lowest or highest temperature, and when it was read; of a summary, when its hour began."""

    celsius: float
    at: datetime


@dataclass(frozen=True)
class Figures:
    """What a sensor's temperatures came to from `begin` to `end`. `seen` is how much of it is known, `readings` how
    many there were (those behind summaries too), `summaries` of how many hours only a summary is kept, `faults` how
    many were no temperature. Temperatures are None where none is known."""

    begin: datetime
    end: datetime
    readings: int
    summaries: int
    faults: int
    seen: timedelta
    lowest: Extreme | None
    mean_c: float | None
    kinetic_c: float | None
    highest: Extreme | None
    above: timedelta
    below: timedelta
    degree_minutes_above: float
    degree_minutes_below: float


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Stretches cut wherever a span or a limit begins: each lies in one span and under one limit."""

    begin: Moments
    temperatures: Floats
    minutes: Floats
    high: Floats
    low: Floats


def figures_of(heard: Heard, of: Stretches, limits: Sequence[Limit], edges: Sequence[datetime]) -> list[Figures]:
    """The figures of the spans between edges, one after the other. `limits` are the zone's, in the order of time."""
    numbers = np.array([as_number(edge) for edge in edges], dtype=np.int64)
    pieces = _cut(heard, of, limits, numbers)
    first_piece = np.searchsorted(pieces.begin, numbers)
    return [
        _figures(heard, begin, end, pieces, slice(*first_piece[n : n + 2]))
        for n, (begin, end) in enumerate(pairwise(edges))
    ]


def _cut(heard: Heard, of: Stretches, limits: Sequence[Limit], edges: Moments) -> _Pieces:
    since = np.array([as_number(limit.valid_from) for limit in limits], dtype=np.int64)
    begin = np.unique(np.concatenate([of.begin, edges, since]))
    stretch = np.searchsorted(of.begin, begin, side="right") - 1
    inside = (stretch >= 0) & (begin < of.end[stretch]) if len(of.begin) else np.zeros(len(begin), dtype=bool)
    begin, following, stretch = begin[inside], np.append(begin[1:], np.iinfo(np.int64).max)[inside], stretch[inside]
    length = np.minimum(following, of.end[stretch]) - begin
    held = np.searchsorted(since, begin, side="right")  # 0: before the first limit
    high = np.array([np.inf, *(np.inf if limit.high_c is None else limit.high_c for limit in limits)])
    low = np.array([-np.inf, *(-np.inf if limit.low_c is None else limit.low_c for limit in limits)])
    return _Pieces(begin, heard.mean[of.of[stretch]], length / MICROSECONDS_A_MINUTE, high[held], low[held])


def _figures(heard: Heard, begin: datetime, end: datetime, pieces: _Pieces, within: slice) -> Figures:
    temperatures, minutes = pieces.temperatures[within], pieces.minutes[within]
    high, low = pieces.high[within], pieces.low[within]
    said = heard.between(begin, end)
    known = ~np.isnan(temperatures)
    return Figures(
        begin=begin,
        end=end,
        readings=int(heard.readings[said].sum()),
        summaries=int((heard.end[said] > heard.begin[said]).sum()),
        faults=int(np.isnan(heard.mean[said]).sum()),
        seen=_minutes(minutes[known]),
        lowest=_extreme(heard.lowest[said], heard.begin[said], -1),
        mean_c=mean_temperature(temperatures, minutes),
        kinetic_c=mean_kinetic_temperature(temperatures, minutes),
        highest=_extreme(heard.highest[said], heard.begin[said], 1),
        above=_minutes(minutes[temperatures > high]),
        below=_minutes(minutes[temperatures < low]),
        degree_minutes_above=degree_minutes_above(temperatures[known], minutes[known], high[known]),
        degree_minutes_below=degree_minutes_above(-temperatures[known], minutes[known], -low[known]),
    )


def _minutes(minutes: Floats) -> timedelta:
    return timedelta(minutes=float(minutes.sum()))


def _extreme(temperatures: Floats, at: Moments, sign: int) -> Extreme | None:
    if np.isnan(temperatures).all():
        return None
    which = int(np.nanargmax(sign * temperatures))
    return Extreme(float(temperatures[which]), as_moment(at[which]))
