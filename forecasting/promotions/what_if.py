"""What a promotion that is not booked yet would change: the forecasts of its days with it and without.

The plan is laid over the panel's own as if it had been booked at the origin, and the same models forecast again; the
given panel keeps its plans. Demand of the promoted product moves at least as far as prices of the past have moved that
of its category (`price_response`): models see a price through what it has sold lately too, which a promotion of
tomorrow has not. A discount deeper than any that the trees were fitted to is marked as extrapolated: they forecast it
as the deepest they know. What past promotions did is estimated in forecasting.promotions.effects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.features.features import WINDOW, prices_of
from forecasting.features.panel import PLAN, Panel
from forecasting.features.versions import Versions
from forecasting.known.events import NEVER
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.horizon import HORIZONS
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.fading import ENDED
from forecasting.model.mean_models import SMOOTHING
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel, forecast_panel, panel_of
from forecasting.promotions.price_response import learned_price_response

PROMOTED, SIBLING, CATEGORY = "promoted", "sibling", "category"
SHOWN: Final = ("q10", "q50", "q90", "mean")
WHAT_IF_COLUMNS: Final = (
    "warehouse_id",
    "product_id",
    "relation",  # 'promoted', 'sibling' (the same subcategory), 'category' (the same category)
    "date",
    "origin",  # the last day whose sales were known, midnight
    *(f"{name}_without" for name in SHOWN),  # demand in the product's unit, with what is planned already
    *(f"{name}_with" for name in SHOWN),  # with the promotion in place of what is planned for its days
    "difference",  # of the means: with - without
    "extrapolated",  # of the promoted product: no such promotion among the training days, or its model sees no price
    "model",
)
KEY: Final = ["warehouse_id", "product_id"]
LEAST_DAYS: Final = 30  # product-days so cheap, or promoted, below which a promotion is extrapolated
AS_CHEAP: Final = 0.02  # of discount within which a past day was as cheap


@dataclass(frozen=True)
class PlannedPromotion:
    """A product at `discount` (price / list price) on the days first_day..last_day (midnights) in some warehouses.

    Raises `ValueError` for no warehouse, a discount outside of (0, 1] and days in the wrong order.
    """

    warehouse_ids: tuple[str, ...]
    product_id: str
    first_day: pd.Timestamp
    last_day: pd.Timestamp
    discount: float
    promoted: bool = True

    def __post_init__(self) -> None:
        if not self.warehouse_ids:
            raise ValueError("a promotion needs a warehouse")
        if not 0 < self.discount <= 1:
            raise ValueError(f"discount {self.discount} is not within (0, 1]: it is price / list price")
        if self.last_day < self.first_day:
            raise ValueError(f"last day {self.last_day:%Y-%m-%d} lies before the first, {self.first_day:%Y-%m-%d}")


def what_if(
    models: Mapping[str, WarehouseModel],
    known: KnownAtOrigin | Panel,
    promotion: PlannedPromotion,
    horizon_days: Sequence[int] = HORIZONS,
) -> pd.DataFrame:
    """Forecasts of the product and of its category in its warehouses with the promotion and without.

    `models` holds those of the promotion's warehouses, all on one region model; `known` their cities. Columns:
    WHAT_IF_COLUMNS, one row per warehouse, product and day. Without a change of plan both forecasts are the same.
    Raises `ValueError` for a warehouse without a model or without sales of the product, and for days that are not
    among those forecast.
    """
    if missing := [name for name in promotion.warehouse_ids if name not in models]:
        raise ValueError(f"warehouse {missing[0]} has no model")
    region_model = models[promotion.warehouse_ids[0]].region_model
    panel = panel_of(known, region_model)
    at = slice(panel.index(promotion.first_day), panel.index(promotion.last_day) + 1)
    first, last = panel.last + min(horizon_days), panel.last + max(horizon_days)
    if at.start < first or at.stop > last + 1:
        raise ValueError(
            f"days {promotion.first_day:%Y-%m-%d}..{promotion.last_day:%Y-%m-%d} are not among those forecast, "
            f"{panel.day(first):%Y-%m-%d}..{panel.day(last):%Y-%m-%d}"
        )
    here = panel.where(panel.series["warehouse_id"].isin(promotion.warehouse_ids).to_numpy())
    promoted = (here.series["product_id"] == promotion.product_id).to_numpy()
    selling = set(here.series["warehouse_id"][promoted])
    if missing := [name for name in promotion.warehouse_ids if name not in selling]:
        raise ValueError(f"warehouse {missing[0]} has never sold product {promotion.product_id}")
    planned = replace(here, plans=_laid_over(here.plans, promoted, at, promotion, panel.last))
    without, with_it = (
        of_all_days(forecast_panel(plan, models, region_model, panel.last, horizon_days)) for plan in (here, planned)
    )
    result = without[["warehouse_id", "product_id", "date", "origin", "model"]].copy()
    result["relation"] = _relation(result["product_id"], here.series, promotion.product_id)
    further = _further_than_forecast(without, with_it, here, planned, promoted)
    for name in SHOWN:
        result[f"{name}_without"] = without[name]
        result[f"{name}_with"] = with_it[name] * further
    result["difference"] = result["mean_with"] - result["mean_without"]
    result["extrapolated"] = (result["relation"] == PROMOTED) & (
        result["model"].isin([SMOOTHING, ENDED]) | (not _seen_before(panel.whole or panel, region_model, promotion))
    )
    related = result[result["relation"] != ""].sort_values(["warehouse_id", "product_id", "date"], kind="stable")
    return related[list(WHAT_IF_COLUMNS)].reset_index(drop=True)


def _further_than_forecast(
    without: pd.DataFrame, with_it: pd.DataFrame, here: Panel, planned: Panel, promoted: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """By what the forecasts (n) with the promotion are multiplied, so that those of the promoted series (bool, series)
    move at least as far from those without as their category's elasticity says; never the other way."""
    rows = pd.MultiIndex.from_frame(here.series.loc[promoted, KEY])
    row = rows.get_indexer(pd.MultiIndex.from_frame(without[KEY]))
    own = np.flatnonzero(row >= 0)
    ahead = np.asarray((without["date"] - without["origin"]).dt.days, dtype=np.intp)[own]
    before, after = (_prices(panel, promoted, row[own], ahead) for panel in (here, planned))
    category = here.series["category"].to_numpy(dtype=object)[promoted][row[own]]
    told = learned_price_response(here).factors(category, after / before)
    means = [frame["mean"].to_numpy(dtype=np.float64)[own] for frame in (without, with_it)]
    forecast = np.divide(means[1], means[0], out=np.ones(len(own)), where=means[0] > 0)
    wanted = np.where(told > 1, np.maximum(told, forecast), np.minimum(told, forecast))
    further = np.ones(len(without), dtype=np.float32)
    moves = (told != 1) & (wanted != forecast) & (forecast > 0)
    further[own[moves]] = (wanted / np.where(forecast > 0, forecast, 1))[moves]
    return further


def _prices(
    panel: Panel, chosen: NDArray[np.bool_], row: NDArray[np.intp], ahead: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Price / list price (n) of the chosen series' rows (n), so many days (n) after the origin."""
    result = np.ones(len(row))
    for horizon in np.unique(ahead):
        days = slice(panel.last - WINDOW + 1, panel.last + horizon + 1)
        plan = panel.plans.visible(panel.last, days)[chosen][:, [*range(WINDOW), -1]]
        at = ahead == horizon
        result[at] = prices_of(plan, panel.prices_with_sales[chosen])[0][row[at], -1]
    return result


def _laid_over(
    plans: Versions, rows: NDArray[np.bool_], days: slice, promotion: PlannedPromotion, origin: int
) -> Versions:
    """The plans with a newer layer that holds the promotion, booked at the origin day."""
    values = np.full((1, *plans.values.shape[1:]), np.nan, dtype=np.float32)
    known_day = np.full((1, *plans.known_day.shape[1:]), NEVER)
    plan = {"discount": promotion.discount, "promoted": promotion.promoted}
    values[0, rows, days] = [plan[name] for name in PLAN]
    known_day[0, rows, days] = origin
    return Versions(np.concatenate([values, plans.values]), np.concatenate([known_day, plans.known_day]))


def _relation(product_id: pd.Series, series: pd.DataFrame, promoted: str) -> NDArray[np.object_]:
    """What each product is to the promoted one; empty where they have nothing to do with each other."""
    products = series.drop_duplicates("product_id").set_index("product_id")
    own = products.loc[promoted]
    same = products["category"] == own["category"]
    sibling = same & (products["subcategory"] == own["subcategory"])  # without a subcategory it has none
    relation = np.where(sibling, SIBLING, np.where(same, CATEGORY, "")).astype(object)
    relation[products.index == promoted] = PROMOTED
    of_row: NDArray[np.object_] = relation[products.index.get_indexer(pd.Index(product_id))]
    return of_row


def _seen_before(panel: Panel, region_model: RegionModel, promotion: PlannedPromotion) -> bool:
    """Whether the days that the region's trees were fitted to hold such a promotion."""
    stop = panel.index(region_model.origin_day) + 1
    days = slice(max(stop - region_model.settings.training_days, 0), stop)
    plan = panel.plans.visible(panel.last, days)
    sold = panel.exposure[:, days] > 0
    cheap = int(np.count_nonzero(sold & (plan[:, :, 0] <= promotion.discount + AS_CHEAP)))
    marked = int(np.count_nonzero(sold & (plan[:, :, 1] > 0)))
    # a price near the list price needs no promotion to have been learned
    priced = cheap >= LEAST_DAYS or promotion.discount >= 1 - AS_CHEAP
    return priced and (marked >= LEAST_DAYS or not promotion.promoted)
