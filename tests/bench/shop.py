"""Forecasts of one shop's vegetables beside mlforecast and seven quantile models, all on the price last known.

A file with a row a product and day (date, product, kg_sold, price, product_id, category_id, category). A shop day on
which a product sold nothing counts as 0 while it sold within the fortnight before. The last 90 days are forecast one
day ahead: by Freshfront, trained once on the day before; by the yardsticks, refitted every week (`shop_yardsticks`, in
an environment of their own). Told for all products and for the best sellers of the quarter before alone.

python -m tests.bench.shop item_day.csv [--products 0 35 20 10]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.evaluation.backtest import replay
from forecasting.known.frames import (
    QUANTILE_COLUMNS,
    QUANTILES,
    WEATHER_COLUMNS,
    KnownAtOrigin,
    SalesHistory,
    end_of_day,
)
from forecasting.model.training_settings import TrainingSettings

HERE = Path(__file__).parent
YARDSTICKS_PYTHON = HERE.parents[1] / ".bench-venv" / "bin" / "python"
DAYS = 90
WITHIN = 14  # days since the last sale for which a day without one counts
PIECES = ("(份)", "(盒)", "(袋)")
LEAST_PRICE = 0.05  # below it is an error
ZONE = "Asia/Shanghai"
SHOP = "shop"


def rows_of(path: Path) -> pd.DataFrame:
    """product_id, category, unit, date, sales, price, last_price (that known on the eve) of the file."""
    told = pd.read_csv(path, parse_dates=["date"], dtype={"product_id": str, "category_id": str})
    told = told[told["price"] > LEAST_PRICE]
    days = np.sort(told["date"].unique())
    parts = []
    for product_id, of in told.groupby("product_id"):
        by_day = of.set_index("date").reindex(days)
        sales = by_day["kg_sold"].clip(lower=0)
        sold_on = pd.Series(np.where(sales > 0, days, np.datetime64("NaT")), index=days)
        recently = (pd.Series(days, index=days) - sold_on.ffill().shift(1)).dt.days <= WITHIN
        first = of.iloc[0]
        part = pd.DataFrame({"date": days, "sales": sales.fillna(0).to_numpy(), "price": by_day["price"].to_numpy()})
        part["last_price"] = part["price"].ffill().shift(1)
        part["product_id"], part["category"] = product_id, first["category_id"]
        part["unit"] = "piece" if any(sign in first["product"] for sign in PIECES) else "kg"
        parts.append(part[(sales.notna() | recently).to_numpy()])
    return pd.concat(parts).sort_values(["product_id", "date"], ignore_index=True)


def best_sellers(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows of the products that sold most in the quarter before the last; all for 0."""
    if not count:
        return rows
    eve = rows["date"].max() - pd.Timedelta(days=DAYS)
    quarter = rows[rows["date"].between(eve - pd.Timedelta(days=DAYS - 1), eve)]
    best = quarter.groupby("product_id")["sales"].sum().nlargest(count).index
    return rows[rows["product_id"].isin(best)].reset_index(drop=True)


def known_of(rows: pd.DataFrame) -> KnownAtOrigin:
    """The rows as frames; the price of a day is the last one known, over the dearest before the days scored."""
    rows = rows.assign(warehouse_id=SHOP, date=rows["date"].astype("datetime64[ns]"))
    keys = ["warehouse_id", "product_id", "date"]

    def moment(dates: pd.Series) -> pd.Series:
        return dates.dt.tz_localize(ZONE).dt.tz_convert("UTC")

    before = rows[rows["date"] <= rows["date"].max() - pd.Timedelta(days=DAYS)]
    dearest = rows["product_id"].map(before.groupby("product_id")["price"].max())
    discount = (rows["last_price"] / dearest.fillna(rows["last_price"])).clip(upper=1.0)
    kinds = {"id": "str", "day": "datetime64[ns]", "number": "float64", "moment": "datetime64[ns, UTC]", "flag": "bool"}
    products = rows.drop_duplicates("product_id")[["product_id", "category", "unit"]]
    return KnownAtOrigin.at(
        end_of_day(rows["date"].max(), ZONE),
        history=SalesHistory.of_days(
            rows[[*keys, "sales"]].assign(known_at=moment(rows["date"] + pd.Timedelta(days=1)))
        ),
        promotions=rows[keys].assign(discount=discount, promoted=False, known_at=moment(rows["date"]))[
            discount.notna()
        ],
        weather=pd.DataFrame(
            {name: pd.Series([], dtype=kinds.get(kind, "bool")) for name, kind in WEATHER_COLUMNS.items()}
        ),
        products=products.assign(
            subcategory=None, introduced=pd.Series(pd.NaT, products.index, dtype="datetime64[ns]")
        ),
        warehouses=pd.DataFrame({"warehouse_id": [SHOP], "city": ["city"]}),
        zone=ZONE,
    )


def scores(rows: pd.DataFrame, forecasts: pd.DataFrame, cpu: float) -> dict[str, float]:
    """WAPE, bias of the mean, pinball loss over mean demand and CPU seconds, of the last days."""
    last = rows[rows["date"] > rows["date"].max() - pd.Timedelta(days=DAYS)]
    scored = last.merge(forecasts, on=["product_id", "date"], how="left").fillna(
        dict.fromkeys([*QUANTILE_COLUMNS, "mean"], 0)
    )
    sold = scored["sales"].to_numpy()
    missed = sold[:, None] - scored[list(QUANTILE_COLUMNS)].to_numpy()
    levels = np.array(QUANTILES)
    return {
        "WAPE": float(np.abs(scored["q50"] - sold).sum() / sold.sum()),
        "bias": float(scored["mean"].sum() / sold.sum() - 1),
        "pinball": float(np.maximum(levels * missed, (levels - 1) * missed).mean() / sold.mean()),
        "CPU s": cpu,
    }


def ours(rows: pd.DataFrame) -> dict[str, float]:
    """Freshfront's scores: trained on the eve of the last days, its forecasts as a backtest makes them."""
    known, last = known_of(rows), rows["date"].max()
    began = time.process_time()
    found = replay(known, last - pd.Timedelta(days=DAYS - 1), last, (1,), TrainingSettings(horizons=(1,)))
    return scores(rows, found.forecasts.drop(columns="warehouse_id"), time.process_time() - began)


def theirs(rows: pd.DataFrame, kind: str) -> dict[str, float]:
    """Scores of the yardstick `kind`: mean (mlforecast with LightGBM) or quantiles (seven LightGBM models)."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "rows.parquet", Path(folder) / "forecasts.parquet"
        rows.to_parquet(given)
        command = [YARDSTICKS_PYTHON, HERE / "shop_yardsticks.py", kind, given, made, "--days", DAYS]
        done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)  # noqa: S603 - our own
        return scores(rows, pd.read_parquet(made), json.loads(done.stdout)["cpu"])


def seven_day_mean(rows: pd.DataFrame) -> dict[str, float]:
    """Scores of the mean of the last seven rows of each product."""
    by_day = rows.pivot_table(index="date", columns="product_id", values="sales")
    mean = by_day.rolling(7, min_periods=1).mean().shift(1).stack().rename("mean").reset_index()
    return scores(rows, mean.assign(**dict.fromkeys(QUANTILE_COLUMNS, mean["mean"])), 0.0)


def main() -> None:
    """Prints a row of scores a contender and set of products."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--products", type=int, nargs="+", default=[0, 35, 20, 10], help="best sellers; 0: all")
    chosen = parser.parse_args()
    every = rows_of(chosen.path)
    for count in chosen.products:
        rows = best_sellers(every, count)
        print(f"{count or rows['product_id'].nunique()} products")
        for name, found in (
            ("Freshfront", ours(rows)),
            ("mlforecast", theirs(rows, "mean")),
            ("quantile models", theirs(rows, "quantiles")),
            ("7-day mean", seven_day_mean(rows)),
        ):
            print(f"  {name:16}", "  ".join(f"{what} {value:.4f}" for what, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
