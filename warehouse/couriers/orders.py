"""The orders of a day as the staffing takes them: how many become ready by the minute, at several levels that stand for
what is not known of a day and of each half hour.

Orders of a half hour follow a negative binomial: a Poisson process whose rate is a gamma variable. A part of its
spread is the whole day's. Both gammas become a few levels whose moments are exact (Gauss-Laguerre quadrature, by the
eigenvalues of Golub and Welsch, 1969, which no shape overflows).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from warehouse.couriers.terms import HALF_HOUR

Floats = NDArray[np.float64]
PARTS: Final = 3  # of a half hour, each with its own rate
DAY_LEVELS: Final = 3
OWN_LEVELS: Final = 3
EVEN: Final = 1e-4  # a dispersion below this is none


@dataclass(frozen=True, eq=False)
class DayOrders:
    """Orders by half hour of a day: `mean` and `dispersion` (variance = mean + dispersion * mean^2), of which
    `day_dispersion` is common to the day."""

    mean: Floats
    dispersion: Floats
    day_dispersion: float = 0.0

    def __post_init__(self) -> None:
        if self.mean.shape != self.dispersion.shape or self.mean.ndim != 1 or not len(self.mean):
            raise ValueError("a day's orders have a mean and a dispersion for each half hour")
        if (self.mean < 0).any() or not np.isfinite(self.mean).all() or not np.isfinite(self.dispersion).all():
            raise ValueError("orders are 0 or more")

    def times(self, factor: Floats | float) -> "DayOrders":
        """So many times as many orders, as uncertain."""
        return DayOrders(self.mean * factor, self.dispersion, self.day_dispersion)


@dataclass(frozen=True, eq=False)
class ReadyRates:
    """Orders becoming ready, a minute: `rate` (half hours x parts x day levels x own levels) with the weight of each
    day level (`day`) and of each own level (half hours x own levels)."""

    rate: Floats
    day: Floats
    own: Floats

    @property
    def expected(self) -> Floats:
        """Orders expected to become ready, by half hour."""
        return np.asarray(np.einsum("tudk,d,tk->t", self.rate, self.day, self.own)) * HALF_HOUR / PARTS


def ready_rates(orders: DayOrders, preparation_minutes: float) -> ReadyRates:
    """An order is ready some minutes after it was placed."""
    day_level, day = _levels(orders.day_dispersion, DAY_LEVELS)
    common = 1 + max(orders.day_dispersion, 0.0)
    own_dispersion = np.maximum((1 + np.maximum(orders.dispersion, 0.0)) / common - 1, 0.0)
    own = [_levels(float(dispersion), OWN_LEVELS) for dispersion in own_dispersion]
    level = np.stack([level for level, _ in own])
    mean = _later(orders.mean, preparation_minutes / HALF_HOUR) * PARTS / HALF_HOUR
    rate = mean[:, :, None, None] * day_level[:, None] * level[:, None, None, :]
    return ReadyRates(rate, day, np.stack([weight for _, weight in own]))


def _later(mean: Floats, half_hours: float) -> Floats:
    """What of the orders falls into which half hour and part of it when all come later by so much; none comes from
    before."""
    edges = np.concatenate([[0.0], np.cumsum(mean)])
    ends = np.arange(len(mean) * PARTS + 1) / PARTS
    moved = np.interp(ends - half_hours, np.arange(len(edges)), edges)
    return np.asarray(np.diff(moved).reshape(-1, PARTS))


def _levels(dispersion: float, count: int) -> tuple[Floats, Floats]:
    """Levels with mean 1 and this variance, and their weights."""
    if dispersion < EVEN:
        return np.ones(count), np.concatenate([[1.0], np.zeros(count - 1)])
    shape, step = 1 / dispersion, np.arange(count)
    root, vectors = eigh_tridiagonal(2 * step + shape, np.sqrt(step[1:] * (step[1:] + shape - 1)))
    return np.asarray(root / shape), np.asarray(vectors[0] ** 2)
