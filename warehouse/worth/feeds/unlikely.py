"""How unlikely a day's sign is by its own past: how far it lies from what its weekday lets expect, in units of how far
days lay before.

What is expected is the median of the last four weeks and how the weekday lies about it; the spread is the median
absolute deviation of the days before, at least the noise. A spread estimated so from n days is worth about 0.37 n of
them (Rousseeuw and Croux, 1993), so the chance is that of Student's t with as many degrees of freedom."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from warehouse.worth.feeds.feed_days import Floats
from warehouse.worth.feeds.signs import Series

LEVEL_DAYS: Final = 28
LEARNED_DAYS: Final = 28  # that were held against their own past before a day is judged
WEEKDAY_PRIOR: Final = 2.0  # days as any other that a weekday's own count against
EFFICIENCY: Final = 0.37
TO_SIGMA: Final = 1.4826  # the median absolute deviation of a normal distribution times this is its standard deviation


def chances(series: Series, weekday: NDArray[np.int64], both_sides: bool) -> tuple[Floats, Floats]:
    """By day (days): the chance that a day of the kind of those before it has so high a sign, or on `both_sides` so
    high or low a one, 1 where too few days were before; and what was expected, as the sign is `stable`."""
    expected = _expected(series.stable, weekday)
    off = series.stable - expected
    chance = np.ones(len(off))
    for day in range(len(off)):
        past = off[:day][np.isfinite(off[:day])]
        if len(past) < LEARNED_DAYS or not np.isfinite(off[day]):
            continue
        spread = max(TO_SIGMA * float(np.median(np.abs(past))), float(series.noise[day]))
        tail = float(stats.t.sf((abs(off[day]) if both_sides else off[day]) / spread, EFFICIENCY * len(past)))
        chance[day] = 2 * tail if both_sides else tail
    return chance, expected


def _expected(stable: Floats, weekday: NDArray[np.int64]) -> Floats:
    """Of each day by the days before it; NaN where half of four weeks are not known."""
    expected = np.full(len(stable), np.nan)
    for day in range(LEVEL_DAYS // 2, len(stable)):
        known = np.isfinite(stable[:day])
        past, kinds = stable[:day][known], weekday[:day][known]
        if len(past) < LEVEL_DAYS // 2:
            continue
        level = float(np.median(past[-LEVEL_DAYS:]))
        same = past[kinds == weekday[day]] - level
        expected[day] = level + (float(np.median(same)) * len(same) / (len(same) + WEEKDAY_PRIOR) if len(same) else 0.0)
    return expected
