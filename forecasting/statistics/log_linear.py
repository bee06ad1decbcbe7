"""A log-linear regression whose coefficients are shrunk towards 0, as far as their own kind proves small.

y is about exp(offset + X b), with a variance that grows as mean ** 1.3 (Tweedie; Jorgensen 1987, JRSS B 49). The
coefficients of a group are drawn from one normal distribution around 0, whose variance is estimated with them
(empirical Bayes by EM: Dempster, Laird & Rubin 1977; Efron & Morris 1975), from a prior guess that weighs a few
coefficients. Days that no calendar explains count less the further off they are (Huber 1964).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

POWER: Final = 1.3  # of the variance, as everywhere here
ROUNDS: Final = 5  # of reweighted least squares; coefficients move by less than a hundredth after them
PRIOR_WEIGHT: Final = 4.0  # coefficients that the prior guess of a group's size counts as
HUBER: Final = 3.0  # standard deviations from which on a day counts less

Doubles = NDArray[np.float64]


def fitted(
    y: Doubles, offset: Doubles, columns: Doubles, group: NDArray[np.intp], prior: Sequence[float], fixed: int
) -> Doubles:
    """The coefficients (p) of `columns` (n, p), which belong to groups with a `prior` standard deviation each.

    `y` (n) is never negative; the group `fixed` keeps its prior: the constant, whose size no other shares."""
    prior_variance = np.square(np.asarray(prior, dtype=float))
    variance = prior_variance.copy()
    size = np.bincount(group, minlength=len(variance))
    coefficients = np.zeros(columns.shape[1])
    coefficients[group == fixed] = np.log(max(float(y.mean()), 1e-6)) - float(np.log(np.exp(offset).mean()))
    dispersion = 1.0
    for turn in range(ROUNDS):
        mean = np.exp(np.clip(offset + columns @ coefficients, -12, 15))
        relative = (y - mean) / mean
        error = relative * mean ** (1 - POWER / 2)  # Pearson's
        if turn == 0:
            dispersion, trust = max(float(np.mean(error**2)), 1e-9), np.ones(len(y))
        else:
            trust = np.minimum(1, HUBER * np.sqrt(dispersion) / np.maximum(np.abs(error), 1e-12))
            dispersion = max(float(np.mean(error**2 * trust)), 1e-9)
        weight = trust * mean ** (2 - POWER) / dispersion
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
