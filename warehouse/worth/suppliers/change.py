"""Whether a ratio changed by more than chance between two stretches of weeks, with the interval in which the change
lies.

A week is one observation, since bad days of a farm come together. The variance of a ratio of sums is that of its
linearisation (Cochran, Sampling Techniques, ch. 6); the difference of two is taken as Welch's t with his degrees of
freedom. It knows nothing of seasons: a change between seasons is a change.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

CONFIDENCE: Final = 0.95
Weeks = NDArray[np.float64]  # suppliers x weeks


@dataclass(frozen=True)
class Interval:
    """Where a change lies with CONFIDENCE."""

    low: float
    high: float

    @property
    def beyond_chance(self) -> bool:
        """Whether no change at all lies outside of it."""
        return self.low > 0 or self.high < 0


def changes(part: Weeks, whole: Weeks, part_before: Weeks, whole_before: Weeks) -> list[Interval | None]:
    """The interval of part / whole now less before, by supplier; None where fewer than two weeks of either are known or
    nothing scattered, from which nothing can be told."""
    ratio, variance, degrees = _ratios(part, whole)
    before, variance_before, degrees_before = _ratios(part_before, whole_before)
    both = variance + variance_before
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = both**2 / (variance**2 / degrees + variance_before**2 / degrees_before)
        reach = student_t.ppf(0.5 + CONFIDENCE / 2, freedom) * np.sqrt(both)
    told = np.isfinite(reach) & (both > 0)
    return [
        Interval(float(change - far), float(change + far)) if known else None
        for change, far, known in zip(ratio - before, reach, told, strict=True)
    ]


def _ratios(part: Weeks, whole: Weeks) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By supplier: the ratio, its variance, and how many weeks of it are free."""
    known = (whole > 0) | (part != 0)
    weeks, total = known.sum(axis=1).astype(float), whole.sum(axis=1)
    total[total <= 0] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = part.sum(axis=1) / total
        off = np.where(known, part - ratio[:, None] * whole, 0.0)
        variance = weeks / (weeks - 1) * (off**2).sum(axis=1) / total**2
    return ratio, variance, weeks - 1
