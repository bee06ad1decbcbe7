"""What was planned: what the forecasts that orders were made from made of a promotion.

A forecast's mean is a product of shares, so without the promotion it would be lower by what the promotion share adds
to its logarithm (`forecasting/explaining/contributions.py`). On days without one that share is not zero but what a
usual price is worth to the model, so the promotion is what the share is above that of the product's usual days.
"""

import numpy as np
import pandas as pd

from warehouse.worth.promotions.day_grid import Bools, DayGrid, Doubles, Index


def planned_of_runs(plans: pd.DataFrame, grid: DayGrid, series: Index, on: Bools) -> dict[str, Doubles]:
    """By run: `planned_days`; `planned`, the forecast of these days; `planned_usual`, what it would have been without
    the promotion. NaN where nothing is known."""
    mean, share = (_spread(plans, grid, name) for name in ("mean", "promotion"))
    at_usual = np.where(grid.usual & np.isfinite(share), share, 0.0).sum(axis=1)
    days = np.count_nonzero(grid.usual & np.isfinite(share), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        above = share - (at_usual / days)[:, None]
    above = above[series]
    known = on & np.isfinite(above)
    number = known.sum(axis=1).astype(float)
    found = {
        "planned": np.where(known, mean[series], 0.0).sum(axis=1),
        "planned_usual": np.where(known, mean[series] * np.exp(-np.where(known, above, 0.0)), 0.0).sum(axis=1),
    }
    return {"planned_days": number} | {name: np.where(number > 0, values, np.nan) for name, values in found.items()}


def _spread(plans: pd.DataFrame, grid: DayGrid, name: str) -> Doubles:
    """A column of the plans as (series, day); NaN where there is none."""
    wide = np.full(grid.demand.shape, np.nan)
    row, day = grid.rows(plans), grid.place(plans["date"])
    inside = (row >= 0) & (day >= 0) & (day < grid.demand.shape[1])
    wide[row[inside], day[inside]] = plans[name].to_numpy(float)[inside]
    return wide
