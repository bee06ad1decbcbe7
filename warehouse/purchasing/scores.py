"""How good purchase decisions turned out: purchase accuracy, fill rate and waste, as the house defines them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def quantity_needed(demand: ArrayLike, usable_stock: ArrayLike, share_accepted: ArrayLike = 1.0) -> Floats:
    """What should have been bought: realised demand (uncensored) less usable stock, grossed up for yield; never
    below 0. Arrays of one shape, the product's unit; `share_accepted` in (0, 1]."""
    lacking = np.maximum(np.asarray(demand, float) - np.asarray(usable_stock, float), 0)
    needed: Floats = lacking / np.asarray(share_accepted, float)
    return needed


def purchase_accuracy(bought: ArrayLike, needed: ArrayLike) -> float:
    """1 - sum |bought - needed| / sum needed, never below 0; NaN where nothing was needed."""
    bought, needed = np.asarray(bought, float), np.asarray(needed, float)
    if needed.sum() <= 0:
        return float("nan")
    return max(0.0, 1 - float(np.abs(bought - needed).sum() / needed.sum()))


def fill_rate(delivered: ArrayLike, demanded: ArrayLike) -> float:
    """Units delivered / units demanded; NaN where nothing was demanded."""
    return _ratio(delivered, demanded)


def waste(thrown_away: ArrayLike, received: ArrayLike) -> float:
    """Units thrown away / units received, of one stage; NaN where nothing was received."""
    return _ratio(thrown_away, received)


def _ratio(part: ArrayLike, whole: ArrayLike) -> float:
    total = float(np.asarray(whole, float).sum())
    return float(np.asarray(part, float).sum()) / total if total > 0 else float("nan")
