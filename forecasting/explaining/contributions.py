"""Why a forecast is what it is: what level, weekday, holiday, event, season, weather, promotion and trend add to its
mean, in units.

The output of the trees is a logarithm, and each group's share of it is its Shapley value (`shapley_values`;
Lundberg & Lee 2017, arXiv:1705.07874). Where several models are averaged the shares are the first one's, and the
difference to the mean of all is spread over them by their size. The series' scale, the warehouse's own level and the
all-days factor join `level`, the factor of recent errors joins `trend`. So the mean
is a product, exp(level) x exp(weekday) x ..., and becomes a sum by the logarithmic mean, which leaves nothing over
(LMDI: Ang 2004, Energy Policy 32, 1131-1139):

    level = exp(share of level)             what the series sells on a day with nothing about it
    group = L(mean, level) x share of group, where L(a, b) = (a - b) / ln(a / b)

A regression's terms are shares in logarithms already; smoothing has a level and what its weekday is worth. The calendar
that was learned from years and events adds its own (`calendar_shares`); of a closed day all shares are 0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.explaining.calendar_shares import calendar_logs, with_calendar
from forecasting.explaining.shapley_values import GroupShares, SplitNodes
from forecasting.features.features import features, scale_of
from forecasting.features.panel import GROUPS, Floats, Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.mean_models import LEAST_MEAN, MeanModel
from forecasting.model.region_model import RegionModel
from forecasting.model.regression import Regression
from forecasting.model.trees import Trees, columns_of
from forecasting.model.warehouse_model import WarehouseModel, all_days_factors, known_lately, panel_of

OF_MODEL: Final = ("level", "weekday", "holiday", "weather", "promotion", "trend")  # of the features of the model
SHARES: Final = (*OF_MODEL, "event", "season")
LEVEL, WEEKDAY, HOLIDAY, TREND = (SHARES.index(name) for name in ("level", "weekday", "holiday", "trend"))
SERIES: Final = ["warehouse_id", "product_id"]
KEY: Final = (*SERIES, "date", "origin")
CONTRIBUTION_COLUMNS: Final = (*KEY, "mean", *SHARES)

# On a festival, or a weekend day that is worked, resting or working is an effect of the holiday, not of the weekday.
KIND_OF_DAY: Final = ("rest", "rest_before", "days_to_rest", "same_kind", *(f"{name}_same_kind" for name in GROUPS))
FEATURES: Final[Mapping[str, tuple[str, ...]]] = {
    "level": (
        "log_scale", "variation", "zero_share", "exposure_0", "exposure_7", "exposure_28", "whole_days_14",
        "city_product_level", "warehouse_category_level", "category", "subcategory",
    ),
    "weekday": (
        "weekday", "same_weekday", "week_ago", *(f"{name}_same_weekday" for name in GROUPS), *KIND_OF_DAY,
    ),
    "holiday": ("festival", "days_to_festival", "days_since_festival", "make_up"),
    "weather": (
        "temperature_target", "precipitation_target", "humidity_target", "wind_target", "warmer_than_week",
    ),
    "promotion": (
        "discount", "discount_change", "discount_change_7", "discount_change_1", "promoted", "promoted_7",
        "promoted_28", "warehouse_promoted", "category_discount", "at_price", "city_product_at_last_price",
    ),
    "trend": (
        "horizon", "own_3", "own_7", "own_14", "own_28", "day_0", "day_1", "day_2", "day_3",
        *(f"{name}_{days}" for name in GROUPS for days in (1, 3, 7)),
    ),
}  # fmt: skip

Doubles = NDArray[np.float64]
Index = NDArray[np.intp]


def share_of(feature: str) -> str:
    """The share that a feature counts to. Raises `ValueError` for one that none of them names."""
    for share, names in FEATURES.items():
        if feature in names:
            return share
    raise ValueError(f"the feature {feature!r} belongs to no share of an explanation: add it to FEATURES")


def contributions(
    models: Mapping[str, WarehouseModel],
    known: KnownAtOrigin | Panel,
    forecast: pd.DataFrame,
    horizon_days: Sequence[int],
    product_ids: Collection[str] | None = None,
) -> pd.DataFrame:
    """What makes up the means of the forecasts (FORECAST_COLUMNS, all products) that models (by warehouse, all on one
    region model) have made from `known`.

    Columns: CONTRIBUTION_COLUMNS, one row per product and day, in the product's unit; the shares of a row add up to its
    mean. `product_ids`: of these products only.
    """
    region_model = next(iter(models.values())).region_model
    panel = panel_of(known, region_model).of_warehouses(models)
    # a warehouse's averages are among the features, so it is looked at as the forecast did, whatever is chosen
    panel = panel.where(_keys(panel.series).isin(_keys(forecast)))
    if product_ids is not None:
        forecast = forecast[forecast["product_id"].isin(list(product_ids))]
    ahead = (forecast["date"] - panel.day(panel.last)).dt.days
    chosen = forecast[ahead.isin(list(horizon_days))]
    horizon_of = ahead[chosen.index].to_numpy(dtype=np.intp)
    mean = chosen["mean"].to_numpy(dtype=np.float64)
    of_series = _keys(panel.series).get_indexer(_keys(chosen))
    logs = np.zeros((len(chosen), len(SHARES)))
    for horizon in sorted(set(horizon_of.tolist())):
        of_day = horizon_of == horizon
        logs[of_day] = calendar_logs(panel, region_model.effects, horizon, SHARES)[of_series[of_day]]
    usual = mean / np.exp(logs.sum(axis=1))
    parts = np.zeros((len(chosen), len(SHARES)))
    by_model = (known_lately(panel, panel.last) & (region_model.near is not None))[of_series]
    own_level = np.array([models[name].level for name in panel.series["warehouse_id"]], dtype=np.float32)
    for horizon in sorted(set(horizon_days)):
        rows = np.flatnonzero(by_model & (horizon_of == horizon) & (mean > 0))
        if len(rows):
            log_shares = _log_shares(region_model, panel, own_level, of_series[rows], horizon, usual[rows])
            parts[rows, : len(OF_MODEL)] = in_units(log_shares)
    parts[~by_model, LEVEL] = usual[~by_model]  # the last known level, whatever the day
    result = chosen[list(KEY)].reset_index(drop=True)
    result["mean"] = mean
    result[list(SHARES)] = with_calendar(parts, usual, mean, logs)
    return result


def _keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[SERIES])


def in_units(log_shares: Doubles) -> Doubles:
    """Additive shares (n, groups) of exp(sum of log shares), the first of which is the level."""
    above = log_shares[:, 1:].sum(axis=1)
    level = np.exp(log_shares[:, 0])
    near = np.abs(above) < 1e-9
    each = level * np.where(near, 1.0, np.expm1(above) / np.where(near, 1.0, above))
    return np.column_stack([level, each[:, None] * log_shares[:, 1:]])


def _log_shares(
    region_model: RegionModel, panel: Panel, own_level: Floats, series: Index, horizon: int, mean: Doubles
) -> Doubles:
    """The logarithm of the means of some series by OF_MODEL: (n, 6)."""
    model, near, origin = region_model.of_horizon(horizon), region_model.near, panel.last
    if model is None or near is None:
        raise ValueError("a level alone has no shares")
    scale = scale_of(panel, origin)
    values, names = features(panel, origin, horizon, scale, region_model.codes)
    factor = all_days_factors(region_model, panel, origin, values, names)
    values = values[series]
    special = _special_days(panel, origin + horizon)[series]
    found = np.empty((len(series), len(OF_MODEL)))
    for kind in np.unique(special):
        found[special == kind] = _shares_of(model.mean, values[special == kind], names, bool(kind))
    by_model = np.log(model.mean.predict(values, names).astype(np.float64)) + np.log(scale[series])
    own = (own_level * factor)[series]
    # whatever else stands between the model and the mean is the factor of recent errors
    found[:, TREND] += np.log(mean / own) - np.maximum(by_model, np.log(LEAST_MEAN))
    found[:, LEVEL] = np.log(mean) - found[:, 1:].sum(axis=1)
    return found


def _shares_of(model: MeanModel, values: Floats, names: Sequence[str], special_day: bool) -> Doubles:
    """What each of OF_MODEL adds to the logarithm of the factor on the level: (n, 6); the level's own is left open."""
    found = np.zeros((len(values), len(OF_MODEL)))
    if isinstance(model, Trees):
        table = _table(model, special_day)
        found += table.shares(columns_of(values, names, model.names))
        size = np.abs(found)
        others = model.raw(values, names) - table.base - found.sum(axis=1)
        found += others[:, None] * size / np.maximum(size.sum(axis=1), 1e-9)[:, None]
    regression = model.on if isinstance(model, Trees) else model if isinstance(model, Regression) else None
    if regression is not None:
        for feature, term in regression.log_terms(values, names).items():
            found[:, OF_MODEL.index(_share_on(feature, special_day))] += term
    if not isinstance(model, Trees) and regression is None:  # smoothing: the level, times what its weekday is worth
        found[:, WEEKDAY] = np.log(model.predict(values, names).astype(np.float64))
    return found


def _share_on(feature: str, special_day: bool) -> str:
    return "holiday" if special_day and feature in KIND_OF_DAY else share_of(feature)


def _special_days(panel: Panel, day: int) -> NDArray[np.bool_]:
    """In which series' warehouses (n) a day is a festival, or a weekend day that is worked."""
    special = [of.festival[day] or of.make_up[day] for of in panel.calendars.values()]
    return np.array(special, dtype=bool)[panel.calendar_row]


@lru_cache(maxsize=4)
def _table(trees: Trees, special_day: bool) -> GroupShares:
    """The shares of the first of the averaged models: those of all would cost that many times as much."""
    shares = [_share_on(name, special_day) for name in trees.names]
    return GroupShares.of(SplitNodes.of(trees.boosters[0]), [OF_MODEL.index(share) for share in shares], len(OF_MODEL))
