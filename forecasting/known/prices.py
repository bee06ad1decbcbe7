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


def unknown_prices(told: Bools, planned: Bools, sold: Bools) -> Bools:
    """Whether the price of a day is unknown: (series, day), from whether one is `told`, whether there is any plan for
    the day, and whether something was `sold`; of days to come nothing is."""
    unpriced = (sold & ~told).sum(axis=1)
    with_sales = sold.any(axis=1) & (unpriced <= UNPRICED * sold.sum(axis=1))
    unknown: Bools = ~told & (planned | with_sales[:, None])
    return unknown
