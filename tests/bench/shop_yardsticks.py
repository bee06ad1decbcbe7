"""The yardsticks of `shop`: LightGBM on mlforecast's features and the price last known, refitted every week.

Needs the yardsticks' environment. python shop_yardsticks.py mean|quantiles rows.parquet forecasts.parquet --days 90
"""

from __future__ import annotations

import argparse
import json
import time

import lightgbm as lgb
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean

LEVELS = {"q05": 0.05, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q95": 0.95}
WEEK = 7
KEYS = ["unique_id", "ds"]


def forecasts_of(rows: pd.DataFrame, models: dict[str, lgb.LGBMRegressor], days: int) -> pd.DataFrame:
    """product_id, date and a column a model, of the last days, one day ahead."""
    told = rows.rename(columns={"product_id": "unique_id", "date": "ds", "sales": "y"})
    for column in ("category", "unique_id"):
        told[f"{column}_code"] = told[column].astype("category").cat.codes
    static = ["category_code", "unique_id_code"]
    of = MLForecast(
        models,
        freq="D",
        lags=[1, 2, 3, 4, 5, 6, 7, 14, 21, 28],
        lag_transforms={1: [RollingMean(7), RollingMean(14), RollingMean(28)]},
        date_features=["dayofweek", "day", "month"],
        num_threads=1,
    )
    given = told[[*KEYS, "y", "last_price", *static]]
    table = of.preprocess(given, static_features=static, dropna=False, validate_data=False)
    features = [name for name in table.columns if name not in (*KEYS, "y")]
    last = table["ds"].max()
    parts = []
    for start in pd.date_range(last - pd.Timedelta(days=days - 1), last, freq=f"{WEEK}D"):
        past = table[table["ds"] < start]
        week = table[(table["ds"] >= start) & (table["ds"] < start + pd.Timedelta(days=WEEK))]
        part = week[KEYS].copy()
        for name, model in of.models.items():
            part[name] = np.maximum(model.fit(past[features], past["y"]).predict(week[features]), 0)
        parts.append(part)
    return pd.concat(parts).rename(columns={"unique_id": "product_id", "ds": "date"})


def main() -> None:
    """Writes the forecasts and prints the CPU seconds that they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["mean", "quantiles"])
    parser.add_argument("rows")
    parser.add_argument("forecasts")
    parser.add_argument("--days", type=int, required=True)
    chosen = parser.parse_args()
    fixed = {"n_estimators": 100, "n_jobs": 1, "verbosity": -1, "random_state": 1}
    models = {"mean": lgb.LGBMRegressor(**fixed)}
    if chosen.kind == "quantiles":
        models = {name: lgb.LGBMRegressor(objective="quantile", alpha=level, **fixed) for name, level in LEVELS.items()}
    began = time.process_time()
    found = forecasts_of(pd.read_parquet(chosen.rows), models, chosen.days)
    cpu = time.process_time() - began
    if chosen.kind == "mean":
        found = found.assign(**dict.fromkeys(LEVELS, found["mean"]))
    else:
        found["mean"] = found["q50"]  # no mean is told
    found.to_parquet(chosen.forecasts)
    print(json.dumps({"cpu": cpu}))


if __name__ == "__main__":
    main()
