"""The true distribution of what shoppers will want, for who is told it: as good as any forecast can be.

It knows what the region's sampler (`shoppers.py`) is made of and all that has come about by an evening; what is drawn
later stays open: drifts from where they stand on, the scatter of each day, how many shoppers come. Of the weather it
knows what will come, which no forecast does; it moves demand by a few per cent.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.sample.shoppers import Demand

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrueDemand:
    """Draws of the days after an evening, in portions."""

    demand: Demand

    @property
    def days(self) -> int:
        """How many days of the region there are."""
        return len(self.demand.expected)

    @cached_property
    def without_drifts(self) -> Floats:
        """Expected portions (day, warehouse, product) if nothing drifted."""
        drifted = sum(drift.values for drift in self.demand.drifts)
        known: Floats = self.demand.expected / np.exp(drifted)
        return known

    def paths(self, first: int, days: int, draws: int, random: Generator) -> NDArray[np.int32]:
        """What may be wanted on `days` days from number `first` on (warehouse, product, day, draw), for who knows all
        up to the evening before."""
        wanted = np.log(np.maximum(self.without_drifts[first : first + days], 1e-12))
        warehouses, products = wanted.shape[1:]
        paths = np.empty((warehouses, products, days, draws), np.int32)
        each, products_own, warehouses_own = (
            _from_there(drift.values[first - 1], drift.stays, drift.spread, days, draws, random)
            for drift in self.demand.drifts
        )
        shape = self.demand.evenness[:, None]
        for warehouse in range(warehouses):
            for day in range(days):
                drifted = each[day, warehouse] + products_own[day, 0] + warehouses_own[day, warehouse]
                mean = np.exp(wanted[day, warehouse, :, None] + drifted)  # product, draw
                scatter = random.gamma(np.broadcast_to(shape, mean.shape)) / shape
                paths[warehouse, :, day] = random.poisson(mean * scatter)
        return paths


def _from_there(now: Floats, stays: float, spread: float, days: int, draws: int, random: Generator) -> Floats:
    """An autoregression's values on the days after it stood `now` (warehouse or 1, product or 1): day, warehouse,
    product, draw."""
    values = np.empty((days, *now.shape, draws))
    step = spread * np.sqrt(1 - stays**2)
    before = np.broadcast_to(now[..., None], values.shape[1:])
    for day in range(days):
        before = values[day] = stays * before + step * random.standard_normal(values.shape[1:])
    return values
