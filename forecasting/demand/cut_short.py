"""The demand of days cut short, given what was expected of them: its mean, and draws of it.

A day's demand is what was expected of it times a gamma factor of the whole day, in purchases through the day. What was
sold until the stock ended updates that factor, and the factor says what the rest of the day would have brought
(`forecasting.statistics.gamma_poisson`): a day that sold out early was a busy one, the more so the more of its sales
were no matter of chance. That neither the mean nor the scatter is blurred by who ordered how much is due to the
likelihood, which is the same whether stock or closing time ended the sales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc
from scipy.stats import poisson

from forecasting.demand.days_in_stock import DaysInStock
from forecasting.statistics.gamma_poisson import USUAL_SHAPE, GammaPoisson, expected_at_least

FITS = 2  # of the shapes: the demand of the last hour depends on them
ROUNDS = 3  # in which the demand of the last hour and the factor of the day settle

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Completion:
    """What days show, in purchases, with what was expected of each: `mean` (n, of a whole day) and the `shape` (n) of
    the day's gamma factor; `events` (n) until the end of the hour in which the stock ended, and the `exposure` (n)
    until then, 1 for a day seen whole."""

    days: DaysInStock
    mean: Floats
    shape: Floats
    events: Floats
    exposure: Floats

    @classmethod
    def fitted(cls, days: DaysInStock, mean: Floats) -> Completion:
        """With the shapes that the days themselves show. `mean` (n): expected of whole days, in the product's unit."""
        expected = mean / days.purchase
        found = cls._with(days, expected, np.full(len(days), USUAL_SHAPE))
        for _ in range(FITS):
            shape, level = GammaPoisson.fitted(found.events, expected, found.exposure).at(expected)
            found = cls._with(days, expected * level, shape)
        return found

    @classmethod
    def _with(cls, days: DaysInStock, expected: Floats, shape: Floats) -> Completion:
        sold, least = days.sold / days.purchase, np.maximum(days.last_sold / days.purchase, 1)
        until = np.minimum(days.exposure + days.last_share, 1)
        events = sold + np.where(days.last_sold > 0, least, 0)
        for _ in range(ROUNDS):
            factor = (shape + events) / (shape + expected * until)
            last = expected_at_least(least, np.maximum(expected * days.last_share * factor, 1e-12))
            events = sold + np.where(days.last_sold > 0, last, 0)
        return cls(days, expected, shape, events, until)

    @property
    def certainty(self) -> Floats:
        """The weight (n) of a day's ratio of sales to what was due, beside that of one without a factor of the day."""
        weight: Floats = self.shape / (self.shape + self.mean * self.exposure)
        return weight

    def expected(self) -> Floats:
        """The expected demand (n) of each day, in the product's unit; of a day seen whole its sales."""
        factor = (self.shape + self.events) / (self.shape + self.mean * self.exposure)
        demand: Floats = (self.events + (1 - self.exposure) * self.mean * factor) * self.days.purchase
        return demand

    def drawn(self, seed: int) -> Floats:
        """One draw (n) of each day's demand, in the product's unit; of a day seen whole its sales."""
        random = np.random.default_rng(seed)
        days = self.days
        factor = random.gamma(self.shape + self.events) / (self.shape + self.mean * self.exposure)
        least = np.maximum(days.last_sold / days.purchase, 1)
        due = np.maximum(factor * self.mean * days.last_share, 1e-9)
        below = 1 - gammainc(least, due)  # the probability of fewer, also where sales are no multiple of the size
        level = np.minimum(below + (1 - below) * random.random(len(days)), 1 - 1e-12)
        last = np.where(days.last_sold > 0, np.maximum(poisson.ppf(level, due), least), 0)
        rest = random.poisson(factor * self.mean * (1 - self.exposure))
        demand: Floats = days.sold + (last + rest) * days.purchase
        return demand
