"""How each product stands in a warehouse's range: ABC by the money it takes, XYZ by how well a week of it is foretold,
what it earns after waste, how often nothing of it is sold.

ABC: products in the order of their sales, A up to 80% of all, B up to 95% (Dickie 1951). XYZ: error of the next week,
as exponential smoothing foretells it, over the mean week: X below 0.5, Y below 1."""

import numpy as np
import pandas as pd

from warehouse.assortment.levels import WEEK
from warehouse.assortment.panel import WarehousePanel
from warehouse.assortment.shrinking import Doubles

A_UP_TO, B_UP_TO = 0.8, 0.95
X_BELOW, Y_BELOW = 0.5, 1.0
SMOOTHING = 0.3  # of the next week's forecast


def classes_of(panel: WarehousePanel, recent_days: int = 84) -> pd.DataFrame:
    """A row a product over its last days in the range: warehouse_id, product_id, days, revenue and margin (money a day,
    margin after waste; NaN where price or cost is not known), sold_a_day, sell_through, days_without_sale, abc, xyz,
    week_error."""
    recent = panel.listed & _last(panel.listed, recent_days)
    days = recent.sum(axis=1)
    a_day = np.maximum(days, 1)
    sold = np.where(recent, np.nan_to_num(panel.sold), 0.0).sum(axis=1)
    wasted = np.where(recent, np.nan_to_num(panel.waste), 0.0).sum(axis=1)
    revenue = sold * panel.price
    without = (recent & (np.nan_to_num(panel.sold) <= 0) & (np.nan_to_num(panel.in_stock) > 0)).sum(axis=1)
    error = week_error(panel.sold)
    return pd.DataFrame(
        {
            "warehouse_id": panel.warehouse_id,
            "product_id": panel.product_ids,
            "days": panel.listed.sum(axis=1),
            "sold_a_day": sold / a_day,
            "revenue": revenue / a_day,
            "margin": np.where(panel.priced, sold * panel.margin - wasted * panel.unit_waste_cost, np.nan) / a_day,
            "wasted_a_day": wasted / a_day,
            "sell_through": np.where(sold + wasted > 0, sold / np.maximum(sold + wasted, 1e-12), 0.0),
            "days_without_sale": without,
            "of_days": days,
            "abc": abc(revenue),
            "xyz": np.where(error < X_BELOW, "X", np.where(error < Y_BELOW, "Y", "Z")),
            "week_error": error,
        }
    )


def abc(revenue: Doubles) -> np.ndarray:
    """A, B or C of each product; what takes nothing is C."""
    order = np.argsort(-revenue, kind="stable")
    before = np.cumsum(revenue[order]) - revenue[order]
    share = before / max(float(revenue.sum()), 1e-12)
    letters = np.where(revenue[order] <= 0, "C", np.where(share < A_UP_TO, "A", np.where(share < B_UP_TO, "B", "C")))
    placed = np.empty(len(revenue), dtype=letters.dtype)
    placed[order] = letters
    return placed


def week_error(sold: Doubles) -> Doubles:
    """Root mean square error of the next week over the mean week (n); infinite where there are no two weeks."""
    weeks = sold.shape[1] // WEEK
    if weeks < 2:
        return np.full(len(sold), np.inf)
    by_week = sold[:, -weeks * WEEK :].reshape(len(sold), weeks, WEEK).sum(axis=2)
    squares, count = np.zeros(len(sold)), np.zeros(len(sold))
    level = by_week[:, 0].copy()
    for week in by_week.T[1:]:
        both = ~np.isnan(level) & ~np.isnan(week)
        squares += np.where(both, (week - level) ** 2, 0.0)
        count += both
        level = np.where(np.isnan(level), week, np.where(np.isnan(week), level, level + SMOOTHING * (week - level)))
    known = ~np.isnan(by_week)
    mean = np.nansum(by_week, axis=1) / np.maximum(known.sum(axis=1), 1)
    told = (count > 0) & (mean > 0)
    return np.where(told, np.sqrt(squares / np.maximum(count, 1)) / np.where(mean > 0, mean, 1.0), np.inf)


def _last(listed: np.ndarray, days: int) -> np.ndarray:
    """Which of a product's days in the range are among its last so many."""
    return np.asarray(listed[:, ::-1].cumsum(axis=1)[:, ::-1] <= days)
