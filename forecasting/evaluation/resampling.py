"""Intervals of figures, by resampling days.

Percentile intervals of a bootstrap that draws whole days with replacement (Efron & Tibshirani 1993): all warehouses
share a day's weather and festivals, so rows of one day are not independent and days nearly are. All groups and methods
are resampled by the same draws, so that their differences can be resampled too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.evaluation.figures import FIGURES, Floats, figures_of

LEVEL: Final = 0.90  # of the intervals
LEAST_DAYS: Final = 5  # with fewer days there is no interval: too few to resample
RESAMPLES: Final = 1000  # what Efron & Tibshirani (1993) advise for the ends of intervals
GAINED: Final = ("wape", "pinball")  # figures whose gain over a rival is given
GROUPS_AT_ONCE: Final = 100  # that are resampled together, so that arrays stay small


def day_sums(ingredients: Floats, day: NDArray[np.intp], group: NDArray[np.intp], days: int, groups: int) -> Floats:
    """Sums (day, group, ingredient): all that the figures and their resamples need."""
    cell = day * groups + group
    sums: Floats = np.stack([np.bincount(cell, column, days * groups) for column in ingredients.T], axis=1).astype(
        float
    )
    return sums.reshape(days, groups, -1)


def drawn_days(days: int, resamples: int, seed: int) -> Floats:
    """How often each day is drawn (resample, day)."""
    drawn: Floats = np.random.default_rng(seed).multinomial(days, np.full(days, 1 / days), size=resamples).astype(float)
    return drawn


@dataclass(frozen=True, eq=False)
class Resampled:
    """Counts and figures by group, the ends of the figures' intervals, and the redrawn figures that gains need."""

    counts: Mapping[str, NDArray[np.floating] | NDArray[np.integer]]
    figures: Mapping[str, Floats]
    ends: Mapping[str, tuple[Floats, Floats]]
    drawn: Mapping[str, Floats]  # resample, group; of GAINED

    def columns(self) -> dict[str, ArrayLike]:
        """Counts, and each figure with FIGURE_low and FIGURE_high, by column."""
        found: dict[str, ArrayLike] = dict(self.counts)
        for figure, values in self.figures.items():
            low, high = self.ends[figure]
            found |= {figure: values, f"{figure}_low": low, f"{figure}_high": high}
        return found


def resampled(sums: Floats, names: list[str], draws: Floats) -> Resampled:
    """Everything from the sums (day, group, ingredient); a batch of groups at a time, to stay small in memory."""
    days, groups, ingredients = sums.shape
    total = dict(zip(names, sums.sum(axis=0).T, strict=True))
    days_with_rows = (sums[:, :, names.index("rows")] > 0).sum(axis=0)
    ends: dict[str, list[Floats]] = {figure: [] for figure in FIGURES}
    drawn: dict[str, list[Floats]] = {figure: [] for figure in GAINED}
    for at in range(0, groups, GROUPS_AT_ONCE):
        batch = (draws @ sums[:, at : at + GROUPS_AT_ONCE].reshape(days, -1)).reshape(len(draws), -1, ingredients)
        for figure, values in figures_of(dict(zip(names, np.moveaxis(batch, 2, 0), strict=True))).items():
            enough = np.where(days_with_rows[at : at + GROUPS_AT_ONCE] >= LEAST_DAYS, values, np.nan)
            ends[figure].append(np.stack(interval(enough)))
            if figure in GAINED:
                drawn[figure].append(enough)
    joined_ends = {figure: np.concatenate(parts, axis=1) for figure, parts in ends.items()}
    return Resampled(
        {
            "rows": total["rows"].astype(int),
            "days": days_with_rows,
            "demand": total["demand"],
            "missing": total["missing"].astype(int),
        },
        figures_of(total),
        {figure: (both[0], both[1]) for figure, both in joined_ends.items()},
        {figure: np.concatenate(parts, axis=1) for figure, parts in drawn.items()},
    )


def gains_of(first: Resampled, rival: Resampled) -> list[dict[str, ArrayLike]]:
    """By what share each of GAINED is lower with the first than with the rival, by group."""
    found: list[dict[str, ArrayLike]] = []
    for figure in GAINED:
        gain = _share_below(first.figures[figure], rival.figures[figure])
        low, high = interval(_share_below(first.drawn[figure], rival.drawn[figure]))
        found.append({"figure": figure, "gain": gain, "gain_low": low, "gain_high": high})
    return found


def _share_below(one: Floats, other: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(other > 0, 1 - one / other, np.nan)


def interval(redrawn: Floats) -> tuple[Floats, Floats]:
    """The ends of the percentile interval over the first axis; resamples without a value are left out."""
    tail = (1 - LEVEL) / 2
    ordered = np.sort(redrawn, axis=0)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=0)
    ends = []
    for share in (tail, 1 - tail):
        place = share * np.maximum(count - 1, 0)
        below, above = np.floor(place).astype(int), np.ceil(place).astype(int)
        lower = np.take_along_axis(ordered, below[None], axis=0)[0]
        upper = np.take_along_axis(ordered, above[None], axis=0)[0]
        ends.append(np.where(count > 0, lower + (upper - lower) * (place - below), np.nan))
    return ends[0], ends[1]
