"""What a warehouse still lacks of a product, scenario by scenario, and how far a purchase goes towards it.

Quantities are in usable units that are expected: what inspection accepts on average of an order that comes whole. One
lot is accepted better and another worse, or does not come, so in a scenario with so much `comes` of each unit, a demand
d is met from d / comes units on, and the unit that meets it brings as much of it. Which lots meet which demand is not
known; they are spread evenly over each other (a Hammersley set: J. M. Hammersley, Monte Carlo methods for solving
multivariable problems, 1960).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.later_orders import LaterOrders

Floats = NDArray[np.float64]

NOTHING = 1e-9  # units; what the last digit of a float may leave


@dataclass(frozen=True, eq=False)
class Lack:
    """Unmet demand by scenario, ascending: in the covered days, and in the whole life of a delivery (inf: it does
    not expire). `outlives_cover`: what is not sold in the covered days is still good when the next comes; `later`: the
    orders after it, where they are known. `comes`: by scenario, what comes of a usable unit that is expected if all
    does (None: just that)."""

    in_cover: Floats
    in_life: Floats
    outlives_cover: bool
    later: LaterOrders | None = None
    comes: Floats | None = None

    def from_lots(self, lots: Sequence[float] | None) -> "Lack":
        """The same if lots come in such shares of what is expected (ascending, each as often; None: all alike)."""
        if lots is None:
            return self if self.comes is None else replace(self, later=_with(self.later, None), comes=None)
        scenarios = len(self.in_cover)
        comes = np.asarray(lots)[((bits_reversed(scenarios) + 0.5) / scenarios * len(lots)).astype(int)]
        return replace(self, later=_with(self.later, comes), comes=comes)

    def wasted(self, usable: float) -> float:
        """Of so much usable, what is expected to expire."""
        return float(np.maximum(self._coming(usable) - self.in_life, 0).mean())

    def short(self, usable: float) -> float:
        """Demand of the covered days expected to stay unmet after so much."""
        return float(np.maximum(self.in_cover - self._coming(usable), 0).mean())

    def met(self) -> float:
        """The quantile of the covered days' demand up to which nothing is lacking: with n scenarios n/(n+1) at most,
        since none is the highest there is."""
        return int(np.count_nonzero(self.in_cover <= NOTHING)) / (len(self.in_cover) + 1)

    def after(self, usable: float) -> "Lack":
        """What is still lacking once so much has been bought."""
        come = self._coming(usable)
        in_cover, in_life = (np.sort(np.maximum(demand - come, 0)) for demand in (self.in_cover, self.in_life))
        later = None if self.later is None else self.later.after(usable)
        return Lack(in_cover, in_life, self.outlives_cover, later)

    def _coming(self, usable: float) -> Floats | float:
        return usable if self.comes is None else usable * self.comes


def _with(later: LaterOrders | None, comes: Floats | None) -> LaterOrders | None:
    """The later orders if so much `comes` of a unit (by scenario, in the order of its demand)."""
    if later is None or comes is None:
        return None if later is None else replace(later, comes=None)
    in_order = np.empty(len(comes), np.float32)
    in_order[later.in_order] = comes
    return replace(later, comes=in_order)


@cache
def bits_reversed(count: int) -> NDArray[np.int64]:
    """The numbers below `count`, each read backwards: neighbours lie far apart, any stretch of them evenly. Those of a
    count that is no power of two are told apart by what their reversed bits come to."""
    bits = max(count - 1, 1).bit_length()
    numbers = np.arange(count)
    backwards = sum(((numbers >> bit) & 1) << (bits - 1 - bit) for bit in range(bits))
    return np.asarray(backwards).argsort().argsort()
