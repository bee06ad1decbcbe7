"""Hides hours of FreshRetailNet's days without a stock-out and measures how well their demand is recovered.

By hand: python tests/bench/recovery.py FILE.parquet [--until 2024-05-28] [--every 8] [--seed 1] [--pattern any|series]
A quarter of the days with no out-of-stock hour in 06-22 lose the hours that another, real stock-out day lost, drawn
from all series or from the same. Prints one JSON: recovered over true - 1 in percent, on the days hidden and on all
days without a stock-out, overall and by tenth of the series' mean true sales.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.demand.recovery import recover_demand
from forecasting.known.frames import SalesHistory

COLUMNS = ("city_id", "store_id", "product_id", "first_category_id", "dt", "sale_amount")


def read(path: Path, until: str, every: int) -> tuple[SalesHistory, pd.DataFrame, pd.DataFrame]:
    """History, products and warehouses of every n-th store up to a day."""
    table = pq.read_table(path, columns=[*COLUMNS, "hours_sale", "hours_stock_status"])
    frame = table.select(COLUMNS).to_pandas()
    stores = np.sort(frame["store_id"].unique())[::every]
    keep = (frame["store_id"].isin(stores) & (frame["dt"] <= until)).to_numpy()
    hours = [
        np.asarray(table[name].combine_chunks().flatten()).reshape(-1, 24)[keep] for name in table.column_names[-2:]
    ]
    frame = frame[keep].reset_index(drop=True).astype({"city_id": str, "store_id": str, "product_id": str})
    frame = frame.astype({"first_category_id": str}).rename(
        columns={"store_id": "warehouse_id", "city_id": "city", "first_category_id": "category", "sale_amount": "sales"}
    )
    frame["date"] = pd.to_datetime(frame["dt"])
    frame["known_at"] = (frame["date"] + pd.Timedelta(hours=16)).dt.tz_localize("UTC")
    history = SalesHistory(
        frame[["warehouse_id", "product_id", "date", "sales", "known_at"]],
        hours[0].astype(np.float32),
        (1 - hours[1]).astype(np.int8),
    )
    products = frame[["product_id", "category"]].drop_duplicates("product_id")
    return history, products, frame[["warehouse_id", "city"]].drop_duplicates("warehouse_id")


def hide(
    history: SalesHistory, series: NDArray[np.intp], pattern: str, rng: np.random.Generator
) -> tuple[SalesHistory, NDArray[np.intp], NDArray[np.bool_]]:
    """The history with hours hidden, the rows in which they are, and all rows without a stock-out."""
    short = (history.in_stock[:, 6:22] == 0).any(axis=1)
    chosen = rng.permutation(np.flatnonzero(~short))[: np.count_nonzero(~short) // 4]
    donors = np.flatnonzero(short)
    if pattern == "any":
        donor = rng.choice(donors, len(chosen))
    else:
        donors = donors[np.argsort(series[donors], kind="stable")]
        held = np.bincount(series[donors], minlength=series.max() + 1)
        chosen = chosen[held[series[chosen]] > 0]
        of = series[chosen]
        donor = donors[(np.cumsum(held) - held)[of] + (rng.random(len(of)) * held[of]).astype(np.intp)]
    in_stock, hourly = history.in_stock.copy(), history.hourly_sales.copy()
    in_stock[chosen] = np.minimum(in_stock[chosen], history.in_stock[donor])
    hourly[chosen] *= history.in_stock[donor]
    sales = history.days["sales"].to_numpy().copy()
    sales[chosen] = hourly[chosen].sum(axis=1, dtype=np.float64)
    return SalesHistory(history.days.assign(sales=sales), hourly, in_stock), chosen, ~short


def main() -> None:
    """Measure once and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("--until", default="2024-05-28")
    asked.add_argument("--every", type=int, default=1)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--pattern", choices=("any", "series"), default="any")
    args = asked.parse_args()
    history, products, warehouses = read(args.file, args.until, args.every)
    series = history.days.groupby(["warehouse_id", "product_id"]).ngroup().to_numpy()
    masked, chosen, whole = hide(history, series, args.pattern, np.random.default_rng(args.seed))
    began = time.process_time()
    profiles = HourlyProfiles.learn(masked, products, bent=True)
    found = recover_demand(masked, products, profiles, warehouses)["demand"].to_numpy()
    seconds = time.process_time() - began
    truth = history.days["sales"].to_numpy()
    mean = np.bincount(series[whole], truth[whole], series.max() + 1) / np.maximum(np.bincount(series[whole]), 1)
    tenth = np.digitize(mean, np.quantile(mean, np.arange(1, 10) / 10))[series]

    def beyond(values: NDArray[np.float64], rows: NDArray[np.intp]) -> float:
        return round(100 * float(values[rows].sum() / truth[rows].sum() - 1), 2)

    clean = np.flatnonzero(whole)
    result = {
        "rows": len(history),
        "cpu_seconds": round(seconds, 1),
        "days_hidden": {"visible": beyond(masked.days["sales"].to_numpy(), chosen), "recovered": beyond(found, chosen)},
        "all_days_without_stock_out": {"recovered": beyond(found, clean)},
        "days_hidden_by_tenth": [beyond(found, chosen[tenth[chosen] == at]) for at in range(10)],
        "all_days_by_tenth": [beyond(found, clean[tenth[clean] == at]) for at in range(10)],
    }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
