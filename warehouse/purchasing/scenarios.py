"""Demand scenarios from forecast quantiles, the same dice for every product.

Demand of a day is drawn by the inverse of its distribution, a line through the quantiles. Below the lowest
quantile the line goes on, never under 0; above the highest it rises so that the mean is the forecast's own. The
dice are Sobol's evenly spread points, so that 256 scenarios are enough; every product meets the same dice (common
random numbers), so a product's plan does not depend on the others. Here days are independent of each other; who knows
how they go together draws them jointly and hands that in (`DrawDemand`).
"""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats.qmc import Sobol

Floats = NDArray[np.float64]

PROBABILITIES: Final = np.array([0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95])
STEEPEST_TAIL = 3.0  # the top is at most this many times as far above q95 as q95 is above the median


class DrawDemand(Protocol):
    """Draws demand of days that go together."""

    def __call__(
        self, product_ids: Sequence[str], quantiles: Floats, mean: Floats, scenarios: int, seed: int
    ) -> Floats:
        """Demand of products x days x scenarios, from products x days x 7 quantiles and products x days means (NaN: not
        known). A product's draws do not depend on the others."""


def dice(throws: int, scenarios: int, seed: int) -> Floats:
    """Throws x scenarios of numbers in (0, 1), each row evenly spread, and so are sums over rows (Sobol's sequence,
    scrambled). Raises ValueError where `scenarios` is not a power of two: only those are even."""
    if scenarios < 2 or scenarios & (scenarios - 1):
        raise ValueError(f"{scenarios} scenarios: must be a power of two")
    points: Floats = Sobol(throws, rng=np.random.default_rng(seed)).random(scenarios).T
    return np.clip(points, 1e-9, 1 - 1e-9)


def demand_scenarios(quantiles: Floats, mean: Floats, uniforms: Floats) -> Floats:
    """Demand of products x days x scenarios, from products x days x 7 quantiles, products x days means (NaN:
    not known) and days x scenarios uniforms."""
    values = np.concatenate([_bottom(quantiles)[..., None], quantiles, _top(quantiles, mean)[..., None]], axis=-1)
    # all products share probabilities and dice, so interpolating is one matrix product a day
    weights = _interpolation_weights(uniforms)
    drawn: Floats = np.einsum("ptk,tks->pts", values, weights, optimize=True)
    return drawn


def whole_pieces(demand: Floats, uniforms: Floats) -> Floats:
    """Demand (products x days x scenarios) in whole pieces with the same mean: 0.3 is one piece in 3 of 10 draws.

    `uniforms` is days x scenarios, other dice than those that demand was drawn with."""
    pieces: Floats = np.floor(demand + uniforms)
    return pieces


def later_demand(mean: Floats, variance: Floats, days: Floats, uniforms: Floats) -> Floats:
    """Demand summed over the `days` (products) after the last forecast day, products x scenarios.

    Each day has the `mean` and `variance` (products); the sum is drawn from the gamma distribution with its
    mean and variance (Wilson and Hilferty 1931), so it is never negative. `uniforms` has one a scenario.
    """
    total, spread = mean * days, variance * days
    shape = np.clip(total**2 / np.maximum(spread, 1e-12), 1e-3, 1e9)[:, None]
    cube_root = 1 - 1 / (9 * shape) + ndtri(uniforms)[None, :] / (3 * np.sqrt(shape))
    drawn: Floats = total[:, None] * np.maximum(cube_root, 0) ** 3
    return drawn


def _bottom(quantiles: Floats) -> Floats:
    lowest: Floats = np.maximum(2 * quantiles[..., 0] - quantiles[..., 1], 0)
    return lowest


def _top(quantiles: Floats, mean: Floats) -> Floats:
    """The largest demand, at probability 1, that gives the distribution its mean."""
    below = np.concatenate([_bottom(quantiles)[..., None], quantiles], axis=-1)
    widths = np.diff(np.concatenate([[0.0], PROBABILITIES]))
    mean_below = ((below[..., 1:] + below[..., :-1]) / 2 * widths).sum(axis=-1)
    median, highest = quantiles[..., 3], quantiles[..., -1]
    wanted = 2 * (mean - mean_below) / (1 - PROBABILITIES[-1]) - highest
    wanted = np.where(np.isnan(mean), 2 * highest - quantiles[..., -2], wanted)
    # a product that sells on less than one day in twenty has no quantile above 0 to bound its tail
    bound = np.where(highest > 0, highest + STEEPEST_TAIL * (highest - median), np.inf)
    top: Floats = np.clip(wanted, highest, bound)
    return top


def _interpolation_weights(uniforms: Floats) -> Floats:
    """Days x knots x scenarios: what each knot's value contributes at each uniform number."""
    knots = np.concatenate([[0.0], PROBABILITIES, [1.0]])
    hats = np.eye(len(knots))
    return np.stack([np.stack([np.interp(row, knots, hat) for hat in hats]) for row in uniforms])
