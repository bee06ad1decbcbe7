"""A warehouse's model: the region's trees, its own level and spread on top, and smoothing for what they cannot serve.

The level and the spread are measured on the last days, which the trial model did not see, and kept as far as such
deviations have proven to last (`statistics.shrinkage`). A pure LightGBM per warehouse was measured and is worse by
two points of WAPE: some 55 products over some weeks are too little to learn prices and festivals from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.features.features import WINDOW, features, scale_of
from forecasting.features.panel import Floats, Panel
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES, SEEN_WHOLE_COLUMNS, KnownAtOrigin
from forecasting.known.horizon import HORIZONS
from forecasting.model.all_days_factor import of_all_days
from forecasting.model.model_files import ModelFormatError, pack, unpack
from forecasting.model.region_model import RegionModel, hold_out_rows, volume_weight
from forecasting.model.smoothing import smooth
from forecasting.statistics.shrinkage import pulled

KIND = "warehouse model"
TREES = "lightgbm"
SMOOTHING = "exponential_smoothing"
LEAST_TOLD = 0.8  # exposure from which a day's demand is smoothed, where there are such days
# A product seen for fewer days has its spread widened, on the first by this share: measured, docs/new-products.md
NEW_DAYS = 7
NEW_SPREAD = 0.4
NEW_WAREHOUSE_SPREAD = 0.7  # in a warehouse that has sold nothing yet


@dataclass(frozen=True, eq=False)
class WarehouseModel:
    """What forecasts one warehouse. `level` and `spread` are factors on the region's, near 1."""

    warehouse_id: str
    region_model: RegionModel
    level: float = 1.0
    spread: float = 1.0

    def forecast(self, known: KnownAtOrigin | Panel, horizon_days: Sequence[int] = HORIZONS) -> pd.DataFrame:
        """The distribution of demand of every product sold or listed in the warehouse, for days after the origin day:
        of days as they come, on which it may run out.

        `known` must hold the warehouse's city, whose sums are among the features. Columns: FORECAST_COLUMNS,
        one row a product and day, in the product's unit. Raises `ValueError` for a warehouse without either.
        """
        panel = panel_of(known, self.region_model).of_warehouse(self.warehouse_id)
        return of_all_days(
            forecast_panel(panel, {self.warehouse_id: self}, self.region_model, panel.last, horizon_days)
        )

    def to_bytes(self) -> bytes:
        """What the warehouse adds to the prior, as a zip of JSON; the prior is kept once, beside it."""
        own = {"warehouse_id": self.warehouse_id, "level": self.level, "spread": self.spread}
        return pack(KIND, own | {"region_origin_day": self.region_model.origin_day.isoformat()}, {})

    @classmethod
    def from_bytes(cls, data: bytes, region_model: RegionModel) -> WarehouseModel:
        """The model that `to_bytes` wrote, on its own region model. Raises `ModelFormatError` for anything else."""
        own, _ = unpack(KIND, data)
        if pd.Timestamp(own["region_origin_day"]) != region_model.origin_day:
            raise ModelFormatError(
                f"warehouse {own['warehouse_id']} was trained on the region model of {own['region_origin_day']}, "
                f"not on that of {region_model.origin_day}"
            )
        return cls(own["warehouse_id"], region_model, own["level"], own["spread"])


def train_warehouse_model(known: KnownAtOrigin | Panel, warehouse_id: str, region_model: RegionModel) -> WarehouseModel:
    """Measure a warehouse's own level and spread against the region's trial model.

    `known` must hold the warehouse's city. Raises `ValueError` for a warehouse without sales.
    """
    panel = panel_of(known, region_model).of_warehouse(warehouse_id)
    return train_warehouse_models(panel, region_model)[warehouse_id]


def train_warehouse_models(known: KnownAtOrigin | Panel, region_model: RegionModel) -> dict[str, WarehouseModel]:
    """The models of all warehouses known, in one pass; the same as one by one."""
    panel = panel_of(known, region_model)
    ids = pd.unique(panel.series["warehouse_id"])
    trees = region_model.trees
    if trees is None or np.isinf([trees.level_pull, trees.spread_pull]).all():
        return {name: WarehouseModel(name, region_model) for name in ids}
    last = hold_out_rows(panel, region_model.settings, region_model.codes)
    if not len(last):
        return {name: WarehouseModel(name, region_model) for name in ids}
    record = trees.record(panel, region_model.settings, region_model.codes, by_trial=True)
    mean = trees.trial.mean(last.features, last.names, last.scale) * record.factors_of(panel, last, trees.persistence)
    spread = trees.spread_of(last.features, last.names)
    ratio = last.demand / mean
    error = np.abs(ratio - 1) / spread
    warehouse = pd.Index(ids).get_indexer(pd.Index(panel.series["warehouse_id"]))[last.series]
    models = {}
    for at, name in enumerate(ids):
        rows = np.flatnonzero(warehouse == at)
        if not len(rows):
            models[name] = WarehouseModel(name, region_model)
            continue
        all_one = np.zeros(len(rows), dtype=np.intp)
        level = pulled(ratio[rows], volume_weight(mean[rows]), all_one, trees.level_pull)
        wide = pulled(error[rows], np.ones(len(rows)), all_one, trees.spread_pull)
        models[name] = WarehouseModel(name, region_model, float(level[0]), float(wide[0]))
    return models


def panel_of(known: KnownAtOrigin | Panel, region_model: RegionModel) -> Panel:
    """The panel of what is known; give the panel itself where several warehouses share it."""
    return known if isinstance(known, Panel) else Panel.of(known, region_model.profiles)


def forecast_origins(
    known: KnownAtOrigin | Panel,
    models: Mapping[str, WarehouseModel],
    region_model: RegionModel,
    origin_days: Sequence[pd.Timestamp],
    horizon_days: Sequence[int],
) -> pd.DataFrame:
    """Forecasts from several origin days, each seeing only what was known on it, of all warehouses that have a model:
    of days seen whole, SEEN_WHOLE_COLUMNS.

    `unconstrained`, they are what one `WarehouseModel.forecast` a warehouse and origin says. `known` lies at the last
    of the origins; the others are as many whole days earlier, at the same time of day.
    """
    panel = panel_of(known, region_model)
    panel = panel.where(panel.series["warehouse_id"].isin(list(models)).to_numpy())
    parts = [forecast_panel(panel, models, region_model, panel.index(day), horizon_days) for day in origin_days]
    return pd.concat(parts, ignore_index=True)


def forecast_panel(
    panel: Panel,
    models: Mapping[str, WarehouseModel],
    region_model: RegionModel,
    origin: int,
    horizon_days: Sequence[int],
) -> pd.DataFrame:
    """Forecasts of all series of the panel as seen from an origin day (index), of days seen whole. Columns:
    SEEN_WHOLE_COLUMNS."""
    expected = panel.expected(origin)
    panel = panel if expected.all() else panel.where(expected)
    scale = scale_of(panel, origin)
    seen = panel.days_listed(origin, slice(origin - WINDOW + 1, origin + 1))
    by_trees = ((seen > 0) | ~panel.offered(origin)) & (region_model.trees is not None)
    smoothed = _smoothed(panel, np.flatnonzero(~by_trees), origin, horizon_days, scale)
    parts = []
    for at, horizon in enumerate(horizon_days):
        mean: Floats = np.empty(len(scale), dtype=np.float32)
        quantiles: Floats = np.empty((len(scale), len(QUANTILES)), dtype=np.float32)
        factor: Floats = np.ones(len(scale), dtype=np.float32)
        if by_trees.any():
            mean, quantiles, factor = _by_trees(panel, models, region_model, origin, horizon, scale, seen)
        if not by_trees.all():
            mean[~by_trees] = smoothed[0][:, at]
            quantiles[~by_trees] = smoothed[1][:, at]
            factor[~by_trees] = 1
        frame = panel.series[["warehouse_id", "product_id"]].copy()
        frame["date"] = panel.day(origin + horizon)
        frame["origin"] = panel.day(origin)
        frame[list(QUANTILE_COLUMNS)] = quantiles
        frame["mean"] = mean
        frame["model"] = np.where(by_trees, TREES, SMOOTHING)
        frame["all_days_factor"] = factor
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)[list(SEEN_WHOLE_COLUMNS)]


def _by_trees(
    panel: Panel,
    models: Mapping[str, WarehouseModel],
    region_model: RegionModel,
    origin: int,
    horizon: int,
    scale: Floats,
    seen: NDArray[np.intp],
) -> tuple[Floats, Floats, Floats]:
    assert region_model.trees is not None  # noqa: S101 - the caller asked
    values, names = features(panel, origin, horizon, scale, region_model.codes)
    record = region_model.trees.record(panel, region_model.settings, region_model.codes)
    regional = region_model.trees.mean.mean(values, names, scale) * record.factors(
        panel, origin, region_model.trees.persistence, horizon
    )
    spread = region_model.trees.spread_of(values, names)
    warehouse, ids = pd.factorize(panel.series["warehouse_id"])
    own: Floats = np.array([(models[name].level, models[name].spread) for name in ids], dtype=np.float32)[warehouse]
    _, sold_here = panel.groups["warehouse"].visible(origin, slice(origin - WINDOW + 1, origin + 1))
    opened = (sold_here.sum(axis=1) > 0)[panel.groups["warehouse"].of_series]
    wider = np.where(opened, NEW_SPREAD, NEW_WAREHOUSE_SPREAD)
    newness = (1 + wider * np.maximum(1 - seen / NEW_DAYS, 0)).astype(np.float32)
    mean = regional * own[:, 0]
    spread = spread * own[:, 1] * newness
    trained_to = panel.index(region_model.origin_day)
    recent = record.recent(origin, trained_to, region_model.trees.persistence, region_model.settings.hold_out_days)
    unit = panel.series["unit"].to_numpy(dtype=object)
    return mean, region_model.trees.quantiles(mean, spread, unit, recent), region_model.trees.factor_of(values, names)


def _smoothed(
    panel: Panel,
    rows: NDArray[np.intp],
    origin: int,
    horizon_days: Sequence[int],
    scale: Floats,
) -> tuple[Floats, Floats]:
    """Mean (rows, h) and quantiles (rows, h, 7) by smoothing; the siblings' level where none was ever in stock."""
    mean = np.zeros((len(rows), len(horizon_days)), dtype=np.float32)
    quantiles = np.zeros((len(rows), len(horizon_days), len(QUANTILES)), dtype=np.float32)
    sales, exposed = panel.visible(origin, slice(0, origin + 1))
    for at, row in enumerate(rows):
        observed = exposed[row] >= min(LEAST_TOLD, float(exposed[row].max()))
        demand = np.where(observed, sales[row] / np.maximum(exposed[row], 0.1), np.nan).astype(np.float64)
        if exposed[row].max() <= 0:
            demand = np.full(1, scale[row], dtype=np.float64)
        mean[at], quantiles[at] = smooth(demand, horizon_days)
    return mean, quantiles
