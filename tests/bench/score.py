"""Scores forecasts of a benchmark by wape, wpe and pinball loss, and writes one JSON by who forecast.

python tests/bench/score.py synthetic FILE FOLDER        sales are the truth; the mean they were drawn from, the floor
python tests/bench/score.py freshretailnet FILE FOLDER   scored on days without an out-of-stock hour in 06-22

FOLDER holds a folder for each run, with its forecasts.parquet; scores.json is written beside them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from synthetic import AHEAD

from forecasting.evaluation.figures import covered, pinball_loss
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES

KEY = ["warehouse_id", "product_id", "date"]
POINTS = ("same day last week", "exponential smoothing", "TSB", "mean")


def wape(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of absolute errors over the sum of demand."""
    return float(np.abs(np.subtract(forecast, demand)).sum() / np.sum(demand))


def wpe(demand: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of forecast less demand over the sum of demand."""
    return float(np.subtract(forecast, demand).sum() / np.sum(demand))


def pinball(demand: ArrayLike, quantiles: ArrayLike) -> float:
    """Mean pinball loss of the seven quantiles (n x 7), over mean demand."""
    return float(pinball_loss(np.asarray(demand)[:, None], quantiles, QUANTILES).mean() / np.mean(demand))


def scores(demand: ArrayLike, forecasts: pd.DataFrame) -> dict[str, float]:
    """wape and wpe of the median, wpe_mean, pinball, and coverage_q05..coverage_q95."""
    found = {
        "wape": wape(demand, forecasts["q50"]),
        "wpe": wpe(demand, forecasts["q50"]),
        "wpe_mean": wpe(demand, forecasts["mean"]),
        "pinball": pinball(demand, forecasts[list(QUANTILE_COLUMNS)]),
    }
    return found | {f"coverage_{c}": float(covered(demand, forecasts[c]).mean()) for c in QUANTILE_COLUMNS}


def truth_of(what: str, path: Path) -> pd.DataFrame:
    """The sales that count, a row a warehouse, product and day: KEY, sales, and for synthetic days expected."""
    if what == "synthetic":
        made = pd.read_parquet(path, columns=[*KEY, "sales", "expected"])
        made = made[made["date"] > made["date"].max() - pd.Timedelta(days=AHEAD)]
    else:
        names = {"store_id": "warehouse_id", "dt": "date", "sale_amount": "sales"}
        out = "stock_hour6_22_cnt"
        made = pd.read_parquet(path, columns=[*names, "product_id", out], filters=[(out, "==", 0)]).rename(
            columns=names
        )
        made = made.astype({"warehouse_id": str, "product_id": str})
    return made.assign(date=made["date"].astype("datetime64[ns]"))


def scores_of(truth: pd.DataFrame, forecasts: pd.DataFrame, point: str) -> dict[str, float | int]:
    """wape and wpe of a column of points, rows missing (they count as zero); of quantiles pinball and rows crossing."""
    forecasts = forecasts.astype({"date": "datetime64[ns]", "warehouse_id": str, "product_id": str})
    scored = truth[truth["date"].isin(forecasts["date"].unique())].merge(forecasts, how="left", on=KEY)
    missing = int(scored[point].isna().sum())
    scored = scored.fillna(0.0)
    sales = scored["sales"].to_numpy()
    found: dict[str, float | int] = {
        "rows": len(scored),
        "missing": missing,
        "wape": wape(sales, scored[point]),
        "wpe": wpe(sales, scored[point]),
    }
    if set(QUANTILE_COLUMNS) <= set(forecasts.columns):
        quantiles = scored[list(QUANTILE_COLUMNS)].to_numpy()
        found |= {"pinball": pinball(sales, quantiles)}
        found |= {"crossing": float((np.diff(quantiles, axis=1) < -1e-9).any(axis=1).mean())}
    return found


def main() -> None:
    """Score everything that lies in the folder."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=("synthetic", "freshretailnet"))
    asked.add_argument("file", type=Path)
    asked.add_argument("folder", type=Path)
    args = asked.parse_args()
    truth = truth_of(args.what, args.file)
    found = {}
    if args.what == "synthetic":
        found["floor"] = scores_of(truth[[*KEY, "sales"]], truth[[*KEY, "expected"]], "expected")
    for path in sorted(args.folder.glob("*/forecasts.parquet")):
        forecasts = pd.read_parquet(path)
        if "q50" in forecasts:
            found[path.parent.name] = scores_of(truth[[*KEY, "sales"]], forecasts, "q50")
            continue
        for point in [name for name in POINTS if name in forecasts]:
            name = path.parent.name if point == "mean" else point
            found[name] = scores_of(truth[[*KEY, "sales"]], forecasts[[*KEY, point]], point)
    (args.folder / "scores.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
