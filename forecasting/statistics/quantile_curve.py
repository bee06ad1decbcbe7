"""A day's demand as a whole distribution: the line through a forecast's quantiles, with tails, and its moments.

Between two quantiles demand is a line over the normal score of its probability (a normal distribution is one
straight line), so it is monotone and bends where the quantiles bend. Below q05 the line goes on, flat enough to
stay at or above zero; above q95 it rises as steeply as the forecast's mean asks for, within `STEEPEST_TAIL`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from forecasting.known.frames import QUANTILES

Floats = NDArray[np.float64]

ENDS: Final = 6.0  # normal score of the outermost knots: one draw in a thousand million lies beyond
STEEPEST_TAIL: Final = 2.0  # times as steep as from the median to q95, at most: a mean far off bends no tail beyond
SCORES: Final[Floats] = ndtri(np.array(QUANTILES))
KNOTS: Final[Floats] = np.concatenate([[-ENDS], SCORES, [ENDS]])


def knot_values(quantiles: Floats, mean: Floats) -> Floats:
    """Demand (n x 9) at the normal scores `KNOTS`, from quantiles (n x 7) and means (n; NaN: not known).

    The mean of the line is the forecast's, as far as quantiles and the steepest tail allow."""
    lowest_slope = (quantiles[:, 1] - quantiles[:, 0]) / (SCORES[1] - SCORES[0])
    reach = ENDS + SCORES[0]
    bottom = quantiles[:, 0] - np.minimum(lowest_slope * reach, quantiles[:, 0])
    highest, median = quantiles[:, -1], quantiles[:, 3]
    weight = stratum_weights(1)[0]
    missing = mean - (bottom * weight[0] + quantiles @ weight[1:-1] + highest * weight[-1])
    usual = (highest - quantiles[:, -2]) / (SCORES[-1] - SCORES[-2]) * (ENDS - SCORES[-1])
    rise = np.where(np.isnan(mean), usual, missing / weight[-1])
    steepest = STEEPEST_TAIL * (highest - median) / SCORES[-1] * (ENDS - SCORES[-1])
    # what sells on less than one day in twenty has no quantile above 0 to bound its tail
    rise = np.clip(rise, 0, np.where(highest > 0, steepest, np.inf))
    return np.column_stack([bottom, quantiles, highest + rise])


@lru_cache(maxsize=8)
def stratum_weights(count: int) -> Floats:
    """What each knot's value adds to the mean of each of `count` equally likely strata, lowest first: count x 9."""
    edges = ndtri(np.arange(count + 1) / count)
    weights = np.zeros((count, len(KNOTS)))
    for left in range(len(KNOTS) - 1):
        low, high = KNOTS[left], KNOTS[left + 1]
        a, b = np.clip(edges[:-1], low, high), np.clip(edges[1:], low, high)
        mass = ndtr(b) - ndtr(a)
        first_moment = _density(a) - _density(b)
        towards_high = (first_moment - low * mass) / (high - low)
        weights[:, left + 1] += towards_high
        weights[:, left] += mass - towards_high
    total: Floats = weights / weights.sum(axis=1, keepdims=True)
    return total


def stratum_values(knots: Floats, count: int) -> Floats:
    """Demand (n x count) of `count` equally likely strata, ascending; their mean is that of the distribution."""
    values: Floats = knots @ stratum_weights(count).T
    return np.maximum(values, 0)


def normal_scores_of(demand: Floats, quantiles: Floats, mean: Floats) -> Floats:
    """The normal score (n) of demand under its forecast: 0 at the median, 1.64 at q95, within -3 and 3.

    Where the distribution has an atom (several equal quantiles) the middle of it counts."""
    knots = knot_values(quantiles, mean)
    low = _score_at(demand, knots, "left")
    high = _score_at(demand, knots, "right")
    middle: Floats = np.clip(ndtri((ndtr(low) + ndtr(high)) / 2), -3, 3)
    return middle


def _score_at(demand: Floats, knots: Floats, side: str) -> Floats:
    """The lowest ('left') or highest normal score at which the line is at the demand."""
    below = (knots < demand[:, None]) if side == "left" else (knots <= demand[:, None])
    at = below.sum(axis=1)
    row = np.arange(len(demand))
    left, right = np.clip(at - 1, 0, len(KNOTS) - 1), np.clip(at, 0, len(KNOTS) - 1)
    width = knots[row, right] - knots[row, left]
    share = np.where(width > 0, (demand - knots[row, left]) / np.where(width > 0, width, 1), 0)
    score: Floats = KNOTS[left] + np.clip(share, 0, 1) * (KNOTS[right] - KNOTS[left])
    return score


def _density(score: Floats) -> Floats:
    density: Floats = np.exp(-np.minimum(score**2, 1400) / 2) / np.sqrt(2 * np.pi)
    return density
