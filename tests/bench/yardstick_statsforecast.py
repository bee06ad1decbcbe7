"""Cheap classics on the synthetic region, for scale: the same day last week, smoothing and TSB, of statsforecast.

Runs in the yardsticks' own environment. python tests/bench/yardstick_statsforecast.py FILE FOLDER
writes forecasts.parquet (a column a method) and phases.json into FOLDER.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from measuring import Phases
from statsforecast import StatsForecast
from statsforecast.models import TSB, SeasonalNaive, SimpleExponentialSmoothingOptimized
from synthetic import AHEAD


def main() -> None:
    """Forecast and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("folder", type=Path)
    args = asked.parse_args()
    phases = Phases()
    with phases.phase("read"):
        made = pd.read_parquet(args.file, columns=["warehouse_id", "product_id", "date", "sales"])
        made["unique_id"] = made["warehouse_id"] + "/" + made["product_id"]
        past = made[made["date"] <= made["date"].max() - pd.Timedelta(days=AHEAD)]
        past = past.rename(columns={"date": "ds", "sales": "y"})[["unique_id", "ds", "y"]]
    parts = []
    for name, model in (
        ("same day last week", SeasonalNaive(7)),
        ("exponential smoothing", SimpleExponentialSmoothingOptimized()),
        ("TSB", TSB(0.1, 0.1)),
    ):
        model.alias = name
        with phases.phase(name):
            parts.append(StatsForecast([model], freq="D").forecast(df=past, h=AHEAD).set_index(["unique_id", "ds"]))
    phases.write(args.folder / "phases.json")
    forecasts = pd.concat(parts, axis=1).reset_index().rename(columns={"ds": "date"})
    forecasts[["warehouse_id", "product_id"]] = forecasts.pop("unique_id").str.split("/", expand=True)
    forecasts.to_parquet(args.folder / "forecasts.parquet", index=False)


if __name__ == "__main__":
    main()
