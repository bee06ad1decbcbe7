"""How good purchase decisions turned out: purchase accuracy, fill rate and waste, as the house defines them.

Arrays have one shape, with one entry for each product and day (or week) at whatever level is scored, in the product's
unit: summed over the region's warehouses for the headline, apart for one warehouse.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def purchase_accuracy(bought: ArrayLike, demanded: ArrayLike) -> float:
    """1 - sum |bought - demanded| / sum demanded; below 0 where the error is larger than the demand, NaN where nothing
    was demanded.

    bought    what was accepted of a delivery
    demanded  true demand (uncensored, whether it was met or not) of the days that the delivery covers
    """
    bought, demanded = np.asarray(bought, float), np.asarray(demanded, float)
    return 1 - _ratio(np.abs(bought - demanded), demanded)


def fill_rate(delivered: ArrayLike, demanded: ArrayLike) -> float:
    """Units delivered / units demanded; NaN where nothing was demanded."""
    return _ratio(delivered, demanded)


def waste(thrown_away: ArrayLike, received: ArrayLike) -> float:
    """Units thrown away / units received, of one stage; NaN where nothing was received."""
    return _ratio(thrown_away, received)


def _ratio(part: ArrayLike, whole: ArrayLike) -> float:
    total = float(np.asarray(whole, float).sum())
    return float(np.asarray(part, float).sum()) / total if total > 0 else float("nan")
