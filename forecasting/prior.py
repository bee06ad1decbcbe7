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

from forecasting.demand import HourlyProfiles
from forecasting.dependence import Dependence
from forecasting.features import SPREAD_FEATURES, codes_of
from forecasting.frames import KnownAtOrigin
from forecasting.hours import HourlyShares
from forecasting.lessons import TWEEDIE_POWER, Lessons, lessons
from forecasting.model_files import pack, unpack
from forecasting.panel import BEHIND, Floats, Panel
from forecasting.settings import TrainingSettings
from forecasting.shapes import Recent, Shape, Shapes
from forecasting.shrinkage import pull_that_foretells
from forecasting.track_record import LOOKED_BACK, Lasting, Predict, TrackRecord, record_of
from forecasting.trees import SHARED, Trees, columns_of
from forecasting.unconstraining import LEAST_SEEN, factor_by, learned_factor

KIND = "region prior"
TREES = ("trial", "mean", "spread", "unconstraining")
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
    shapes: Shapes
    lasting: Lasting  # of what was missed lately
    level_pull: float  # of a warehouse's level towards the region's, in lessons; infinite: all the way
    spread_pull: float
    unconstraining: Trees | None = None  # from days seen whole to days as they come; None: no day was cut short

    def factor_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """What demand of rows of features is on days as they come, over what it is on days seen whole."""
        return factor_by(self.unconstraining, values, names)

    def spread_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The expected relative error of rows of features."""
        return np.maximum(self.spread.predict(values, names), LEAST_SPREAD)

    def quantiles(
        self, mean: Floats, spread: Floats, unit: NDArray[np.object_], recent: Recent | None = None
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
    ) -> TrackRecord:
        """What the trees, or the trial, said of each day of the panel on its eve, beside the demand that came."""
        trees = self.trial if by_trial else self.mean

        def mean_and_spread(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats]:
            return trees.mean(values, names, scale), self.spread_of(values, names)

        return record_of(panel, trees, mean_and_spread, codes, settings.least_exposure)


@dataclass(frozen=True, eq=False)
class RegionPrior:
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
            "profiles": self.profiles.to_record(),
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
            "lasting": {name: str(value) for name, value in asdict(grown.lasting).items()},
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
    def from_bytes(cls, data: bytes) -> RegionPrior:
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
                unit: Shape(tuple(shape["log_mean"]), tuple(tuple(band) for band in shape["quantiles"]))
                for unit, shape in kept["shapes"].items()
            }
            grown = GrownTrees(
                **trees,
                shapes=Shapes(shapes),
                lasting=Lasting(**{name: float(value) for name, value in kept["lasting"].items()}),
                level_pull=float(kept["level_pull"]),
                spread_pull=float(kept["spread_pull"]),
            )
        settings = model["settings"] | {"horizons": tuple(model["settings"]["horizons"])}
        return cls(
            TrainingSettings(**settings),
            pd.Timestamp(model["origin_day"]),
            HourlyProfiles.of_record(model["profiles"]),
            model["codes"],
            grown,
            HourlyShares.from_dict(hours) if (hours := model.get("hours")) else None,
            Dependence.from_dict(joined) if (joined := model.get("dependence")) else Dependence.usual(),
        )


def train_region_prior(known: KnownAtOrigin, settings: TrainingSettings | None = None) -> RegionPrior:
    """Learn what the region shares, from everything known at the origin.

    Give it the history of all warehouses, 13 weeks or more where there are; what is older teaches nothing.
    Raises `ValueError` where no sales are known at all.
    """
    settings = settings or TrainingSettings()
    profiles = learned_profiles(known)
    return prior_of_panel(Panel.of(known, profiles), known, profiles, settings)


def learned_profiles(known: KnownAtOrigin) -> HourlyProfiles:
    """How a day's demand falls on its hours, from the last `PROFILE_DAYS` of what is known."""
    lately = known.history.days["date"] > known.origin_day - pd.Timedelta(days=PROFILE_DAYS)
    return HourlyProfiles.learn(known.history.where(lately.to_numpy()), known.products)


def prior_of_panel(
    panel: Panel, known: KnownAtOrigin, profiles: HourlyProfiles, settings: TrainingSettings
) -> RegionPrior:
    """The same from a panel that is at hand."""
    codes = codes_of(known.products)
    return RegionPrior(settings, known.origin_day, profiles, codes, _grow(panel, settings, codes))


def held_back_lessons(panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]]) -> Lessons:
    """The last days, which the trial did not learn from."""
    return _lessons(panel, settings, codes, range(panel.last - settings.held_back_days + 1, panel.last + 1))


def _lessons(
    panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]], days: Sequence[int]
) -> Lessons:
    return lessons(panel, days, settings.horizons, settings.least_exposure, codes, BEHIND + SETTLING_DAYS)


def _taught_on(panel: Panel, settings: TrainingSettings, stop: int) -> list[int]:
    """The days before `stop` that a mean learns from: the last ones, and festivals of long before, which are few."""
    of = panel.workdays
    told = range(max(BEHIND, stop - FESTIVAL_DAYS), stop)
    return [day for day in told if day >= stop - settings.training_days or of.festival[day] or of.make_up[day]]


def _grow(panel: Panel, settings: TrainingSettings, codes: Mapping[str, Mapping[str, int]]) -> GrownTrees | None:
    trial_stop = panel.last + 1 - settings.held_back_days
    # one matrix for both fits, sorted into bins once
    days, trial_days = (_taught_on(panel, settings, stop) for stop in (panel.last + 1, trial_stop))
    seen = _lessons(panel, settings, codes, sorted({*days, *trial_days}))
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
    record = TrackRecord(panel, _mean_alone(trial), codes, settings.least_exposure)
    looked_back = early & (seen.horizon == 1) & (seen.target > trial_stop - max(settings.horizons) - LOOKED_BACK)
    _told(record, trial, seen.where(looked_back))
    held_back = seen.where(~early)
    del seen
    uncorrected = _told(record, trial, held_back)
    lasting = record.lasting_best(held_back, uncorrected)
    mean = uncorrected * record.factors_of(panel, held_back, lasting)
    ratio = held_back.demand / mean
    spread_trees = _fit_spread(held_back, mean, ratio, settings)
    spread = np.maximum(spread_trees.predict(held_back.features, held_back.names), LEAST_SPREAD)
    unit = panel.series["unit"].to_numpy(dtype=object)[held_back.series]
    warehouse = panel.groups["warehouse"].of_series[held_back.series]
    later = held_back.target > panel.last - settings.held_back_days // 2
    return GrownTrees(
        trial,
        mean_trees,
        spread_trees,
        Shapes.of(mean, ((ratio - 1) / spread).astype(np.float32), unit),
        lasting,
        pull_that_foretells(ratio, volume_weight(mean), warehouse, later),
        pull_that_foretells(np.abs(ratio - 1) / spread, np.ones_like(mean), warehouse, later),
        _unconstraining(panel, settings, codes, trial, record, lasting),
    )


def _unconstraining(
    panel: Panel,
    settings: TrainingSettings,
    codes: Mapping[str, Mapping[str, int]],
    trial: Trees,
    record: TrackRecord,
    lasting: Lasting,
) -> Trees | None:
    """Trees for what demand is on days as they come, from the held-back days; None where none was cut short."""
    days = range(panel.last - settings.held_back_days + 1, panel.last + 1)
    exposed = panel.exposure[:, days.start : days.stop]
    if not ((exposed >= LEAST_SEEN) & (exposed < settings.least_exposure)).any():
        return None
    # the factor is one of the series and not of the day, so that one horizon tells it
    told = lessons(panel, days, sorted(settings.horizons)[:1], LEAST_SEEN, codes, BEHIND + SETTLING_DAYS)
    mean = trial.mean(told.features, told.names, told.scale) * record.factors_of(panel, told, lasting)
    sales, seen = panel.sales[told.series, told.target], panel.exposure[told.series, told.target]
    whole = seen >= settings.least_exposure
    return learned_factor(told.features, told.names, sales, seen * mean, whole, settings.seed)


def _told(record: TrackRecord, trees: Trees, of: Lessons) -> Floats:
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


def _worth_averaging(lessons: int, settings: TrainingSettings) -> int:
    """How many models: few cost little where lessons are few, many are worth it where they are many."""
    return min(settings.averaged, max(LEAST_AVERAGED, lessons // settings.lessons_a_model))


def _fit_mean(data: lgb.Dataset, rows: NDArray[np.intp], settings: TrainingSettings, averaged: int) -> Trees:
    """Trees for the mean from some rows: one model from all of them, or several from a half each, drawn anew."""
    parameters = {
        "objective": "tweedie",
        "tweedie_variance_power": TWEEDIE_POWER,
        "num_leaves": min(settings.leaves, max(LEAST_LEAVES, len(rows) // settings.lessons_a_leaf)),
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": min(200, max(20, len(rows) // 500)),
        "feature_fraction": 0.3,
    }
    half = min(len(rows), max(len(rows) // 2, settings.lessons_of_one))
    data.construct()
    boosters = []
    for seed in range(settings.seed, settings.seed + averaged):
        some = rows if averaged == 1 else np.sort(np.random.default_rng(seed).choice(rows, half, replace=False))
        part = data.subset(some.tolist())
        boosters.append(lgb.train(SHARED | parameters | {"seed": seed}, part, settings.rounds))
    return Trees.of(*boosters)


def _fit_spread(of: Lessons, mean: Floats, ratio: Floats, settings: TrainingSettings) -> Trees:
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
