"""Purchase sizes: the size by product, how a day's purchases bunch into hours, and the quantiles of an hour.

An hour's sales are a number of purchases: packs, pieces, or what one customer takes. Given the day, purchases fall into
hours by a Dirichlet-multinomial (Polya) distribution, whose bunching is learned by volume. The day is uncertain too;
mean and variance of the hour follow exactly from both, and its quantiles are those of a negative binomial number of
purchases with that mean and variance: many zeros, and quantiles that cannot cross.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv

from forecasting.known.frames import QUANTILES

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

ON_STEPS: Final = 0.95  # share of hourly sales that must be whole steps for a product to sell in steps
PER_UNIT: Final = 1000  # sales are compared in thousandths of a unit
FINEST: Final = 3  # a step is the purchase size unless the empty hours imply one more than this many times as large
LEAST_EMPTY: Final = 5  # hours without a sale, for an hour of the day to count among these
SALES_SAMPLED: Final = 3_000_000  # hourly sales that steps are sought in
VOLUMES: Final[Floats] = np.array(
    [0.5, 2, 4, 7, 12, 20, 40, 100, 400]
)  # purchases a day, at which bunching is measured
LEAST_BUNCHING, MOST_BUNCHING = 1e-4, 0.9
LEAST_DAYS: Final = 200  # near a volume, below which its bunching is interpolated
SHAPES: Final[Floats] = np.geomspace(0.01, 1e6, 120)  # of the negative binomial; the last is Poisson
COUNTS: Final[Floats] = np.unique(np.round(np.concatenate([np.arange(60), np.geomspace(60, 1e5, 120)])))


@dataclass(frozen=True, eq=False)
class PurchaseSizes:
    """The purchase size of each product, in its unit, and the bunching of purchases within a day.

    size      by product; `usual_size` for one that has sold nothing yet
    whole     the products that sell in whole multiples of it; others' sales lie anywhere between
    bunching  at each of VOLUMES: 0 each purchase falls into an hour by itself, 1 all into the same
    """

    size: Mapping[str, float]
    usual_size: float
    whole: frozenset[str]
    bunching: Floats

    def of(self, products: pd.Series) -> tuple[Floats, NDArray[np.bool_]]:
        """Purchase size (n) and whether sales are whole multiples of it (n), by row."""
        code, names = pd.factorize(products)
        size = np.array([self.size.get(name, self.usual_size) for name in names], dtype=float)
        whole = np.array([name in self.whole for name in names], dtype=bool)
        return size[code], whole[code]

    def bunching_of(self, purchases_a_day: Floats) -> Floats:
        """The bunching at a volume."""
        volume = np.log(np.maximum(purchases_a_day, 1e-9))
        found: Floats = np.interp(volume, np.log(VOLUMES), self.bunching)
        return found

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "size": dict(self.size),
            "usual_size": self.usual_size,
            "whole": sorted(self.whole),
            "bunching": self.bunching.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PurchaseSizes:
        """What `to_dict` gave."""
        return cls(dict(values["size"]), values["usual_size"], frozenset(values["whole"]), np.array(values["bunching"]))


def sizes_of_purchases(
    hourly_sales: NDArray[np.float32], in_stock: NDArray[np.bool_], product: Index, products: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Purchase size (products; NaN where nothing sold) and whether sales are whole multiples of it, from sales per hour
    (n x 24).

    The largest of the commonest sale of an hour, its half .. its fifth and the common divisor of the usual ones, of
    which nearly all sales are multiples. Where there is none, or it is only the step of a pair of scales, the size
    follows from how often an hour sells nothing: Poisson purchases of size u leave an hour of mean m empty with
    probability exp(-m/u)."""
    every = max(1, hourly_sales.size // SALES_SAMPLED)
    hourly_sales, in_stock, product = hourly_sales[::every], in_stock[::every], product[::every]
    sold = np.where(in_stock, np.round(hourly_sales.astype(float) * PER_UNIT), 0).astype(np.int64)
    step = np.full(products, np.nan)
    row, hour = np.nonzero(sold > 0)
    pairs, times = np.unique(np.stack([product[row], sold[row, hour]]), axis=1, return_counts=True)
    starts = np.searchsorted(pairs[0], np.arange(products + 1))
    for name in np.unique(product[row]):
        own = slice(starts[name], starts[name + 1])
        step[name] = _step(pairs[1, own], times[own])
    purchase_size, implied = _size_by_empty_hours(sold / PER_UNIT, in_stock, product, products)
    whole = (step > 0) & ~(implied & (step * FINEST < purchase_size))
    return np.where(whole, step, purchase_size), whole


def _size_by_empty_hours(
    sales: Floats, in_stock: NDArray[np.bool_], product: Index, products: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Purchase size (products; NaN where nothing sold) by the Poisson probability of an empty hour, and whether it is
    an estimate or, since hardly an hour was empty, an upper bound only."""

    def counted(values: NDArray[np.generic]) -> Floats:
        by_hour = [np.bincount(product, values[:, hour], products) for hour in range(values.shape[1])]
        return np.stack(by_hour, axis=1)

    open_, made, busy = counted(in_stock), counted(sales), counted(sales > 0)
    counts = (busy > 0) & (open_ - busy >= LEAST_EMPTY)
    # where hardly an hour is empty, half an empty one is as much as can be said
    estimated = np.asarray(counts.any(axis=1))
    counts = np.where(estimated[:, None], counts, busy > 0)
    mean = np.where(counts, made / np.maximum(open_, 1), 0).sum(axis=1)
    empty = np.clip((open_ - busy) / np.maximum(open_, 1), 0.5 / np.maximum(open_, 1), 1)
    purchases = np.where(counts, -np.log(empty), 0).sum(axis=1)
    size: Floats = np.where(mean > 0, mean / np.where(purchases > 0, purchases, 1), np.nan)
    return size, estimated


def _step(values: NDArray[np.integer], times: NDArray[np.integer]) -> float:
    """The step (in the product's unit) of sales that occurred so many times; NaN where there is none."""
    commonest = int(values[times.argmax()])
    order = np.argsort(-times, kind="stable")
    usual = values[order][: int((np.cumsum(times[order]) < ON_STEPS * times.sum()).sum()) + 1]
    candidates = [commonest // part for part in range(1, 6) if commonest % part == 0] + [int(np.gcd.reduce(usual))]
    for step in candidates:
        if step > 1 and times[values % step == 0].sum() >= ON_STEPS * times.sum():
            return step / PER_UNIT
    return float("nan")


def bunching_by_volume(hourly_sales: Floats, shares: Floats, size: Floats, purchases_a_day: Floats) -> Floats:
    """The bunching at VOLUMES, by moments, from days in stock for 24 hours (n x 24) and their hourly shares (n x 24).

    A day of D falls on its hours with a variance of s (1 - s) (b D^2 + (1 - b) u D) for purchase size u, bunching b."""
    day = hourly_sales.sum(axis=1)
    spread = ((hourly_sales - day[:, None] * shares) ** 2).sum(axis=1) / (shares * (1 - shares)).sum(axis=1)
    by_chance = size * day
    band = np.abs(np.log(np.maximum(purchases_a_day, 1e-9))[:, None] - np.log(VOLUMES)).argmin(axis=1)
    # in purchases squared, so that a product in grams weighs no more than one in pieces
    more = np.bincount(band, (spread - by_chance) / size**2, len(VOLUMES))
    most = np.bincount(band, (day**2 - by_chance) / size**2, len(VOLUMES))
    measured = (np.bincount(band, minlength=len(VOLUMES)) >= LEAST_DAYS) & (most > 0)
    if not measured.any():
        return np.full(len(VOLUMES), LEAST_BUNCHING)
    found = np.clip(more[measured] / most[measured], LEAST_BUNCHING, MOST_BUNCHING)
    result: Floats = np.interp(np.log(VOLUMES), np.log(VOLUMES[measured]), found)
    return result


def hourly_variance(shares: Floats, mean: Floats, variance: Floats, size: Floats, bunching: Floats) -> Floats:
    """The variance of each hour (n x 24) of days with a mean and a variance (n): that of the split, and that of the
    day (law of total variance)."""
    split = bunching * (mean**2 + variance) + (1 - bunching) * size * mean
    of_hours: Floats = shares * (1 - shares) * split[:, None] + shares**2 * variance[:, None]
    return of_hours


def hourly_quantiles(mean: Floats, variance: Floats, size: Floats, whole: NDArray[np.bool_]) -> Floats:
    """Quantiles (n x 7) of sales with these means and variances (n) in purchases of `size` (n), whole ones or not."""
    number = mean / size
    more = np.maximum(variance / size**2 - number, 0)
    with np.errstate(divide="ignore"):
        shape = np.where(more > 0, number**2 / np.where(more > 0, more, 1), np.inf)
    at = np.searchsorted(np.log(SHAPES[:-1] * SHAPES[1:]) / 2, np.log(np.maximum(shape, SHAPES[0])))
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(len(SHAPES) + 1))
    result = np.zeros((len(mean), len(QUANTILES)))
    table = _means_that_reach()
    halves = COUNTS + 0.5
    for kind in range(len(SHAPES)):
        rows = order[starts[kind] : starts[kind + 1]]
        if not len(rows):
            continue
        for column in range(len(QUANTILES)):
            reached = table[kind, column]
            between = np.interp(number[rows], reached, halves, left=0.0)
            if whole[rows].any():
                # counts are whole up to where the table goes on in larger strides
                count = np.searchsorted(reached, number[rows], side="left")
                exact = np.where(between < 60, COUNTS[np.minimum(count, 60)], np.round(between))
                between = np.where(whole[rows], exact, between)
            result[rows, column] = between
    return result * size[:, None]


@lru_cache(maxsize=1)
def _means_that_reach() -> Floats:
    """By shape and quantile the mean up to which a count is that quantile: shapes x 7 x counts.

    P(N <= n) = I_p(k, n + 1) with p = k / (k + mean) for the negative binomial of shape k, so its mean at which that
    is q is k (1 - p) / p with p the inverse of the incomplete beta function."""
    shape, quantile, count = np.meshgrid(SHAPES, np.array(QUANTILES), COUNTS, indexing="ij")
    chance = betaincinv(shape, count + 1, quantile)
    mean: Floats = shape * (1 - chance) / np.maximum(chance, 1e-300)
    mean[-1] = gammaincinv(count[-1] + 1, 1 - quantile[-1])  # Poisson
    return mean
