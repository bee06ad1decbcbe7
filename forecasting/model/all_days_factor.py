"""The all-days factor: demand on all days over demand on days seen whole, to which the other trees are fitted.

A product sells out on busy days, so the days seen whole are the quiet ones, and orders by a forecast of those alone are
too small again and again. A day cut short is evidence too: with an exposure of e, e x mean was expected of it and
`sales` came. What sells until stock ends is on average the rate times the time, whatever ended it (Wald's identity), so
that sums of sales over sums of e x mean are unbiased where scaling each short day up is not. Trees with a Poisson
likelihood, each day weighing e x mean, learn that ratio by how a product sells and how often it runs out. It is taken
relative to the same ratio of days seen whole, so that errors of the mean itself are no part of it. Revenue management
calls this unconstraining (Talluri & van Ryzin 2004, The Theory and Practice of Revenue Management, ch. 9.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import HourlyProfiles, exposure
from forecasting.features.panel import Floats
from forecasting.known.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin
from forecasting.model.trees import SHARED, Trees, columns_of

# Of the series, as its origin knows it, and nothing of the day forecast: prices are not planned far ahead, and what a
# promotion adds is in the mean already.
FEATURES: Final = (
    "log_scale", "variation", "zero_share", "exposure_0", "exposure_7", "exposure_28", "whole_days_14", "category",
)  # fmt: skip
LEAST_EXPOSURE: Final = 0.05  # below which the ratio of a day is all chance
# Weight of the ratio 1, in days cut short (Buehlmann's k = variance within / between): the ratio of such a day scatters
# by about its mean, the factors of regions (1.13 and 1.25 were measured, decision 6) by a seventh of it, and 7^2 ~ 50.
PULL: Final = 50
ROUNDS: Final = 40  # of boosting; few, for a factor that eight features decide


def learned_factor(
    values: Floats, names: Sequence[str], sales: Floats, due: Floats, seen_whole: NDArray[np.bool_], seed: int
) -> Trees:
    """Trees for the factor, from days of which some were cut short.

    `values` (n, features) by `names`; `sales` (n) and what was `due` in the hours in stock, exposure x mean forecast,
    both in the product's unit; `seen_whole` (n): nothing was hidden."""
    if sales[seen_whole].sum() > 0:
        due = due * (sales[seen_whole].sum() / due[seen_whole].sum())
    cut_short = np.count_nonzero(~seen_whole)
    ratio = 1 + cut_short / (cut_short + PULL) * (sales / due - 1)
    parameters = {
        "objective": "poisson",
        "num_leaves": 15,
        "learning_rate": 0.1,
        "min_data_in_leaf": min(1000, max(50, len(due) // 100)),
        "seed": seed,
    }
    chosen = columns_of(values, names, FEATURES)
    data = lgb.Dataset(chosen, ratio, weight=due / due.mean(), feature_name=list(FEATURES), params=SHARED)
    return Trees.of(lgb.train(SHARED | parameters, data, ROUNDS))


def factor_by(trees: Trees | None, values: Floats, names: Sequence[str]) -> Floats:
    """The factor (n) of rows of features; 1 without trees."""
    return np.ones(len(values), dtype=np.float32) if trees is None else trees.predict(values, names)


def of_all_days(of_days_seen_whole: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of demand on all days, FORECAST_COLUMNS, from SEEN_WHOLE_COLUMNS: all numbers times the factor."""
    result = of_days_seen_whole[list(FORECAST_COLUMNS)].copy()
    numbers = [*QUANTILE_COLUMNS, "mean"]
    result[numbers] = result[numbers].mul(of_days_seen_whole["all_days_factor"], axis=0)
    return result


def bias_in_stock(known: KnownAtOrigin, profiles: HourlyProfiles, of_days_seen_whole: pd.DataFrame) -> dict[str, float]:
    """Forecast / sold - 1 over all days, those cut short included, each forecast times the exposure of its day:
    `all_days` for the forecasts of all days, `seen_whole` for those of days seen whole.

    `of_days_seen_whole` (SEEN_WHOLE_COLUMNS) has at most one row per warehouse, product and day. Sales without a
    forecast count as a forecast of zero; NaN where nothing was sold."""
    key = ["warehouse_id", "product_id", "date"]
    history = known.history.where(known.history.days["date"].isin(of_days_seen_whole["date"]).to_numpy())
    days = history.days[[*key, "sales"]].assign(exposure=exposure(history, known.products, profiles))
    beside = of_days_seen_whole.merge(days[days["exposure"] > 0], how="right", on=key)
    due = (beside["mean"] * beside["exposure"]).fillna(0)
    sold = float(beside["sales"].sum())
    found = {"all_days": float((due * beside["all_days_factor"].fillna(0)).sum()), "seen_whole": float(due.sum())}
    return {name: forecast / sold - 1 if sold > 0 else float("nan") for name, forecast in found.items()}
