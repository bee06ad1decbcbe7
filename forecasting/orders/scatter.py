"""How far orders scatter: from half hour to half hour within a day, and whole days from what was expected of them.

Within a day the variance is measured against the day's own total, per order expected, by volume: quiet half hours and
busy ones scatter differently. Whole days are measured against what was expected of them LEAD days before, less what
their half hours scatter by; pooled over the region, and, until enough days were foreseen, with what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.orders.known_orders import Floats, OrderDays
from forecasting.statistics.credibility import banded

USUAL_DAY: Final = 0.11  # standard deviation of a day around its forecast: FreshRetailNet's are missed by 9% (WAPE)
USUAL_WEIGHT: Final = 5.0  # days of a warehouse that what is usual counts as
RECENT: Final = 28  # days that whole days are measured on: before them levels had less to go by
FARTHEST: Final = 0.5  # a day farther off than this share was an event, and counts as so far off
LEAST_NOISE: Final = 0.05  # of variance per order


@dataclass(frozen=True, eq=False)
class Scatter:
    """Variance per order expected (`noise`) at volumes (`log_volume`, of the orders of a half hour), and the variance
    of a day's factor by whether its demand is known (`day`: without, with)."""

    log_volume: Floats
    noise: Floats
    day: tuple[float, float]

    @classmethod
    def measured(cls, days: OrderDays, shares: Floats, expected: Floats) -> Scatter:
        """From the days that were told, their shares (w, days, 48) and what was expected of them (w, days)."""
        log_volume, noise = _within_days(days, shares)
        total = days.orders.sum(axis=2)
        of_days = []
        for leaning in (False, True):
            which = days.told & (days.leaning == leaning)[:, None] & (expected[:, : days.past] > 0)
            which &= np.arange(days.past) >= days.past - RECENT
            which &= days.foreseen if leaning else True
            due = expected[:, : days.past][which]
            off = np.clip(total[which] / due - 1, -FARTHEST, FARTHEST)
            by_chance = np.interp(np.log(np.maximum(due, 1e-9) / 24), log_volume, noise) / due
            found = float((off**2 - by_chance).sum()) + USUAL_WEIGHT * USUAL_DAY**2
            of_days.append(max(found / (len(off) + USUAL_WEIGHT), 0.0))
        return cls(log_volume, noise, (of_days[0], of_days[1]))

    def dispersion(self, mean: Floats, of_day: Floats) -> Floats:
        """The dispersion of counts with a mean (n) and their day's (n): variance = mean + dispersion * mean^2."""
        some = np.where(mean > 0, mean, 1.0)
        noise = np.interp(np.log(some), self.log_volume, self.noise)
        return np.where(mean > 0, (noise - 1) / some + of_day, 0.0)


def _within_days(days: OrderDays, shares: Floats) -> tuple[Floats, Floats]:
    """Log volumes, and the variance per order expected there."""
    orders, total = days.orders, days.orders.sum(axis=2)
    known = days.told.sum(axis=1)
    which = days.told & (known > 1)[:, None]
    due = (total[:, :, None] * shares[:, : days.past])[which]
    # a share fitted to n days, one of them this one, misses it by 1 / n less than it misses the next day
    fitted = (known / np.maximum(known - 1, 1))[np.nonzero(which)[0]]
    apart = (orders[which] - due) ** 2 * fitted[:, None] / np.maximum(1 - shares[:, : days.past][which], 0.5)
    some = due > 0
    due, apart = due[some], apart[some]
    if not len(due):
        return np.zeros(1), np.ones(1)
    band = banded(due)
    volume = np.bincount(band, due) / np.bincount(band)
    noise = np.bincount(band, apart) / np.bincount(band, due)
    return np.log(volume), np.maximum(noise, LEAST_NOISE)
