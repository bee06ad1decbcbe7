"""Freshfront's side of the shop of years: its last year one and seven days ahead, models trained anew every four weeks.

python tests/bench/years_ours.py FOLDER [--retrain 28]     reads years_shop.py's files, writes ours.parquet
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import Phases

from forecasting.evaluation.backtest import replay
from forecasting.known.frames import PROMOTION_COLUMNS, WEATHER_COLUMNS, KnownAtOrigin, SalesHistory, end_of_day
from forecasting.model.training_settings import TrainingSettings

ZONE, HORIZONS, TESTED = "Europe/Berlin", (1, 7), 365
EMPTY = {"id": "str", "day": "datetime64[ns]", "number": "float64", "moment": "datetime64[ns, UTC]", "bool": "bool"}


def known_of(folder: Path) -> KnownAtOrigin:
    """What is known of the shop at the end of its last day."""
    sales = pd.read_parquet(folder / "sales.parquet").astype({"date": "datetime64[ns]"})
    events = pd.read_parquet(folder / "events.parquet")
    place = json.loads((folder / "shop.json").read_text(encoding="utf-8"))
    days = sales[["product_id", "date", "sales"]].assign(warehouse_id="shop", known_at=moments(sales["date"], 1))
    products = sales.drop_duplicates("product_id")[["product_id", "category"]].assign(subcategory=None, unit="piece")
    events = events.assign(
        event_id=[f"{event.name} {event.first_day:%Y-%m-%d}" for event in events.itertuples(index=False)],
        warehouse_id="shop", city=None, cancelled=False, known_at=moments(events["planned_on"], 0),
    )  # fmt: skip

    def empty(columns: dict[str, str]) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series([], dtype=EMPTY[kind]) for name, kind in columns.items()})

    return KnownAtOrigin.at(
        end_of_day(sales["date"].max(), ZONE),
        history=SalesHistory.of_days(days.reset_index(drop=True)),
        promotions=empty(dict(PROMOTION_COLUMNS)),
        weather=empty(dict(WEATHER_COLUMNS)),
        products=products.assign(introduced=pd.Series(pd.NaT, index=products.index, dtype="datetime64[ns]")),
        warehouses=pd.DataFrame([{"warehouse_id": "shop", "city": "Town", **place}]),
        zone=ZONE,
        events=events,
    )


def moments(days: pd.Series, later: int) -> pd.Series:
    """The moments at which local days, or days later, begin."""
    return (days + pd.Timedelta(days=later)).dt.tz_localize(ZONE).dt.tz_convert("UTC").astype("datetime64[ns, UTC]")


def main() -> None:
    """Forecast and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--retrain", type=int, default=28)
    asked.add_argument("--days", type=int, default=TESTED)
    args = asked.parse_args()
    phases = Phases()
    with phases.phase("read"):
        known = known_of(args.folder)
    chosen = TrainingSettings(horizons=HORIZONS)
    last = known.origin_day
    with phases.phase("forecast"):
        found = replay(known, last - pd.Timedelta(days=args.days - 1), last, HORIZONS, chosen, args.retrain).forecasts
    phases.write(args.folder / "phases.json")
    found["horizon"] = (found["date"] - found["origin"]).dt.days
    found.to_parquet(args.folder / "ours.parquet", index=False)
    print({name: round(seconds, 1) for name, seconds in phases.cpu.items()}, np.unique(found["model"]))


if __name__ == "__main__":
    main()
