"""The demand of all days, those cut short included, learned beside the trees that are fitted to days seen whole.

A product sells out on busy days, so the days seen whole are the quiet ones. On the hold-out days the demand of days
cut short is completed by what they sold until the stock ended (`forecasting.demand.cut_short`). A small LightGBM learns
the factor from the mean forecast of days seen whole to the mean of all days, by how a product sells, how often it runs
out, and its price and promotion: a promoted day sells out more often. Another learns the spread of all days, from
draws, and its error shapes are those of all days. Each half of the hold-out days is learned from the other, so that
the shapes are those of days to come; what is forecast is the average of both. Revenue management calls this
unconstraining (Talluri & van Ryzin 2004, The Theory and Practice of Revenue Management, ch. 9.4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.cut_short import Completion
from forecasting.demand.days_in_stock import DaysInStock
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.features.features import SPREAD_FEATURES
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.features.training_rows import SETTLING_DAYS, TWEEDIE_POWER, TrainingRows, training_rows
from forecasting.known.frames import KnownAtOrigin, SalesHistory
from forecasting.model.error_shapes import LEAST_ERROR, LEAST_SPREAD, ErrorShapes
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.trees import SHARED, Trees, columns_of, spread_parameters

# How the factor depends on each feature: -1 falls with it, so that a lower price never means less demand; 1 rises
FACTOR_FEATURES: Final[Mapping[str, int]] = {
    "log_scale": 0, "variation": 0, "zero_share": 0, "exposure_0": 0, "exposure_7": 0, "exposure_28": 0,
    "whole_days_14": 0, "category": 0, "discount": -1, "promoted": 1,
}  # fmt: skip
OWN_SPREAD_FEATURES: Final = tuple(name for name in SPREAD_FEATURES if name != "horizon")
LEAST_EXPOSURE: Final = 1e-3  # a day without any in stock shows nothing
ROWS: Final = 80_000  # that are learned from, at most
# Weight of the ratio 1, in days cut short (Buehlmann's k = variance within / between): the ratio of such a day scatters
# by about its mean, the factors of regions and made worlds (1.13 to 1.45 were measured, decision 8) by a quarter of it.
PULL: Final = 16
MOST_FACTOR: Final = 20.0  # where days stay whole only when next to nothing is wanted
# Of the factor: first twice with each day weighed by its certainty, then twice on completed days
WEIGHED_ROUNDS, COMPLETED_ROUNDS, BOOSTED = 2, 2, 80
# LightGBM's own damping of steps (0.7) halves them: a rare group, as promoted days are, would stop short of its factor
UNDAMPED: Final = 0.01
LEAVES_OF_ROWS: Final = 50  # at most: with smaller ones, what chance did to one half misleads the other
FACTOR, SPREAD = "all_days_factor", "all_days_spread"  # names of the trees that are kept
HALVES: Final = 2  # of the hold-out days


Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HoldOutDays:
    """Days as they came, each (n), cut short or not, with what was known on their eve.

    values, names   their features
    served          mean forecast for days seen whole as it will be served, corrected by recent errors, in the
                    product's unit: what those make up for is no part of the factor
    held_out        the same by trees that were fitted without these days
    seen_whole      nothing was hidden
    second          in the second half of the days, which are every other one
    unit            of the product
    """

    days: DaysInStock
    values: Floats
    names: Sequence[str]
    served: Floats
    held_out: Floats
    seen_whole: NDArray[np.bool_]
    second: NDArray[np.bool_]
    unit: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.served)

    def levelled(self) -> Doubles:
        """The means served, times what they miss on days seen whole: that is no part of the factor."""
        whole, mean = self.seen_whole, self.served.astype(np.float64)
        sold, due = self.days.sold[whole].sum(), (mean * self.days.exposure)[whole].sum()
        return mean * np.float64(sold / due if sold > 0 else 1.0)


@dataclass(frozen=True, eq=False)
class AllDays:
    """From forecasts of days seen whole to those of all days: trees for the factor and the spread, and error shapes."""

    factor: Trees
    spread: Trees
    shapes: ErrorShapes

    def factor_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """Demand on all days over demand on days seen whole (n), of rows of features."""
        factor: Floats = np.minimum(self.factor.predict(values, names), np.float32(MOST_FACTOR))
        return factor

    def spread_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The expected relative error (n) of the mean of all days, at the first horizon, of rows of features."""
        return np.maximum(self.spread.predict(values, names), LEAST_SPREAD)

    def quantiles(self, mean: Floats, spread: Floats, unit: NDArray[np.object_]) -> Floats:
        """The quantiles (n, 7) of demand on all days, never negative and never crossing."""
        quantiles: Floats = np.maximum(mean[:, None] * (1 + spread[:, None] * self.shapes.at(mean, unit)), 0)
        return quantiles

    def to_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        """JSON-ready values, and LightGBM texts by name."""
        return {"shapes": self.shapes.to_dict()}, self.factor.to_texts(FACTOR) | self.spread.to_texts(SPREAD)

    @classmethod
    def from_parts(cls, kept: Mapping[str, Any], texts: Mapping[str, str]) -> AllDays:
        """What `to_parts` took apart."""
        factor, spread = Trees.from_texts(FACTOR, texts), Trees.from_texts(SPREAD, texts)
        return cls(factor, spread, ErrorShapes.from_dict(kept["shapes"]))


def held_out_days(
    panel: Panel,
    known: KnownAtOrigin,
    profiles: HourlyProfiles,
    settings: TrainingSettings,
    codes: Mapping[str, Mapping[str, int]],
    count: int,
    served: Callable[[TrainingRows], Floats],
    held_out: Callable[[TrainingRows], Floats],
) -> HoldOutDays | None:
    """The last `count` days of `panel`, made of `known` with `profiles`, which are held out, one day ahead; None where
    none of them was cut short.

    `served` and `held_out`: the mean forecasts (n) for days seen whole of rows, by the trees that will be served and by
    those that were fitted without the hold-out days."""
    first = panel.last - count + 1
    exposure = panel.exposure[:, first : panel.last + 1]
    if not ((exposure > LEAST_EXPOSURE) & (exposure < settings.least_exposure)).any():
        return None
    days = range(first, panel.last + 1)
    rows = training_rows(panel, days, (1,), LEAST_EXPOSURE, codes, BEHIND + SETTLING_DAYS)
    if len(rows) > ROWS:
        rows = rows.where(np.random.default_rng(settings.seed).permutation(len(rows)) < ROWS)
    second = (panel.last - rows.target) % HALVES == 1
    if second.all() or not second.any():
        return None
    history = known.history.where((known.history.days["date"] >= panel.day(first)).to_numpy())
    shown = DaysInStock.of(_days_of(rows, history, panel), known.products, profiles)
    if panel.log_factors is not None:
        shown = shown.divided_by(np.exp(panel.log_factors[rows.series, rows.target].astype(np.float64)))
    return HoldOutDays(
        shown,
        rows.features,
        rows.names,
        served(rows),
        held_out(rows),
        panel.exposure[rows.series, rows.target] >= settings.least_exposure,
        second,
        panel.series["unit"].to_numpy(dtype=object)[rows.series],
    )


def _days_of(rows: TrainingRows, history: SalesHistory, panel: Panel) -> SalesHistory:
    """The day of each of the rows as the history has it; where it has none, in stock all day and without a sale."""
    pair = ["warehouse_id", "product_id"]
    series = pd.MultiIndex.from_frame(panel.series[pair]).get_indexer(pd.MultiIndex.from_frame(history.days[pair]))
    at = np.full((len(panel.series), panel.last + 1), -1, dtype=np.intp)
    day = (history.days["date"] - panel.first_day).dt.days.to_numpy()
    known = (day <= panel.last) & (series >= 0)
    at[series[known], day[known]] = np.flatnonzero(known)
    found = at[rows.series, rows.target]
    silent = found < 0
    shown = history.take(np.maximum(found, 0))
    shown.hourly_sales[silent], shown.in_stock[silent] = 0, 1
    days = panel.series[pair].iloc[rows.series].reset_index(drop=True)
    days["date"] = panel.first_day + pd.to_timedelta(rows.target, unit="D")
    days["sales"] = np.where(silent, 0, shown.days["sales"])
    return replace(shown, days=days.assign(known_at=shown.days["known_at"]))


def learned_all_days(held_out: HoldOutDays, settings: TrainingSettings) -> AllDays:
    """From hold-out days of which some were cut short and some, in each half, were not."""
    seed = settings.seed
    factor, demand, trees = _learned_factor(held_out, seed)
    mean = held_out.held_out * factor
    mean = mean * (demand.sum() / mean.sum())  # errors of the level are no part of the scatter
    demand = Completion.fitted(held_out.days, mean).drawn(seed)
    halves = _Halves(held_out, OWN_SPREAD_FEATURES)
    parameters = spread_parameters(len(mean)) | {"seed": seed}
    weight = mean ** (2 - TWEEDIE_POWER)
    spread, of_spread = halves.fitted(
        np.maximum(np.abs(demand / mean - 1), LEAST_ERROR), weight, parameters, settings.spread_rounds
    )
    error = (demand / mean - 1) / np.maximum(spread, LEAST_SPREAD)
    shapes = ErrorShapes.of(mean.astype(np.float32), error.astype(np.float32), held_out.unit)
    return AllDays(trees, of_spread, shapes)


def _learned_factor(held_out: HoldOutDays, seed: int) -> tuple[Doubles, Doubles, Trees]:
    """The factor (n) of each hold-out day by the other half's trees, its expected demand (n), and the trees of both.

    Weighed by certainty, ratios of sales to what was due fit the likelihood of days cut short or not; completed days
    then make sums of demand right in every group that the features tell apart, whatever the scatter is like."""
    days = held_out.days
    halves = _Halves(held_out, list(FACTOR_FEATURES))
    cut_short = np.count_nonzero(~held_out.seen_whole)
    trust = cut_short / (cut_short + PULL)
    parameters: dict[str, Any] = {
        "objective": "poisson",
        "num_leaves": 15,
        "learning_rate": 0.1,
        "poisson_max_delta_step": UNDAMPED,
        "min_data_in_leaf": min(1000, max(50, len(held_out) // LEAVES_OF_ROWS)),
        "monotone_constraints": list(FACTOR_FEATURES.values()),
        "seed": seed,
    }
    mean = held_out.levelled()
    due = mean * (days.exposure + days.last_share / 2)
    factor = np.full(len(mean), (days.sold + days.last_sold).sum() / due.sum())
    for at in range(WEIGHED_ROUNDS + COMPLETED_ROUNDS):
        found = Completion.fitted(days, mean * factor)
        if at < WEIGHED_ROUNDS:
            due = np.maximum(mean * found.exposure, 1e-9)
            ratio, weight = found.events * days.purchase / due, due * found.certainty
        else:
            ratio, weight = found.expected() / mean, mean
        factor, trees = halves.fitted(1 + trust * (ratio - 1), weight, parameters, BOOSTED)
        factor = np.minimum(factor, MOST_FACTOR)
    return factor, found.expected(), trees


class _Halves:
    """Trees fitted to each half of some rows; each row is predicted by those of the other half."""

    def __init__(self, held_out: HoldOutDays, names: Sequence[str]) -> None:
        values = self._values = columns_of(held_out.values, held_out.names, names)
        self._rows = [np.flatnonzero(~held_out.second), np.flatnonzero(held_out.second)]
        self._data = [
            lgb.Dataset(values[rows], np.ones(len(rows)), feature_name=list(names), params=SHARED, free_raw_data=False)
            for rows in self._rows
        ]

    def fitted(self, label: Doubles, weight: Doubles, parameters: dict[str, Any], rounds: int) -> tuple[Doubles, Trees]:
        """Each row's label (n) as the other half's trees predict it, and the trees of both halves, averaged."""
        predicted, boosters = np.empty(len(label)), []
        for rows, others, data in zip(self._rows, self._rows[::-1], self._data, strict=True):
            data.construct().set_label(label[rows])
            # `set_weight` would leave earlier weights standing where the new ones are all 1
            data.set_field("weight", (weight[rows] / weight[rows].mean()).astype(np.float32))
            booster = lgb.train(SHARED | parameters, data, rounds)
            predicted[others] = np.asarray(booster.predict(self._values[others], num_threads=1))
            boosters.append(booster)
        return predicted, Trees.of(*boosters)
