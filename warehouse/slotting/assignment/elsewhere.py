"""What the tours of each product would walk if it alone lay elsewhere: by product and stretch of an aisle.

Every tour is walked without the line in question, and then with a stop in each stretch (`OneMore`). A product that few
tours hold is drawn towards what any line would walk there, as if so many lines more had been seen of it: what is bought
together with it is not known yet, how often it is picked is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.routing.floor_plan import Floats, Ints
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import OneMore, walked

STRETCHES: Final = 10  # that an aisle is looked at in
IN_ALL: Final = 400  # of all aisles: where there are many, each is looked at in fewer
LINES_OF_ANY: Final = 30  # that a product's own are weighed against
AT_ONCE: Final = 240_000  # tours times aisles, which are some 50 MB


@dataclass(frozen=True, eq=False)
class Stretches:
    """Aisles cut into pieces: slots of one piece are taken to be equally far.

    of_slot  (slots,) number of the stretch
    aisle    (stretches,)
    along_m  (stretches,) the middle of its slots
    kind     (stretches,) the kind of its slots: which products may lie there
    """

    of_slot: Ints
    aisle: Ints
    along_m: Floats
    kind: Ints

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Those of a floor. A piece where slots of two kinds lie is one for each."""
        floor = problem.floor
        depth_m = floor.depth_m or 1.0  # all slots may lie on the cross-aisle
        kind_and_aisle = np.stack([problem.eligible.place_kind, floor.aisle])
        pieces = min(STRETCHES, max(IN_ALL // len(np.unique(kind_and_aisle, axis=1).T), 1))
        piece = np.minimum((floor.along_m / depth_m * pieces).astype(np.int64), pieces - 1)
        keys = np.concatenate([kind_and_aisle, piece[None]])
        found, of_slot = np.unique(keys, axis=1, return_inverse=True)
        of_slot = of_slot.reshape(-1)
        middle = np.bincount(of_slot, floor.along_m) / np.bincount(of_slot)
        return cls(of_slot, found[1], middle, found[0])


def cost_elsewhere(problem: Problem, stretches: Stretches, slot: Ints, picks: Picks) -> Floats:
    """(products, stretches) metres that all lines of a product add to their tours if it lies there, all others lying in
    `slot`; infinite where it may not lie."""
    eligible = problem.eligible
    products, count = len(slot), len(stretches.aisle)
    lines = np.bincount(picks.product, minlength=products).astype(float)
    sums = np.zeros((products, count))
    of_block = {block: np.unique(stretches.of_slot[eligible.block_of_slot == block]) for block in set(eligible.block)}
    for line, others in _without_each_line(picks, max(AT_ONCE // problem.floor.aisles, 1)):
        tour, stop = others
        visits = Visits.of(problem.floor, tour, slot[stop], len(line))
        added, base = OneMore.of(problem.floor, visits, problem.routing), walked(problem.floor, visits, problem.routing)
        product = picks.product[line]
        for block in np.unique(eligible.block[product]).tolist():
            own = np.flatnonzero(eligible.block[product] == block)
            for stretch in of_block[block].tolist():
                metres = added.at(int(stretches.aisle[stretch]), float(stretches.along_m[stretch])) - base
                sums[:, stretch] += np.bincount(product[own], metres[own], minlength=products)
    return _drawn_together(problem, stretches, sums, lines)


def _without_each_line(picks: Picks, at_once: int) -> Iterator[tuple[Ints, tuple[Ints, Ints]]]:
    """Some lines at a time, and the tours as they are without each: (tour, product) of the others' stops."""
    size = np.bincount(picks.tour, minlength=picks.tours)
    starts = np.cumsum(size) - size
    for first in range(0, len(picks.tour), at_once):
        line = np.arange(first, min(first + at_once, len(picks.tour)))
        of_tour = picks.tour[line]
        tour = np.repeat(np.arange(len(line)), size[of_tour])
        begin = np.cumsum(size[of_tour]) - size[of_tour]
        stop = np.arange(len(tour)) - np.repeat(begin, size[of_tour]) + starts[of_tour[tour]]
        another = stop != line[tour]
        yield line, (tour[another], picks.product[stop[another]])


def _drawn_together(problem: Problem, stretches: Stretches, sums: Floats, lines: Floats) -> Floats:
    eligible = problem.eligible
    cost = np.full_like(sums, np.inf)
    for of_block, slots in eligible.blocks():
        cell = np.ix_(of_block, np.unique(stretches.of_slot[slots]))
        own = lines[of_block]
        of_any = sums[cell].sum(axis=0) / max(float(own.sum()), 1.0)
        metres = (sums[cell] + LINES_OF_ANY * of_any) / (own[:, None] + LINES_OF_ANY)  # of a line
        allowed = eligible.allowed[np.ix_(eligible.kind[of_block], stretches.kind[cell[1][0]])]
        cost[cell] = np.where(allowed, problem.lines[of_block, None] * metres, np.inf)
    return cost
