"""A region's training as it is kept: the model that forecasts days, the hourly shares, and the dependence between days.

A backtest of days needs neither hours nor dependence and does not pay for them: it calls `train_region_model`. The
dependence is measured on hold-out forecasts of the latest days (`hold_out`); a hundred warehouses are enough for its
handful of correlations.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from forecasting.all_cores import at_once
from forecasting.distribution.dependence import Dependence
from forecasting.distribution.hours import HourlyShares
from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.hold_out import hold_out_sales, rolling_hold_out_forecasts
from forecasting.model.region_model import RegionModel, fit_region_model, learned_profiles
from forecasting.model.training_settings import TrainingSettings

WAREHOUSES_LOOKED_AT: Final = 100  # that the dependence is measured on, drawn at random


def train_region(known: KnownAtOrigin, settings: TrainingSettings | None = None) -> RegionModel:
    """What `train_region_model` learns, with the hours of a day and the dependence between days.

    Raises `ValueError` where no sales are known at all."""
    settings = settings or TrainingSettings()
    profiles = learned_profiles(known)
    panel = Panel.of(known, profiles)

    def of_days() -> RegionModel:
        region_model = fit_region_model(panel, known, profiles, settings)
        return replace(region_model, dependence=learned_dependence(panel, region_model))

    region_model, hours = at_once(of_days, lambda: HourlyShares.learn(known.history, known.products, known.warehouses))
    return replace(region_model, hours=hours)


def learned_dependence(panel: Panel, region_model: RegionModel) -> Dependence:
    """From hold-out forecasts of the latest days, a week ahead at most, and the demand that came.

    `panel` is made with the region model's profiles. `Dependence.usual` for a level alone and with too few days."""
    if region_model.near is None or region_model.far is None:
        return Dependence.usual()
    warehouses = _some_warehouses(panel, region_model.settings.seed)
    forecasts = rolling_hold_out_forecasts(panel, region_model, warehouses)
    sales = hold_out_sales(panel, region_model)
    demand = sales["sales"] / sales["exposure"]
    seen_whole = sales["exposure"] >= region_model.settings.least_exposure
    return Dependence.learn(forecasts, sales.assign(demand=demand.where(seen_whole)))


def _some_warehouses(panel: Panel, seed: int) -> list[str]:
    names = pd.unique(panel.series["warehouse_id"])
    if len(names) <= WAREHOUSES_LOOKED_AT:
        return [str(name) for name in names]
    chosen = np.random.default_rng(seed).choice(len(names), WAREHOUSES_LOOKED_AT, replace=False)
    return [str(names[at]) for at in np.sort(chosen)]
