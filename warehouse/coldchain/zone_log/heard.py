"""What a sensor said while it hung in a zone, for which stretch of time each reading stands, and where there is a gap.

A reading stands until the next one. Where that came later than the sensor may be silent by the rules of its zone
(`missed_intervals` of its own interval, `silent_after` at least), the time between is a gap and nothing is assumed of
it. Of a sensor whose interval nobody told, the usual pause between its readings is its interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.coldchain.faults import RESET_CODE_C
from warehouse.coldchain.readings import COLDEST_C, WARMEST_C
from warehouse.coldchain.rules import Rules

Floats = NDArray[np.float64]
Moments = NDArray[np.int64]  # microseconds since 1970

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stay:
    """A sensor while it hung in the zone: from `since` (None: ever) up to `until` (None: it still does). `rules` held
    there from each moment on, the first from the beginning."""

    sensor_id: str
    name: str
    since: datetime | None
    until: datetime | None
    rules: Sequence[tuple[datetime, Rules]]


@dataclass(frozen=True, eq=False)
class Heard:
    """What a sensor said, in the order of time: readings, of which `end` is `begin`, and hours of which only a summary
    is kept, of so many `readings`. `known` is when a reading reached us (0: a summary). A broken probe's codes stand in
    `said`; they are NaN in `lowest`, `mean` and `highest`."""

    begin: Moments
    end: Moments
    lowest: Floats
    mean: Floats
    highest: Floats
    said: Floats
    readings: NDArray[np.int64]
    known: Moments

    def between(self, begin: datetime, end: datetime) -> slice:
        """Which of it began in a span of time."""
        first, last = np.searchsorted(self.begin, [as_number(begin), as_number(end)])
        return slice(int(first), int(last))


@dataclass(frozen=True)
class Gap:
    """Nothing was heard of a sensor from `since` on: from its last reading, from the beginning where there was none
    (`unheard`). It was heard again, or taken down, at `until`; None: not yet."""

    sensor_id: str
    since: datetime
    until: datetime | None
    unheard: bool = False


@dataclass(frozen=True, eq=False)
class Stretches:
    """For how long each of a sensor's temperatures stands within a span of time, by its place in `Heard`; the gaps in
    between. The temperature of a stretch is NaN where a broken probe spoke."""

    begin: Moments
    end: Moments
    of: NDArray[np.int64]
    gaps: Sequence[Gap]


def stretches(heard: Heard, stay: Stay, begin: datetime, end: datetime, now: datetime) -> Stretches:
    """The stretches and gaps of a stay from `begin` to `end`. `heard` holds what was heard in that time, and the last
    before it and the first after it, where there are such. `now` is up to when anything may have been heard."""
    first = as_number(begin if stay.since is None else max(begin, stay.since))
    last = as_number(end if stay.until is None else min(end, stay.until))
    close = as_number(now if stay.until is None else min(now, stay.until))
    # what was heard, with the beginning before it where nothing was, and the end after it
    begins, ends = heard.begin, heard.end
    following = np.append(begins[1:], max(close, first)) if len(begins) else begins
    longest = _longest_pauses(heard, stay)
    broken = following - ends > longest
    until = np.where(broken, ends, following)
    gaps = [
        Gap(stay.sensor_id, as_moment(ends[n]), _end(n, following, stay))
        for n in np.flatnonzero(broken & (following > first) & (ends < last))
    ]
    heard_first = begins[0] if len(begins) else close
    if heard_first - first > _longest_pause(stay, as_moment(first), _usual_pause(heard)):
        came = as_moment(heard_first) if len(begins) else stay.until
        gaps.insert(0, Gap(stay.sensor_id, as_moment(first), came, unheard=True))
    kept = (until > first) & (begins < last) & (until > begins)
    return Stretches(
        np.maximum(begins[kept], first), np.minimum(until[kept], last), np.flatnonzero(kept).astype(np.int64), gaps
    )


def believed(temperatures: Floats) -> Floats:
    """The temperatures; NaN for codes of broken probes (`faults.is_code`)."""
    code = (temperatures == RESET_CODE_C) | (temperatures < COLDEST_C) | (temperatures > WARMEST_C)
    return np.where(code, np.nan, temperatures)


def as_number(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def as_moment(number: int | np.int64) -> datetime:
    """The moment (UTC) of microseconds since 1970."""
    return EPOCH + int(number) * MICROSECOND


def _end(number: np.int64, following: Moments, stay: Stay) -> datetime | None:
    last_of_all = number == len(following) - 1
    return None if last_of_all and stay.until is None else as_moment(following[number])


def _longest_pauses(heard: Heard, stay: Stay) -> Moments:
    """After each of what was heard, how long a sensor may be silent by the rules that held then."""
    usual = _usual_pause(heard)
    allowed = np.array([_longest_pause(stay, since, usual) for since, _ in stay.rules], dtype=np.int64)
    since = np.array([as_number(since) for since, _ in stay.rules], dtype=np.int64)
    held: Moments = allowed[np.maximum(np.searchsorted(since, heard.begin, side="right") - 1, 0)]
    return held


def _longest_pause(stay: Stay, at: datetime, usual: timedelta) -> int:
    rules = [rules for since, rules in stay.rules if since <= at]
    held = rules[-1] if rules else stay.rules[0][1]
    return max(held.silent_after, held.missed_intervals * (held.interval or usual)) // MICROSECOND


def _usual_pause(heard: Heard) -> timedelta:
    """The median pause between readings."""
    taken = heard.begin[heard.begin == heard.end]
    return int(np.median(np.diff(taken))) * MICROSECOND if len(taken) > 1 else timedelta(0)
