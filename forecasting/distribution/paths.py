"""Joint sample paths of demand over the days of a forecast.

Each day's values are those of its distribution, evenly spread over its quantile curve; a Gaussian copula joins them
across days, with a correlation by the number of days between (`dependence`). A series' paths are drawn from its own
ids, so they do not change with the series beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from forecasting.distribution.dependence import Dependence
from forecasting.known.frames import QUANTILES
from forecasting.statistics.quantile_curve import knot_values, stratum_values

Floats = NDArray[np.float64]


def joint_paths(
    quantiles: Floats, mean: Floats, keys: Sequence[tuple[str, ...]], dependence: Dependence, count: int, seed: int
) -> Floats:
    """Sample paths of demand (series x count x days), in the product's unit.

    From `quantiles` (series x days x 7) and `mean` (series x days; NaN: not known). Each day's sample has the quantiles
    of its distribution, and its mean as far as the tail allows. `keys` are the ids of each series: with `seed` they
    determine its paths. Raises ValueError for a count below 1."""
    if count < 1:
        raise ValueError(f"{count} sample paths: must be at least 1")
    series, days = mean.shape
    knots = knot_values(quantiles.reshape(-1, len(QUANTILES)), mean.reshape(-1))
    values = stratum_values(knots, count).reshape(series, days, count)
    scores = np.empty((series, days, count))
    for row, key in enumerate(keys):
        scores[row] = generator_of(key, seed).standard_normal((days, count))
    correlated = dependence.factor(days) @ scores
    paths = np.empty_like(values)
    np.put_along_axis(paths, correlated.argsort(axis=2), values, axis=2)
    by_path: Floats = paths.transpose(0, 2, 1)
    return by_path


def generator_of(key: Sequence[str], seed: int) -> np.random.Generator:
    """The random numbers of one series: the same for the same ids and seed, whatever else is drawn."""
    name = "\x1f".join((str(seed), *key)).encode()
    return np.random.Generator(np.random.SFC64(int.from_bytes(blake2b(name, digest_size=16).digest(), "little")))
