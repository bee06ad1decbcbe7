"""Exponential smoothing for what the trees cannot serve: too small a region, a product not listed for weeks.

Simple exponential smoothing of the days whose demand is known (statsmodels), weekly seasonal once four weeks are
there (Holt-Winters, additive). The distribution is a gamma with the forecast's mean and the variance of the
one-step errors, growing with the horizon as the model says; it is never negative and has the right skew.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing

from forecasting.known.frames import QUANTILES

SEASON = 7
SEASONAL_DAYS = 28  # from which a season is fitted: four of each weekday
FEW = 8  # known days below which the smoothing weight is set, not fitted: a week tests no weight
SET_WEIGHT = 0.2  # within the usual 0.1 to 0.3 (Gardner 1985, J. Forecasting 4, 1-28)
UNKNOWN_VARIATION = 1.0  # prior of the relative error: that of a gamma of shape 1, as of what sells now and then
VARIATION_DAYS = 4  # weight of that prior, in days: a fifth after a fortnight

Array = NDArray[np.float64]


def smooth(demand: Array, horizons: Sequence[int]) -> tuple[Array, Array]:
    """Mean (h) and quantiles (h, 7) for the days after the last of `demand`.

    `demand` is one value a day up to the origin day, NaN where it is not known: what the last known days say holds for
    the unknown days after them too. Raises `ValueError` where none is known.
    """
    days = np.flatnonzero(~np.isnan(demand))
    if not len(days):
        raise ValueError("no demand is known: nothing to smooth")
    known = demand[days[0] : days[-1] + 1]
    unknown_since = len(demand) - 1 - int(days[-1])
    ahead = np.asarray(horizons, dtype=np.intp) + unknown_since
    filled = _filled(known)
    level, step_errors, weight = _fit(filled, ahead)
    errors = step_errors[~np.isnan(known)]
    mean = np.maximum(level, 0.0)
    typical = max(float(np.nanmean(known)), 1e-3)
    variance = (float((errors**2).sum()) + VARIATION_DAYS * (UNKNOWN_VARIATION * typical) ** 2) / (
        len(errors) + VARIATION_DAYS
    )
    spread = np.sqrt(variance * (1 + (ahead - 1) * weight**2))
    return mean, _gamma_quantiles(np.maximum(mean, 0.05 * typical), spread)


def _fit(filled: Array, ahead: NDArray[np.intp]) -> tuple[Array, Array, float]:
    """The forecast so many days ahead, the one-step errors of the past, and the smoothing weight."""
    steps = ahead - 1
    if len(filled) == 1:  # statsmodels takes no series of one day
        return np.full(len(steps), filled[0]), np.zeros(1), SET_WEIGHT
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):  # a perfect fit has no AIC
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last iterate is still a smoothing
        if len(filled) >= SEASONAL_DAYS and np.ptp(filled) > 0:
            model = ExponentialSmoothing(
                filled, seasonal="add", seasonal_periods=SEASON, initialization_method="heuristic"
            ).fit()
        elif len(filled) >= FEW and np.ptp(filled) > 0:
            start = float(filled[:SEASON].mean())
            model = SimpleExpSmoothing(filled, initialization_method="known", initial_level=start).fit()
        else:
            model = SimpleExpSmoothing(filled, initialization_method="known", initial_level=filled.mean()).fit(
                smoothing_level=SET_WEIGHT, optimized=False
            )
        forecast = np.asarray(model.forecast(int(steps.max()) + 1), dtype=np.float64)[steps]
    return forecast, filled - np.asarray(model.fittedvalues), float(model.params["smoothing_level"])


def _filled(known: Array) -> Array:
    """Unknown days take the mean of the known ones on their weekday, or of all."""
    filled = known.copy()
    for weekday in range(SEASON):
        same = known[weekday::SEASON]
        value = np.nanmean(same) if (~np.isnan(same)).any() else np.nanmean(known)
        filled[weekday::SEASON] = np.where(np.isnan(same), value, same)
    return filled


def _gamma_quantiles(mean: Array, spread: Array) -> Array:
    shape = (mean / spread) ** 2
    return np.asarray(stats.gamma.ppf(np.array(QUANTILES), shape[:, None], scale=(spread**2 / mean)[:, None]))
