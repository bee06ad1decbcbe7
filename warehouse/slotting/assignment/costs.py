"""What a product costs in a slot, in metres: by a table of stretches, or as its lines times how far a slot is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from warehouse.slotting.routing.floor_plan import Floats, Ints


class Cost(Protocol):
    """Metres by product and slot."""

    def at(self, product: Ints, slot: Ints) -> Floats:
        """Of products in slots; the two are broadcast against each other."""

    def least(self, products: Ints, slots: Ints) -> Floats:
        """(some products,) of each in the cheapest of some slots."""


@dataclass(frozen=True, eq=False)
class Tabled:
    """`place` (slots,) which slots are alike, `table` (products, places)."""

    place: Ints
    table: Floats

    def at(self, product: Ints, slot: Ints) -> Floats:
        """See `Cost`."""
        return np.asarray(self.table[product, self.place[slot]])

    def least(self, products: Ints, slots: Ints) -> Floats:
        """See `Cost`."""
        return np.asarray(self.table[np.ix_(products, np.unique(self.place[slots]))].min(axis=1))


@dataclass(frozen=True, eq=False)
class Separable:
    """`lines` (products,), `far` (slots,) metres one way; each line is walked there and back."""

    lines: Floats
    far: Floats

    def at(self, product: Ints, slot: Ints) -> Floats:
        """See `Cost`."""
        return np.asarray(2 * self.lines[product] * self.far[slot])

    def least(self, products: Ints, slots: Ints) -> Floats:
        """See `Cost`."""
        return np.asarray(2 * self.lines[products] * self.far[slots].min())
