"""A place for what found none, made by others that move on: whoever lies there or would be a bad neighbour goes
elsewhere, and so may others in turn.

Searched depth first, with few moving on before many (iterative deepening), each of them once: no more is needed where a
layout exists that places all. The search is bounded, so on a large floor a way may be missed.
"""

from typing import Final

import numpy as np

from warehouse.slotting.assignment.company import Company
from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.eligibility.frames import Floats, Ints, numbered
from warehouse.slotting.eligibility.neighbours import NOWHERE

MOVING_ON: Final = 8  # at most, for one that comes
LOOKS: Final = 4_000  # at all places that one could go to
CELLS: Final = 10_000_000  # places looked at


def with_room_made(eligible: Eligible, lines: Floats, far: Floats, slot: Ints, company: Company) -> Ints:
    """The same layout, changed so that as many as is found possible of those without a slot get one, the most picked
    first; what has a slot keeps one."""
    search = _Search(eligible, far, slot, company)
    without = np.flatnonzero(slot == NOWHERE)
    for product in without[np.argsort(-lines[without], kind="stable")].tolist():
        search.find_a_place(product)
    return search.slot


class _Search:
    """slot (products,), holder (slots,) while others move on"""

    def __init__(self, eligible: Eligible, far: Floats, slot: Ints, company: Company) -> None:
        self.eligible, self.company, self.slot = eligible, company, slot.copy()
        self.holder = np.full(eligible.slots, NOWHERE)
        self.holder[slot[slot != NOWHERE]] = np.flatnonzero(slot != NOWHERE)
        self.lying, self.stays = company.lying(slot), company.lying(np.full_like(slot, NOWHERE))
        self.nearest = np.argsort(far, kind="stable")
        around, goods = company.around, company.goods
        refused = np.array([eligible.is_refused(product) for product in range(len(slot))])
        own = np.where(refused, np.arange(len(slot)), NOWHERE)
        _, self.alike = numbered(
            eligible.kind, around.company[goods], around.raw_meat[goods], eligible.space_l, eligible.weight_kg, own
        )
        _, self.place = numbered(
            eligible.place_kind, around.bay, around.level, eligible.volume_l, eligible.max_weight_kg
        )
        self.by_bay = np.argsort(around.bay, kind="stable")
        self.bays = np.searchsorted(around.bay[self.by_bay], np.arange(len(around.next_to) + 1))
        self.open: dict[int, Ints] = {}
        self.settled: set[int] = set()
        self.looks = min(LOOKS, CELLS // max(eligible.slots, 1))

    def find_a_place(self, product: int) -> bool:
        """Whether it was found."""
        empty = self.holder == NOWHERE
        if not (self.eligible.block_of_slot[empty] == self.eligible.block[product]).any():
            return False
        for most in range(MOVING_ON + 1):
            if self._settle([product], most):
                self.settled.clear()
                return True
        return False

    def _settle(self, waiting: list[int], most: int) -> bool:
        """Gives each of them a place, with so many others moving on at most; whether that went."""
        if not waiting:
            return True
        self.looks -= len(waiting)
        if self.looks < 0:
            return False
        places = {product: self._places(product, most) for product in waiting}
        product = min(waiting, key=lambda one: len(places[one]))
        others = [one for one in waiting if one != product]
        for at in places[product].tolist():
            if self.looks < 0:
                return False
            out = self._who_moves_on(product, at)
            if len(out) > most or not self.settled.isdisjoint(out):
                continue
            came_from = [int(self.slot[one]) for one in out]
            for one in out:
                self._take(one)
            self._put(product, at)
            self.settled.add(product)
            if self._settle(others + out, most - len(out)):
                return True
            self.settled.discard(product)
            self._take(product)
            for one, back in zip(out, came_from, strict=True):
                self._put(one, back)
        return False

    def _places(self, product: int, most: int) -> Ints:
        """Where it could lie if no more than so many moved on, the fewest first; of places alike, one."""
        around, goods = self.company.around, self.company.goods
        own, open_ = int(goods[product]), self._open(product)
        holder = self.holder[open_]
        harming = self.lying.harming(own, open_)
        apart = around.apart[around.company[own], around.company[goods[holder]]]
        out = harming + ((holder != NOWHERE) & ~apart)
        fits = out <= most
        open_, out, holder = open_[fits], out[fits], holder[fits]
        alike = np.where(holder == NOWHERE, NOWHERE, self.alike[holder])
        _, first = np.unique(self.place[open_] * (self.slot.size + 1) + alike, return_index=True)
        first.sort()
        return np.asarray(open_[first][np.argsort(out[first], kind="stable")])

    def _open(self, product: int) -> Ints:
        """All that it may lie in beside what is not moved, the nearest first."""
        if (known := self.open.get(int(self.alike[product]))) is None:
            may = self.eligible.may(product, self.nearest)
            may &= self.stays.lawful(int(self.company.goods[product]), self.nearest)
            known = self.open[int(self.alike[product])] = self.nearest[may]
        return known

    def _who_moves_on(self, product: int, at: int) -> list[int]:
        """Who lies there, or could not lie beside it."""
        around, goods = self.company.around, self.company.goods
        bay, level, own = around.bay[at], around.level[at], goods[product]
        near = np.concatenate([
            self.by_bay[self.bays[one] : self.bays[one + 1]] for one in np.unique(around.next_to[bay]).tolist()
        ])  # fmt: skip
        near = near[self.holder[near] != NOWHERE]
        other = goods[self.holder[near]]
        bad = (near == at) | around.apart[around.company[own], around.company[other]]
        beneath = around.raw_meat[own] & ~around.raw_meat[other] & (around.level[near] < level)
        beneath |= ~around.raw_meat[own] & around.raw_meat[other] & (around.level[near] > level)
        return [int(one) for one in self.holder[near[bad | (beneath & (around.bay[near] == bay))]]]

    def _put(self, product: int, at: int) -> None:
        self.slot[product], self.holder[at] = at, product
        self.lying.put(int(self.company.goods[product]), at)

    def _take(self, product: int) -> None:
        at = int(self.slot[product])
        self.slot[product], self.holder[at] = NOWHERE, NOWHERE
        self.lying.take(int(self.company.goods[product]), at)
