"""What the trees missed lately, and how much of it they will miss again.

A price that works better than it used to, a harvest that everybody wants: what moves a product in a city shows in
the forecast errors of the last days before any tree has learned it. So the demand of the last days is set against its
forecasts one day ahead, by product in a city, the latest days and those of the same weekday weighing most. The ratios
are pulled towards 1; the strength of the pull and the half-life are fitted on hold-out days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.all_cores import on_all_cores
from forecasting.features.features import features, scale_of
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.features.training_rows import TWEEDIE_POWER, TrainingRows
from forecasting.model.error_shapes import LEAST_ERRORS, ErrorShapes, RecentErrorShapes

LOOKED_BACK: Final = 14  # days
LEAST_HISTORY: Final = 6  # days before the eve of a forecast day; the level says nothing with fewer
# The grid that ErrorPersistence is fitted on. What each part is worth was measured: docs/forecasting.md.
HALF_LIVES: Final = (2.0, 4.0, 8.0)
WEEKLIES: Final = (0.0, 0.5, 1.0)
PULLS: Final = (np.inf, 300.0, 100.0, 30.0, 10.0)  # days of an average series
FADES: Final = (1.0, 0.9, 0.8)
CITIES: Final = (0.0, 0.25, 0.5)
CITY_DAY: Final = 1.5  # a day on which a whole city wants more times what was due than this is no new level
CITY_HALF_LIFE: Final = 8.0  # days: a city's level is that of a week or two

Doubles = NDArray[np.float64]
# (features, their names, scale) -> mean demand, expected relative error, probability of a day without demand
Predict = Callable[[Floats, Sequence[str], Floats], tuple[Floats, Floats, Floats]]
OfDay = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True)
class ErrorPersistence:
    """How recent errors carry over to the days ahead.

    half_life: of a day's weight, in days; weekly: weight of a day like the target's weekday, relative to the latest
    day's; pull: weight of the ratio 1, in units of demand of a product in a city; fade: the share of a (log) ratio
    left with each further day ahead, the first day ahead taking it whole; city: the share of what was missed of a city
    as a whole that will be missed again, before anything is said of its products.
    """

    half_life: float = 4.0
    weekly: float = 0.0
    pull: float = np.inf
    fade: float = 1.0
    city: float = 0.0

    @property
    def nothing(self) -> bool:
        """Whether no error carries over."""
        return bool(np.isinf(self.pull)) and self.city == 0

    @property
    def strength(self) -> tuple[float, ...]:
        """By how much of a miss is carried over, and from how few days, to be compared."""
        return self.city, 1 / self.pull, self.weekly, 1 / self.half_life, self.fade


class RecentErrors:
    """What some trees forecast of each day on its eve, beside the demand that came; computed when first asked for.

    `panel` holds all series: the sums behind the factors go over the whole, whichever part of it is asked about.
    """

    def __init__(
        self, panel: Panel, predict: Predict, codes: Mapping[str, Mapping[str, int]], least_exposure: float
    ) -> None:
        self._panel, self._predict, self._codes, self._least_exposure = panel, predict, codes, least_exposure
        self._days: dict[int, OfDay] = {}
        self._shapes: dict[tuple[int, int, ErrorPersistence, int], RecentErrorShapes | None] = {}
        self._lately: dict[tuple[int, float], Doubles] = {}  # by origin and half-life
        self._one_at_a_time = Lock()
        self._groups = panel.groups["city_product"].of_series
        self._count = len(panel.groups["city_product"].sales)
        self._cities: dict[int, Doubles] = {}
        self._city = np.zeros(self._count, dtype=np.intp)  # of each product in a city
        self._city[self._groups] = panel.groups["city"].of_series
        self._calendar = np.zeros(self._count, dtype=np.intp)  # of each product in a city
        self._calendar[self._groups] = panel.calendar_row

    def of_day(self, day: int) -> OfDay:
        """Demand, its mean forecast, expected relative error and probability of no demand (series) of a day index; all
        0 for a series that was not seen whole that day."""
        self._forecast([day])
        return self._days[day]

    def _forecast(self, days: Sequence[int]) -> None:
        """Sees to it that the forecasts of these days are there."""
        with self._one_at_a_time:
            missing = [day for day in days if day not in self._days]
            self._days |= zip(missing, on_all_cores(self._forecast_of, missing), strict=True)

    def record(self, rows: TrainingRows, mean: Floats) -> None:
        """Keeps forecasts (`mean`, n) of training rows on the whole panel, so that days seen on their eve are not
        forecast again; their expected relative error counts as 1."""
        for of_origin, eve, ahead in rows.by_origin():
            if ahead == 1:
                demand, expected, spread, zero = np.zeros((4, len(self._panel.series)), dtype=np.float32)
                series = rows.series[of_origin]
                demand[series], expected[series], spread[series] = rows.demand[of_origin], mean[of_origin], 1
                self._days[eve + 1] = demand, expected, spread, zero
        self._lately.clear()
        self._cities.clear()

    def _forecast_of(self, day: int) -> OfDay:
        panel, eve = self._panel, day - 1
        demand, mean, spread, zero = np.zeros((4, len(panel.series)), dtype=np.float32)
        if eve < BEHIND + LEAST_HISTORY:
            return demand, mean, spread, zero
        series = np.flatnonzero((panel.exposure[:, day] >= self._least_exposure) & panel.offered(eve))
        if len(series):
            scale = scale_of(panel, eve)
            values, names = features(panel, eve, 1, scale, self._codes)
            demand[series] = panel.sales[series, day] / panel.exposure[series, day]
            mean[series], spread[series], zero[series] = self._predict(values[series], names, scale[series])
        return demand, mean, spread, zero

    def shapes_since_training(
        self, origin: int, trained_to: int, persistence: ErrorPersistence, days: int
    ) -> RecentErrorShapes | None:
        """The shape of the errors made after a training that ended with the day `trained_to`, as known at the origin;
        None where there are none yet. After `days` days nothing else counts."""
        key = (origin, trained_to, persistence, days)
        with self._one_at_a_time:
            if key in self._shapes:
                return self._shapes[key]
        found = self._shapes_of(origin, trained_to, persistence, days)
        with self._one_at_a_time:
            self._shapes[key] = found
        return found

    def _shapes_of(
        self, origin: int, trained_to: int, persistence: ErrorPersistence, days: int
    ) -> RecentErrorShapes | None:
        means, errors, rows = [], [], []
        for day in range(max(trained_to, origin - days) + 1, origin + 1):
            demand, mean, spread, zero = self.of_day(day)
            on_sale = (mean > 0) & (self._panel.known_day[:, day] <= origin)
            series = np.flatnonzero(on_sale & ((demand > 0) | (zero == 0)))
            corrected = (mean / (1 - zero) * self.factors(self._panel, day - 1, persistence))[series]
            means.append(corrected)
            errors.append((demand[series] / corrected - 1) / spread[series])
            rows.append(series)
        count = sum(map(len, rows))
        if not count:
            return None
        unit = self._panel.series["unit"].to_numpy(dtype=object)[np.concatenate(rows)]
        passed = min(1.0, (origin - trained_to) / days)
        weight = passed * count / (count + LEAST_ERRORS)
        return RecentErrorShapes(ErrorShapes.of(np.concatenate(means), np.concatenate(errors), unit), weight)

    def factors(self, of: Panel, origin: int, persistence: ErrorPersistence, horizon: int = 1) -> Floats:
        """The factor on the forecasts of each series of `of` (the whole panel or a part), from an origin day."""
        if persistence.nothing:
            return np.ones(len(of.series), dtype=np.float32)
        sums = self._sums(origin, persistence.half_life)
        if persistence.weekly:
            sums = sums + persistence.weekly * self._weekly_sums(origin, origin + horizon)
        missed = self._of_city(origin) if persistence.city else np.ones(self._count)
        found: Floats = _factors(sums, missed, persistence, horizon - 1).astype(np.float32)
        return found[of.groups["city_product"].of_series]

    def factors_of(self, of: Panel, rows: TrainingRows, persistence: ErrorPersistence) -> Floats:
        """The factors (n) on the forecasts of training rows made from `of`, each from its own origin."""
        result = np.ones(len(rows), dtype=np.float32)
        if persistence.nothing:
            return result
        for of_origin, origin, ahead in rows.by_origin():
            result[of_origin] = self.factors(of, origin, persistence, ahead)[rows.series[of_origin]]
        return result

    def fitted_persistence(self, rows: TrainingRows, mean: Floats) -> ErrorPersistence:
        """The point of the grid that improves the forecasts (`mean`, n) of training rows on the whole panel most; no
        error carries over where that is within what chance does.

        Squared errors are weighed by mean ** -power, the inverse of the variance of demand.
        """
        average = float(rows.demand.mean())
        weight = mean ** np.float32(-TWEEDIE_POWER)
        product_of, square_of = weight * rows.demand * mean, weight * mean * mean
        # sum of (demand - factor * mean)^2 by product in a city, less what no factor changes
        parts = rows.by_origin()
        linear, square = np.zeros((2, len(parts), self._count))
        for at, (of_origin, _, _) in enumerate(parts):
            group = self._groups[rows.series[of_origin]]
            linear[at] = np.bincount(group, product_of[of_origin], self._count)
            square[at] = np.bincount(group, square_of[of_origin], self._count)
        origins = [origin for _, origin, _ in parts]
        further = np.array([ahead - 1 for *_, ahead in parts])[:, None]
        targets = np.array([origin + ahead for _, origin, ahead in parts])
        weekdays = np.stack([self._weekly_sums(origin, origin + ahead) for _, origin, ahead in parts], axis=1)
        missed = np.stack([self._of_city(origin) for origin in origins])
        by_day: dict[ErrorPersistence, Doubles] = {}
        fades = FADES if further.any() else FADES[:1]
        nothing = ErrorPersistence()
        for half_life in HALF_LIVES:
            lately = np.stack([self._sums(origin, half_life) for origin in origins], axis=1)
            for weekly in WEEKLIES:
                sums = lately + weekly * weekdays
                for pull, fade, city in product(PULLS, fades, CITIES):
                    persistence = ErrorPersistence(half_life, weekly, pull * average, fade, city)
                    persistence = nothing if persistence.nothing else persistence
                    if persistence not in by_day:
                        factor = _factors(sums, missed, persistence, further)
                        lost = (factor * factor * square - 2 * factor * linear).sum(axis=1)
                        by_day[persistence] = np.bincount(targets - targets.min(), lost).astype(np.float64)
        best = min(by_day, key=lambda persistence: float(by_day[persistence].sum()))
        # By chance some point is always best: of those that are not told apart from it the one that carries over least
        # is taken (the one-standard-error rule: Breiman et al. 1984, Classification and Regression Trees, ch. 3.4.3).
        alike = [persistence for persistence, lost in by_day.items() if _within_chance(lost - by_day[best])]
        least = min(alike, key=lambda persistence: persistence.strength)
        # Of a city as a whole as much as chance allows beside that: what is missed of all products alike adds up in
        # what is bought, where the misses of single products even out.
        of_city = [least, *(replace(least, city=city) for city in CITIES if city > least.city)]
        return [one for one in of_city if one in by_day and _within_chance(by_day[one] - by_day[least])][-1]

    def _sums(self, origin: int, half_life: float) -> Doubles:
        """Demand and its forecast over the last days by product in a city, (2, group), the latest weighing most."""
        if (origin, half_life) not in self._lately:
            weights = {back: 0.5 ** (back / half_life) for back in range(LOOKED_BACK)}
            self._lately[origin, half_life] = self._weighed(origin, weights)
        return self._lately[origin, half_life]

    def _weekly_sums(self, origin: int, target: int) -> Doubles:
        """The same over the last days that are like the target's weekday; a week further back weighs half."""
        found = []
        for of in self._panel.calendars.values():
            backs = [back for back in range(LOOKED_BACK) if of.like[origin - back] == of.like[target]]
            found.append(self._weighed(origin, {back: 0.5 ** ((back + 1) / 7) for back in backs}))
        return found[0] if len(found) == 1 else np.stack(found)[self._calendar, :, np.arange(self._count)].T

    def _weighed(self, origin: int, weights: Mapping[int, float]) -> Doubles:
        total = np.zeros((2, self._count))
        weights = {back: weight for back, weight in weights.items() if origin - back >= BEHIND}
        self._forecast([origin - back for back in weights])
        for back, weight in weights.items():
            total += weight * self._by_product(origin - back, origin)
        return total

    def _by_product(self, day: int, origin: int) -> Doubles:
        """Demand and its forecast of a day by product in a city, (2, group), as known at an origin."""
        known = self._panel.known_day[:, day] <= origin
        sums = [np.bincount(self._groups, np.where(known, values, 0), self._count) for values in self.of_day(day)[:2]]
        return np.stack(sums)

    def _of_city(self, origin: int) -> Doubles:
        """What was missed lately of the city of each group as a whole, as a ratio (group): the mean of the logarithms
        of its days, none of which counts as more than CITY_DAY, so that a day out of all order is no new level."""
        if origin not in self._cities:
            total, weights = np.zeros((2, self._count))
            for back in range(min(LOOKED_BACK, origin - BEHIND + 1)):
                came, due = (
                    np.bincount(self._city, values)[self._city] for values in self._by_product(origin - back, origin)
                )
                weight = np.where(due > 0, 0.5 ** (back / CITY_HALF_LIFE), 0.0)
                ratio = np.divide(came, due, out=np.ones_like(due), where=due > 0)
                total += weight * np.log(np.clip(ratio, 1 / CITY_DAY, CITY_DAY))
                weights += weight
            self._cities[origin] = np.exp(total / np.maximum(weights, 1e-9))
        return self._cities[origin]


def _factors(sums: Doubles, missed: Doubles, persistence: ErrorPersistence, further: int | NDArray[np.intp]) -> Doubles:
    """The factor of each product in a city, from the sums of demand and its forecast (2, ..., group), what was missed
    of its city (..., group) and how many days it lies beyond tomorrow."""
    demand, expected = sums
    ratio = of_city = missed**persistence.city if persistence.city else np.ones_like(demand)
    if np.isfinite(persistence.pull):
        ratio = of_city * (demand + persistence.pull) / (expected * of_city + persistence.pull)
    return ratio if persistence.fade == 1 else ratio ** (persistence.fade**further)


def _within_chance(more_lost: Doubles) -> bool:
    """Whether losing so much more, by day, is within one standard error of losing nothing more."""
    return bool(more_lost.sum() <= np.sqrt(len(more_lost)) * more_lost.std())


def keep_recent_errors(panel: Panel, trees: object, errors: RecentErrors) -> None:
    """Lets `recent_errors_of` find what was computed already of a model on a panel."""
    # the model is kept beside its errors, so that no other can get its id
    (panel.whole or panel).recent_errors[id(trees)] = trees, errors


def recent_errors_of(
    panel: Panel, trees: object, predict: Predict, codes: Mapping[str, Mapping[str, int]], least_exposure: float
) -> RecentErrors:
    """The recent errors of some trees on a panel, computed once for the panel and all its parts."""
    whole = panel.whole or panel
    if id(trees) not in whole.recent_errors:
        keep_recent_errors(whole, trees, RecentErrors(whole, predict, codes, least_exposure))
    errors = whole.recent_errors[id(trees)][1]
    assert isinstance(errors, RecentErrors)  # noqa: S101 - nothing else is put there
    return errors
