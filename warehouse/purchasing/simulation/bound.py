"""More than anybody can earn: what known demand would bring if packs, minimums and capacities did not exist, no
supplier failed, nothing was rejected, and every unit came on the day it sells at the lowest price there is.

The clairvoyant is played by our rule, which looks at one delivery at a time; how far it stays below this bound says how
much it can have missed.
"""

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.simulation.played import Played
from warehouse.purchasing.simulation.world import World

Floats = NDArray[np.float64]


def profit_bound(played: Played, world: World, lowest_prices: Floats) -> float:
    """No policy earns more on these days than their demand at the lowest price paid for a unit (by product): what was
    in stock before them was bought under the same offers."""
    margin = np.array([float(goods.price) for goods in world.goods]) - lowest_prices
    bound: float = float((played.wanted.sum(axis=(0, 1)) * np.maximum(margin, 0)).sum())
    return bound
