"""Days on which a warehouse does no business: told as closed, or with no sale at all where it always sells.

What did not sell on such a day says nothing about demand, so nobody learns from it: its exposure is 0. A shop that
rests every Sunday is not closed then, its Sundays sell nothing; and a week after the last sale the days count again, or
a shop that has ended would be taken for one that is closed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LOOKED_BACK: Final = 8  # weeks whose same weekday all sold something
LEAST_SEEN: Final = 4  # of these weeks

Flags = NDArray[np.bool_]


def closed_days(sold: NDArray[np.floating], known: Flags, told: Flags) -> Flags:
    """Which days (warehouse, day) were closed, of what each warehouse sold, whether anything is known of the day, and
    whether it was told as closed."""
    closed = told.copy()
    for warehouse, day in zip(*np.nonzero(known & ~told & (sold <= 0)), strict=True):
        weeks = np.arange(day - 7, max(day - 7 * LOOKED_BACK, 0) - 1, -7)
        weeks = weeks[known[warehouse, weeks] & ~told[warehouse, weeks]]
        closed[warehouse, day] = len(weeks) >= LEAST_SEEN and bool((sold[warehouse, weeks] > 0).all())
    return closed
