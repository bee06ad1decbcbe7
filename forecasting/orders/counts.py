"""The distribution of a count of orders: its quantiles, and draws of whole days.

A count with the given mean has the variance mean + dispersion * mean^2. Above 0 it is negative binomial, at 0 Poisson;
below 0, where orders come more evenly than by chance, binomial: together Panjer's class (1981, ASTIN Bulletin 12).
The half hours of a day share a gamma factor with mean 1, whose variance is `day_dispersion`; given it they are apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom, nbinom, poisson

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ORDER_FORECAST_COLUMNS: Final = (
    "warehouse_id",
    "date",  # the local day
    "half_hour",  # the moment (UTC) at which it begins: by the warehouse's clock :00 or :30
    "mean",  # orders; 0 where there is no business
    "dispersion",  # variance = mean + dispersion * mean^2
    "day_dispersion",  # the part of it that the half hours of the day share
)
NONE: Final = 1e-9  # a dispersion that is none


def quantiles(mean: Floats, dispersion: Floats, levels: Sequence[float]) -> Floats:
    """The quantiles (n x levels) of counts, in whole orders."""
    level = np.asarray(levels, dtype=float)[None]
    found: Floats = np.zeros((len(mean), len(levels)))
    for kind, rows in _kinds(mean, dispersion).items():
        m, d = mean[rows, None], dispersion[rows, None]
        if kind == "uneven":
            found[rows] = nbinom.ppf(level, 1 / d, 1 / (1 + d * m))
        elif kind == "even":
            trials = _trials(m, d)
            found[rows] = binom.ppf(level, trials, np.minimum(m / trials, 1))
        else:
            found[rows] = poisson.ppf(level, m)
    return found


def sampled(forecast: pd.DataFrame, draws: int, seed: int) -> Counts:
    """Draws (half hours x `draws`) of the counts of a forecast (ORDER_FORECAST_COLUMNS), in the order of its rows.

    The dice of a warehouse's day are its own: other rows in the forecast change nothing."""
    mean, total, of_day = (forecast[name].to_numpy(dtype=float) for name in ("mean", "dispersion", "day_dispersion"))
    own = (total - of_day) / (1 + of_day)  # what is left of the dispersion once the day's factor is known
    drawn: Counts = np.zeros((len(forecast), draws), dtype=np.int64)
    day = forecast["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    for rows in forecast.groupby(["warehouse_id", "date"], sort=False).indices.values():
        here = crc32(str(forecast["warehouse_id"].iat[rows[0]]).encode())
        random = np.random.default_rng([seed, here, int(day[rows[0]])])
        shared = float(of_day[rows].max())
        factor = random.gamma(1 / shared, shared, draws) if shared > NONE else np.ones(draws)
        drawn[rows] = _drawn(mean[rows, None] * factor, np.repeat(own[rows, None], draws, axis=1), random)
    return drawn


def _drawn(mean: Floats, dispersion: Floats, random: np.random.Generator) -> Counts:
    kinds = _kinds(mean, dispersion)
    drawn: Counts = np.zeros(mean.shape, dtype=np.int64)
    m, d = mean[kinds["uneven"]], dispersion[kinds["uneven"]]
    drawn[kinds["uneven"]] = random.poisson(m * random.gamma(1 / d) * d)
    m, d = mean[kinds["even"]], dispersion[kinds["even"]]
    trials = _trials(m, d)
    drawn[kinds["even"]] = random.binomial(trials, np.minimum(m / trials, 1))
    drawn[kinds["by chance"]] = random.poisson(mean[kinds["by chance"]])
    return drawn


def _kinds(mean: Floats, dispersion: Floats) -> dict[str, NDArray[np.bool_]]:
    some = mean > 0
    return {
        "uneven": some & (dispersion > NONE),
        "even": some & (dispersion < -NONE),
        "by chance": some & (np.abs(dispersion) <= NONE),
    }


def _trials(mean: Floats, dispersion: Floats) -> Counts:
    """Of the binomial with that mean and dispersion, or next to it: trials are whole, and at least the mean."""
    return np.maximum(np.ceil(-1 / dispersion), np.ceil(mean)).astype(np.int64)
