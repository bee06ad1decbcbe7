"""What would have been forecast: past origins replayed with what was known then, for many warehouses at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from forecasting.frames import KnownAtOrigin
from forecasting.panel import Panel
from forecasting.prior import RegionPrior, train_region_prior
from forecasting.settings import TrainingSettings
from forecasting.warehouse_model import (
    WarehouseModel,
    forecast_panel,
    panel_of,
    train_warehouse_models,
)


def forecast_origins(
    known: KnownAtOrigin | Panel,
    models: Mapping[str, WarehouseModel],
    prior: RegionPrior,
    origin_days: Sequence[pd.Timestamp],
    horizon_days: Sequence[int],
) -> pd.DataFrame:
    """Forecasts from several origin days, each seeing only what was known on it, of all warehouses that have a model.

    The same numbers as one `WarehouseModel.forecast` a warehouse and origin, from one panel. `known` lies at the
    last of the origins; the others are as many whole days earlier, at the same time of day.
    """
    panel = panel_of(known, prior)
    panel = panel.where(panel.series["warehouse_id"].isin(list(models)).to_numpy())
    parts = [forecast_panel(panel, models, prior, panel.index(day), horizon_days) for day in origin_days]
    return pd.concat(parts, ignore_index=True)


def backtest(
    known: KnownAtOrigin,
    start: pd.Timestamp,
    end: pd.Timestamp,
    horizon: int = 1,
    settings: TrainingSettings | None = None,
) -> pd.DataFrame:
    """Forecasts of the days start..end (midnights), `horizon` days ahead, by models trained only on days before start.

    `known` holds everything known at the last origin, the end of end - horizon, or later. Columns as in a forecast:
    origin is date - horizon days, the last day whose sales were known.
    """
    settings = settings or TrainingSettings(horizons=(horizon,))
    day = pd.Timedelta(days=1)
    at_start = known.at_end_of(start - day)
    prior = train_region_prior(at_start, settings)
    models = train_warehouse_models(at_start, prior)
    origins = pd.date_range(start - horizon * day, end - horizon * day)
    at_end = known.at_end_of(origins[-1])
    return forecast_origins(at_end, models, prior, list(origins), [horizon])
