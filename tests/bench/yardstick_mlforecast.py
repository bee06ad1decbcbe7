"""The yardstick of the synthetic region: mlforecast with one LightGBM a warehouse, points only.

Plain use of the library: lags 1-7, 14, 21 and 28, rolling means over 7, 14 and 28 days, weekday, day and month, the
product's category and subcategory, price and promotion as known in advance; LightGBM's defaults (31 leaves, learning
rate 0.1, least squares) and 300 rounds unless asked otherwise; one thread. Runs in the yardsticks' own environment.

python tests/bench/yardstick_mlforecast.py FILE FOLDER [--rounds 300] [--objective regression]
writes forecasts.parquet and phases.json into FOLDER.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import lightgbm as lgb
import pandas as pd
from measuring import Phases
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean
from synthetic import AHEAD

STATIC = ["category", "subcategory"]
PLANNED = ["discount", "promoted"]
SERIES = ["unique_id", "ds"]


def main() -> None:
    """Train, forecast and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--rounds", type=int, default=300)
    asked.add_argument("--objective", default="regression")
    args = asked.parse_args()
    phases = Phases()
    with phases.phase("read"):
        made = pd.read_parquet(args.file).rename(columns={"product_id": "unique_id", "date": "ds", "sales": "y"})
        made["promoted"] = made["promoted"].astype(int)
        for name in STATIC:
            made[name] = made[name].astype("category").cat.codes
        past = made["ds"] <= made["ds"].max() - pd.Timedelta(days=AHEAD)
    parts = []
    for name, rows in made.groupby("warehouse_id"):
        known, future = rows[past[rows.index]], rows[~past[rows.index]]
        model = MLForecast(
            {
                "mean": lgb.LGBMRegressor(
                    n_estimators=args.rounds, objective=args.objective, n_jobs=1, verbosity=-1, random_state=1
                )
            },
            freq="D",
            lags=[1, 2, 3, 4, 5, 6, 7, 14, 21, 28],
            lag_transforms={1: [RollingMean(7), RollingMean(14), RollingMean(28)]},
            date_features=["dayofweek", "day", "month"],
            num_threads=1,
        )
        with phases.phase("features and fit"):
            model.fit(known[[*SERIES, "y", *PLANNED, *STATIC]], static_features=STATIC)
        with phases.phase("forecast"):
            found = model.predict(AHEAD, X_df=future[[*SERIES, *PLANNED]])
        parts.append(found.assign(warehouse_id=name))
    phases.write(args.folder / "phases.json")
    forecasts = pd.concat(parts, ignore_index=True).rename(columns={"unique_id": "product_id", "ds": "date"})
    forecasts.to_parquet(args.folder / "forecasts.parquet", index=False)


if __name__ == "__main__":
    main()
