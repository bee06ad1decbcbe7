"""The swaps that save most by tables of costs, each product and slot in one of them at most.

Slots of one stretch are equally far, so what two products save by changing places is what each saves in the other's
stretch. Of each stretch only those few are looked at that save most in another one: no table of products by products
is needed.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from warehouse.slotting.assignment.elsewhere import Stretches
from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.routing.floor_plan import Floats, Ints

NOTHING: Final = -1
LOOKED_AT: Final = 4  # products of a stretch, for each other stretch


def best_swaps(problem: Problem, stretches: Stretches, costs: Sequence[Floats], slot: Ints, most: int) -> Ints:
    """The layout after `most` swaps at most, of two products or of one with an empty slot.

    Each of `costs` (products, stretches) says what a product costs where it lies; only what saves by all of them is
    swapped, and first what saves most by their sum."""
    found = [_Candidates(problem, stretches, costs, slot, *own).swaps() for own in problem.blocks()]
    saved, product, others, target = (np.concatenate(column) for column in zip(*found, strict=True))
    changed, touched, filled = slot.copy(), set[int](), set[int]()
    swaps = 0
    for number in np.argsort(-saved, kind="stable").tolist():
        one, other, to = int(product[number]), int(others[number]), int(target[number])
        if one in touched or other in touched or to in filled:
            continue
        touched.add(one)
        if other == NOTHING:
            filled.add(to)
        else:
            touched.add(other)
            changed[other] = slot[one]
        changed[one] = to
        swaps += 1
        if swaps == most:
            break
    return changed


_Swaps = tuple[Floats, Ints, Ints, Ints]  # saved, product, the other one (NOTHING: none), slot that the product goes to


class _Candidates:
    """Of one block."""

    def __init__(
        self,
        problem: Problem,
        stretches: Stretches,
        costs: Sequence[Floats],
        slot: Ints,
        products: Ints,
        slots: Ints,
    ) -> None:
        self.eligible, self.slot = problem.eligible, slot
        here = stretches.of_slot[slot[products]]
        self.gains = [cost[products, here][:, None] - cost[products] for cost in costs]  # of each in every stretch
        self.products, self.here = products, here
        self.empty = np.setdiff1d(slots, slot[products])
        self.place_of_empty = stretches.of_slot[self.empty]
        self.most = self._most_saving(len(stretches.aisle))

    def _most_saving(self, stretches: int) -> Ints:
        """(stretches, LOOKED_AT, stretches) numbers of the products of a stretch that save most in another; NOTHING:
        there are no more."""
        gain = np.add.reduce(self.gains)
        most = np.full((stretches, LOOKED_AT, stretches), NOTHING)
        order = np.argsort(self.here, kind="stable")
        begins = np.searchsorted(self.here[order], np.arange(stretches + 1))
        for stretch in range(stretches):
            own = order[begins[stretch] : begins[stretch + 1]]
            if len(own):
                count = min(LOOKED_AT, len(own))
                best = np.argpartition(-gain[own], count - 1, axis=0)[:count]
                most[stretch, :count] = own[best]
        return most

    def swaps(self) -> _Swaps:
        """Those that are allowed, and save by every table."""
        of_two, into_empty = self._of_two(), self._into_empty()
        saved, one, other, target = (np.concatenate(both) for both in zip(of_two, into_empty, strict=True))
        return saved, self.products[one], np.where(other == NOTHING, NOTHING, self.products[other]), target

    def _of_two(self) -> _Swaps:
        stretches = len(self.most)
        first, second = np.triu_indices(stretches, 1)
        one = np.repeat(self.most[first, :, second], LOOKED_AT, axis=1).ravel()
        other = np.tile(self.most[second, :, first], (1, LOOKED_AT)).ravel()
        both = (one != NOTHING) & (other != NOTHING)
        one, other = one[both], other[both]
        saved = [gain[one, self.here[other]] + gain[other, self.here[one]] for gain in self.gains]
        one_slot, other_slot = self.slot[self.products[one]], self.slot[self.products[other]]
        kept = np.minimum.reduce(saved) > 0
        kept &= self.eligible.may(self.products[one], other_slot) & self.eligible.may(self.products[other], one_slot)
        return np.add.reduce(saved)[kept], one[kept], other[kept], other_slot[kept]

    def _into_empty(self) -> _Swaps:
        stretch, first = np.unique(self.place_of_empty, return_index=True)
        one = self.most[:, :, stretch]
        target = np.broadcast_to(self.empty[first], one.shape).ravel()
        to = np.broadcast_to(stretch, one.shape).ravel()
        one = one.ravel()
        some = one != NOTHING
        one, target, to = one[some], target[some], to[some]
        saved = [gain[one, to] for gain in self.gains]
        kept = (np.minimum.reduce(saved) > 0) & self.eligible.may(self.products[one], target)
        return np.add.reduce(saved)[kept], one[kept], np.full(int(kept.sum()), NOTHING), target[kept]
