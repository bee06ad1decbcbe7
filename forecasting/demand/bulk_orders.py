"""Which days hold an order out of all proportion: a canteen that bought once what the shop sells in a month.

Such a day says nothing of the next ones, so nobody learns from it: its exposure is 0. It is told apart by what came
before it: far above the highest day of the last weeks, and by more than their scatter (outliers by a one-sided rule of
scatter and extremes: Barnett & Lewis 1994, Outliers in Statistical Data, ch. 6). A day that is planned to be otherwise,
a promotion or a festival, is none; neither is the second such day in a row, since then the level has risen, nor the
first sale after a fortnight without any, since then the product is back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LOOKED_BACK: Final = 56  # days
LEAST_DAYS: Final = 14  # of them that must be known
TIMES_HIGHEST: Final = 2.0  # the highest of these days, from which on a day may be one
SELLING_DAYS: Final = 14  # within which it must have sold anything
DEVIATIONS: Final = 6.0  # above the highest, in standard deviations of these days

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def bulk_orders(sales: Floats, exposure: Floats, known_day: NDArray[np.int16], planned: Flags) -> Flags:
    """Which days (series, day) hold a bulk order.

    `sales` in units, `exposure` 0 where nothing is known of a day; `known_day`: the first origin day that knew it, so
    that a day is judged by what was known on its evening; `planned`: days of which more is expected anyway."""
    found = np.zeros(sales.shape, dtype=bool)
    day = np.arange(sales.shape[1])
    known = (exposure > 0) & (known_day <= day)
    highest_ever = np.where(known, sales, 0).max(axis=1, initial=0)
    # only a series whose highest day is far above its mean can hold one: most are not looked at any further
    mean = np.where(known, sales, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    rows = np.flatnonzero((highest_ever > TIMES_HIGHEST * mean) & (known.sum(axis=1) > LEAST_DAYS))
    amount, seen = np.where(known, sales, 0)[rows].astype(np.float64), known[rows]
    flagged = np.zeros(amount.shape, dtype=bool)
    for at in range(LEAST_DAYS, sales.shape[1]):
        before = slice(max(at - LOOKED_BACK, 0), at)
        used = seen[:, before] & ~flagged[:, before]
        count = used.sum(axis=1)
        past = np.where(used, amount[:, before], 0)
        highest, average = past.max(axis=1), past.sum(axis=1) / np.maximum(count, 1)
        scatter = np.sqrt(np.maximum((past**2).sum(axis=1) / np.maximum(count, 1) - average**2, 0))
        far = (amount[:, at] > TIMES_HIGHEST * highest) & (amount[:, at] > highest + DEVIATIONS * scatter)
        selling = amount[:, max(at - SELLING_DAYS, 0) : at].max(axis=1) > 0
        flagged[:, at] = selling & far & seen[:, at] & (count >= LEAST_DAYS) & ~planned[rows, at] & ~flagged[:, at - 1]
    found[rows] = flagged
    return found
