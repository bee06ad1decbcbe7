"""Joint sample paths of demand over the days of a forecast, and over the hours of its first days.

Each day's values are those of its distribution (`marginals`), evenly spread; how they are joined across days is a
Gaussian copula whose correlation goes by how many days lie between (`dependence`). A series' paths are drawn from its
own ids, so they do not change with the series beside it. Within a sampled day lumps fall into hours by a
Dirichlet-multinomial distribution (`lumps`), so the hours of a sampled day add up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.distribution.dependence import Dependence
from forecasting.distribution.hours import HourlyShares
from forecasting.known.frames import FORECAST_COLUMNS, HOURS, QUANTILE_COLUMNS, QUANTILES, FrameError
from forecasting.statistics.quantile_curve import knot_values, stratum_values

Floats = NDArray[np.float64]

SERIES = ["warehouse_id", "product_id"]


def sample_paths(forecast: pd.DataFrame, dependence: Dependence, count: int, seed: int) -> Floats:
    """Demand in the product's unit: series x count x days, in the order of `series_of` and of the dates.

    `forecast` has FORECAST_COLUMNS and is of one origin: each series has the same days, one row each. Raises
    `FrameError` otherwise. Every day's sample has the quantiles of its distribution, and its mean as far as the tail
    allows."""
    rows, days = _by_series_and_day(forecast)
    quantiles = rows[list(QUANTILE_COLUMNS)].to_numpy(dtype=float).reshape(-1, days, len(QUANTILES))
    mean = rows["mean"].to_numpy(dtype=float).reshape(-1, days)
    series = rows[::days] if days else rows
    keys = list(zip(series["warehouse_id"], series["product_id"], strict=True))
    return joint_paths(quantiles, mean, keys, dependence, count, seed)


def series_of(forecast: pd.DataFrame) -> pd.DataFrame:
    """warehouse_id, product_id: the series of a forecast in the order of its sample paths, by ids."""
    return forecast[SERIES].drop_duplicates().sort_values(SERIES, ignore_index=True)


def joint_paths(
    quantiles: Floats, mean: Floats, keys: Sequence[tuple[str, ...]], dependence: Dependence, count: int, seed: int
) -> Floats:
    """The paths (series x count x days) of quantiles (series x days x 7) and means (series x days; NaN: not known).

    `keys` are the ids of each series, which with `seed` its paths depend on."""
    if count < 1:
        raise ValueError(f"{count} sample paths: must be at least 1")
    series, days = mean.shape
    knots = knot_values(quantiles.reshape(-1, len(QUANTILES)), mean.reshape(-1))
    values = stratum_values(knots, count).reshape(series, days, count)
    scores = np.empty((series, days, count))
    for row, key in enumerate(keys):
        scores[row] = generator_of(key, seed).standard_normal((days, count))
    joined = dependence.factor(days) @ scores
    paths = np.empty_like(values)
    np.put_along_axis(paths, joined.argsort(axis=2), values, axis=2)
    by_path: Floats = paths.transpose(0, 2, 1)
    return by_path


def hourly_paths(forecast: pd.DataFrame, paths: Floats, shares: HourlyShares, seed: int) -> Floats:
    """The hours of sampled days: series x count x days x 24; the hours of each sampled day add up to it.

    `forecast` and `paths` as `sample_paths` takes and gives them, cut to the days whose hours are wanted; usually
    the first two, since each path takes 24 numbers a day."""
    rows, days = _by_series_and_day(forecast)
    if paths.shape[0] * days != len(rows) or paths.shape[2] != days:
        raise FrameError(f"paths of shape {paths.shape} do not belong to a forecast of {len(rows)} rows, {days} days")
    share = shares.of(rows).reshape(-1, days, HOURS)
    size, _ = shares.purchase_sizes.of(rows["product_id"])
    bunching = shares.purchase_sizes.bunching_of(rows["mean"].to_numpy(dtype=float) / size)
    concentration = (1 / np.maximum(bunching, 1e-9) - 1).reshape(-1, days)
    hours = np.empty((*paths.shape, HOURS))
    keys = list(zip(rows["warehouse_id"], rows["product_id"], strict=True))[::days]
    for row, key in enumerate(keys):
        own = generator_of((*key, "hours"), seed)
        for day in range(days):
            of_day = paths[row, :, day]
            hours[row, :, day] = _split(of_day, share[row, day], concentration[row, day], float(size[row * days]), own)
    return hours


def generator_of(key: Sequence[str], seed: int) -> np.random.Generator:
    """The dice of one series: the same for the same ids and seed, whatever else is drawn."""
    name = "\x1f".join((str(seed), *key)).encode()
    return np.random.Generator(np.random.SFC64(int.from_bytes(blake2b(name, digest_size=16).digest(), "little")))


def _split(day: Floats, share: Floats, concentration: float, size: float, own: np.random.Generator) -> Floats:
    """Days (n) fallen into hours (n x 24) in lumps; what is less than a lump falls into one hour as well."""
    weight = own.standard_gamma(np.maximum(concentration * share, 1e-12), (len(day), HOURS))
    total = weight.sum(axis=1, keepdims=True)
    weight = np.where(total > 0, weight / np.where(total > 0, total, 1), share)
    number = np.floor(day / size + 1e-9)
    purchase_sizes = own.multinomial(number.astype(np.int64), weight) * size
    rest = own.multinomial(1, weight).astype(bool)
    purchase_sizes[rest] += day - purchase_sizes.sum(axis=1)
    never_negative: Floats = np.maximum(purchase_sizes, 0.0)
    return never_negative


def _by_series_and_day(forecast: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The rows by ids and date, and the number of days of each series."""
    if missing := [
        name for name in FORECAST_COLUMNS if name not in forecast.columns and name not in ("model", "origin")
    ]:
        raise FrameError(f"forecast: columns {missing} are missing")
    rows = forecast.sort_values([*SERIES, "date"], ignore_index=True)
    dates = rows["date"].drop_duplicates().sort_values()
    days = len(dates)
    if days and (len(rows) % days or (rows["date"].to_numpy().reshape(-1, days) != dates.to_numpy()).any()):
        uneven = rows.groupby(SERIES, sort=False)["date"].agg(["size", "nunique"])
        bad = uneven.index[(uneven["size"] != days) | (uneven["nunique"] != days)]
        raise FrameError(f"forecast: series {bad[0]} does not have one row for each of the {days} days")
    return rows, days
