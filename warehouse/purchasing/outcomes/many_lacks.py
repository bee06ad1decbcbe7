"""What is lacking of many products at once, as rows of arrays: between which units no chance changes, and what becomes
of the unit there if it is the last that is worth buying."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.curves import in_each_row
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.later_orders import NEVER, LaterOrders, expiring_with, met_at

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Corners:
    """Of lacks (l), between which `units` (l x corners, ascending from 0) no chance changes; of the unit beyond each
    how often it sells in the covered days and is kept for the next delivery's, and what it loses where it expires, in
    shares of its price. A lack with fewer corners (`count`) than others repeats its last one."""

    units: Floats
    sells: Floats
    kept: Floats
    expires: Floats
    count: Ints


@dataclass(frozen=True, eq=False)
class ManyLacks:
    """Lacks (l) by scenario (s), with later orders or all without: how much `comes` of a unit, and at how many units
    the demand that it may sell for before another delivery comes, and that of the whole life, is met (inf: never);
    `orders` are the later ones, if any."""

    comes: Floats
    may_sell: Floats
    in_life: Floats
    orders: Sequence[LaterOrders]

    @classmethod
    def of(cls, lacks: Sequence[Lack]) -> "ManyLacks":
        """Those of as many scenarios each."""
        comes = np.stack([np.ones_like(one.in_cover) if one.comes is None else one.comes for one in lacks])
        may_sell = met_at(np.stack([one.may_sell for one in lacks]), comes)
        in_life = met_at(np.stack([one.in_life for one in lacks]), comes)
        return cls(comes, may_sell, in_life, [one.later for one in lacks if one.later is not None])

    def corners(self) -> Corners:
        """The scenarios' values, each once: all values in order, what lies below each of them added up."""
        lacks, scenarios = self.comes.shape
        values = [np.zeros((lacks, 1)), self.may_sell, self.in_life]
        if self.orders:
            of_later, comes, expiring = expiring_with(self.orders)
            values.append(of_later)
        order = np.argsort(np.hstack(values), axis=1, kind="stable")
        units = in_each_row(np.hstack(values), order)
        own = np.where((order <= 2 * scenarios) & np.isfinite(units), units, -1.0)  # not those of later orders
        before = np.column_stack([np.full(lacks, -1.0), np.maximum.accumulate(own, axis=1)[:, :-1]])
        first = own > before
        count = first.sum(axis=1)
        places = np.argsort(~first, axis=1, kind="stable")
        corner = np.minimum(np.arange(count.max()), count[:, None] - 1)
        place = in_each_row(places, corner)
        following = in_each_row(places, np.minimum(corner + 1, places.shape[1] - 1))
        end = np.where(corner + 1 < count[:, None], following, np.isfinite(units).sum(axis=1)[:, None]) - 1

        def below_next(block: int, weights: Floats) -> Floats:
            spread = np.zeros(order.shape)
            spread[:, 1 + block * scenarios : 1 + (block + 1) * scenarios] = weights
            return in_each_row(in_each_row(spread, order).cumsum(axis=1), end)

        unsold, expires = (below_next(block, self.comes) / scenarios for block in (0, 1))
        loses = expires
        if self.orders:
            loses = expires / (1 + below_next(2, comes * expiring) / np.maximum(below_next(2, comes), NEVER))
        sells = self.comes.sum(axis=1, keepdims=True) / scenarios - unsold
        return Corners(in_each_row(units, place), sells, unsold - expires, loses, count)
