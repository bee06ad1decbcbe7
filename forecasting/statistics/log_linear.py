"""A log-linear regression whose coefficients are shrunk towards 0, as far as their own kind proves small.

y is about exp(offset + X b), with a variance that grows as mean ** 1.3 (Tweedie; Jorgensen 1987, JRSS B 49). The
coefficients of a group are drawn from one normal distribution around 0, whose variance is estimated with them
(empirical Bayes by EM: Dempster, Laird & Rubin 1977; Efron & Morris 1975), from a prior guess that weighs a few
coefficients. Days that no calendar explains count less the further off they are (Huber 1964).

What a festival does differs from year to year. That difference is a variance of its own on such days, shared by the
days of one occurrence, and estimated with the rest: so one occurrence, however many units it sold, is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

POWER: Final = 1.3  # of the variance, as everywhere here
ROUNDS: Final = 5  # of reweighted least squares; coefficients move by less than a hundredth after them
PRIOR_WEIGHT: Final = 4.0  # coefficients that the prior guess of a group's size counts as
YEAR_TO_YEAR: Final = 0.2  # guess of the standard deviation of an effect's logarithm from occurrence to occurrence
YEAR_TO_YEAR_WEIGHT: Final = 8.0  # days that this guess counts as
HUBER: Final = 3.0  # standard deviations from which on a day counts less

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Occurrences:
    """Of each day (n) how many days the occurrence of what it is has, 0 on a usual day, and how many there are."""

    length: NDArray[np.intp]
    times: NDArray[np.intp]


def fitted(
    y: Doubles,
    offset: Doubles,
    columns: Doubles,
    group: NDArray[np.intp],
    prior: Sequence[float],
    fixed: int,
    of: Occurrences | None = None,
) -> Doubles:
    """The coefficients (p) of `columns` (n, p), which belong to groups with a `prior` standard deviation each.

    `y` (n) is never negative; the group `fixed` keeps its prior: the constant, whose size no other shares."""
    prior_variance = np.square(np.asarray(prior, dtype=float))
    variance = prior_variance.copy()
    size = np.bincount(group, minlength=len(variance))
    coefficients = np.zeros(columns.shape[1])
    coefficients[group == fixed] = np.log(max(float(y.mean()), 1e-6)) - float(np.log(np.exp(offset).mean()))
    dispersion, yearly = 1.0, YEAR_TO_YEAR**2
    for turn in range(ROUNDS):
        mean = np.exp(np.clip(offset + columns @ coefficients, -12, 15))
        relative = (y - mean) / mean
        error = relative * mean ** (1 - POWER / 2)  # Pearson's
        if turn == 0:
            dispersion, trust = max(float(np.mean(error**2)), 1e-9), np.ones(len(y))
        else:
            trust = np.minimum(1, HUBER * np.sqrt(dispersion) / np.maximum(np.abs(error), 1e-12))
            dispersion = max(float(np.mean(error**2 * trust)), 1e-9)
        usual = dispersion * mean ** (POWER - 2)  # relative variance of a day
        if of is not None and turn:
            yearly = _year_to_year(relative**2 * trust - usual, of)
        weight = trust / (usual if of is None else usual + yearly * of.length)
        weighted = columns * weight[:, None]
        precision = weighted.T @ columns
        precision[np.diag_indices_from(precision)] += 1 / variance[group]
        covariance = np.linalg.inv(precision)
        coefficients = covariance @ (weighted.T @ (relative + columns @ coefficients))
        if turn:
            squares = np.bincount(group, coefficients**2 + np.diag(covariance), len(variance))
            learned = (squares + PRIOR_WEIGHT * prior_variance) / (size + PRIOR_WEIGHT)
            variance = np.where(np.arange(len(variance)) == fixed, prior_variance, learned)
    return coefficients


def _year_to_year(excess: Doubles, of: Occurrences) -> float:
    """The variance between occurrences, from what the squared errors (n) of their days exceed those of usual days by.

    Effects that are fitted to `times` occurrences leave (times - 1) / times of it; one alone leaves nothing."""
    again = (of.times > 1) & (of.length > 0)
    found = float((excess[again] * of.times[again] / (of.times[again] - 1)).sum())
    weight = YEAR_TO_YEAR_WEIGHT
    return max(found + weight * YEAR_TO_YEAR**2, 0.0) / (np.count_nonzero(again) + weight)
