"""What was planned: what the forecasts that orders were made from made of a promotion.

A forecast's mean is a product of shares, each told in units by the logarithmic mean of the forecast and its level
(`forecasting/explaining/contributions.py`), from which its logarithm comes back. On days without a promotion that of
its share is not zero but what a usual price is worth to the model, so a promotion is what it is above that of the
product's usual days.
"""

import numpy as np
import pandas as pd

from warehouse.worth.promotions.day_grid import Bools, DayGrid, Doubles, Index


def planned_of_runs(plans: pd.DataFrame, grid: DayGrid, series: Index, on: Bools) -> dict[str, Doubles]:
    """By run: `planned_days`; `planned`, the forecast of these days; `planned_usual`, what it would have been without
    the promotion. NaN where nothing is known."""
    mean = _spread(grid, plans, plans["mean"].to_numpy(float))
    share = _spread(grid, plans, _logarithm(plans))
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


def _logarithm(plans: pd.DataFrame) -> Doubles:
    """What the promotion adds to the logarithm of each forecast; NaN where there is none."""
    mean, level, added = (plans[name].to_numpy(float) for name in ("mean", "level", "promotion"))
    with np.errstate(invalid="ignore", divide="ignore"):
        between = np.where(mean == level, mean, (mean - level) / np.log(mean / level))
        result: Doubles = np.where((mean > 0) & (level > 0), added / between, np.nan)
    return result


def _spread(grid: DayGrid, plans: pd.DataFrame, values: Doubles) -> Doubles:
    """Values by row of the plans as (series, day); NaN where there is none."""
    wide = np.full(grid.demand.shape, np.nan)
    row, day = grid.rows(plans), grid.place(plans["date"])
    inside = (row >= 0) & (day >= 0) & (day < grid.demand.shape[1])
    wide[row[inside], day[inside]] = values[inside]
    return wide
