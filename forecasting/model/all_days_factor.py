"""How much more is wanted on days as they come than on days seen whole, from which the other trees learn.

A product sells out on busy days, so the days seen whole are the quiet ones, and a forecast of those alone orders too
little again and again. A day cut short tells something too: while the share e of a day's demand could be seen, e x mean
was due and `sales` came. What sells until stock ends is on average the rate times the time, whatever ended it (Wald's
identity), so that sums of sales over sums of e x mean are unbiased where scaling each short day up is not. Trees with a
Poisson likelihood, each day weighing e x mean, learn that ratio by how a product sells and how often it runs out. What
the forecasts miss on days seen whole as well is none of it: all is relative to those. The trade calls it unconstraining
(Talluri & van Ryzin 2004, The Theory and Practice of Revenue Management, ch. 9.4).
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

# Of the series, as its origin knows it, and nothing of the day forecast: a price that was never planned so far ahead is
# no low one, and what a promotion adds is the mean's to say.
FEATURES: Final = (
    "log_scale", "variation", "zero_share", "exposure_0", "exposure_7", "exposure_28", "whole_days_14", "category",
)  # fmt: skip
LEAST_SEEN: Final = 0.05  # exposure below which a day says nothing
# Towards 1, in days of series cut short (Buehlmann): the ratio of such a day scatters by about its mean, the factors of
# regions (1.13 and 1.25 were measured) by a seventh of it.
PULL: Final = 50
ROUNDS: Final = 40


def learned_factor(
    values: Floats, names: Sequence[str], sales: Floats, due: Floats, seen_whole: NDArray[np.bool_], seed: int
) -> Trees:
    """Trees for the factor, from days as they come, some of them cut short.

    `values` (n, features) by `names`; `sales` (n) of the day and what was `due` in the hours in stock, exposure x mean,
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
    """The factor (n) of rows of features; 1 where there was nothing to learn it from."""
    return np.ones(len(values), dtype=np.float32) if trees is None else trees.predict(values, names)


def of_all_days(of_days_seen_whole: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of demand on days as they come, FORECAST_COLUMNS, from SEEN_WHOLE_COLUMNS: all times the factor."""
    result = of_days_seen_whole[list(FORECAST_COLUMNS)].copy()
    numbers = [*QUANTILE_COLUMNS, "mean"]
    result[numbers] = result[numbers].mul(of_days_seen_whole["all_days_factor"], axis=0)
    return result


def bias_in_stock(known: KnownAtOrigin, profiles: HourlyProfiles, of_days_seen_whole: pd.DataFrame) -> dict[str, float]:
    """Forecast over sold, less 1, on all days, those cut short among them, a forecast counting by the share of its day
    in stock: `as_they_come` by the demand that is ordered by, `seen_whole` by that of days seen whole.

    `of_days_seen_whole` (SEEN_WHOLE_COLUMNS) holds a row a product and day at most. What was sold without a forecast
    counts as a forecast of zero; NaN where nothing was sold."""
    key = ["warehouse_id", "product_id", "date"]
    history = known.history.where(known.history.days["date"].isin(of_days_seen_whole["date"]).to_numpy())
    days = history.days[[*key, "sales"]].assign(exposure=exposure(history, known.products, profiles))
    beside = of_days_seen_whole.merge(days[days["exposure"] > 0], how="right", on=key)
    due = (beside["mean"] * beside["exposure"]).fillna(0)
    sold = float(beside["sales"].sum())
    found = {"as_they_come": float((due * beside["all_days_factor"].fillna(0)).sum()), "seen_whole": float(due.sum())}
    return {name: forecast / sold - 1 if sold > 0 else float("nan") for name, forecast in found.items()}
