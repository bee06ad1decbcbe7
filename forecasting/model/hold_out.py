"""What models would have forecast on the latest days, had they been trained without them.

A model of today has seen every day that it could be scored on. The trial that stays with it has not: it was trained
without the last `held_back_days`. So a rehearsal takes the trial for the model, measures the warehouses' own level
and spread on the first part of the held-back days, and forecasts the rest, each day from the eve of it and the whole
of them from the eve of the first. What the prior measured on all of those days stays: the expected error, its shape
and the factor to days as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from forecasting.features.features import WINDOW
from forecasting.features.panel import Panel
from forecasting.model.region_model import GrownTrees, RegionModel
from forecasting.model.warehouse_model import WarehouseModel, forecast_origins, train_warehouse_models

SCORED_DAYS: Final = 7  # every weekday once; the held-back days before them measure the warehouses' own


def hold_out_forecasts(panel: Panel, region_model: RegionModel, warehouse_ids: Sequence[str]) -> pd.DataFrame:
    """Forecasts of the panel's latest days by trees on this prior that have not seen them.

    `panel` is made with the prior's profiles. Columns: SEEN_WHOLE_COLUMNS; a row a product and day one day ahead, and
    one from the day before the first. Products that smoothing serves, which learns nothing, are left out. Raises
    ValueError for a prior without trees."""
    panel, own, trial, eve = _before_scored_days(panel, region_model, warehouse_ids)
    ahead = range(1, panel.last - eve + 1)
    daily = forecast_origins(panel, own, trial, [panel.day(eve + day - 1) for day in ahead], [1])
    week = forecast_origins(panel, own, trial, [panel.day(eve)], ahead[1:])
    return pd.concat([daily, week], ignore_index=True)


def rolling_hold_out_forecasts(
    panel: Panel, region_model: RegionModel, warehouse_ids: Sequence[str], every_days: int = 2
) -> pd.DataFrame:
    """The same days forecast from the first eve and every so many days after it, each time up to the last day.

    Columns, what is left out and what is raised: as `rehearsed`."""
    panel, own, trial, eve = _before_scored_days(panel, region_model, warehouse_ids)
    parts = [
        forecast_origins(panel, own, trial, [panel.day(origin)], range(1, panel.last - origin + 1))
        for origin in range(eve, panel.last - 1, every_days)
    ]
    return pd.concat(parts, ignore_index=True)


def _before_scored_days(
    panel: Panel, region_model: RegionModel, warehouse_ids: Sequence[str]
) -> tuple[Panel, dict[str, WarehouseModel], RegionModel, int]:
    """The series that trees serve, the warehouses' models and the prior as the eve of the rehearsed days knew them,
    and that eve (day index)."""
    if region_model.trees is None:
        raise ValueError("nothing was learned, so there is nothing to rehearse")
    days = min(SCORED_DAYS, region_model.settings.hold_out_days // 2)
    trial = _fitted_without_last_days(region_model, region_model.trees, days)
    eve = panel.last - days
    served_by_trees = panel.days_listed(eve, slice(eve - WINDOW + days, eve + 1)) > 0
    panel = panel.where(panel.series["warehouse_id"].isin(list(warehouse_ids)).to_numpy() & served_by_trees)
    return panel, train_warehouse_models(replace(panel, last=eve), trial), trial, eve


def hold_out_sales(panel: Panel) -> pd.DataFrame:
    """Sales of the rehearsed days and how much of the day they tell, as known now.

    Columns: warehouse_id, product_id, date, sales (the product's unit), exposure (0..1); a row where any are known."""
    days = slice(panel.last - SCORED_DAYS + 1, panel.last + 1)
    sales, exposure = panel.visible(panel.last, days)
    series, day = np.nonzero(exposure > 0)
    frame = panel.series[["warehouse_id", "product_id"]].iloc[series].reset_index(drop=True)
    frame["date"] = panel.day(days.start) + pd.to_timedelta(day, unit="D")
    return frame.assign(sales=sales[series, day], exposure=exposure[series, day])


def _fitted_without_last_days(region_model: RegionModel, trees: GrownTrees, days: int) -> RegionModel:
    """The prior as it forecasts days that it has not seen, the last `days` of those held back."""
    settings = replace(region_model.settings, hold_out_days=region_model.settings.hold_out_days - days)
    return replace(region_model, settings=settings, trees=replace(trees, mean=trees.trial))
