"""The world that policies are played in: what customers want, what they pay, and what suppliers bring. All of it is
drawn before anybody buys, so every policy meets the same days (common random numbers).

Quantities are whole portions, the least that a customer takes; arrays have days from the first one played.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.simulation.deliveries import Deliveries

Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Goods:
    """A product: `portion` is in its unit, `life_days` counts the day of receipt, `price` is that of a unit; such a
    share of customers takes the `freshest_first` (0..1)."""

    product_id: str
    category: str
    portion: Decimal
    life_days: int
    price: Decimal
    freshest_first: float = 0.0


@dataclass(frozen=True, eq=False)
class World:
    """wanted  day, warehouse, product, hour: portions that customers want"""

    days: Sequence[date]
    warehouse_ids: Sequence[str]
    goods: Sequence[Goods]
    wanted: Counts
    deliveries: Deliveries
