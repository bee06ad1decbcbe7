"""How a horizon's model is fitted: the days it learns from, the ladder of means, and the distribution around the best.

Every rung of the ladder, exponential smoothing, a regression, trees on top of it, forecasts the hold-out days without
having seen them; the one with the least Tweedie deviance serves. So a shop climbs it as its data allows, and no count
of rows decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from forecasting.all_cores import on_all_cores
from forecasting.features.features import MONOTONE
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.features.training_rows import SETTLING_DAYS, TWEEDIE_POWER, TrainingRows, training_rows
from forecasting.known.frames import QUANTILES
from forecasting.model.horizon_model import HorizonModel
from forecasting.model.mean_models import REGRESSION, SMOOTHING, TREES, MeanModel, Smoothed, mean_of
from forecasting.model.quantile_trees import MOST_ROWS_TRIED, QuantileTrees, best_share
from forecasting.model.recent_errors import LOOKED_BACK, Predict, RecentErrors, keep_recent_errors
from forecasting.model.regression import Regression
from forecasting.model.scatter import Errors, Scatter, volume_weight
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import SHARED, Trees
from forecasting.statistics.shrinkage import best_pull

Codes = Mapping[str, Mapping[str, int]]

LEAST_LEAVES: Final = 31  # LightGBM's default
LEAST_AVERAGED: Final = 3  # models; measured: docs/forecasting.md, "What was measured"
AVERAGED_OF_FEW: Final = 6  # models where one alone is fitted to all the rows: they are cheap
FESTIVAL_DAYS: Final = 91  # that festivals are learned from: a month holds one or none
LEAST_ROWS: Final = 20  # with demand, to fit a mean to, and to hold out: LightGBM makes no smaller leaf
ZEROS_TOLD: Final = QUANTILES[1]  # share of hold-out rows without demand below which hardly a quantile is of such a day
ZERO_ROWS: Final = 200_000  # that the probability of a day without demand is fitted to, at most
LEAST_LOSS: Final = 1e-9  # of a mean that misses nothing; what is left below it is rounding
HALF_A_WEIGHT: Final = 365  # days after which a training row weighs half: last year's counts, but less than this one's


def fit_horizon_model(
    panel: Panel, settings: TrainingSettings, codes: Codes, horizons: Sequence[int], near: HorizonModel | None = None
) -> HorizonModel | None:
    """The model of some horizons (days ahead); None where there are too few training rows for any.

    `near`: the model of tomorrow, whose misses of the last days say what further days will miss too."""
    parts = _parts(panel, settings, codes, horizons)
    if parts is None:
        return None
    hold_out = parts.hold_out
    unit = panel.series["unit"].to_numpy(dtype=object)[hold_out.series]
    fitted = _fitted(parts, unit, settings)
    if near is None:
        errors, of_served = _errors_of_both(panel, fitted, parts.rows.where(parts.looked_back), codes, settings)
    else:
        errors = near.recent_errors(panel, settings.least_exposure, codes, hold_out=True)
        of_served = None  # a warehouse's level is that of tomorrow
    del parts  # the largest that there is
    uncorrected = _recorded_forecasts(errors, fitted.hold_out_mean, hold_out)
    persistence = errors.fitted_persistence(hold_out, uncorrected)
    mean = uncorrected * errors.factors_of(panel, hold_out, persistence)
    served = mean
    if of_served is not None:
        served = _recorded_forecasts(of_served, fitted.mean, hold_out)
        served = served * of_served.factors_of(panel, hold_out, persistence)
    scatter = Scatter.fit(hold_out, mean, fitted.zero, unit, settings)
    return HorizonModel(
        fitted.hold_out_mean,
        fitted.mean,
        scatter,
        persistence,
        *_pulls(panel, hold_out, mean, served, scatter),
        {name: loss / fitted.losses[SMOOTHING] for name, loss in fitted.losses.items()},
        _over(served, mean),
        fitted.by_trees,
    )


@dataclass(frozen=True, eq=False)
class _Parts:
    """Training rows, and what each is for.

    weight (n)      how much each counts
    early, every    the numbers of those that a mean is fitted to without the hold-out days, and with them
    looked_back (n) whether they are of the days before the hold-out ones, whose errors these know
    """

    rows: TrainingRows
    weight: Floats
    early: NDArray[np.intp]
    every: NDArray[np.intp]
    looked_back: NDArray[np.bool_]
    hold_out: TrainingRows


def _parts(panel: Panel, settings: TrainingSettings, codes: Codes, horizons: Sequence[int]) -> _Parts | None:
    """One matrix of rows for all fits; None where too few of them sold anything."""
    start = panel.last + 1 - hold_out_days(panel, settings)
    days, early_days = (training_days(panel, settings, stop) for stop in (panel.last + 1, start))
    rows = _training_rows(panel, settings, codes, horizons, sorted({*days, *early_days, *range(start, panel.last + 1)}))
    is_early, is_hold_out = np.isin(rows.target, early_days), rows.target >= start
    if min(np.count_nonzero(part & (rows.demand > 0)) for part in (is_early, is_hold_out)) < LEAST_ROWS:
        return None
    return _Parts(
        rows,
        rows.weight * np.exp2((rows.target - panel.last) / HALF_A_WEIGHT).astype(np.float32),
        np.flatnonzero(is_early),
        np.flatnonzero(np.isin(rows.target, days)),
        is_early & (rows.target > start - max(horizons) - LOOKED_BACK),
        rows.where(is_hold_out),
    )


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The best rung, fitted without the hold-out days and with them, the loss of every rung on these days, and what is
    fitted beside the mean."""

    hold_out_mean: MeanModel
    mean: MeanModel
    losses: Mapping[str, float]
    zero: Trees | None
    by_trees: QuantileTrees | None


def _fitted(parts: _Parts, unit: NDArray[np.object_], settings: TrainingSettings) -> _Fitted:
    """Climbs the ladder: the rung that loses least on the hold-out days is fitted once more, to these days too."""
    rows, weight = parts.rows, parts.weight
    # sorted into bins once for all fits
    matrix = lgb.Dataset(rows.features, rows.demand / rows.scale, weight=weight, feature_name=rows.names, params=SHARED)
    matrix.construct()
    averaged = 1 if len(parts.early) > settings.rows_a_model else LEAST_AVERAGED
    rungs = _rungs(matrix, rows, weight, parts.early, settings, averaged)
    losses = {name: _loss(model, parts.hold_out) for name, model in rungs.items()}
    best = min(settings.rungs, key=losses.__getitem__)
    averaged = _worth_averaging(len(parts.every), settings)
    again = _rungs(matrix, rows, weight, parts.every, settings, averaged, best)
    zero = _fit_zero(matrix, rows, parts.hold_out, settings)
    regressions = rungs.get(REGRESSION), again.get(REGRESSION)
    by_trees = _fit_quantiles(matrix, parts, regressions, rungs[best], zero, unit, settings)
    return _Fitted(rungs[best], again[best], losses, zero, by_trees)


def _pulls(panel: Panel, hold_out: TrainingRows, mean: Floats, served: Floats, scatter: Scatter) -> tuple[float, float]:
    """How strongly a warehouse's own level, and its own spread, are pulled towards the region's.

    `mean`, `served` (n): of the hold-out rows, by the mean that had not seen them and by the one that will be served.
    What that one has learned of all warehouses alike is no warehouse's own."""
    errors = Errors.of(hold_out, mean, scatter.zero)
    selling, later = errors.selling, _later(hold_out)
    warehouse = panel.groups["warehouse"].of_series[hold_out.series]
    deviation = hold_out.demand / mean
    for half in (later, ~later):
        if half.any():
            deviation[half] /= _over(served[half], mean[half])
    wide = (np.abs(errors.ratio - 1) / scatter.spread_of(hold_out.features, hold_out.names))[selling]
    return (
        best_pull(deviation, volume_weight(mean), warehouse, later),
        best_pull(wide, np.ones(len(wide)), warehouse[selling], later[selling]),
    )


def _over(served: Floats, mean: Floats) -> float:
    """Of two means (n) of the same rows the first over the second, as a warehouse's level is measured."""
    return float(np.average(served / mean, weights=volume_weight(mean)))


def hold_out_days(panel: Panel, settings: TrainingSettings) -> int:
    """How many of the last days the hold-out means are fitted without: a fortnight, more where it holds few rows, and
    a third at most of what there is."""
    there = panel.last + 1 - (BEHIND + SETTLING_DAYS + 1)
    rows = np.cumsum(_rows_by_day(panel, settings)[::-1])
    wanted = int(np.searchsorted(rows, settings.hold_out_rows)) + 1
    return max(1, min(max(settings.hold_out_days, min(wanted, there // 5)), there // 3))


def training_days(panel: Panel, settings: TrainingSettings, stop: int) -> list[int]:
    """The days before `stop` that a mean is fitted to: the last ones, as many as hold rows enough, and the festivals
    before them, which are few."""
    rows = np.cumsum(_rows_by_day(panel, settings)[stop - 1 :: -1])
    wanted = int(np.searchsorted(rows, settings.training_rows)) + 1
    first = max(BEHIND, stop - max(settings.training_days, wanted))
    special = range(max(BEHIND, stop - FESTIVAL_DAYS), first)
    return [*(day for day in special if panel.special_days[day]), *range(first, stop)]


def _rows_by_day(panel: Panel, settings: TrainingSettings) -> NDArray[np.intp]:
    whole = panel.whole or panel
    rows: NDArray[np.intp] = np.count_nonzero(whole.exposure >= settings.least_exposure, axis=0)
    return rows


def hold_out_rows(panel: Panel, settings: TrainingSettings, codes: Codes, days: int) -> TrainingRows:
    """Training rows of the last days one day ahead, which the hold-out mean was fitted without."""
    return _training_rows(panel, settings, codes, (1,), range(panel.last - days + 1, panel.last + 1))


def _training_rows(
    panel: Panel, settings: TrainingSettings, codes: Codes, horizons: Sequence[int], days: Sequence[int]
) -> TrainingRows:
    return training_rows(panel, days, horizons, settings.least_exposure, codes, BEHIND + SETTLING_DAYS)


def _rungs(
    matrix: lgb.Dataset,
    rows: TrainingRows,
    weight: Floats,
    chosen: NDArray[np.intp],
    settings: TrainingSettings,
    averaged: int,
    best: str | None = None,
) -> dict[str, MeanModel]:
    """The rungs fitted to the chosen rows, in their order; up to the `best` if it is known."""
    rungs: dict[str, MeanModel] = {SMOOTHING: Smoothed()}
    if best == SMOOTHING:
        return rungs
    values, factor = rows.features[chosen], rows.demand[chosen] / rows.scale[chosen]
    regression = Regression.fit(values, rows.names, factor, weight[chosen], settings.seed)
    rungs[REGRESSION] = regression
    if best != REGRESSION:
        prices = _of_prices(regression, rows, chosen, weight, settings)
        rungs[TREES] = _fit_mean(matrix, rows, chosen, prices, settings, averaged)
    return rungs


def _of_prices(
    model: MeanModel | None, rows: TrainingRows, chosen: NDArray[np.intp], weight: Floats, settings: TrainingSettings
) -> Regression | None:
    """What a regression says of prices, for trees to grow on; None where rows are many, which tell trees more about
    prices than a regression knows."""
    if not isinstance(model, Regression) or len(rows) > settings.rows_a_model:
        return None
    factor = rows.demand[chosen] / rows.scale[chosen]
    return model.of_prices(rows.features[chosen], rows.names, factor, weight[chosen])


def _loss(model: MeanModel, rows: TrainingRows) -> float:
    """Mean Tweedie deviance of the demand of the rows."""
    power, demand = TWEEDIE_POWER, rows.demand.astype(np.float64)
    mean = mean_of(model, rows.features, rows.names, rows.scale).astype(np.float64)
    least = np.maximum(demand, 0.0) ** (2 - power) / ((1 - power) * (2 - power))
    loss = 2 * (least - demand * mean ** (1 - power) / (1 - power) + mean ** (2 - power) / (2 - power)).mean()
    return max(float(loss), LEAST_LOSS)


def _errors_of_both(
    panel: Panel, fitted: _Fitted, looked_back: TrainingRows, codes: Codes, settings: TrainingSettings
) -> tuple[RecentErrors, RecentErrors]:
    """Those of the hold-out mean and of the served one, which have forecast the rows before the hold-out days already;
    kept with the panel, since further days, and all days, ask for them."""

    def of(model: MeanModel) -> RecentErrors:
        errors = RecentErrors(panel, _mean_alone(model), codes, settings.least_exposure)
        _recorded_forecasts(errors, model, looked_back)
        keep_recent_errors(panel, model, errors)
        return errors

    return of(fitted.hold_out_mean), of(fitted.mean)


def _recorded_forecasts(errors: RecentErrors, model: MeanModel, rows: TrainingRows) -> Floats:
    """What the mean forecasts of training rows, kept among its recent errors."""
    mean = mean_of(model, rows.features, rows.names, rows.scale)
    errors.record(rows, mean)
    return mean


def _mean_alone(model: MeanModel) -> Predict:
    """Predictions of a mean for which no spread has been fitted yet: 1."""

    def predict(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats, Floats]:
        return mean_of(model, values, names, scale), np.ones_like(scale), np.zeros_like(scale)

    return predict


def _worth_averaging(rows: int, settings: TrainingSettings) -> int:
    """How many models to average: few where training rows are few, many where they are many."""
    least = LEAST_AVERAGED if rows > settings.rows_a_model else AVERAGED_OF_FEW
    return min(settings.averaged, max(least, rows // settings.rows_a_model))


def _fit_mean(
    matrix: lgb.Dataset,
    rows: TrainingRows,
    chosen: NDArray[np.intp],
    on: Regression | None,
    settings: TrainingSettings,
    averaged: int,
) -> Trees:
    """Trees for the mean, on a regression if given: one model fitted to all the rows, or several to a half each."""
    parameters = {
        "objective": "tweedie",
        "tweedie_variance_power": TWEEDIE_POWER,
        "num_leaves": min(settings.leaves, max(LEAST_LEAVES, len(chosen) // settings.rows_a_leaf)),
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": min(200, max(20, len(chosen) // 500)),
        "feature_fraction": 0.3,
        "monotone_constraints": [MONOTONE.get(name, 0) for name in rows.names],
    }
    half = min(len(chosen), max(len(chosen) // 2, settings.rows_of_one))
    said = None if on is None else on.log(rows.features, rows.names)

    def fitted(seed: int) -> lgb.Booster:
        some = chosen if averaged == 1 else np.sort(np.random.default_rng(seed).choice(chosen, half, replace=False))
        part = matrix.subset(some.tolist()).construct()
        if said is not None:
            part.set_init_score(said[some])
        return lgb.train(SHARED | parameters | {"seed": seed}, part, settings.rounds)

    return Trees.of(*on_all_cores(fitted, range(settings.seed, settings.seed + averaged)), on=on)


def _fit_zero(
    matrix: lgb.Dataset, rows: TrainingRows, hold_out: TrainingRows, settings: TrainingSettings
) -> Trees | None:
    """Trees for the log odds of a day without demand; None where there are next to none."""
    none = hold_out.demand <= 0
    if none.mean() < ZEROS_TOLD or none.all() or np.count_nonzero(none) < LEAST_ROWS:
        return None
    count = min(len(rows), ZERO_ROWS)
    some = np.sort(np.random.default_rng(settings.seed).choice(len(rows), count, replace=False))
    parameters = {
        "objective": "binary",
        "num_leaves": 15,
        "learning_rate": 0.2,
        "min_data_in_leaf": min(500, max(20, count // 200)),
        "feature_fraction": 0.5,
    }
    data = matrix.subset(some.tolist()).construct()
    data.set_label((rows.demand[some] <= 0).astype(np.float32))
    data.set_field("weight", np.ones(count, dtype=np.float32))  # set_weight would leave the old ones standing
    return Trees.of(lgb.train(SHARED | parameters | {"seed": settings.seed}, data, settings.spread_rounds))


def _fit_quantiles(
    matrix: lgb.Dataset,
    parts: _Parts,
    regressions: tuple[MeanModel | None, MeanModel | None],
    hold_out_mean: MeanModel,
    zero: Trees | None,
    unit: NDArray[np.object_],
    settings: TrainingSettings,
) -> QuantileTrees | None:
    """Trees of the quantiles from the rows that the means are fitted to (`regressions`: without the hold-out days, with
    them); None where quantiles around the mean are better alone. The later half of the hold-out days decides, which the
    scatter of the earlier half has not seen either."""
    rows, hold_out = parts.rows, parts.hold_out
    later = _later(hold_out)
    earlier, judged = hold_out.where(~later), hold_out.where(later)
    if min(np.count_nonzero(part.demand > 0) for part in (earlier, judged)) < LEAST_ROWS:
        return None
    early, every = (
        (chosen, _of_prices(model, rows, chosen, parts.weight, settings))
        for model, chosen in zip(regressions, (parts.early, parts.every), strict=True)
    )
    scale = judged.scale[:, None]
    tried = QuantileTrees.fit(matrix, rows, *early, settings.seed, MOST_ROWS_TRIED)
    told = tried.predict(judged.features, judged.names) * scale
    means = [mean_of(hold_out_mean, part.features, part.names, part.scale) for part in (earlier, judged)]
    scatter = Scatter.fit(earlier, means[0], zero, unit[~later], settings)
    spread, none = scatter.spread_of(judged.features, judged.names), scatter.zero_of(judged.features, judged.names)
    share = best_share(judged.demand, scatter.quantiles(means[1], spread, none, unit[later]), told)
    return replace(QuantileTrees.fit(matrix, rows, *every, settings.seed), share=share) if share else None


def _later(hold_out: TrainingRows) -> NDArray[np.bool_]:
    """Which rows (n) are of the later half of the hold-out days."""
    later: NDArray[np.bool_] = hold_out.target > (hold_out.target.min() + hold_out.target.max()) // 2
    return later
