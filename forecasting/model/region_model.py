"""What the region's warehouses teach each other: trees for the mean, trees for the spread, and its shape.

A Tweedie mean by LightGBM on series scaled by their own level, that of several models where there are lessons enough;
a small LightGBM for the expected relative error, and one for the factor from days seen whole, from which the others
learn, to days as they come; and the quantiles of the standardised errors by unit and volume. The
errors are those of a *trial* model that has not seen the last days, so the distribution is calibrated out of sample;
the trial stays with the prior so that a warehouse can measure itself against it later. A mean and a spread cost a
fraction of seven quantile models, and cannot cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.distribution.dependence import Dependence
from forecasting.distribution.hours import HourlyShares
from forecasting.features.features import SPREAD_FEATURES, codes_of
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.features.training_rows import TWEEDIE_POWER, TrainingRows, training_rows
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.all_days_factor import LEAST_SEEN, factor_by, learned_factor
from forecasting.model.error_shapes import ErrorShape, ErrorShapes, RecentErrorShapes
from forecasting.model.model_files import pack, unpack
from forecasting.model.recent_errors import LOOKED_BACK, ErrorPersistence, Predict, RecentErrors, recent_errors_of
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import SHARED, Trees, columns_of
from forecasting.statistics.shrinkage import pull_that_foretells

KIND = "region model"
TREES = ("trial", "mean", "spread", "all_days_factor")
LEAST_SPREAD = 0.02
PROFILE_DAYS = 91  # that tell how a day's demand falls on its hours
LEAST_LEAVES = 31
LEAST_AVERAGED = 3
SETTLING_DAYS = 7  # of history that a lesson is seen from, or more
FESTIVAL_DAYS = 91  # festivals teach for a quarter of a year: a month holds one or none


@dataclass(frozen=True, eq=False)
class GrownTrees:
    """All that was learned where there was enough to learn from."""

    trial: Trees  # the mean, without the last `held_back_days`
    mean: Trees
    spread: Trees
    shapes: ErrorShapes
    persistence: ErrorPersistence  # of what was missed lately
    level_pull: float  # of a warehouse's level towards the region's, in lessons; infinite: all the way
    spread_pull: float
    all_days_factor: Trees | None = None  # from days seen whole to days as they come; None: no day was cut short

    def factor_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """What demand of rows of features is on days as they come, over what it is on days seen whole."""
        return factor_by(self.all_days_factor, values, names)

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

    def record(
        self,
        panel: Panel,
        settings: TrainingSettings,
        codes: Mapping[str, Mapping[str, int]],
        *,
        by_trial: bool = False,
    ) -> RecentErrors:
        """What the trees, or the trial, said of each day of the panel on its eve, beside the demand that came."""
        trees = self.trial if by_trial else self.mean

        def mean_and_spread(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
            return trees.mean(values, names, scale), self.spread_of(values, names)

        return recent_errors_of(panel, trees, mean_and_spread, codes, settings.least_exposure)


@dataclass(frozen=True, eq=False)
class RegionModel:
    """The region's shared model. Without `trees` (too few lessons in all) everything is served by smoothing.

    `hours` and `dependence` say how a forecast day falls on its hours and how the errors of days go together;
    `training.train_region` adds them."""

    settings: TrainingSettings
    origin_day: pd.Timestamp
    profiles: HourlyProfiles
    codes: Mapping[str, Mapping[str, int]]
    trees: GrownTrees | None
    hours: HourlyShares | None = None
    dependence: Dependence = field(default_factory=Dependence.usual)

    def to_bytes(self) -> bytes:
        """The prior as a zip of JSON and LightGBM text."""
        model: dict[str, Any] = {
            "settings": asdict(self.settings),
            "origin_day": self.origin_day.isoformat(),
            "profiles": self.profiles.to_dict(),
            "codes": {column: dict(codes) for column, codes in self.codes.items()},
            "trees": None,
            "hours": self.hours.to_dict() if self.hours else None,
            "dependence": self.dependence.to_dict(),
        }
        if self.trees is None:
            return pack(KIND, model, {})
        grown = self.trees
        model["trees"] = {
            "shapes": {unit: asdict(shape) for unit, shape in grown.shapes.by_unit.items()},
            "persistence": {name: str(value) for name, value in asdict(grown.persistence).items()},
            "level_pull": str(grown.level_pull),  # JSON knows no infinity
            "spread_pull": str(grown.spread_pull),
        }
        texts = {
            f"{name}_{at}": booster.model_to_string()
            for name in TREES
            if (trees := getattr(grown, name)) is not None
            for at, booster in enumerate(trees.boosters)
        }
        return pack(KIND, model, texts)

    @classmethod
    def from_bytes(cls, data: bytes) -> RegionModel:
        """The prior that `to_bytes` wrote. Raises `ModelFormatError` for anything else."""
        model, texts = unpack(KIND, data)
        grown = None
        if kept := model["trees"]:
            # in the order in which they were grown: sums of floats, and so forecasts, depend on it
            of_tree = {tree: [f"{tree}_{at}" for at in range(len(texts)) if f"{tree}_{at}" in texts] for tree in TREES}
            trees = {
                tree: Trees.of(*(lgb.Booster(model_str=texts[name]) for name in names))
                for tree, names in of_tree.items()
                if names
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
        )


def train_region_model(known: KnownAtOrigin, settings: TrainingSettings | None = None) -> RegionModel:
    """Learn what the region shares, from everything known at the origin.

    Give it the history of all warehouses, 13 weeks or more where there are; what is older teaches nothing.
    Raises `ValueError` where no sales are known at all.
    """
    settings = settings or TrainingSettings()
    profiles = learned_profiles(known)
    return fit_region_model(Panel.of(known, profiles), known, profiles, settings)


def learned_profiles(known: KnownAtOrigin) -> HourlyProfiles:
    """How a day's demand falls on its hours, from the last `PROFILE_DAYS` of what is known."""
    lately = known.history.days["date"] > known.origin_day - pd.Timedelta(days=PROFILE_DAYS)
    return HourlyProfiles.learn(known.history.where(lately.to_numpy()), known.products)


def fit_region_model(
    panel: Panel, known: KnownAtOrigin, profiles: HourlyProfiles, settings: TrainingSettings
) -> RegionModel:
    """The same from a panel that is at hand."""
    codes = codes_of(known.products)
    return RegionModel(settings, known.origin_day, profiles, codes, _grow(panel, settings, codes))


def hold_out_rows(panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]]) -> TrainingRows:
    """The last days, which the trial did not learn from."""
    return _training_rows(panel, settings, codes, range(panel.last - settings.hold_out_days + 1, panel.last + 1))


def _training_rows(
    panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]], days: Sequence[int]
) -> TrainingRows:
    return training_rows(panel, days, settings.horizons, settings.least_exposure, codes, BEHIND + SETTLING_DAYS)


def _training_days(panel: Panel, settings: TrainingSettings, stop: int) -> list[int]:
    """The days before `stop` that a mean learns from: the last ones, and festivals of long before, which are few."""
    of = panel.workdays
    observed = range(max(BEHIND, stop - FESTIVAL_DAYS), stop)
    return [day for day in observed if day >= stop - settings.training_days or of.festival[day] or of.make_up[day]]


def _grow(panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]]) -> GrownTrees | None:
    trial_stop = panel.last + 1 - settings.hold_out_days
    # one matrix for both fits, sorted into bins once
    days, trial_days = (_training_days(panel, settings, stop) for stop in (panel.last + 1, trial_stop))
    seen = _training_rows(panel, settings, codes, sorted({*days, *trial_days}))
    early = seen.target < trial_stop
    if min(np.count_nonzero(early), np.count_nonzero(~early)) < settings.least_rows:
        return None
    data = lgb.Dataset(
        seen.features, seen.demand / seen.scale, weight=seen.weight, feature_name=seen.names, params=SHARED
    )
    trial = _fit_mean(data, np.flatnonzero(np.isin(seen.target, trial_days)), settings, averaged=1)
    rows = np.flatnonzero(np.isin(seen.target, days))
    mean_trees = _fit_mean(data, rows, settings, averaged=_worth_averaging(len(rows), settings))
    del data
    record = RecentErrors(panel, _mean_alone(trial), codes, settings.least_exposure)
    looked_back = early & (seen.horizon == 1) & (seen.target > trial_stop - max(settings.horizons) - LOOKED_BACK)
    _told(record, trial, seen.where(looked_back))
    hold_out = seen.where(~early)
    del seen
    uncorrected = _told(record, trial, hold_out)
    persistence = record.fitted_persistence(hold_out, uncorrected)
    mean = uncorrected * record.factors_of(panel, hold_out, persistence)
    ratio = hold_out.demand / mean
    spread_trees = _fit_spread(hold_out, mean, ratio, settings)
    spread = np.maximum(spread_trees.predict(hold_out.features, hold_out.names), LEAST_SPREAD)
    unit = panel.series["unit"].to_numpy(dtype=object)[hold_out.series]
    warehouse = panel.groups["warehouse"].of_series[hold_out.series]
    later = hold_out.target > panel.last - settings.hold_out_days // 2
    return GrownTrees(
        trial,
        mean_trees,
        spread_trees,
        ErrorShapes.of(mean, ((ratio - 1) / spread).astype(np.float32), unit),
        persistence,
        pull_that_foretells(ratio, volume_weight(mean), warehouse, later),
        pull_that_foretells(np.abs(ratio - 1) / spread, np.ones_like(mean), warehouse, later),
        _fit_all_days_factor(panel, settings, codes, trial, record, persistence),
    )


def _fit_all_days_factor(
    panel: Panel,
    settings: TrainingSettings,
    codes: Mapping[str, Mapping[str, int]],
    trial: Trees,
    record: RecentErrors,
    persistence: ErrorPersistence,
) -> Trees | None:
    """Trees for what demand is on days as they come, from the held-back days; None where none was cut short."""
    days = range(panel.last - settings.hold_out_days + 1, panel.last + 1)
    exposed = panel.exposure[:, days.start : days.stop]
    if not ((exposed >= LEAST_SEEN) & (exposed < settings.least_exposure)).any():
        return None
    # the factor is one of the series and not of the day, so that one horizon tells it
    observed = training_rows(panel, days, sorted(settings.horizons)[:1], LEAST_SEEN, codes, BEHIND + SETTLING_DAYS)
    mean = trial.mean(observed.features, observed.names, observed.scale) * record.factors_of(
        panel, observed, persistence
    )
    sales, seen = panel.sales[observed.series, observed.target], panel.exposure[observed.series, observed.target]
    whole = seen >= settings.least_exposure
    return learned_factor(observed.features, observed.names, sales, seen * mean, whole, settings.seed)


def _told(record: RecentErrors, trees: Trees, of: TrainingRows) -> Floats:
    """What the trees say of lessons, noted in their record."""
    mean = trees.mean(of.features, of.names, of.scale)
    record.tell(of, mean)
    return mean


def volume_weight(mean: Floats) -> Floats:
    """What a lesson's relative error counts for, 1 on average: mean ** (2 - power), as in the likelihood."""
    weight = mean ** np.float32(2 - TWEEDIE_POWER)
    return weight / np.float32(weight.mean())


def _mean_alone(trees: Trees) -> Predict:
    """What they predict while no spread has been learned."""

    def mean(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
        return trees.mean(values, names, scale), np.ones_like(scale)

    return mean


def _worth_averaging(training_rows: int, settings: TrainingSettings) -> int:
    """How many models: few cost little where lessons are few, many are worth it where they are many."""
    return min(settings.averaged, max(LEAST_AVERAGED, training_rows // settings.rows_a_model))


def _fit_mean(data: lgb.Dataset, rows: NDArray[np.intp], settings: TrainingSettings, averaged: int) -> Trees:
    """Trees for the mean from some rows: one model from all of them, or several from a half each, drawn anew."""
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
    boosters = []
    for seed in range(settings.seed, settings.seed + averaged):
        some = rows if averaged == 1 else np.sort(np.random.default_rng(seed).choice(rows, half, replace=False))
        part = data.subset(some.tolist())
        boosters.append(lgb.train(SHARED | parameters | {"seed": seed}, part, settings.rounds))
    return Trees.of(*boosters)


def _fit_spread(of: TrainingRows, mean: Floats, ratio: Floats, settings: TrainingSettings) -> Trees:
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
