"""What tells a broken day from a whole one: a few numbers of each day, of which every way to break moves at least one.

Shares become arcsines of their roots and sums logarithms, so that their spread does not hang on their size (Anscombe,
1948). Beside each number stands how much chance alone must move it (`noise`): a history that never moved would else
make anything unlikely."""

import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.feeds.feed_days import HOURS, FeedDays, Floats

REPEATS_WITHIN: Final = 14  # days back from which a day may have been sent again
OTHER_UNIT: Final = float(np.sqrt(10.0))  # half-way, by factors, between as usual and ten times as much


class Sign(StrEnum):
    """What is looked at of a day, the most telling first: where several are unlikely the first says what it is."""

    REPEATED = "repeated"  # the share of values that are those of an earlier day
    ONE_VALUE = "one_value"  # the share of values that are all the same
    OTHER_UNIT = "other_unit"  # the share of values that are several times as large, or small, as usual
    HOURS_MISSING = "hours_missing"  # how much of a usual day falls into hours without anything
    HOURS_MOVED = "hours_moved"  # how much of the day falls into other hours than usual
    ITEMS_MISSING = "items_missing"  # the share of what usually has something and has nothing
    ROWS = "rows"  # how many rows there are
    TOTAL = "total"  # what they come to


@dataclass(frozen=True, eq=False)
class Series:
    """A sign by day (NaN where there is none), of a spread that does not hang on its size, and the noise that it cannot
    be without."""

    stable: Floats
    noise: Floats
    share: bool

    def plain(self, stable: float) -> float:
        """As people read it: a share, or a sum."""
        return float(np.sin(np.clip(stable, 0, np.pi / 2)) ** 2 if self.share else np.exp(stable))


def _share(share: Floats, counted: NDArray[np.int64]) -> Series:
    noise = 0.5 / np.sqrt(np.maximum(counted, 1))
    return Series(np.where(counted > 0, np.arcsin(np.sqrt(np.clip(share, 0, 1))), np.nan), noise, True)


def _sum(total: Floats, noise: Floats) -> Series:
    return Series(np.where(total > 0, np.log(np.maximum(total, 1e-9)), np.nan), noise, False)


def _positive(feed: FeedDays) -> NDArray[np.bool_]:
    return np.nan_to_num(feed.values) > 0


def _repeated(feed: FeedDays) -> Series:
    """The largest share of a day's values that stand, by the hour too, in one of the days before it."""
    positive = _positive(feed)
    most = np.zeros(len(positive))
    for lag in range(1, min(REPEATS_WITHIN, len(positive) - 1) + 1):
        same = feed.values[lag:] == feed.values[:-lag]
        if feed.hours is not None:
            same &= (feed.hours[lag:] == feed.hours[:-lag]).all(axis=2)
        most[lag:] = np.maximum(most[lag:], _mean_of(same, positive[lag:]))
    return _share(most, positive.sum(axis=1))


def _of_other_unit(feed: FeedDays) -> Series:
    """Values that are off by more than the day is as a whole, which may be a feast; a day that is off as a whole by so
    much is of another unit itself."""
    positive = _positive(feed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an item that never had anything has no usual size
        size = np.log(np.where(positive, feed.values, np.nan))
        off = size - np.nanmedian(size, axis=0)
        together = np.nan_to_num(np.nanmedian(off, axis=1, keepdims=True))
    far = np.log(OTHER_UNIT)
    own = off - np.where(np.abs(together) > far, 0.0, together)
    return _share(_mean_of(np.abs(own) > far, positive), positive.sum(axis=1))


def _one_value(feed: FeedDays) -> Series:
    """The share of a day's values that the most frequent one of them has."""
    positive = _positive(feed)
    share = np.zeros(len(positive))
    for day, (row, counts) in enumerate(zip(feed.values, positive, strict=True)):
        if counts.any():
            share[day] = np.unique(row[counts], return_counts=True)[1].max() / counts.sum()
    return _share(share, positive.sum(axis=1))


def _items_missing(feed: FeedDays) -> Series:
    """Items count by how often they have something on days that are there."""
    positive, there = _positive(feed), feed.there
    often = positive[there].sum(axis=0) / max(there.sum(), 1)
    missing = ((~positive) * often).sum(axis=1) / max(often.sum(), 1e-9)
    return _share(missing, np.where(there, positive.any(axis=0).sum(), 0))


def _hours_missing(feed: FeedDays) -> Series:
    busy = _busy(feed)
    return _share(((busy == 0) * _usual_hours(busy)).sum(axis=1), busy.sum(axis=1))


def _hours_moved(feed: FeedDays) -> Series:
    """Half of what has to be carried from hour to hour to make the day a usual one (total variation)."""
    busy = _busy(feed)
    share = busy / np.maximum(busy.sum(axis=1, keepdims=True), 1)
    return _share(0.5 * np.abs(share - _usual_hours(busy)).sum(axis=1), busy.sum(axis=1))


def _rows(feed: FeedDays) -> Series:
    rows = np.isfinite(feed.values).sum(axis=1).astype(float)
    return _sum(rows, 1 / np.sqrt(np.maximum(rows, 1)))


def _total(feed: FeedDays) -> Series:
    """A sum of few large values moves more by chance than one of many small ones."""
    each = np.abs(np.nan_to_num(feed.values))
    total = each.sum(axis=1)
    return _sum(total, np.sqrt((each**2).sum(axis=1)) / np.maximum(total, 1e-9))


def _busy(feed: FeedDays) -> NDArray[np.int64]:
    """In each hour of each day (days x 24) how many items had anything."""
    hours = np.zeros((len(feed.values), 0, HOURS)) if feed.hours is None else feed.hours
    busy: NDArray[np.int64] = (hours > 0).sum(axis=1)
    return busy


def _usual_hours(busy: NDArray[np.int64]) -> Floats:
    """How a usual day falls on its hours, every day counting alike."""
    known = busy.sum(axis=1) > 0
    if not known.any():
        return np.zeros(HOURS)
    usual: Floats = (busy[known] / busy[known].sum(axis=1, keepdims=True)).mean(axis=0)
    return usual


def _mean_of(what: NDArray[np.bool_], where: NDArray[np.bool_]) -> Floats:
    share: Floats = (what & where).sum(axis=1) / np.maximum(where.sum(axis=1), 1)
    return share


OF_HOURS: Final = (Sign.HOURS_MISSING, Sign.HOURS_MOVED)
WORKED_OUT: Final[Mapping[Sign, Callable[[FeedDays], Series]]] = {
    Sign.REPEATED: _repeated,
    Sign.ONE_VALUE: _one_value,
    Sign.OTHER_UNIT: _of_other_unit,
    Sign.HOURS_MISSING: _hours_missing,
    Sign.HOURS_MOVED: _hours_moved,
    Sign.ITEMS_MISSING: _items_missing,
    Sign.ROWS: _rows,
    Sign.TOTAL: _total,
}


def signs(feed: FeedDays, asked: Collection[Sign] = tuple(Sign)) -> Mapping[Sign, Series]:
    """The signs that are asked for and that the feed has, by day, the most telling first."""
    return {
        sign: WORKED_OUT[sign](feed)
        for sign in Sign
        if sign in asked and (feed.hours is not None or sign not in OF_HOURS)
    }
