"""Demand scenarios: drawn by who knows how a forecast's days go together, in whole units, and of days after it.

A forecast's days are drawn jointly by what is handed in (`DrawDemand`). What is drawn here, wholes and later days, is
drawn from Sobol's evenly spread points, so that 256 scenarios are enough; every product meets the same dice (common
random numbers), so a product's plan does not depend on the others.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats.qmc import Sobol

Floats = NDArray[np.float64]


class DrawDemand(Protocol):
    """Draws demand of days that go together."""

    def __call__(
        self, product_ids: Sequence[str], quantiles: Floats, mean: Floats, scenarios: int, seed: int
    ) -> Floats:
        """Demand of products x days x scenarios, from products x days x quantiles and products x days means (NaN: not
        known). A product's draws do not depend on the others."""


def drawn_once(draw: DrawDemand) -> DrawDemand:
    """Draws what is asked for again and again once; what it has drawn is kept as long as it is."""
    known: dict[tuple[object, ...], Floats] = {}

    def remembered(product_ids: Sequence[str], quantiles: Floats, mean: Floats, scenarios: int, seed: int) -> Floats:
        asked = tuple(product_ids), quantiles.tobytes(), mean.tobytes(), scenarios, seed
        if asked not in known:
            known[asked] = draw(product_ids, quantiles, mean, scenarios, seed)
        return known[asked]

    return remembered


def dice(throws: int, scenarios: int, seed: int) -> Floats:
    """Throws x scenarios of numbers in (0, 1), each row evenly spread, and so are sums over rows (Sobol's sequence,
    scrambled). Raises ValueError where `scenarios` is not a power of two: only those are even."""
    if scenarios < 2 or scenarios & (scenarios - 1):
        raise ValueError(f"{scenarios} scenarios: must be a power of two")
    points: Floats = Sobol(throws, rng=np.random.default_rng(seed)).random(scenarios).T
    return np.clip(points, 1e-9, 1 - 1e-9)


def in_whole_units(demand: Floats, uniforms: Floats) -> Floats:
    """Demand (products x days x scenarios) in whole units with the same mean: 0.3 is one unit in 3 of 10 draws.

    `uniforms` is days x scenarios, other dice than those that demand was drawn with."""
    whole: Floats = np.floor(demand + uniforms)
    return whole


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
