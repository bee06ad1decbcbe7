"""Which days without a row are days on which nothing was sold.

Shops export what they sold: some with a 0 for the rest, some with no row, some with a 0 for a while. A day on which the
warehouse sold anything, and a product none that sold there within the fortnight before, counts as 0 in any of them.
After a fortnight nobody can tell a product that nobody wanted from one that was not there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SILENT_DAYS: Final = 14  # after the last sale within which a day without a row counts as 0

Index = NDArray[np.intp]


def silent_days(sales: NDArray[np.float32], known_day: NDArray[np.int16], shop: Index) -> tuple[Index, Index, Index]:
    """Series, day, and the first origin day that can tell, of each day without a row that counts as 0.

    sales, known_day (series, day): units sold, and the first origin day at which the row was known, the highest number
    where there is no row; shop (series): the warehouse of each.
    """
    never = np.iinfo(np.int16).max
    day = np.arange(sales.shape[1], dtype=np.int16)
    sold = sales > 0
    business = np.full((int(shop.max(initial=-1)) + 1, len(day)), never)
    np.minimum.at(business, shop, np.where(sold, known_day, never))
    long_ago = np.int16(-SILENT_DAYS - 1)
    last_sold = np.maximum.accumulate(np.where(sold, day, long_ago), axis=1)
    silent = (known_day == never) & (day - last_sold <= SILENT_DAYS) & (last_sold >= 0) & (business[shop] < never)
    series, at = np.nonzero(silent)
    known = np.maximum(business[shop[series], at], known_day[series, last_sold[series, at]])
    return series, at, np.maximum(known, at)
