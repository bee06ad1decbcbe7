"""What an assignment is made from: a floor, the tours that are picked, and which products may lie where."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import walked


@dataclass(frozen=True, eq=False)
class Picks:
    """Order lines of tours, in the order of the tours.

    tour     (lines,) 0, 1, ... in the order of time
    product  (lines,) number of the product
    tours    how many there are
    """

    tour: Ints
    product: Ints
    tours: int

    def parted(self, share: float) -> tuple[Self, Self]:
        """The earlier tours, as large a share of them, and the later ones."""
        first = int(self.tours * share)
        earlier = self.tour < first
        return (
            replace(self, tour=self.tour[earlier], product=self.product[earlier], tours=first),
            replace(self, tour=self.tour[~earlier] - first, product=self.product[~earlier], tours=self.tours - first),
        )

    def latest(self, lines: int) -> Self:
        """The latest tours, of about so many lines."""
        if len(self.tour) <= lines:
            return self
        first = int(self.tour[-lines])
        later = self.tour >= first
        return replace(self, tour=self.tour[later] - first, product=self.product[later], tours=self.tours - first)


@dataclass(frozen=True, eq=False)
class Problem:
    """Products and slots of one warehouse, in blocks: a product may lie in every slot of its own block and in no other.

    floor           where the slots are
    block_of_slot   (slots,)
    block           (products,)
    lines           (products,) order lines to expect of each, in any unit
    picks           tours, from which it is learned what is bought together
    """

    floor: FloorPlan
    block_of_slot: Ints
    block: Ints
    lines: Floats
    picks: Picks
    routing: Routing

    def metres(self, slot: Ints, picks: Picks | None = None) -> float:
        """What all tours walk together where product n lies in `slot[n]`."""
        tours = self.picks if picks is None else picks
        visits = Visits.of(self.floor, tours.tour, slot[tours.product], tours.tours)
        return float(walked(self.floor, visits, self.routing).sum())

    def metres_a_line(self, slot: Ints, picks: Picks | None = None) -> float:
        """The same for each order line; 0 without one."""
        tours = self.picks if picks is None else picks
        return self.metres(slot, tours) / len(tours.tour) if len(tours.tour) else 0.0

    def blocks(self) -> list[tuple[Ints, Ints]]:
        """Of each block its products and its slots."""
        return [
            (np.flatnonzero(self.block == block), np.flatnonzero(self.block_of_slot == block))
            for block in np.unique(self.block).tolist()
        ]
