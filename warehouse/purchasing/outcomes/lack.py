"""What a warehouse still lacks of a product, scenario by scenario, and how far a purchase goes towards it.

Quantities are in usable units that are expected: what inspection accepts on average of an order that comes whole. One
lot is accepted better and another worse, or does not come, so in a scenario with so much `comes` of each unit, a demand
d is met from d / comes units on, and the unit that meets it brings as much of it. Which lots meet which demand is not
known; they are spread evenly over each other (a Hammersley set: J. M. Hammersley, Monte Carlo methods for solving
multivariable problems, 1960).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.later_orders import LaterOrders

Floats = NDArray[np.float64]

NOTHING = 1e-9  # units; what the last digit of a float may leave
FAILED = 0.5  # of what was expected of a delivery; one that brings less has failed


@dataclass(frozen=True, eq=False)
class Lack:
    """Unmet demand by scenario, ascending: in the covered days, and in the whole life of a delivery (inf: it does
    not expire). `outlives_cover`: what is not sold in the covered days is still good when the next comes; `later`: the
    orders after it, where they are known. `if_next_fails`: in the covered days and those that the next delivery would
    have lasted for, had it come (None: what is in the covered days); `next_fails`: the chance of that (0..1). `comes`:
    by scenario, what comes of a usable unit that is expected if all does (None: just that)."""

    in_cover: Floats
    in_life: Floats
    outlives_cover: bool
    later: LaterOrders | None = None
    if_next_fails: Floats | None = None
    next_fails: float = 0.0
    comes: Floats | None = None

    def from_lots(self, lots: Sequence[float] | None) -> "Lack":
        """The same if lots come in such shares of what is expected (ascending, each as often; None: all alike)."""
        if lots is None:
            later = _with(self.later, None, 0.0)
            return self if self.comes is None else replace(self, later=later, next_fails=0.0, comes=None)
        scenarios = len(self.in_cover)
        comes = np.asarray(lots)[((bits_reversed(scenarios) + 0.5) / scenarios * len(lots)).astype(int)]
        fails = float(np.mean(np.asarray(lots) < FAILED))
        return replace(self, later=_with(self.later, comes, fails), next_fails=fails, comes=comes)

    @cached_property
    def may_sell(self) -> Floats:
        """Demand by scenario, ascending, that this delivery can meet before another one has come: what is good after
        the covered days also sells where the next one fails."""
        if self.if_next_fails is None or not self.next_fails:
            return self.in_cover
        without_next = _fails_in(len(self.in_cover), self.next_fails)
        return np.sort(np.where(without_next, self.if_next_fails, self.in_cover))

    def wasted(self, usable: float) -> float:
        """Of so much usable, what is expected to expire."""
        return float(np.maximum(self._coming(usable) - self.in_life, 0).mean())

    def short(self, usable: float) -> float:
        """Demand of the covered days expected to stay unmet after so much."""
        return float(np.maximum(self.in_cover - self._coming(usable), 0).mean())

    def missed(self, usable: float) -> float:
        """The same, with what stays unmet because this delivery leaves too little where the next one fails."""
        return float(np.maximum(self.may_sell - self._coming(usable), 0).mean())

    def met(self) -> float:
        """The quantile of the covered days' demand up to which nothing is lacking: with n scenarios n/(n+1) at most,
        since none is the highest there is."""
        return int(np.count_nonzero(self.in_cover <= NOTHING)) / (len(self.in_cover) + 1)

    def after(self, usable: float) -> "Lack":
        """What is still lacking once so much has been bought."""
        come = self._coming(usable)
        longer = self.in_cover if self.if_next_fails is None else self.if_next_fails
        in_cover, in_life, if_next_fails = (
            np.sort(np.maximum(demand - come, 0)) for demand in (self.in_cover, self.in_life, longer)
        )
        later = None if self.later is None else self.later.after(usable)
        return Lack(in_cover, in_life, self.outlives_cover, later, if_next_fails)

    def _coming(self, usable: float) -> Floats | float:
        return usable if self.comes is None else usable * self.comes


def _with(later: LaterOrders | None, comes: Floats | None, fails: float) -> LaterOrders | None:
    """The later orders if so much `comes` of a unit (by scenario, in the order of its demand), and the next delivery
    `fails` so often."""
    if later is None or comes is None:
        return None if later is None else replace(later, comes=None, may_sell=None)
    in_order = np.empty(len(comes), np.float32)
    in_order[later.in_order] = comes
    may_sell = None
    if later.if_next_fails is not None and fails:
        may_sell = later.in_cover.copy()
        without_next = later.in_order[_fails_in(len(comes), fails)]
        may_sell[without_next] = later.if_next_fails[without_next]
    return replace(later, comes=in_order, may_sell=may_sell)


@cache
def _fails_in(scenarios: int, fails: float) -> NDArray[np.bool_]:
    """In which scenarios the next delivery fails: evenly over demand, and where lots of this one are as usual."""
    middle = scenarios // 2
    number = bits_reversed(scenarios)
    without: NDArray[np.bool_] = (number >= middle) & (number < middle + round(fails * scenarios))
    return without


@cache
def bits_reversed(count: int) -> NDArray[np.int64]:
    """The numbers below `count`, each read backwards: neighbours lie far apart, any stretch of them evenly. Those of a
    count that is no power of two are told apart by what their reversed bits come to."""
    bits = max(count - 1, 1).bit_length()
    numbers = np.arange(count)
    backwards = sum(((numbers >> bit) & 1) << (bits - 1 - bit) for bit in range(bits))
    return np.asarray(backwards).argsort().argsort()
