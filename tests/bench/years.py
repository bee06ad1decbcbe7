"""Forecasts over years: generated shops of five years beside AutoETS and LightGBM with the same calendar.

Each shop (`years_shop`) is forecast over its last year one and seven days ahead by the yardsticks (`years_yardsticks`,
in an environment of their own) and by Freshfront (`years_ours`). Told is the WAPE by kind of day, and Freshfront's over
that of the best yardstick; "drawn from" is the mean that sales were drawn from, below which nobody comes.

python -m tests.bench.years [--seeds 1 2 3] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
YARDSTICKS_PYTHON = HERE.parents[1] / ".bench-venv" / "bin" / "python"
KEY = ["product_id", "date", "horizon"]
CLOSED = "closed"


def table(folder: Path) -> pd.DataFrame:
    """WAPE by horizon and kind of day of one shop: horizon, kind, rows, a column a contender, ratio, closed_sum."""
    sales = pd.read_parquet(folder / "sales.parquet")
    yardsticks = pd.read_parquet(folder / "yardsticks.parquet")
    names = [name for name in yardsticks if name not in KEY]
    ours = pd.read_parquet(folder / "ours.parquet")
    found = yardsticks.merge(ours[[*KEY, "q50"]].rename(columns={"q50": "Freshfront"}), how="left", on=KEY)
    scored = found.merge(sales, on=["product_id", "date"])
    calendar = pd.read_parquet(folder / "calendar.parquet")
    shut = ours[ours["date"].isin(calendar.loc[calendar["closed"], "date"])]
    rows = []
    for horizon, of_horizon in scored.groupby("horizon"):
        for kind, part in [("all", of_horizon), *of_horizon[of_horizon["kind"] != CLOSED].groupby("kind")]:
            sold = part["sales"].sum()
            wape = {
                name: (part[name] - part["sales"]).abs().sum() / sold for name in [*names, "Freshfront", "expected"]
            }
            best = min(wape[name] for name in names)
            ratio = wape["Freshfront"] / best
            rows.append({"horizon": horizon, "kind": kind, "rows": len(part), **wape, "ratio": ratio})
    return pd.DataFrame(rows).assign(closed_sum=shut[["q05", "q50", "q95", "mean"]].to_numpy().sum())


def forecast_all(folder: Path, seed: int) -> None:
    """Draws a shop and lets every contender forecast it; what is there already stays."""
    commands = {
        "sales.parquet": [sys.executable, HERE / "years_shop.py", folder, "--seed", str(seed)],
        "yardsticks.parquet": [YARDSTICKS_PYTHON, HERE / "years_yardsticks.py", folder],
        "ours.parquet": [sys.executable, HERE / "years_ours.py", folder],
    }
    for made, command in commands.items():
        if not (folder / made).exists():
            subprocess.run(list(map(str, command)), check=True)  # noqa: S603 - our own scripts


def main() -> None:
    """Draw, forecast, and print the tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    asked.add_argument("--folder", type=Path, help="where the shops are kept; default: nowhere")
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as nowhere:
        tables = []
        for seed in args.seeds:
            folder = (args.folder or Path(nowhere)) / f"shop-{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            forecast_all(folder, seed)
            tables.append(table(folder).assign(seed=seed))
            print(f"\nshop {seed}\n{tables[-1].round(4).to_string(index=False)}", flush=True)
    together = pd.concat(tables)
    mean = together.groupby(["horizon", "kind"])["ratio"].agg(["mean", "min", "max"])
    print(f"\nFreshfront over the best yardstick\n{mean.round(3).to_string()}")


if __name__ == "__main__":
    main()
