"""Ways in which a day of a feed breaks, each done to the last day of whole days."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.feeds.feed_days import FeedDays

Broken = Callable[[NDArray[np.float64], NDArray[np.float32], np.random.Generator], None]


def _none(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
    values[-1], hours[-1] = np.nan, 0


def _without(share: float) -> Broken:
    def broken(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
        gone = rng.permutation(values.shape[1])[: round(share * values.shape[1])]
        values[-1, gone], hours[-1, gone] = 0, 0

    return broken


def _hours_missing(many: int) -> Broken:
    def broken(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
        first = int(rng.integers(8, 20 - many))
        values[-1] -= hours[-1, :, first : first + many].sum(axis=1)
        hours[-1, :, first : first + many] = 0

    return broken


def _hours_moved(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
    hours[-1] = np.roll(hours[-1], 8, axis=1)


def _day_of(before: int) -> Broken:
    def broken(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
        values[-1], hours[-1] = values[-1 - before], hours[-1 - before]

    return broken


def _times(factor: float, share: float = 1.0) -> Broken:
    def broken(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
        some = rng.permutation(values.shape[1])[: round(share * values.shape[1])]
        values[-1, some] *= factor
        hours[-1, some] *= factor

    return broken


def _one_value(values: NDArray[np.float64], hours: NDArray[np.float32], rng: np.random.Generator) -> None:
    values[-1] = np.where(values[-1] > 0, 1.0, values[-1])


FAULTS: Final[Mapping[str, Broken]] = {
    "nothing came": _none,
    "half of the products are zero": _without(0.5),
    "a quarter is zero": _without(0.25),
    "two hours are missing": _hours_missing(2),
    "four hours are missing": _hours_missing(4),
    "eight hours off": _hours_moved,
    "yesterday again": _day_of(1),
    "last week's day again": _day_of(7),
    "1000 times": _times(1000),
    "10 times": _times(10),
    "a tenth": _times(0.1),
    "a quarter of the products 10 times": _times(10, 0.25),
    "everything sold once": _one_value,
    "counted twice": _times(2),
}


def broken(feed: FeedDays, fault: str, rng: np.random.Generator) -> FeedDays:
    """The feed with its last day broken so."""
    assert feed.hours is not None
    values, hours = feed.values.copy(), feed.hours.copy()
    FAULTS[fault](values, hours, rng)
    return replace(feed, values=values, hours=hours)


def until(feed: FeedDays, day: int) -> FeedDays:
    """The first days of a feed, up to and with this one."""
    hours = None if feed.hours is None else feed.hours[: day + 1]
    kinds = replace(feed.kinds, **{name: getattr(feed.kinds, name)[: day + 1] for name in ("open", "usual", "due")})
    return replace(feed, values=feed.values[: day + 1], hours=hours, kinds=kinds)
