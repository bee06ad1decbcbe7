"""Whether a series has moved up within its last days, asked anew every night without crying wolf.

For every day on which it may have begun, and for several sizes, stands how much likelier the days since are if it has
than if nothing has changed. Their mean is an e-value: of a series that goes on as before it is above a number no more
often than one over that number (Shin, Ramdas and Rinaldo, 2024, who add up starts as Shiryaev and Roberts do). The
spread is the long-run one, of sums over four weeks, since days hang together; what is not known of the usual for want
of days is counted in."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WATCHED_DAYS: Final = 28
REFERENCE_DAYS: Final = 168  # half a year, so that slow ups and downs are part of the usual
LEAST_KNOWN: Final = 0.75  # of the reference
SIZES: Final = np.array([0.25, 0.5, 1.0])  # in spreads
MOST: Final = 3.0  # spreads that a single day counts for


@dataclass(frozen=True)
class Moved:
    """How strong the evidence is (an e-value), and with how many of the last days it has most likely begun."""

    evidence: float
    days: int


def moved_up(series: Floats) -> Moved:
    """Of a series of REFERENCE_DAYS and WATCHED_DAYS after them; days that are NaN say nothing. No evidence where
    too little of the reference is known."""
    reference, watched = series[:-WATCHED_DAYS], series[-WATCHED_DAYS:]
    known = reference[np.isfinite(reference)]
    if len(known) < LEAST_KNOWN * REFERENCE_DAYS or known.std() == 0:
        return Moved(0.0, 0)
    off = np.clip(np.nan_to_num((watched - known.mean()) / _spread(reference, known)), -MOST, MOST)
    unsure = 1 + WATCHED_DAYS / len(known)
    gains = SIZES[:, None] * off - np.where(np.isfinite(watched), SIZES[:, None] ** 2 * unsure / 2, 0.0)
    since = np.cumsum(gains[:, ::-1], axis=1)  # sizes x days since the start
    return Moved(float(np.exp(since).mean()), int(since.max(axis=0).argmax()) + 1)


def _spread(reference: Floats, known: Floats) -> float:
    """Of a day, as it adds up over as many days as are watched: more than a day's own where days hang together."""
    sums = np.convolve(np.nan_to_num(reference - known.mean()), np.ones(WATCHED_DAYS), "valid")
    long_run = float((sums**2).mean()) / WATCHED_DAYS / (1 - WATCHED_DAYS / len(known))
    return float(np.sqrt(max(long_run, known.var(ddof=1))))
