"""What all warehouses of a region share: trees for the mean, trees for the spread, and the shape of the errors.

A Tweedie mean by LightGBM on series scaled by their own level, averaged over several models where there are training
rows enough; a small LightGBM for the expected relative error; what all days add (`all_days`); and the quantiles of the
standardised errors by unit and volume. The errors are those of the *hold-out trees*, which were fitted without the last
days, so that the distribution is calibrated out of sample; they stay with the model, so that a warehouse can measure
itself against them later. A mean and a spread cost a fraction of seven quantile models, and cannot cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.all_cores import on_all_cores
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.distribution.dependence import Dependence
from forecasting.distribution.hours import HourlyShares
from forecasting.features.features import SPREAD_FEATURES, codes_of
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.features.training_rows import SETTLING_DAYS, TWEEDIE_POWER, TrainingRows, training_rows
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.all_days import AllDays, held_out_days, learned_all_days
from forecasting.model.calendar_effects import CalendarEffects, adjusted, learned_effects
from forecasting.model.error_shapes import LEAST_SPREAD, ErrorShape, ErrorShapes, RecentErrorShapes
from forecasting.model.model_files import REGION_MODEL, pack, unpack
from forecasting.model.recent_errors import LOOKED_BACK, ErrorPersistence, Predict, RecentErrors, recent_errors_of
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import SHARED, Trees, columns_of
from forecasting.statistics.shrinkage import best_pull

TREES = ("hold_out_mean", "mean", "spread")
PROFILE_DAYS = 91  # that hourly profiles are learned from; they change with the seasons
LEAST_LEAVES = 31  # LightGBM's default
LEAST_AVERAGED = 3  # models; measured: docs/forecasting.md, "What was measured"
FESTIVAL_DAYS = 91  # that festivals are learned from: a month holds one or none


@dataclass(frozen=True, eq=False)
class GrownTrees:
    """All that was learned where there were enough training rows."""

    hold_out_mean: Trees  # fitted without the last `hold_out_days`
    mean: Trees
    spread: Trees
    shapes: ErrorShapes
    persistence: ErrorPersistence  # of recent errors
    level_pull: float  # of a warehouse's level towards the region's, in training rows; infinite: all the way
    spread_pull: float
    all_days: AllDays | None = None  # None: no day was cut short

    def factor_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The all-days factor (n) of rows of features: demand on all days over demand on days seen whole."""
        none = np.ones(len(values), dtype=np.float32)
        return none if self.all_days is None else self.all_days.factor_of(values, names)

    def spread_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The expected relative error of rows of features."""
        return np.maximum(self.spread.predict(values, names), LEAST_SPREAD)

    def quantiles(
        self, mean: Floats, spread: Floats, unit: NDArray[np.object_], recent: RecentErrorShapes | None = None
    ) -> Floats:
        """The quantiles (n, 7) of demand, never negative and never crossing."""
        error = self.shapes.at(mean, unit)
        if recent is not None:
            weight = np.float32(recent.weight)
            error = (1 - weight) * error + weight * recent.shapes.at(mean, unit)
        quantiles: Floats = np.maximum(mean[:, None] * (1 + spread[:, None] * error), 0)
        return quantiles

    def recent_errors(
        self,
        panel: Panel,
        settings: TrainingSettings,
        codes: Mapping[str, Mapping[str, int]],
        *,
        hold_out: bool = False,
    ) -> RecentErrors:
        """What the trees, or the hold-out trees, forecast of each day of the panel on its eve, and what came."""
        trees = self.hold_out_mean if hold_out else self.mean

        def mean_and_spread(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
            return trees.mean(values, names, scale), self.spread_of(values, names)

        return recent_errors_of(panel, trees, mean_and_spread, codes, settings.least_exposure)


@dataclass(frozen=True, eq=False)
class RegionModel:
    """The region's shared model. Without `trees` (too few training rows) everything is served by smoothing.

    `hours` spreads a forecast day over its hours, `dependence` correlates the errors of several days;
    `training.train_region` adds both."""

    settings: TrainingSettings
    origin_day: pd.Timestamp
    profiles: HourlyProfiles
    codes: Mapping[str, Mapping[str, int]]
    trees: GrownTrees | None
    hours: HourlyShares | None = None
    dependence: Dependence = field(default_factory=Dependence.usual)
    effects: CalendarEffects | None = None

    def to_bytes(self) -> bytes:
        """The model as a zip of JSON and LightGBM text."""
        model: dict[str, Any] = {
            "settings": asdict(self.settings),
            "origin_day": self.origin_day.isoformat(),
            "profiles": self.profiles.to_dict(),
            "codes": {column: dict(codes) for column, codes in self.codes.items()},
            "trees": None,
            "hours": self.hours.to_dict() if self.hours else None,
            "dependence": self.dependence.to_dict(),
            "effects": self.effects.to_dict() if self.effects else None,
        }
        if self.trees is None:
            return pack(REGION_MODEL, model, {})
        grown = self.trees
        model["trees"] = {
            "shapes": {unit: asdict(shape) for unit, shape in grown.shapes.by_unit.items()},
            "persistence": {name: str(value) for name, value in asdict(grown.persistence).items()},
            "level_pull": str(grown.level_pull),  # JSON knows no infinity
            "spread_pull": str(grown.spread_pull),
            "all_days": None,
        }
        texts = {
            f"{name}_{at}": booster.model_to_string()
            for name in TREES
            for at, booster in enumerate(getattr(grown, name).boosters)
        }
        if grown.all_days is not None:
            model["trees"]["all_days"], of_all_days = grown.all_days.to_parts()
            texts |= of_all_days
        return pack(REGION_MODEL, model, texts)

    @classmethod
    def from_bytes(cls, data: bytes) -> RegionModel:
        """The model that `to_bytes` wrote. Raises `ModelFormatError` for anything else."""
        model, texts = unpack(REGION_MODEL, data)
        grown = None
        if kept := model["trees"]:
            # in the order in which they were grown: sums of floats, and so forecasts, depend on it
            of_tree = {tree: [f"{tree}_{at}" for at in range(len(texts)) if f"{tree}_{at}" in texts] for tree in TREES}
            trees = {
                tree: Trees.of(*(lgb.Booster(model_str=texts[name]) for name in names))
                for tree, names in of_tree.items()
            }
            shapes = {
                unit: ErrorShape(tuple(shape["log_mean"]), tuple(tuple(band) for band in shape["quantiles"]))
                for unit, shape in kept["shapes"].items()
            }
            grown = GrownTrees(
                **trees,
                shapes=ErrorShapes(shapes),
                persistence=ErrorPersistence(**{name: float(value) for name, value in kept["persistence"].items()}),
                level_pull=float(kept["level_pull"]),
                spread_pull=float(kept["spread_pull"]),
                all_days=AllDays.from_parts(kept["all_days"], texts) if kept["all_days"] else None,
            )
        settings = model["settings"] | {"horizons": tuple(model["settings"]["horizons"])}
        return cls(
            TrainingSettings(**settings),
            pd.Timestamp(model["origin_day"]),
            HourlyProfiles.from_dict(model["profiles"]),
            model["codes"],
            grown,
            HourlyShares.from_dict(hours) if (hours := model.get("hours")) else None,
            Dependence.from_dict(joined) if (joined := model.get("dependence")) else Dependence.usual(),
            CalendarEffects.from_dict(effects) if (effects := model.get("effects")) else None,
        )


def train_region_model(known: KnownAtOrigin, settings: TrainingSettings | None = None) -> RegionModel:
    """Fits what the region shares to everything known at the origin.

    Give it the history of all warehouses, 13 weeks of it where there are; nothing is learned from what is older.
    Raises `ValueError` where no sales are known at all.
    """
    settings = settings or TrainingSettings()
    profiles = learned_profiles(known)
    return fit_region_model(Panel.of(known, profiles), known, profiles, settings)


def learned_profiles(known: KnownAtOrigin) -> HourlyProfiles:
    """The hourly profiles of the last `PROFILE_DAYS` known."""
    lately = known.history.days["date"] > known.origin_day - pd.Timedelta(days=PROFILE_DAYS)
    return HourlyProfiles.learn(known.history.where(lately.to_numpy()), known.products)


def fit_region_model(
    panel: Panel, known: KnownAtOrigin, profiles: HourlyProfiles, settings: TrainingSettings
) -> RegionModel:
    """`train_region_model` on a panel that was made with these profiles."""
    codes = codes_of(known.products)
    effects = learned_effects(panel, panel.last + 1 - settings.hold_out_days)
    trees = _grow(adjusted(panel, effects), known, profiles, settings, codes)
    return RegionModel(settings, known.origin_day, profiles, codes, trees, effects=effects)


def hold_out_rows(panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]]) -> TrainingRows:
    """Training rows of the last days, which the hold-out trees were fitted without."""
    return _training_rows(panel, settings, codes, range(panel.last - settings.hold_out_days + 1, panel.last + 1))


def _training_rows(
    panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]], days: Sequence[int]
) -> TrainingRows:
    return training_rows(panel, days, settings.horizons, settings.least_exposure, codes, BEHIND + SETTLING_DAYS)


def _training_days(panel: Panel, settings: TrainingSettings, stop: int) -> list[int]:
    """The days before `stop` that a mean is fitted to: the last ones, and the festivals before them, which are few."""
    days = range(max(BEHIND, stop - FESTIVAL_DAYS), stop)
    return [day for day in days if day >= stop - settings.training_days or panel.special_days[day]]


def _grow(
    panel: Panel,
    known: KnownAtOrigin,
    profiles: HourlyProfiles,
    settings: TrainingSettings,
    codes: Mapping[str, Mapping[str, int]],
) -> GrownTrees | None:
    """Everything that trees learn; None where there are too few training rows."""
    hold_out_start = panel.last + 1 - settings.hold_out_days
    # one matrix for both fits, sorted into bins once
    days, early_days = (_training_days(panel, settings, stop) for stop in (panel.last + 1, hold_out_start))
    rows = _training_rows(panel, settings, codes, sorted({*days, *early_days}))
    early = rows.target < hold_out_start
    if min(np.count_nonzero(early), np.count_nonzero(~early)) < settings.least_rows:
        return None
    data = lgb.Dataset(
        rows.features, rows.demand / rows.scale, weight=rows.weight, feature_name=rows.names, params=SHARED
    )
    hold_out_mean = _fit_mean(data, np.flatnonzero(np.isin(rows.target, early_days)), settings, averaged=1)
    of_mean = np.flatnonzero(np.isin(rows.target, days))
    mean_trees = _fit_mean(data, of_mean, settings, averaged=_worth_averaging(len(of_mean), settings))
    del data
    errors = RecentErrors(panel, _mean_alone(hold_out_mean), codes, settings.least_exposure)
    looked_back = rows.target > hold_out_start - max(settings.horizons) - LOOKED_BACK
    _recorded_forecasts(errors, hold_out_mean, rows.where(early & (rows.horizon == 1) & looked_back))
    hold_out = rows.where(~early)
    del rows
    uncorrected = _recorded_forecasts(errors, hold_out_mean, hold_out)
    persistence = errors.fitted_persistence(hold_out, uncorrected)
    mean = uncorrected * errors.factors_of(panel, hold_out, persistence)
    ratio = hold_out.demand / mean

    def served(rows: TrainingRows) -> Floats:
        return mean_trees.mean(rows.features, rows.names, rows.scale)

    def held_out(rows: TrainingRows) -> Floats:
        return hold_out_mean.mean(rows.features, rows.names, rows.scale) * errors.factors_of(panel, rows, persistence)

    spread_trees = _fit_spread(hold_out, mean, ratio, settings)
    spread = np.maximum(spread_trees.predict(hold_out.features, hold_out.names), LEAST_SPREAD)
    unit = panel.series["unit"].to_numpy(dtype=object)[hold_out.series]
    warehouse = panel.groups["warehouse"].of_series[hold_out.series]
    later = hold_out.target > panel.last - settings.hold_out_days // 2
    of_all_days = held_out_days(panel, known, profiles, settings, codes, served, held_out)
    return GrownTrees(
        hold_out_mean,
        mean_trees,
        spread_trees,
        ErrorShapes.of(mean, ((ratio - 1) / spread).astype(np.float32), unit),
        persistence,
        best_pull(ratio, volume_weight(mean), warehouse, later),
        best_pull(np.abs(ratio - 1) / spread, np.ones_like(mean), warehouse, later),
        None if of_all_days is None else learned_all_days(of_all_days, settings.seed),
    )


def _recorded_forecasts(errors: RecentErrors, trees: Trees, rows: TrainingRows) -> Floats:
    """What the trees forecast of training rows, kept among their recent errors."""
    mean = trees.mean(rows.features, rows.names, rows.scale)
    errors.record(rows, mean)
    return mean


def volume_weight(mean: Floats) -> Floats:
    """The weight of a row's relative error, 1 on average: mean ** (2 - power), as in the Tweedie likelihood."""
    weight = mean ** np.float32(2 - TWEEDIE_POWER)
    return weight / np.float32(weight.mean())


def _mean_alone(trees: Trees) -> Predict:
    """Predictions of trees for which no spread has been fitted yet: 1."""

    def mean(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
        return trees.mean(values, names, scale), np.ones_like(scale)

    return mean


def _worth_averaging(training_rows: int, settings: TrainingSettings) -> int:
    """How many models to average: few where training rows are few, many where they are many."""
    return min(settings.averaged, max(LEAST_AVERAGED, training_rows // settings.rows_a_model))


def _fit_mean(data: lgb.Dataset, rows: NDArray[np.intp], settings: TrainingSettings, averaged: int) -> Trees:
    """Trees for the mean: one model fitted to all the rows, or several to a half each, drawn anew."""
    parameters = {
        "objective": "tweedie",
        "tweedie_variance_power": TWEEDIE_POWER,
        "num_leaves": min(settings.leaves, max(LEAST_LEAVES, len(rows) // settings.rows_a_leaf)),
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": min(200, max(20, len(rows) // 500)),
        "feature_fraction": 0.3,
    }
    half = min(len(rows), max(len(rows) // 2, settings.rows_of_one))
    data.construct()

    def fitted(seed: int) -> lgb.Booster:
        some = rows if averaged == 1 else np.sort(np.random.default_rng(seed).choice(rows, half, replace=False))
        return lgb.train(SHARED | parameters | {"seed": seed}, data.subset(some.tolist()), settings.rounds)

    return Trees.of(*on_all_cores(fitted, range(settings.seed, settings.seed + averaged)))


def _fit_spread(of: TrainingRows, mean: Floats, ratio: Floats, settings: TrainingSettings) -> Trees:
    """Trees for the expected relative error, from the ratios (n) of demand to its mean forecast."""
    names = list(SPREAD_FEATURES)
    values = columns_of(of.features, of.names, names)
    parameters = {
        "objective": "tweedie",
        "tweedie_variance_power": 1.5,
        "num_leaves": 31,
        "learning_rate": 0.1,
        "min_data_in_leaf": min(500, max(20, len(of) // 200)),
        "feature_fraction": 0.6,
    }
    data = lgb.Dataset(values, np.abs(ratio - 1), weight=volume_weight(mean), feature_name=names, params=SHARED)
    return Trees.of(lgb.train(SHARED | parameters | {"seed": settings.seed}, data, settings.spread_rounds))
