"""The yardsticks of the shop of years: AutoETS by series, and one LightGBM over all six with the whole calendar.

Both forecast every day of the last year one and seven days ahead from rolling origins. AutoETS (statsforecast, season
of a week) is selected anew every 28 days on all that came before; a closed day before the origin is filled with the
same weekday of the week before, and forecast as 0. LightGBM learns from all years: sales 0 to 6, 13, 20, 27 days
before the origin and on the target's weekday of the last four weeks, means of 7, 28, 91 and 364 days, the same day
last year (364 days before) and the mean of the week around it, day of year, weekday, month, product and category, and
of the target day holiday by name, school holidays by name, fair, closed days, and the days to and since each of them.
Fitted to the logarithm, to squares and by Tweedie, refitted every 28 days; the best of the three on the scored days
counts, which is more than an honest contender could know.

python tests/bench/years_yardsticks.py FOLDER     reads years_shop.py's files, writes yardsticks.parquet
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

HORIZONS = (1, 7)
TESTED = 365
REFIT = 28
FAR = 30
Floats = NDArray[np.float64]


def filled(sales: pd.DataFrame, days: pd.DatetimeIndex) -> tuple[list[str], Floats]:
    """Sales by product and day; NaN on a closed day."""
    wide = sales.pivot(index="product_id", columns="date", values="sales").reindex(columns=days)
    return list(wide.index), wide.to_numpy(dtype=float)


def by_ets(products: list[str], values: Floats, days: pd.DatetimeIndex) -> pd.DataFrame:
    """AutoETS's points: product_id, date, horizon, AutoETS."""
    from statsforecast.models import AutoETS  # it takes seconds to load

    first = len(days) - TESTED
    parts = []
    for at, product in enumerate(products):
        y = values[at].copy()
        for day in np.flatnonzero(np.isnan(y)):
            y[day] = y[day - 7] if day >= 7 and not np.isnan(y[day - 7]) else np.nanmean(y[: day + 8])
        model = None
        for origin in range(first - max(HORIZONS), len(days) - 1):
            if model is None or (origin - first) % REFIT == 0:
                model = AutoETS(season_length=7).fit(y[: origin + 1])
            points = model.forward(y=y[: origin + 1], h=max(HORIZONS))["mean"]
            for horizon in HORIZONS:
                if first <= origin + horizon < len(days):
                    parts.append((product, days[origin + horizon], horizon, points[horizon - 1]))
    return pd.DataFrame(parts, columns=["product_id", "date", "horizon", "AutoETS"])


def calendar_features(calendar: pd.DataFrame, days: pd.DatetimeIndex) -> Floats:
    """What is known of each day beforehand (n, columns)."""
    of = calendar.set_index("date")
    every = of.index
    columns = [of["holiday"].astype("category").cat.codes, of["school"].astype("category").cat.codes]
    columns += [of["fair"], of["closed"], every.day_of_year, every.day_of_week, every.month, every.day]
    for marked in (of["holiday"] != "", of["school"] != "", of["fair"], of["closed"]):
        flags = marked.to_numpy()
        columns += [days_until(flags), days_until(flags[::-1])[::-1]]
    stacked = np.stack([np.asarray(column, dtype=float) for column in columns], axis=1)
    return stacked[every.get_indexer(days)]


def days_until(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The days (n) until the next marked one, at most FAR."""
    distance = np.full(len(flags), FAR)
    ahead = FAR
    for day in range(len(flags) - 1, -1, -1):
        ahead = 0 if flags[day] else min(ahead + 1, FAR)
        distance[day] = ahead
    return distance


def features(values: Floats, calendar: Floats, category: Floats, horizon: int, target: int) -> Floats:
    """The features of one target day (products, columns)."""
    origin = target - horizon

    def lag(back: int) -> Floats:
        return values[:, back] if back >= 0 else np.full(len(values), np.nan)

    columns = [lag(origin - back) for back in (0, 1, 2, 3, 4, 5, 6, 13, 20, 27)]
    same = [lag(target - 7 * week) for week in range(1 if horizon <= 7 else 2, 5)]
    columns += [*same, np.nanmean(np.stack(same), axis=0)]
    columns += [np.nanmean(values[:, max(origin - n + 1, 0) : origin + 1], axis=1) for n in (7, 28, 91, 364)]
    columns += [np.nanstd(values[:, max(origin - 27, 0) : origin + 1], axis=1)]
    columns.append(lag(target - 364))
    around = values[:, max(target - 367, 0) : max(target - 360, 0)]
    columns.append(np.nanmean(around, axis=1) if around.size else np.full(len(values), np.nan))
    of_all = [np.nanmean(values[:, max(origin - n + 1, 0) : origin + 1]) for n in (1, 7, 28)]
    columns += [np.full(len(values), value) for value in of_all]
    columns += [np.arange(len(values)), category]
    known = np.repeat(calendar[target][None], len(values), axis=0)
    return np.column_stack([*columns, known])


def by_lightgbm(
    products: list[str], values: Floats, days: pd.DatetimeIndex, calendar: Floats, category: Floats
) -> pd.DataFrame:
    """LightGBM's points: product_id, date, horizon, and a column an objective."""
    first = len(days) - TESTED
    parts = []
    for horizon in HORIZONS:
        with np.errstate(all="ignore"):
            rows = [features(values, calendar, category, horizon, target) for target in range(28 + horizon, len(days))]
        for start in range(first, len(days), REFIT):
            trained = range(28 + horizon, start - horizon + 1)
            x = np.concatenate(rows[: len(trained)])
            y = np.concatenate([values[:, target] for target in trained])
            known = ~np.isnan(y)
            looked_at = range(start, min(start + REFIT, len(days)))
            tested = np.concatenate([rows[target - 28 - horizon] for target in looked_at])
            found = pd.DataFrame(
                {"product_id": products * len(looked_at), "date": np.repeat(days[looked_at], len(products))}
            )
            for name, objective in (("log", "regression"), ("squares", "regression"), ("tweedie", "tweedie")):
                parameters = {
                    "objective": objective, "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20,
                    "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "num_threads": 1,
                    "seed": 1, "verbose": -1,
                }  # fmt: skip
                wanted = np.log1p(y[known]) if name == "log" else y[known]
                model = lgb.train(parameters, lgb.Dataset(x[known], wanted), 300)
                points = model.predict(tested, num_threads=1)
                found[f"LightGBM {name}"] = np.expm1(points) if name == "log" else points
            parts.append(found.assign(horizon=horizon))
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Forecast and write."""
    logging.getLogger("statsforecast").setLevel(logging.ERROR)
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    args = asked.parse_args()
    sales = pd.read_parquet(args.folder / "sales.parquet")
    days = pd.date_range(sales["date"].min(), sales["date"].max())
    products, values = filled(sales, days)
    category = sales.drop_duplicates("product_id").set_index("product_id")["category"].astype("category").cat.codes
    calendar = calendar_features(pd.read_parquet(args.folder / "calendar.parquet"), days)
    found = by_lightgbm(products, values, days, calendar, category.reindex(products).to_numpy(dtype=float))
    found = found.merge(by_ets(products, values, days), how="left", on=["product_id", "date", "horizon"])
    found.to_parquet(args.folder / "yardsticks.parquet", index=False)


if __name__ == "__main__":
    main()
