"""Freshfront's side of the benchmark, one run a process.

python tests/bench/ours.py FILE FOLDER synthetic        a week ahead of all, from a file of synthetic.py
python tests/bench/ours.py FILE FOLDER freshretailnet   14 days, each a day ahead, trained before the first of them
python tests/bench/ours.py FILE FOLDER growth --warehouses 10      a training and the next day's forecast
writes phases.json (what each phase cost) and forecasts.parquet into FOLDER.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import retail
from measuring import Phases
from synthetic import AHEAD, HOURS, PLANNED_BEFORE

from forecasting.features.panel import Panel
from forecasting.known.frames import WEATHER_COLUMNS, KnownAtOrigin, SalesHistory, end_of_day
from forecasting.model.region_model import fit_region_model, learned_profiles
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import forecast_origins, panel_of, train_warehouse_models


def synthetic(path: Path) -> KnownAtOrigin:
    """What is known of the synthetic region at the end of its last day but seven."""
    made = pd.read_parquet(path).astype({"date": "datetime64[ns]"})
    last = made["date"].max() - pd.Timedelta(days=AHEAD)
    past = made[made["date"] <= last]
    shares = (HOURS / HOURS.sum()).astype(np.float32)
    sold = past["sales"].to_numpy(dtype=np.float32)[:, None] * shares
    days = past[["warehouse_id", "product_id", "date", "sales"]]
    days = days.assign(known_at=retail.moments(days["date"] + pd.Timedelta(days=1))).reset_index(drop=True)
    plans = made[["warehouse_id", "product_id", "date", "discount", "promoted"]][made["promoted"]]
    products = made.drop_duplicates("product_id")[["product_id", "category", "subcategory", "unit"]]
    nothing = {"id": "str", "day": "datetime64[ns]", "number": "float64", "moment": "datetime64[ns, UTC]"}
    weather = pd.DataFrame({c: pd.Series([], dtype=nothing.get(kind, "bool")) for c, kind in WEATHER_COLUMNS.items()})
    return KnownAtOrigin.at(
        end_of_day(last, retail.ZONE),
        history=SalesHistory(days, sold, np.ones(sold.shape, dtype=np.int8)),
        promotions=plans.assign(known_at=retail.moments(plans["date"] - pd.Timedelta(days=PLANNED_BEFORE))),
        weather=weather,
        products=products.assign(introduced=pd.Series(pd.NaT, index=products.index, dtype="datetime64[ns]")),
        warehouses=made.drop_duplicates("warehouse_id")[["warehouse_id", "city"]],
        zone=retail.ZONE,
    )


def run(
    known: KnownAtOrigin,
    later: KnownAtOrigin,
    settings: TrainingSettings,
    origins: Sequence[pd.Timestamp],
    horizons: Sequence[int],
    phases: Phases,
) -> pd.DataFrame:
    """Train on what is known, forecast from the origins of what is known later."""
    with phases.phase("panel"):
        profiles = learned_profiles(known)
        panel = Panel.of(known, profiles)
    with phases.phase("prior"):
        region_model = fit_region_model(panel, known, profiles, settings)
    with phases.phase("warehouse models"):
        models = train_warehouse_models(panel, region_model)
    phases.peak_so_far("training")
    if later is not known:
        del panel
        with phases.phase("panel of the days forecast"):
            panel = panel_of(later, region_model)
    with phases.phase("forecast"):
        return forecast_origins(panel, models, region_model, origins, horizons)


def main() -> None:
    """One run."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("folder", type=Path)
    asked.add_argument("what", choices=("synthetic", "freshretailnet", "growth"))
    asked.add_argument("--first", default="2024-05-29", help="the first day forecast")
    asked.add_argument("--days", type=int, default=14)
    asked.add_argument("--warehouses", type=int, default=None, help="so many of the file's, city by city")
    args = asked.parse_args()
    phases = Phases()
    if args.what == "synthetic":
        with phases.phase("read"):
            known = later = synthetic(args.file)
        origins: Sequence[pd.Timestamp] = [known.origin_day]
        settings, horizons = TrainingSettings(horizons=tuple(range(1, AHEAD + 1))), range(1, AHEAD + 1)
    else:
        eve = pd.Timestamp(args.first) - pd.Timedelta(days=1)
        last = eve if args.what == "growth" else eve + pd.Timedelta(days=args.days - 1)
        with phases.phase("read"):
            later = retail.read(args.file, f"{last:%Y-%m-%d}", retail.first_stores(args.file, args.warehouses))
            known = later if last == eve else later.at_end_of(eve)
        origins, horizons = list(pd.date_range(eve, last)), [1]
        settings = TrainingSettings() if args.what == "growth" else TrainingSettings(horizons=(1,))
    phases.peak_so_far("read")
    forecasts = run(known, later, settings, origins, horizons, phases)
    rows = {"rows": len(known.history), "warehouses": len(known.warehouses), "forecasts": len(forecasts)}
    phases.write(args.folder / "phases.json", **rows)
    forecasts.to_parquet(args.folder / "forecasts.parquet", index=False)


if __name__ == "__main__":
    main()
