"""How far a group's deviation from what was expected of it is believed.

Linear credibility after Buehlmann and Straub (1970): a group that sold `sold` where `expected` was expected has the
ratio (sold + k) / (expected + k). The constant k = within / between is in units of what was expected, where
`within` is the variance that a unit expected has by chance and `between` the variance of true ratios among groups,
both estimated from the same sums. Where groups differ by no more than chance k is infinite and every ratio is 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Index = NDArray[np.intp]

VOLUME_BANDS = 10  # slow sellers vary more by chance, and differ more among each other, than fast ones
LEAST_IN_BAND = 20  # a variance of 20 values has a standard error of a third (sqrt(2 / 19))


def pulled_ratios(sold: Doubles, expected: Doubles, group: Index, groups: int) -> Doubles:
    """The ratio of sold to expected of each group, pulled towards 1 by what chance explains.

    `sold` and `expected` (n) belong to rows of the groups `group` (n, below `groups`). A group of which nothing was
    expected has the ratio 1. `within` goes by bands of what a row expects, `between` by bands of what a row of the
    group expects.
    """
    counted = np.flatnonzero(expected > 0)
    sold, expected, group = sold[counted], expected[counted], group[counted]
    rows = np.bincount(group, minlength=groups)
    here = np.flatnonzero(rows)
    ratios = np.ones(groups)
    if len(counted) == len(here):
        return ratios
    made, due = np.bincount(group, sold, groups), np.bincount(group, expected, groups)
    apart = (sold - (made / np.maximum(due, 1e-300))[group] * expected) ** 2 / expected
    of_row = banded(expected)
    spare = len(counted) - len(here)
    within = np.bincount(group, _mean_by(of_row, apart)[of_row] * expected, groups)[here] * (len(counted) / spare)
    made, due = made[here], due[here]
    of_group = banded(due / rows[here])
    scattered = np.bincount(of_group, (made - due) ** 2 / due) - np.bincount(of_group, within / due)
    between = np.maximum(scattered / np.maximum(np.bincount(of_group, due), 1e-300), 0)[of_group]
    differ = between > 0
    pull = within[differ] / due[differ] / between[differ]
    ratios[here[differ]] = (made[differ] + pull) / (due[differ] + pull)
    return ratios


def pulled_cells(sold: Doubles, expected: Doubles, within: float) -> Doubles:
    """The same for cells that are sums already, of any shape; `within` is the variance of a unit expected."""
    counted = expected > 0
    scattered = float(((sold - expected)[counted] ** 2 / expected[counted]).sum())
    between = (scattered - int(counted.sum()) * within) / float(expected.sum()) if counted.any() else 0.0
    if between <= 0:
        return np.ones_like(sold)
    pull = within / between
    return np.where(counted, (sold + pull) / np.where(counted, expected + pull, 1), 1.0)


def banded(volume: Doubles) -> Index:
    """The band (0..) of each volume: tenths of them, fewer where they are few."""
    bands = max(1, min(VOLUME_BANDS, len(volume) // LEAST_IN_BAND))
    edges = np.quantile(volume, np.arange(1, bands) / bands)
    return np.searchsorted(edges, volume, side="right")


def _mean_by(band: Index, values: Doubles) -> Doubles:
    mean: Doubles = np.bincount(band, values) / np.maximum(np.bincount(band), 1)
    return mean
