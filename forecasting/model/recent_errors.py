"""What the trees missed lately, and how much of it they will miss again.

A price that works better than it used to, a harvest that everybody wants: what moves a product in a city shows in
the forecasts of the last days before any tree has learned it. So the demand of the last days is set against what the
trees said of each of them on its eve, by product in a city, the latest days and those of the same weekday counting
most; the ratios are pulled towards 1 by a weight that is learned, like the half-life, from days the trees had not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.features import features, scale_of
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.features.training_rows import TWEEDIE_POWER, TrainingRows
from forecasting.model.error_shapes import LEAST_IN_BAND, ErrorShapes, RecentErrorShapes

LOOKED_BACK: Final = 14  # days
HALF_LIVES: Final = (2.0, 4.0, 8.0)
WEEKLIES: Final = (0.0, 0.5, 1.0)
PULLS: Final = (np.inf, 300.0, 100.0, 30.0, 10.0)  # days of an average series
FADES: Final = (1.0, 0.9, 0.8)

Doubles = NDArray[np.float64]
# (features, their names, scale) -> mean demand, expected relative error
Predict = Callable[[Floats, Sequence[str], Floats], tuple[Floats, Floats]]


@dataclass(frozen=True)
class ErrorPersistence:
    """How what was missed lately lasts.

    half_life: days; weekly: what a day of the target's weekday counts for beside that, had it just been; pull: what
    the ratio of 1 counts for, in units of demand of a product in a city; fade: the share of a (log) ratio that is left
    a day further ahead.
    """

    half_life: float = 4.0
    weekly: float = 0.0
    pull: float = np.inf
    fade: float = 1.0

    @property
    def nothing(self) -> bool:
        """Whether nothing lasts."""
        return bool(np.isinf(self.pull))


class RecentErrors:
    """What some trees forecast for each day on its eve, beside the demand that came; made when first asked for.

    `panel` holds all series; the record of a part of it is the same record, since sums go over the whole.
    """

    def __init__(self, panel: Panel, predict: Predict, codes: Mapping[str, Mapping[str, int]], exposed: float) -> None:
        self._panel, self._predict, self._codes, self._exposed = panel, predict, codes, exposed
        self._days: dict[int, tuple[Floats, Floats, Floats]] = {}
        self._recent: dict[tuple[int, int, ErrorPersistence, int], RecentErrorShapes | None] = {}
        self._one_asks = Lock()
        self._groups = panel.groups["city_product"].of_series
        self._count = len(panel.groups["city_product"].sales)

    def of_day(self, day: int) -> tuple[Floats, Floats, Floats]:
        """Demand, expected demand and its expected relative error (series) of a day index; all 0 where the day does
        not tell its demand."""
        with self._one_asks:
            if day not in self._days:
                self._days[day] = self._made(day)
            return self._days[day]

    def tell(self, observed: TrainingRows, mean: Floats) -> None:
        """What was forecast (`mean`, n) of lessons on the whole panel, so that days seen on their eve are not
        forecast again; the relative error expected counts as 1."""
        for rows, eve, ahead in observed.by_origin():
            if ahead == 1:
                demand, expected, spread = np.zeros((3, len(self._panel.series)), dtype=np.float32)
                series = observed.series[rows]
                demand[series], expected[series], spread[series] = observed.demand[rows], mean[rows], 1
                self._days[eve + 1] = demand, expected, spread

    def _made(self, day: int) -> tuple[Floats, Floats, Floats]:
        panel, eve = self._panel, day - 1
        demand, mean, spread = np.zeros((3, len(panel.series)), dtype=np.float32)
        # a week of history before it, else the level says nothing yet
        if eve < BEHIND + 6:
            return demand, mean, spread
        observed = np.flatnonzero((panel.exposure[:, day] >= self._exposed) & panel.offered(eve))
        if len(observed):
            scale = scale_of(panel, eve)
            values, names = features(panel, eve, 1, scale, self._codes)
            demand[observed] = panel.sales[observed, day] / panel.exposure[observed, day]
            mean[observed], spread[observed] = self._predict(values[observed], names, scale[observed])
        return demand, mean, spread

    def recent(self, origin: int, since: int, persistence: ErrorPersistence, days: int) -> RecentErrorShapes | None:
        """The shape of the errors made after a training that ended with the day `since`, as known at the origin;
        None where there are none yet. After `days` they stand for themselves."""
        key = (origin, since, persistence, days)
        with self._one_asks:
            if key in self._recent:
                return self._recent[key]
        found = self._shapes_of(origin, since, persistence, days)
        with self._one_asks:
            self._recent[key] = found
        return found

    def _shapes_of(self, origin: int, since: int, persistence: ErrorPersistence, days: int) -> RecentErrorShapes | None:
        means, errors, rows = [], [], []
        for day in range(max(since, origin - days) + 1, origin + 1):
            demand, mean, spread = self.of_day(day)
            observed = np.flatnonzero((mean > 0) & (self._panel.known_day[:, day] <= origin))
            corrected = mean[observed] * self.factors(self._panel, day - 1, persistence)[observed]
            means.append(corrected)
            errors.append((demand[observed] / corrected - 1) / spread[observed])
            rows.append(observed)
        count = sum(map(len, rows))
        if not count:
            return None
        unit = self._panel.series["unit"].to_numpy(dtype=object)[np.concatenate(rows)]
        passed = min(1.0, (origin - since) / days)
        weight = passed * count / (count + LEAST_IN_BAND)
        return RecentErrorShapes(ErrorShapes.of(np.concatenate(means), np.concatenate(errors), unit), weight)

    def factors(self, of: Panel, origin: int, persistence: ErrorPersistence, horizon: int = 1) -> Floats:
        """What to multiply the forecasts of the series of `of` (the whole or a part) with, seen from an origin."""
        if persistence.nothing:
            return np.ones(len(of.series), dtype=np.float32)
        sums = self._sums(origin, persistence.half_life)
        if persistence.weekly:
            sums = sums + persistence.weekly * self._weekly_sums(origin, origin + horizon)
        return self._factors(sums, persistence, horizon)[of.groups["city_product"].of_series]

    def factors_of(self, of: Panel, observed: TrainingRows, persistence: ErrorPersistence) -> Floats:
        """The factors (n) of the forecasts of lessons whose series are rows of `of`, each seen from its own origin."""
        result = np.ones(len(observed), dtype=np.float32)
        if persistence.nothing:
            return result
        for rows, origin, ahead in observed.by_origin():
            result[rows] = self.factors(of, origin, persistence, ahead)[observed.series[rows]]
        return result

    def fitted_persistence(self, observed: TrainingRows, mean: Floats) -> ErrorPersistence:
        """How what is missed lasts, as it betters the forecasts (`mean`, n) of lessons on the whole panel most.

        Squared errors count relative to mean ** power, the variance of demand.
        """
        average = float(observed.demand.mean())
        weight = mean ** np.float32(-TWEEDIE_POWER)
        product_of, square_of = weight * observed.demand * mean, weight * mean * mean
        # the squared error of demand against factor x mean, less what no factor changes, by product in a city
        parts = []
        for rows, origin, ahead in observed.by_origin():
            group = self._groups[observed.series[rows]]
            linear = np.bincount(group, product_of[rows], self._count)
            square = np.bincount(group, square_of[rows], self._count)
            parts.append((linear, square, origin, ahead))
        errors: dict[ErrorPersistence, float] = {}
        fades = FADES if max(ahead for *_, ahead in parts) > 1 else FADES[:1]
        weekdays = [self._weekly_sums(origin, origin + ahead) for _, _, origin, ahead in parts]
        for half_life in HALF_LIVES:
            lately = {origin: self._sums(origin, half_life) for origin in {at for _, _, at, _ in parts}}
            for weekly in WEEKLIES:
                sums = [lately[part[2]] + weekly * alike for part, alike in zip(parts, weekdays, strict=True)]
                for pull, fade in product(PULLS, fades):
                    persistence = ErrorPersistence(half_life, weekly, pull * average, fade)
                    errors[persistence] = 0.0
                    for (linear, square, _, ahead), of_part in zip(parts, sums, strict=True):
                        factor = self._factors(of_part, persistence, ahead)
                        errors[persistence] += float(
                            (factor * factor * square - 2 * factor * linear).sum(dtype=np.float64)
                        )
        return min(errors, key=errors.__getitem__)

    def _sums(self, origin: int, half_life: float) -> Doubles:
        """Demand and expected demand of the last days by product in a city, (2, group), the latest counting most."""
        return self._weighed(origin, {back: 0.5 ** (back / half_life) for back in range(LOOKED_BACK)})

    def _weekly_sums(self, origin: int, target: int) -> Doubles:
        """The same of the last days that are like the target's weekday; a week further back counts half."""
        like = self._panel.workdays.like
        backs = [back for back in range(LOOKED_BACK) if like[origin - back] == like[target]]
        return self._weighed(origin, {back: 0.5 ** ((back + 1) / 7) for back in backs})

    def _weighed(self, origin: int, weights: Mapping[int, float]) -> Doubles:
        total = np.zeros((2, self._count))
        for back, weight in weights.items():
            if origin - back >= BEHIND:
                total += weight * self._by_product(origin - back, origin)
        return total

    def _by_product(self, day: int, origin: int) -> Doubles:
        """Demand and expected demand of a day by product in a city, (2, group), as known at an origin."""
        known = self._panel.known_day[:, day] <= origin
        sums = [np.bincount(self._groups, np.where(known, values, 0), self._count) for values in self.of_day(day)[:2]]
        return np.stack(sums)

    def _factors(self, sums: Doubles, persistence: ErrorPersistence, horizon: int) -> Floats:
        """The factor of each product in a city."""
        demand, expected = sums
        ratio = np.ones(len(expected))
        if np.isfinite(persistence.pull):
            ratio = (demand + persistence.pull) / (expected + persistence.pull)
        factors: Floats = (ratio ** (persistence.fade ** (horizon - 1))).astype(np.float32)
        return factors


def recent_errors_of(
    panel: Panel, trees: object, predict: Predict, codes: Mapping[str, Mapping[str, int]], least_exposure: float
) -> RecentErrors:
    """The track record of some trees on a panel, made once for the panel and all its parts."""
    whole = panel.whole or panel
    if id(trees) not in whole.records:
        # the trees stay with their record, so that no others can get their id
        whole.records[id(trees)] = trees, RecentErrors(whole, predict, codes, least_exposure)
    record = whole.records[id(trees)][1]
    assert isinstance(record, RecentErrors)  # noqa: S101 - nothing else is put there
    return record
