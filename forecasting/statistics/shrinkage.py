"""How much of a warehouse's own deviation from the region is kept.

A warehouse's mean deviation over the hold-out days is part habit and part chance. Habit returns in the other half of
those days, chance does not: so the pull towards the region is the one under which each half predicts the other best.
On FreshRetailNet that is all the way (the 55 products of a warehouse deviate by chance); warehouses that keep differing
keep their deviation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PULLS = (
    np.inf,
    3000.0,
    1000.0,
    300.0,
    100.0,
)  # weight of the region's value of 1, in training rows; the one is chosen that predicts best

Floats = NDArray[np.floating]


def pulled(values: Floats, weight: Floats, group: NDArray[np.intp], pull: float) -> NDArray[np.float64]:
    """Each group's weighted mean, pulled towards 1."""
    if np.isinf(pull):
        return np.ones(int(group.max()) + 1)
    sums = np.bincount(group, values * weight), np.bincount(group, weight)
    shrunk: NDArray[np.float64] = (sums[0] + pull) / (sums[1] + pull)
    return shrunk


def best_pull(values: Floats, weight: Floats, group: NDArray[np.intp], later: NDArray[np.bool_]) -> float:
    """The pull under which the group means of each half of the rows fit the other best, in weighted squares."""
    if later.all() or not later.any():
        return float("inf")
    groups = int(group.max()) + 1
    errors = []
    for pull in PULLS:
        error = 0.0
        for measured in (later, ~later):
            level = np.ones(groups)
            found = pulled(values[measured], weight[measured], group[measured], pull)
            level[: len(found)] = found
            error += float((weight[~measured] * (values[~measured] - level[group[~measured]]) ** 2).sum())
        errors.append(error)
    return PULLS[int(np.argmin(errors))]
