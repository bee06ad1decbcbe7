"""Demand in scenarios, by day and by period of a plan: as the forecast's days go together, in whole units where a
product is sold in wholes, and never below what customers have ordered ahead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.forecast_days import ForecastDays
from warehouse.purchasing.need.periods import Periods
from warehouse.purchasing.need.rest_of_today import RestOfToday
from warehouse.purchasing.need.scenarios import DrawDemand, dice, in_whole_units
from warehouse.purchasing.plan_settings import PlanSettings

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DemandToCome:
    """Products (p), days from the order date on (t), scenarios (s); the product's unit.

    drawn      p x t x s: of whole days, not yet in whole units
    in_wholes  p
    thrown     (t + 1) x s: dice of the days, and of what comes after them
    """

    drawn: Floats
    in_wholes: NDArray[np.bool_]
    thrown: Floats

    @cached_property
    def by_day(self) -> Floats:
        """p x t x s, of whole days."""
        whole = self.drawn.copy()
        whole[self.in_wholes] = in_whole_units(whole[self.in_wholes], self.thrown[:-1])
        return whole

    @cached_property
    def mean_today(self) -> Floats:
        """p: of the whole order date."""
        mean: Floats = self.drawn[:, 0].mean(axis=1)
        return mean

    @property
    def later_dice(self) -> Floats:
        """s: for the days after these."""
        last: Floats = self.thrown[-1]
        return last

    def by_period(self, rest: RestOfToday, periods: Periods) -> Floats:
        """p x periods x s: what is planned of the order date, then whole days."""
        until = rest.demand_until(self.drawn[:, 0], periods)
        until[self.in_wholes] = in_whole_units(until[self.in_wholes], self.thrown[0])
        return np.concatenate([np.diff(until, axis=1, prepend=0), self.by_day[:, 1:]], axis=1)

    def only(self, known: Floats, first: int) -> "DemandToCome":
        """With no more than is `known` (p x t) of each day from `first` on."""
        drawn = self.drawn.copy()
        drawn[:, first:] = known[:, first:, None]
        return replace(self, drawn=drawn)


def demand_to_come(
    forecast: ForecastDays, covers: Sequence[Cover], preordered: Floats, draw: DrawDemand, settings: PlanSettings
) -> DemandToCome:
    """Drawn from the forecast; at least what is `preordered` (p x t) in every scenario."""
    thrown = dice(forecast.mean.shape[1] + 1, settings.scenarios, settings.seed)
    ids = [cover.product_id for cover in covers]
    drawn = np.array(draw(ids, forecast.quantiles, forecast.mean, settings.scenarios, settings.seed))
    in_wholes = np.array([cover.in_wholes for cover in covers])
    return DemandToCome(np.maximum(drawn, preordered[:, :, None]), in_wholes, thrown)


def preordered_by_day(
    preordered: Mapping[tuple[str, date], float], covers: Sequence[Cover], order_date: date, days: int
) -> Floats:
    """What is ordered ahead, products x days; other products, and days that are not looked at, do not count."""
    rows = {cover.product_id: row for row, cover in enumerate(covers)}
    known = np.zeros((len(covers), days))
    for (product_id, day), quantity in preordered.items():
        ahead = (day - order_date).days
        if product_id in rows and 0 <= ahead < days:
            known[rows[product_id], ahead] = quantity
    return known
