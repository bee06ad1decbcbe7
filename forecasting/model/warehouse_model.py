"""A warehouse's model: the region's, its own level and spread on top, and last known levels for what it cannot serve.

The level and the spread are measured on the hold-out days, against a mean that was fitted without them, and shrunk
towards the region's as far as such deviations do not last (`statistics.shrinkage`). What the served mean has learned
of those days, of all warehouses alike, is no warehouse's own level. A pure LightGBM per warehouse was measured and is
worse by two points of WAPE: some 55 products over some weeks are too little to learn prices and festivals from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.features.features import WINDOW, features, scale_of
from forecasting.features.occasions import closed_series
from forecasting.features.panel import Floats, Panel
from forecasting.known.frames import ALL_DAYS_QUANTILES, QUANTILE_COLUMNS, SEEN_WHOLE_COLUMNS, KnownAtOrigin
from forecasting.known.horizon import HORIZONS
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.calendar_effects import adjusted, factors_of_day
from forecasting.model.fading import faded, silence_in
from forecasting.model.fitting import hold_out_rows
from forecasting.model.horizon_model import HorizonModel
from forecasting.model.mean_models import SMOOTHING, in_units, mean_of
from forecasting.model.model_files import WAREHOUSE_MODEL, ModelFormatError, pack, unpack
from forecasting.model.region_model import RegionModel
from forecasting.model.scatter import Errors, volume_weight
from forecasting.model.smoothing import last_known_levels
from forecasting.model.still_hidden import still_hidden
from forecasting.statistics.shrinkage import pulled

# A product known for fewer days has its spread widened, on the first by this share: measured, docs/new-products.md
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
        """The distribution of demand of every product sold or listed in the warehouse on the days after the origin day:
        on all days, whether it will run out or not.

        `known` must hold the warehouse's city, whose sums are among the features. Columns: FORECAST_COLUMNS,
        one row per product and day, in the product's unit. Raises `ValueError` for a warehouse without either.
        """
        return forecast_together({self.warehouse_id: self}, panel_of(known, self.region_model), horizon_days)

    def to_bytes(self) -> bytes:
        """What the warehouse adds to the region model, as a zip of JSON; the region model is kept once, beside it."""
        own = {"warehouse_id": self.warehouse_id, "level": self.level, "spread": self.spread}
        return pack(WAREHOUSE_MODEL, own | {"region_origin_day": self.region_model.origin_day.isoformat()}, {})

    @classmethod
    def from_bytes(cls, data: bytes, region_model: RegionModel) -> WarehouseModel:
        """The model that `to_bytes` wrote, on its own region model. Raises `ModelFormatError` for anything else."""
        own, _ = unpack(WAREHOUSE_MODEL, data)
        if pd.Timestamp(own["region_origin_day"]) != region_model.origin_day:
            raise ModelFormatError(
                f"warehouse {own['warehouse_id']} was trained on the region model of {own['region_origin_day']}, "
                f"not on that of {region_model.origin_day}"
            )
        return cls(own["warehouse_id"], region_model, own["level"], own["spread"])


def forecast_together(
    models: Mapping[str, WarehouseModel], panel: Panel, horizon_days: Sequence[int] = HORIZONS
) -> pd.DataFrame:
    """What each of these models, all on one region model, forecasts with `WarehouseModel.forecast`, at once."""
    region_model = next(iter(models.values())).region_model
    panel = panel.of_warehouses(models)
    return of_all_days(forecast_panel(panel, models, region_model, panel.last, horizon_days))


def train_warehouse_model(known: KnownAtOrigin | Panel, warehouse_id: str, region_model: RegionModel) -> WarehouseModel:
    """Measures a warehouse's own level and spread against the region's hold-out mean.

    `known` must hold the warehouse's city. Raises `ValueError` for a warehouse without sales.
    """
    panel = panel_of(known, region_model).of_warehouses([warehouse_id])
    return train_warehouse_models(panel, region_model)[warehouse_id]


def train_warehouse_models(known: KnownAtOrigin | Panel, region_model: RegionModel) -> dict[str, WarehouseModel]:
    """The models of all warehouses known, in one pass; the same as one by one."""
    panel = panel_of(known, region_model)
    ids = pd.unique(panel.series["warehouse_id"])
    near, settings = region_model.near, region_model.settings
    if near is None or np.isinf([near.level_pull, near.spread_pull]).all():
        return {name: WarehouseModel(name, region_model) for name in ids}
    last = hold_out_rows(panel, settings, region_model.codes, region_model.hold_out_days)
    if not len(last):
        return {name: WarehouseModel(name, region_model) for name in ids}
    errors = near.recent_errors(panel, settings.least_exposure, region_model.codes, hold_out=True)
    uncorrected = mean_of(near.hold_out_mean, last.features, last.names, last.scale)
    mean = uncorrected * errors.factors_of(panel, last, near.persistence)
    deviation = last.demand / mean / np.float32(near.learned_since)
    errors_around = Errors.of(last, mean, near.scatter.zero)
    error = np.abs(errors_around.ratio - 1) / near.scatter.spread_of(last.features, last.names)
    selling = errors_around.selling
    warehouse = pd.Index(ids).get_indexer(pd.Index(panel.series["warehouse_id"]))[last.series]
    models = {}
    for at, name in enumerate(ids):
        rows = np.flatnonzero(warehouse == at)
        if not len(rows):
            models[name] = WarehouseModel(name, region_model)
            continue
        all_one = np.zeros(len(rows), dtype=np.intp)
        level = pulled(deviation[rows], volume_weight(mean[rows]), all_one, near.level_pull)
        sold = rows[selling[rows]]
        wide = pulled(error[sold], np.ones(len(sold)), np.zeros(len(sold), dtype=np.intp), near.spread_pull)
        models[name] = WarehouseModel(name, region_model, float(level[0]), float(wide[0]) if len(sold) else 1.0)
    return models


def panel_of(known: KnownAtOrigin | Panel, region_model: RegionModel) -> Panel:
    """The panel of what is known; give the panel itself where several warehouses share it."""
    panel = known if isinstance(known, Panel) else Panel.of(known, region_model.profiles)
    return adjusted(panel, region_model.effects)


def forecast_origins(
    known: KnownAtOrigin | Panel,
    models: Mapping[str, WarehouseModel],
    region_model: RegionModel,
    origin_days: Sequence[pd.Timestamp],
    horizon_days: Sequence[int],
) -> pd.DataFrame:
    """Forecasts of days seen whole from several origin days, each seeing only what was known on it, for all warehouses
    that have a model: SEEN_WHOLE_COLUMNS.

    Turned into those of all days (`of_all_days`) they are what `WarehouseModel.forecast` gives for each warehouse and
    origin. `known` lies at the last of the origins; the others are whole days earlier, at the same time of day.
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
    """Forecasts of days seen whole of all series of the panel, from an origin day (index): SEEN_WHOLE_COLUMNS.

    Those of products that cease to sell fade, whatever forecasts them (`fading`)."""
    panel = panel.where(panel.expected(origin))
    scale = scale_of(panel, origin)
    days_known = panel.days_listed(origin, slice(origin - WINDOW + 1, origin + 1))
    lately = known_lately(panel, origin) & (region_model.near is not None)
    silence = silence_in(panel, origin)
    level_mean, level_quantiles = last_known_levels(panel, ~lately, origin, scale)
    parts = []
    for horizon in horizon_days:
        mean, quantiles, factor, of_all_days = level_mean, level_quantiles, np.ones_like(scale), level_quantiles
        rung = np.full(len(scale), SMOOTHING, dtype=object)
        model = region_model.of_horizon(horizon)
        if model is not None and lately.any():
            found = _by_model(panel, model, models, region_model, origin, horizon, scale, days_known)
            mean = np.where(lately, found[0], mean)
            quantiles = np.where(lately[:, None], found[1], quantiles)
            factor = np.where(lately, found[2], factor)
            of_all_days = np.where(lately[:, None], found[3], of_all_days)
            rung[lately] = model.mean.rung
        calendar = factors_of_day(panel, region_model.effects, origin, origin + horizon)
        calendar[closed_series(panel, origin, origin + horizon)] = 0
        quantiles, of_all_days = quantiles * calendar[:, None], of_all_days * calendar[:, None]
        columns = {
            "warehouse_id": panel.series["warehouse_id"],
            "product_id": panel.series["product_id"],
            "date": panel.day(origin + horizon),
            "origin": panel.day(origin),
            **{name: quantiles[:, at] for at, name in enumerate(QUANTILE_COLUMNS)},
            "mean": mean * calendar,
            "model": rung,
            "all_days_factor": factor,
            **{name: of_all_days[:, at] for at, name in enumerate(ALL_DAYS_QUANTILES)},
        }
        parts.append(pd.DataFrame({name: columns[name] for name in SEEN_WHOLE_COLUMNS}))
    return faded(pd.concat(parts, ignore_index=True), silence)


def all_days_factors(
    region_model: RegionModel, panel: Panel, origin: int, values: Floats, names: Sequence[str]
) -> Floats:
    """Demand on all days over demand on days seen whole (series), of rows of features at an origin: as it was learned,
    as far as days are still cut short."""
    near = region_model.near
    assert near is not None  # noqa: S101 - a level alone has none
    trained_to = panel.index(region_model.origin_day)
    share = still_hidden(panel, origin, trained_to, region_model.hold_out_days)
    return 1 + (near.factor_of(values, names) - 1) * share


def known_lately(panel: Panel, origin: int) -> NDArray[np.bool_]:
    """Which series a model can forecast: those with sales known in its window, and those that have sold nothing yet,
    which lean on their siblings. The others are forecast by their last known level alone."""
    days_known = panel.days_listed(origin, slice(origin - WINDOW + 1, origin + 1))
    return (days_known > 0) | ~panel.offered(origin)


def _by_model(
    panel: Panel,
    model: HorizonModel,
    models: Mapping[str, WarehouseModel],
    region_model: RegionModel,
    origin: int,
    horizon: int,
    scale: Floats,
    days_known: NDArray[np.intp],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean (series), quantiles (series, 7), all-days factor (series) and quantiles of all days (series, 7)."""
    near = region_model.near
    assert near is not None  # noqa: S101 - without tomorrow's there is no further model
    values, names = features(panel, origin, horizon, scale, region_model.codes)
    errors = near.recent_errors(panel, region_model.settings.least_exposure, region_model.codes)
    over_level = model.mean.predict(values, names)
    regional = in_units(over_level, scale) * errors.factors(panel, origin, model.persistence, horizon)
    warehouse, ids = pd.factorize(panel.series["warehouse_id"])
    own: Floats = np.array([(models[name].level, models[name].spread) for name in ids], dtype=np.float32)[warehouse]
    _, sold_here = panel.groups["warehouse"].visible(origin, slice(origin - WINDOW + 1, origin + 1))
    opened = (sold_here.sum(axis=1) > 0)[panel.groups["warehouse"].of_series]
    wider = np.where(opened, NEW_SPREAD, NEW_WAREHOUSE_SPREAD)
    newness = (1 + wider * np.maximum(1 - days_known / NEW_DAYS, 0)).astype(np.float32)
    mean = regional * own[:, 0]
    wide = own[:, 1] * newness
    trained_to = panel.index(region_model.origin_day)
    recent = errors.shapes_since_training(origin, trained_to, near.persistence, region_model.hold_out_days)
    unit = panel.series["unit"].to_numpy(dtype=object)
    quantiles = model.quantiles(mean, over_level, wide, unit, values, names, recent)
    factor, of_all_days = np.ones_like(mean), quantiles
    if near.all_days is not None:
        factor = all_days_factors(region_model, panel, origin, values, names)
        if model is not near:  # learned one day ahead; it grows with the horizon as that of days seen whole does
            first = values.copy()
            first[:, names.index("horizon")] = 1
            wide = wide * model.scatter.spread_of(values, names) / near.scatter.spread_of(first, names)
        of_all_days = near.all_days.quantiles(mean * factor, near.all_days.spread_of(values, names) * wide, unit)
    return mean, quantiles, factor, of_all_days
