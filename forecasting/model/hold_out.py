"""What models would have forecast on the latest days, had they been trained without them.

A model of today has learned from every day that it could be scored on. The hold-out trees kept beside it have not: they
were fitted without the last `hold_out_days`. So the hold-out forecasts use those trees, measure the warehouses' own
level and spread on the first part of the hold-out days, and forecast the rest, each day from its eve and all of them
from the eve of the first. What the region model measured on all hold-out days stays: the spread, the error shapes and
the all-days factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from forecasting.features.features import WINDOW
from forecasting.features.panel import Panel
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel, forecast_origins, panel_of, train_warehouse_models

SCORED_DAYS: Final = 7  # every weekday once; the hold-out days before them measure the warehouses' own level and spread


def hold_out_forecasts(panel: Panel, region_model: RegionModel, warehouse_ids: Sequence[str]) -> pd.DataFrame:
    """Forecasts of the panel's latest days by trees that were fitted without them.

    `panel` is made with the region model's profiles. Columns: SEEN_WHOLE_COLUMNS; one row per product and day one day
    ahead, and one from the eve of the first day. Products that sold nothing lately are left out.
    Raises ValueError for a region model that is a level alone."""
    panel, own, held_out, eve = _before_scored_days(panel, region_model, warehouse_ids)
    ahead = range(1, panel.last - eve + 1)
    daily = forecast_origins(panel, own, held_out, [panel.day(eve + day - 1) for day in ahead], [1])
    week = forecast_origins(panel, own, held_out, [panel.day(eve)], ahead[1:])
    return pd.concat([daily, week], ignore_index=True)


def rolling_hold_out_forecasts(
    panel: Panel, region_model: RegionModel, warehouse_ids: Sequence[str], every_days: int = 2
) -> pd.DataFrame:
    """The same days forecast from the eve of the first and every so many days after it, each time up to the last day.

    Columns, what is left out and what is raised: as `hold_out_forecasts`."""
    panel, own, held_out, eve = _before_scored_days(panel, region_model, warehouse_ids)
    parts = [
        forecast_origins(panel, own, held_out, [panel.day(origin)], range(1, panel.last - origin + 1))
        for origin in range(eve, panel.last - 1, every_days)
    ]
    return pd.concat(parts, ignore_index=True)


def _before_scored_days(
    panel: Panel, region_model: RegionModel, warehouse_ids: Sequence[str]
) -> tuple[Panel, dict[str, WarehouseModel], RegionModel, int]:
    """The series that sold lately, the warehouse models and the region model as known before the scored days, and the
    eve of these days (day index)."""
    near, far = region_model.near, region_model.far
    if near is None:
        raise ValueError("a region model that is a level alone has no hold-out forecasts")
    panel = panel_of(panel, region_model)
    days = scored_days(region_model)
    held_out = replace(
        region_model,
        near=replace(near, mean=near.hold_out_mean, learned_since=1.0),
        far=None if far is None else replace(far, mean=far.hold_out_mean),
        hold_out_days=max(region_model.hold_out_days - days, 1),
    )
    eve = panel.last - days
    sold_lately = panel.days_listed(eve, slice(eve - WINDOW + days, eve + 1)) > 0
    panel = panel.where(panel.series["warehouse_id"].isin(list(warehouse_ids)).to_numpy() & sold_lately)
    return panel, train_warehouse_models(replace(panel, last=eve), held_out), held_out, eve


def scored_days(region_model: RegionModel) -> int:
    """How many of the last days are scored."""
    return max(1, min(SCORED_DAYS, region_model.hold_out_days // 2))


def hold_out_sales(panel: Panel, region_model: RegionModel) -> pd.DataFrame:
    """Sales of the scored days as known now, and the exposure of each.

    Columns: warehouse_id, product_id, date, sales (the product's unit), exposure (0..1); a row where any are known."""
    days = slice(panel.last - scored_days(region_model) + 1, panel.last + 1)
    sales, exposure = panel.visible(panel.last, days)
    series, day = np.nonzero(exposure > 0)
    frame = panel.series[["warehouse_id", "product_id"]].iloc[series].reset_index(drop=True)
    frame["date"] = panel.day(days.start) + pd.to_timedelta(day, unit="D")
    return frame.assign(sales=sales[series, day], exposure=exposure[series, day])
