"""Which days hold an order out of all proportion: a canteen that bought once what the shop sells in a month.

Such a day says nothing of the next ones, so nobody learns from it: its exposure is 0. It is told apart by what came
before it: far above the highest day of the last weeks, and by more than their scatter (outliers by a one-sided rule of
scatter and extremes: Barnett & Lewis 1994, Outliers in Statistical Data, ch. 6). A day that is planned to be otherwise,
a promotion or a festival, is one only beyond what those do. The second such day in a row is none, since then the level
has risen, nor is the first sale after a fortnight without any, since then the product is back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LOOKED_BACK: Final = 56  # days
LEAST_DAYS: Final = 14  # of them that must be known
TIMES_HIGHEST: Final = 2.0  # the highest of these days, from which on a day may be one
TIMES_HIGHEST_PLANNED: Final = 10.0  # the same of a planned day: 30% off and more sold 5.5 times a mean day at most
SELLING_DAYS: Final = 14  # within which it must have sold anything
DEVIATIONS: Final = 6.0  # above the highest, in standard deviations of these days

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def bulk_orders(sales: Floats, exposure: Floats, known_day: NDArray[np.int16], planned: Flags) -> Flags:
    """Which days (series, day) hold a bulk order.

    `sales` in units, `exposure` 0 where nothing is known of a day; `known_day`: the first origin day that knew it, so
    that a day is judged by what was known on its evening; `planned`: days of which more is expected anyway."""
    flagged = np.zeros(sales.shape, dtype=bool, order="F")
    day = np.arange(sales.shape[1])
    known = (exposure > 0) & (known_day <= day)
    amount = np.where(known, sales, 0)  # without those that are set aside
    for at in range(LEAST_DAYS, sales.shape[1]):
        before = slice(max(at - LOOKED_BACK, 0), at)
        highest = amount[:, before].max(axis=1)
        selling = amount[:, max(at - SELLING_DAYS, 0) : at].max(axis=1) > 0
        judged = known[:, at] & selling & ~flagged[:, at - 1]
        times = np.where(planned[:, at], TIMES_HIGHEST_PLANNED, TIMES_HIGHEST)
        rows = np.flatnonzero(judged & (sales[:, at] > times * highest))
        if not len(rows):
            continue
        past, used = amount[rows, before].astype(np.float64), known[rows, before] & ~flagged[rows, before]
        count = np.maximum(used.sum(axis=1), 1)
        average = past.sum(axis=1) / count
        scatter = np.sqrt(np.maximum((past**2).sum(axis=1) / count - average**2, 0))
        far = (used.sum(axis=1) >= LEAST_DAYS) & (sales[rows, at] > highest[rows] + DEVIATIONS * scatter)
        flagged[rows[far], at] = True
        amount[rows[far], at] = 0
    return flagged
