"""What an assignment is made from: a floor, the tours that are picked, and which products may lie where."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import pandas as pd

from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.eligibility.frames import Bools
from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import walked

CELLS: Final = 2_000_000  # aisles times tours that are walked at once, which are some 150 MB


@dataclass(frozen=True, eq=False)
class Picks:
    """Order lines of tours, in the order of the tours.

    tour     (lines,) 0, 1, ... in the order of time
    product  (lines,) number of the product
    tours    how many there are
    weight   (tours,) how often each is walked; None: once
    """

    tour: Ints
    product: Ints
    tours: int
    weight: Floats | None = None

    @classmethod
    def of_lines(cls, tour_ids: pd.Series, product: Ints) -> Self:
        """Of recorded lines, the tours in the order in which they begin; lines of unknown products (below 0) are left
        out."""
        known = product >= 0
        tour, tours = pd.factorize(tour_ids[known])
        order = np.argsort(tour, kind="stable")
        return cls(tour[order].astype(np.int64), product[known][order].astype(np.int64), len(tours))

    @property
    def lines(self) -> float:
        """How many order lines, each as often as its tour is walked."""
        return float(len(self.tour) if self.weight is None else self.weight[self.tour].sum())

    def some(self, tours: slice) -> Self:
        """Those tours alone, numbered anew."""
        first, last, _ = tours.indices(self.tours)
        kept = slice(*np.searchsorted(self.tour, [first, last]).tolist())
        weight = None if self.weight is None else self.weight[first:last]
        return replace(
            self, tour=self.tour[kept] - first, product=self.product[kept], tours=last - first, weight=weight
        )

    def only(self, kept: Bools) -> Self:
        """The tours that are kept (tours,), numbered anew."""
        number, line = np.cumsum(kept) - 1, kept[self.tour]
        weight = None if self.weight is None else self.weight[kept]
        return replace(
            self,
            tour=number[self.tour[line]],
            product=self.product[line],
            tours=int(kept.sum()),
            weight=weight,
        )

    def parted(self, share: float) -> tuple[Self, Self]:
        """The earlier tours, as large a share of them, and the later ones."""
        first = int(self.tours * share)
        return self.some(slice(0, first)), self.some(slice(first, self.tours))

    def latest(self, lines: int) -> Self:
        """The latest tours, of about so many lines."""
        return self if len(self.tour) <= lines else self.some(slice(int(self.tour[-lines]), self.tours))

    def of(self, products: Ints) -> Self:
        """Without the lines of any other products."""
        kept = np.isin(self.product, products)
        return replace(self, tour=self.tour[kept], product=self.product[kept])

    def in_turn(self, tours: int) -> Iterator[Self]:
        """So many tours at a time."""
        for first in range(0, self.tours, tours):
            yield self.some(slice(first, first + tours))


@dataclass(frozen=True, eq=False)
class Problem:
    """Products and slots of one warehouse.

    floor     where the slots are
    eligible  which product may lie in which slot
    lines     (products,) order lines to expect of each, in any unit
    picks     tours, from which it is learned what is bought together
    """

    floor: FloorPlan
    eligible: Eligible
    lines: Floats
    picks: Picks
    routing: Routing

    def metres_of_tours(self, slot: Ints, picks: Picks) -> Floats:
        """What each tour walks where product n lies in `slot[n]`."""
        return metres_of_tours(self.floor, self.routing, slot, picks)

    def metres(self, slot: Ints, picks: Picks | None = None) -> float:
        """What all tours walk together, each as often as it is walked."""
        tours = self.picks if picks is None else picks
        metres = self.metres_of_tours(slot, tours)
        return float(metres.sum() if tours.weight is None else metres @ tours.weight)

    def metres_a_line(self, slot: Ints, picks: Picks | None = None) -> float:
        """The same for each order line; 0 without one."""
        tours = self.picks if picks is None else picks
        return self.metres(slot, tours) / tours.lines if tours.lines else 0.0

    def blocks(self) -> list[tuple[Ints, Ints]]:
        """Of each block its products and its slots."""
        return self.eligible.blocks()


def metres_of_tours(floor: FloorPlan, routing: Routing, slot: Ints, picks: Picks) -> Floats:
    """(tours,) what each is walked in where product n lies in `slot[n]`."""
    at_once = max(CELLS // floor.aisles, 1)
    parts = [
        walked(floor, Visits.of(floor, some.tour, slot[some.product], some.tours), routing)
        for some in picks.in_turn(at_once)
    ]
    return np.concatenate([np.zeros(0), *parts])
