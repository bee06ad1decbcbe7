"""Products laid into slots one by one, the most picked first, each into the nearest that it may lie in.

Where nothing but the block counts that is sorting; a small block in which room counts too is solved as an assignment.
Else no slot is taken that a larger product will need (there must stay as many slots above a size as products), each is
checked against its neighbours so far, and what finds none in the end gets one by others moving on (augmenting paths,
Kuhn), if any way leads to an empty slot; where neighbours bar each of these, by them moving on too (`making_room.py`).
"""

from collections import deque
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from warehouse.slotting.assignment.company import Company
from warehouse.slotting.assignment.making_room import with_room_made
from warehouse.slotting.eligibility.eligible import NONE, Eligible
from warehouse.slotting.eligibility.frames import Floats, Ints
from warehouse.slotting.eligibility.neighbours import NOWHERE, Lying

AT_ONCE: Final = 256  # slots looked at
SOLVED_UP_TO: Final = 40_000  # products times slots of a block


def placed_in_order(eligible: Eligible, lines: Floats, far: Floats, company: Company | None = None) -> Ints:
    """(products,) the slot of each, NOWHERE for those that find none; `far` (slots,) says which slots are near."""
    if company is not None and not company.around.matters:
        company = None
    slot = np.full(eligible.products, NOWHERE)
    lying = None if company is None else company.lying(slot)
    for products, slots in eligible.blocks():
        most_picked = products[np.argsort(-lines[products], kind="stable")]
        nearest = slots[np.argsort(far[slots], kind="stable")]
        if lying is None and _all_alike(eligible, products, slots):
            count = min(len(products), len(slots))
            slot[most_picked[:count]] = nearest[:count]
        elif lying is None and len(products) * len(slots) <= SOLVED_UP_TO:
            _solved(eligible, most_picked, nearest, lines, far, slot)
        else:
            _one_by_one(eligible, most_picked, nearest, slot, company, lying)
    may_change = eligible if company is None else company.set_aside(eligible, slot, lines)
    for products, slots in may_change.blocks():
        _moved_on(may_change, products[np.argsort(-lines[products], kind="stable")], slots, slot)
    slot = filled_up(eligible, lines, far, slot, company)
    if company is None or (slot != NOWHERE).all():
        return slot
    return with_room_made(eligible, lines, far, slot, company)


def filled_up(eligible: Eligible, lines: Floats, far: Floats, slot: Ints, company: Company | None) -> Ints:
    """The same with those that found no slot in any that is empty, if one is left that they may lie in."""
    without = np.flatnonzero((slot == NOWHERE) & np.asarray(eligible.allowed.any(axis=1))[eligible.kind])
    if not len(without):
        return slot
    slot = slot.copy()
    empty = np.setdiff1d(np.arange(eligible.slots), slot)
    empty = empty[np.argsort(far[empty], kind="stable")]
    lying = None if company is None else company.lying(slot)
    for product in without[np.argsort(-lines[without], kind="stable")].tolist():
        may = eligible.may(product, empty)
        if company is not None and lying is not None:
            may &= lying.lawful(int(company.goods[product]), empty)
        if may.any():
            at = int(may.argmax())
            slot[product] = empty[at]
            if company is not None and lying is not None:
                lying.put(int(company.goods[product]), int(empty[at]))
            empty = np.delete(empty, at)
    return slot


def _all_alike(eligible: Eligible, products: Ints, slots: Ints) -> bool:
    """Whether every one of them may lie in each of the slots."""
    kinds, places = np.unique(eligible.kind[products]), np.unique(eligible.place_kind[slots])
    return bool(
        eligible.allowed[np.ix_(kinds, places)].all()
        and eligible.space_l[products].max() <= eligible.volume_l[slots].min()
        and eligible.weight_kg[products].max() <= eligible.max_weight_kg[slots].min()
        and not any(eligible.is_refused(product) for product in products.tolist())
    )


def _solved(eligible: Eligible, most_picked: Ints, nearest: Ints, lines: Floats, far: Floats, slot: Ints) -> None:
    """The assignment that places most and then is walked least; those that find no slot are the least picked."""
    own = lines[most_picked]
    walking = np.outer(own, far[nearest])
    # staying without a slot costs more than any walk, most for what is picked most; a forbidden slot costs more still
    without = (walking.max(axis=1).sum() + 1) * (1 + own / max(own.sum(), 1e-9))
    forbidden = 4 * without.sum()
    cost = np.where(eligible.table(most_picked, nearest), walking, forbidden)
    rows, columns = linear_sum_assignment(np.hstack([cost, np.where(np.eye(len(own)), without, forbidden)]))
    found = columns < len(nearest)
    slot[most_picked[rows[found]]] = nearest[columns[found]]


def _one_by_one(
    eligible: Eligible, most_picked: Ints, nearest: Ints, slot: Ints, company: Company | None, lying: Lying | None
) -> None:
    free = np.ones(len(nearest), bool)
    room = _Room(eligible.volume_l[nearest], eligible.space_l[most_picked])
    begins: dict[int, int] = {}  # by kind: before that nothing is free that it may lie in, whatever its size
    for product in most_picked.tolist():
        kind, most_l = int(eligible.kind[product]), room.most_l(float(eligible.space_l[product]))
        at, begin, all_passed = NOWHERE, begins.get(kind, 0), True
        for first in range(begin, len(nearest), AT_ONCE):
            some = nearest[first : first + AT_ONCE]
            open_ = free[first : first + AT_ONCE] & eligible.allowed[kind, eligible.place_kind[some]]
            if company is not None and lying is not None:
                open_ &= lying.lawful(int(company.goods[product]), some)
            if all_passed:
                ahead = int(open_.argmax()) if open_.any() else len(some)
                begins[kind], all_passed = first + ahead, ahead == len(some)
            fits = open_ & eligible.may(product, some) & (eligible.volume_l[some] <= most_l)
            if fits.any():
                at = first + int(fits.argmax())
                break
        room.placed(float(eligible.space_l[product]), None if at == NOWHERE else float(eligible.volume_l[nearest[at]]))
        if at != NOWHERE:
            free[at] = False
            slot[product] = nearest[at]
            if company is not None and lying is not None:
                lying.put(int(company.goods[product]), int(nearest[at]))


class _Room:
    """How many slots above each size are free beyond the products that need them."""

    def __init__(self, volume_l: Floats, space_l: Floats) -> None:
        self.sizes = np.unique(volume_l)  # the last is the largest: none is needed above it
        self.spare = np.array([(volume_l > size).sum() - (space_l > size).sum() for size in self.sizes])

    def most_l(self, space_l: float) -> float:
        """The largest slot that a product of this size may take and leave enough for larger ones."""
        begin = int(np.searchsorted(self.sizes, space_l))
        none_left = np.flatnonzero(self.spare[begin:] <= 0)
        return float(self.sizes[begin + none_left[0]]) if len(none_left) else np.inf

    def placed(self, space_l: float, volume_l: float | None) -> None:
        """A product is dealt with, and lies in a slot of that size (None: in none)."""
        self.spare += self.sizes < space_l
        if volume_l is not None:
            self.spare -= self.sizes < volume_l


def _moved_on(eligible: Eligible, most_picked: Ints, slots: Ints, slot: Ints) -> None:
    """Gives those without a slot one, as long as others can move on to an empty one."""
    without = most_picked[slot[most_picked] == NOWHERE]
    if not len(without):
        return
    ways = _Ways(eligible, slots, {int(slot[one]): one for one in most_picked.tolist() if slot[one] != NOWHERE}, slot)
    for product in without.tolist():
        for mover, at in ways.to_an_empty_slot(product):
            slot[mover], ways.held_by[int(slots[at])] = slots[at], mover


class _Ways:
    """Searches who could move on so that a product gets a slot. What one search has seen in vain is no way for the next
    one either, and who asks as much as another of its kind, or more, comes nowhere that the other does not."""

    def __init__(self, eligible: Eligible, slots: Ints, held_by: dict[int, int], slot: Ints) -> None:
        self.eligible, self.slots, self.held_by = eligible, slots, held_by
        self.free = ~np.isin(slots, slot[slot != NOWHERE])
        self.unseen = np.ones(len(slots), bool)
        self.asked: dict[int, list[tuple[float, float]]] = {}  # by kind, of those who were looked at

    def to_an_empty_slot(self, product: int) -> list[tuple[int, int]]:
        """Who goes where, the product first: the last of them goes into an empty slot. Empty: there is no way."""
        if not self.free.any():
            return []
        unseen, asked = self.unseen.copy(), {kind: list(sizes) for kind, sizes in self.asked.items()}
        came_from: dict[int, tuple[int, int]] = {}  # by slot: who would come, and from which slot
        waiting = deque([(product, NOWHERE)])
        while waiting:
            mover, lies_at = waiting.popleft()
            reached = self._reached(mover)
            for at in reached[self.free[reached]][:1].tolist():
                self.free[at], self.unseen, self.asked = False, unseen, asked
                way = [(mover, at)]
                while lies_at != NOWHERE:
                    at = lies_at
                    mover, lies_at = came_from[at]
                    way.append((mover, at))
                return way[::-1]
            self.unseen[reached] = False
            for at in reached.tolist():
                came_from[at] = (mover, lies_at)
                if (held := self.held_by.get(int(self.slots[at]))) is not None:
                    waiting.append((held, at))
        return []

    def _reached(self, mover: int) -> Ints:
        """The slots not seen yet in which it may lie."""
        eligible, kind = self.eligible, int(self.eligible.kind[mover])
        space, weight = float(eligible.space_l[mover]), float(eligible.weight_kg[mover])
        asked = self.asked.setdefault(kind, [])
        if any(least <= space and lightest <= weight for least, lightest in asked):
            return NONE
        if not eligible.is_refused(mover):
            asked.append((space, weight))
        unseen = np.flatnonzero(self.unseen)
        return unseen[eligible.may(mover, self.slots[unseen])]
