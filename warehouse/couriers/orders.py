"""Days of orders, drawn: when each order is placed and when it is ready, on as many days as a staffing is judged by.

Orders of a half hour follow a negative binomial: a Poisson process whose rate is a gamma variable. A part of its
spread is the whole day's. Both gammas are drawn in layers of equal chance (stratified sampling: Glasserman, Monte Carlo
methods in financial engineering, 2003), so that few days have the spread of many.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from warehouse.couriers.terms import HALF_HOUR, Delivery
from warehouse.couriers.trips import DRAWN, around

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
EVEN: Final = 1e-4  # a dispersion below this is none


@dataclass(frozen=True, eq=False)
class DayOrders:
    """Orders by half hour of a day: `mean` and `dispersion` (variance = mean + dispersion * mean^2), of which
    `day_dispersion` is common to the day. Of the first half hours it may be known how many `came`."""

    mean: Floats
    dispersion: Floats
    day_dispersion: float = 0.0
    came: Ints | None = None

    def __post_init__(self) -> None:
        if self.mean.shape != self.dispersion.shape or self.mean.ndim != 1 or not len(self.mean):
            raise ValueError("a day's orders have a mean and a dispersion for each half hour")
        if (self.mean < 0).any() or not np.isfinite(self.mean).all() or not np.isfinite(self.dispersion).all():
            raise ValueError("orders are 0 or more")

    def times(self, factor: Floats | float) -> "DayOrders":
        """So many times as many orders, as uncertain."""
        return DayOrders(self.mean * factor, self.dispersion, self.day_dispersion)


@dataclass(frozen=True, eq=False)
class DrawnOrders:
    """Orders by when they are ready (days x the most of a day): minutes since the day began at which each is `placed`
    and `ready`, infinite beyond a day's orders; the `half_hour` in which it is ready, those of the day counting to the
    last one (as many as half hours: none); and which `trip` of those drawn it leaves with."""

    placed: Floats
    ready: Floats
    half_hour: Ints
    trip: Ints
    half_hours: int

    def by_half_hour(self, which: NDArray[np.bool_]) -> Floats:
        """How many of these are ready in each half hour, on an average day."""
        return np.bincount(self.half_hour[which], minlength=self.half_hours + 1)[: self.half_hours] / len(self.placed)


def drawn_orders(orders: DayOrders, delivery: Delivery, days: int, seed: int) -> DrawnOrders:
    """So many days."""
    dice = np.random.default_rng(seed)
    half_hours = len(orders.mean)
    common = 1 + max(orders.day_dispersion, 0.0)
    own = np.maximum((1 + np.maximum(orders.dispersion, 0.0)) / common - 1, 0.0)
    factors = np.stack([_layers(float(one), days, dice) for one in own], axis=1)
    rate = orders.mean * factors * _layers(orders.day_dispersion, days, dice)[:, None]
    counts = dice.poisson(rate)
    if orders.came is not None:
        counts[:, : len(orders.came)] = orders.came
    of_day = counts.sum(axis=1)
    placed = np.full((days, int(of_day.max()) + delivery.batch + 1), np.inf)
    half_hour = np.repeat(np.tile(np.arange(half_hours), days), counts.ravel())
    first = np.cumsum(of_day) - of_day
    placed[np.repeat(np.arange(days), of_day), np.arange(of_day.sum()) - np.repeat(first, of_day)] = HALF_HOUR * (
        half_hour + dice.random(len(half_hour))
    )
    prepared = around(delivery.preparation_minutes, delivery.preparation_spread, placed.size, dice)
    ready = placed + prepared.reshape(placed.shape)
    by_ready = ready.argsort(axis=1)
    placed, ready = (np.take_along_axis(one, by_ready, axis=1) for one in (placed, ready))
    there = np.isfinite(ready)
    at = np.full(ready.shape, half_hours)
    at[there] = np.minimum(ready[there] // HALF_HOUR, half_hours - 1)
    return DrawnOrders(placed, ready, at, dice.integers(0, DRAWN, placed.shape), half_hours)


def _layers(dispersion: float, count: int, dice: np.random.Generator) -> Floats:
    """Draws of a gamma variable with mean 1 and this variance, one of each of `count` layers, shuffled."""
    if dispersion < EVEN:
        return np.ones(count)
    layer = (dice.permutation(count) + dice.random(count)) / count
    return np.asarray(gamma.ppf(layer, 1 / dispersion, scale=dispersion))
