"""Which prices of past days are known.

A day without a plan has the list price, in a shop that tells its reductions. In one whose prices come with what it
sells, a day without a sale has no price: it is unknown, which is neither full price nor a reduction, or days without
sales would pass for what full price does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

UNPRICED: Final = 0.1  # share of the days with sales that may lack a price where prices come with sales

Bools = NDArray[np.bool_]


def prices_come_with_sales(told: Bools, sold: Bools, shop: NDArray[np.intp]) -> Bools:
    """Whether prices come with what is sold, for each series: of the days of its whole `shop` (number, series) on which
    something was `sold` (series, day) next to all have a price that is `told`. A single product that was reduced
    whenever it sold says nothing yet."""
    count = int(shop.max()) + 1 if len(shop) else 0
    days = np.bincount(shop, sold.sum(axis=1), count)
    unpriced = np.bincount(shop, (sold & ~told).sum(axis=1), count)
    with_sales: Bools = (days > 0) & (unpriced <= UNPRICED * days)
    return with_sales[shop]


def unknown_prices(told: Bools, planned: Bools, with_sales: Bools) -> Bools:
    """Whether the price of a day is unknown: (series, day), from whether one is `told`, whether there is any plan for
    the day, and whether prices come with what is sold (series)."""
    unknown: Bools = ~told & (planned | with_sales[:, None])
    return unknown
