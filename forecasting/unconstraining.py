"""How much more is wanted on days as they come than on days seen whole, from which the other trees learn.

A product sells out on busy days, so the days seen whole are the quiet ones, and a forecast of those alone orders too
little again and again. A day cut short tells something too: while the share e of a day's demand could be seen, e x mean
was due and `sales` came. What sells until stock ends is on average the rate times the time, whatever ended it (Wald's
identity), so that sums of sales over sums of e x mean are unbiased where scaling each short day up is not. Trees with a
Poisson likelihood, each day weighing e x mean, learn that ratio by how a product sells and how often it runs out. The
trade calls it unconstraining (Talluri & van Ryzin 2004, The Theory and Practice of Revenue Management, ch. 9.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import lightgbm as lgb
import numpy as np
import pandas as pd

from forecasting.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin
from forecasting.panel import Floats
from forecasting.profiles import HourlyProfiles, exposure
from forecasting.trees import SHARED, Trees

FEATURES: Final = (
    "log_scale", "variation", "zero_share", "exposure_0", "exposure_7", "exposure_28", "whole_days_14", "discount",
    "promoted", "category",
)  # fmt: skip
LEAST_SEEN: Final = 0.05  # exposure below which a day says nothing
LEAST_CUT_SHORT: Final = 500  # days of series cut short, from which on there is a factor to learn
ROUNDS: Final = 40


def learned_factor(values: Floats, names: Sequence[str], sales: Floats, due: Floats, seed: int) -> Trees:
    """Trees for the factor, from days as they come.

    `values` (n, features) by `names`; `sales` (n) of the whole day and what was `due` in the hours in stock, exposure x
    mean, both in the product's unit."""
    parameters = {
        "objective": "poisson",
        "num_leaves": 15,
        "learning_rate": 0.1,
        "min_data_in_leaf": min(1000, max(50, len(due) // 100)),
        "seed": seed,
    }
    chosen = values.take([list(names).index(name) for name in FEATURES], 1)
    data = lgb.Dataset(chosen, sales / due, weight=due / due.mean(), feature_name=list(FEATURES), params=SHARED)
    return Trees.of(lgb.train(SHARED | parameters, data, ROUNDS))


def factor_by(trees: Trees | None, values: Floats, names: Sequence[str]) -> Floats:
    """The factor (n) of rows of features, never below 1: that a product can run out makes no day quieter."""
    if trees is None:
        return np.ones(len(values), dtype=np.float32)
    return np.maximum(trees.predict(values, names), np.float32(1))


def unconstrained(of_days_seen_whole: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of demand on days as they come, FORECAST_COLUMNS, from SEEN_WHOLE_COLUMNS: all times the factor."""
    result = of_days_seen_whole[list(FORECAST_COLUMNS)].copy()
    numbers = [*QUANTILE_COLUMNS, "mean"]
    result[numbers] = result[numbers].mul(of_days_seen_whole["unconstraining"], axis=0)
    return result


def bias_in_stock(known: KnownAtOrigin, profiles: HourlyProfiles, of_days_seen_whole: pd.DataFrame) -> dict[str, float]:
    """Forecast over sold, less 1, in the hours in stock of all days, those cut short among them: `as_they_come` by the
    demand that is ordered by, `seen_whole` by that of days seen whole. NaN where nothing was sold.

    `of_days_seen_whole` (SEEN_WHOLE_COLUMNS) holds a row a product and day of which `known` tells the sales."""
    key = ["warehouse_id", "product_id", "date"]
    days = known.history.days[[*key, "sales"]].assign(exposure=exposure(known.history, known.products, profiles))
    beside = of_days_seen_whole.merge(days, on=key)
    due = beside["mean"] * beside["exposure"]
    sold = float(beside["sales"].sum())
    found = {"as_they_come": float((due * beside["unconstraining"]).sum()), "seen_whole": float(due.sum())}
    return {name: forecast / sold - 1 if sold > 0 else float("nan") for name, forecast in found.items()}
