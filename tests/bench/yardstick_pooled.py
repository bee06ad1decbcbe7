"""The yardstick of FreshRetailNet: seven plain LightGBM quantile models, one a quantile, pooled over all series.

Written down so that it can be held against: objective quantile, 300 rounds, 127 leaves, learning rate 0.1, everything
else LightGBM's default, one thread. No loop over series. Features of a series and day, all known on the day before:
sales 1-7, 14, 21 and 28 days ago, their mean over 7, 14 and 28 days and standard deviation over 7 and 28, weekday,
holiday, price and promotion of the day, ids of city, store, product and categories as codes, and the weather of the
day before. Trained on days without an out-of-stock hour in 06-22 of the last 35 days. Forecasts below zero are
zero; crossing quantiles are left crossing.

python tests/bench/yardstick_pooled.py FILE.parquet FOLDER [--first 2024-05-29] [--days 14] [--rounds 300]
writes forecasts.parquet and phases.json into FOLDER.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from measuring import Phases
from numpy.typing import NDArray

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
TRAINED_DAYS = 35
LAGS = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28)
IDS = (
    "city_id", "store_id", "product_id",
    "management_group_id", "first_category_id", "second_category_id", "third_category_id",
)  # fmt: skip
WEATHER = ("avg_temperature", "precpt", "avg_humidity", "avg_wind_level")
PLANNED = ("discount", "activity_flag", "holiday_flag")
OUT_OF_STOCK = "stock_hour6_22_cnt"

Floats = NDArray[np.float32]


class Days:
    """Every column as an array of series by day; NaN where there is no row."""

    def __init__(self, path: Path) -> None:
        frame = pd.read_parquet(path, columns=[*IDS, "dt", "sale_amount", *WEATHER, *PLANNED, OUT_OF_STOCK])
        place, days = pd.factorize(frame["dt"], sort=True)
        series = frame.groupby(["store_id", "product_id"], sort=True).ngroup().to_numpy()
        first = np.unique(series, return_index=True)[1]
        self.days = pd.DatetimeIndex(pd.to_datetime(days))
        self.ids = frame.loc[first, list(IDS)].reset_index(drop=True)
        self.columns: dict[str, Floats] = {}
        for name in ("sale_amount", *WEATHER, *PLANNED, OUT_OF_STOCK):
            values = np.full((len(first), len(days)), np.nan, dtype=np.float32)
            values[series, place] = frame[name]
            self.columns[name] = values

    def features(self, day: int) -> Floats:
        """The features (series x columns) of one day."""
        sales = self.columns["sale_amount"]
        past = np.full((len(sales), 28), np.nan, dtype=np.float32)
        reach = min(day, 28)
        past[:, 28 - reach :] = sales[:, day - reach : day]
        columns = [past[:, 28 - lag] for lag in LAGS]
        columns += [np.nanmean(past[:, -days:], axis=1) for days in (7, 14, 28)]
        columns += [np.nanstd(past[:, -days:], axis=1) for days in (7, 28)]
        columns.append(np.full(len(sales), self.days[day].day_of_week))
        columns += [self.columns[name][:, day] for name in PLANNED]
        columns += [self.columns[name][:, day - 1] for name in WEATHER]
        columns += [self.ids[name].to_numpy() for name in IDS]
        return np.stack(columns, axis=1).astype(np.float32)


def main() -> None:
    """Train, forecast and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--first", default="2024-05-29")
    asked.add_argument("--days", type=int, default=14)
    asked.add_argument("--rounds", type=int, default=300)
    args = asked.parse_args()
    phases = Phases()
    with phases.phase("read"):
        known = Days(args.file)
    first = known.days.get_loc(pd.Timestamp(args.first))
    with phases.phase("features"), np.errstate(all="ignore"):
        parts, target = [], []
        for day in range(max(first - TRAINED_DAYS, 1), first):
            whole = known.columns[OUT_OF_STOCK][:, day] == 0
            parts.append(known.features(day)[whole])
            target.append(known.columns["sale_amount"][whole, day])
        values, sales = np.concatenate(parts), np.concatenate(target)
        del parts
    parameters = {"objective": "quantile", "num_leaves": 127, "learning_rate": 0.1, "num_threads": 1, "verbose": -1}
    models = []
    for quantile in QUANTILES:
        with phases.phase("fit"):
            models.append(lgb.train(parameters | {"alpha": quantile}, lgb.Dataset(values, sales), args.rounds))
    forecasts = []
    for day in range(first, first + args.days):
        with phases.phase("features of the days forecast"), np.errstate(all="ignore"):
            looked_at = known.features(day)
        with phases.phase("forecast"):
            found = {
                f"q{100 * q:02.0f}": m.predict(looked_at, num_threads=1) for q, m in zip(QUANTILES, models, strict=True)
            }
        ids = {"warehouse_id": known.ids["store_id"].astype(str), "product_id": known.ids["product_id"].astype(str)}
        dates = {"date": known.days[day], "origin": known.days[day - 1]}
        forecasts.append(pd.DataFrame(ids | dates | {name: np.maximum(q, 0) for name, q in found.items()}))
    phases.write(args.folder / "phases.json", rows=len(values), columns=values.shape[1], series=len(known.ids))
    pd.concat(forecasts, ignore_index=True).to_parquet(args.folder / "forecasts.parquet", index=False)


if __name__ == "__main__":
    main()
