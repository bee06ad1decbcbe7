"""How stock by age runs down over days of demand, first-expired first, in many scenarios at once.

Tells what each day's demand is left unmet, what expires, and what is usable on a given day. Stock of one age is
one column, so the run is a few array operations a day for all products and scenarios.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RunDown:
    """What became of the stock; the product's unit, per product (p), day (t) and scenario (s).

    usable   p x t x s, before that day's sales
    unmet    p x t x s, demand that no usable stock met
    expired  p x t x s, left at the end of its last day
    left     p x s, still usable after the last day
    """

    usable: Floats
    unmet: Floats
    expired: Floats
    left: Floats


def run_down(stock: Floats, arrivals: Floats, demand: Floats) -> RunDown:
    """Serve `demand` (p x t x s) from stock, the oldest first.

    stock     p x (t + 1): quantity whose last usable day is day 0, 1, ...; the last column outlives all days
    arrivals  p x t x (t + 1): what arrives at the start of each day, by its last usable day
    """
    products, days, scenarios = demand.shape
    held = [np.repeat(stock[:, age, None], scenarios, axis=1) for age in range(days + 1)]
    usable, unmet, expired = (np.zeros((products, days, scenarios)) for _ in range(3))
    for day in range(days):
        wanted = demand[:, day].copy()
        for age in range(day, days + 1):
            held[age] += arrivals[:, day, age, None]
            usable[:, day] += held[age]
            taken = np.minimum(held[age], wanted)
            held[age] -= taken
            wanted -= taken
        unmet[:, day] = wanted
        expired[:, day] = held[day]
    return RunDown(usable, unmet, expired, held[days])
