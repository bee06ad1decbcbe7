"""The carries that shorten tours most where only so many can be made: chains into empty slots, and exchanges.

Each carry has the same price; at that price what lies where is an assignment problem, solved exactly over the products
that have most to gain and the slots that they want. The lowest price at which no more is carried than may be is sought
by halving (a Lagrange multiplier). What is carried falls into chains, which end in an empty slot and can be carried in
part, beginning there, and rings, of which two products change places and longer ones are turned through an empty slot;
which of them are made within the number is a knapsack. All that is done for several senses of what a place costs, and
for the best exchanges one after another beside; the plan that is walked least by the routing rule is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from warehouse.slotting.assignment.costs import Cost, Separable, Tabled
from warehouse.slotting.assignment.elsewhere import Stretches, cost_elsewhere
from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.assignment.sorted_layouts import orders_of_slots
from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.floor_plan import Floats, Ints

WANTED: Final = 2  # products and slots looked at in a block, for each carry that may be made
AT_LEAST: Final = 100
HALVINGS: Final = 14
CELLS: Final = 8_000_000  # products times stretches, which are 64 MB
FREE: Final = -1
FORBIDDEN: Final = -1e12
PAIR: Final = 2


@dataclass(frozen=True)
class Carry:
    """A product taken from one slot to another, by their numbers. `exchange`: the carries of one number are made as
    one, since the two products change places."""

    product: int
    from_slot: int
    to_slot: int
    exchange: int | None = None


@dataclass(frozen=True, eq=False)
class _Part:
    """Carries in the order of work, and what is saved once so many are made; of a ring only the whole can be."""

    carries: tuple[Carry, ...]
    saved: Floats
    ring: bool


def best_carries(problem: Problem, now: Ints, most: int, price: float = 0.0) -> tuple[Carry, ...]:
    """At most so many carries from where products lie now, in an order in which each target is empty by then, or is
    emptied by the same exchange. A carry is to save more than its price, in the unit of the problem's lines."""
    plans = [
        tuple(plan(problem, cost, now, most, price))
        for cost in _senses_of_cost(problem, now)
        for plan in (carries_by_cost, exchanges_by_cost)
    ]
    return min(plans, key=lambda carries: problem.metres(carried_out(now, carries)) + price * len(carries))


def _senses_of_cost(problem: Problem, now: Ints) -> Iterator[Cost]:
    """What each product costs in the slots: by what its tours would walk if it alone lay there, unless that table would
    be too large, and by the orders of slots that layouts are sorted by, in which many carries agree with each other."""
    stretches = Stretches.of(problem)
    if len(now) * len(stretches.aisle) <= CELLS:
        yield Tabled(stretches.of_slot, cost_elsewhere(problem, stretches, now, problem.picks))
    for far in orders_of_slots(problem):
        yield Separable(problem.lines, far)


def carried_out(now: Ints, carries: Sequence[Carry]) -> Ints:
    """Where products lie once they are carried."""
    slot = now.copy()
    for carry in carries:
        slot[carry.product] = carry.to_slot
    return slot


def carries_by_cost(problem: Problem, cost: Cost, now: Ints, most: int, price: float = 0.0) -> tuple[Carry, ...]:
    """The same by costs alone."""
    made: tuple[Carry, ...] = ()
    while len(made) < most:  # what a knapsack leaves over is room for more
        after = carried_out(now, made)
        left = most - len(made)
        blocks = [_Block.of(problem.eligible, cost, after, *own, left) for own in problem.blocks()]
        more = max((_packed(parts, left, price) for parts in _at_prices(blocks, left, price)), key=_all_saved)
        if not more:
            break
        made += tuple(carry for part in _best_first(more) for carry in part.carries)
    return _numbered(made)


def _at_prices(blocks: Sequence["_Block"], most: int, least: float) -> Iterator[list[_Part]]:
    """Chains and rings of the best assignments at several prices of a carry, from the least up to the one at which so
    many are made."""
    low, high = least, max((float(block.saved.max(initial=0.0)) for block in blocks), default=0.0)
    price = low
    for _ in range(HALVINGS):
        moved = [block.at_price(price) for block in blocks]
        yield [part for block, one in zip(blocks, moved, strict=True) for part in block.parts(one)]
        count = sum(map(len, moved))
        if price == least and count <= most:
            return
        low, high = (price, high) if count > most else (low, price)
        price = (low + high) / 2


@dataclass(frozen=True, eq=False)
class _Block:
    """Products that have most to gain and slots that they want, of one block.

    product (n,)    slot (m,)
    here    (n,) where each product lies now, as a number in `slot`
    saved   (n, m) what each saves in each slot; FORBIDDEN where it may not lie
    holds   (m,) which of the products lies there; FREE: none
    unused  empty slots beside those, to turn rings through
    """

    product: Ints
    slot: Ints
    here: Ints
    saved: Floats
    holds: Ints
    unused: Ints
    eligible: Eligible

    @classmethod
    def of(cls, eligible: Eligible, cost: Cost, now: Ints, products: Ints, slots: Ints, most: int) -> "_Block":
        """Of all products and slots of the block."""
        wanted = max(WANTED * most, AT_LEAST)
        own = cost.at(products, now[products])
        to_gain = own - cost.least(products, slots)
        gaining = products[np.argsort(-to_gain, kind="stable")[:wanted]]
        at_places = cost.at(gaining[:, None], slots)
        allowed = np.isfinite(at_places) & eligible.table(gaining, slots)
        liked = np.where(allowed, at_places, own.max(initial=0.0)).mean(axis=0)
        targets = slots[np.argsort(liked, kind="stable")[:wanted]]
        lying = products[np.isin(now[products], targets)]
        looked_at = np.union1d(gaining, lying)
        slot = np.union1d(targets, now[looked_at])
        empty = np.setdiff1d(slots, now[products])
        here = np.searchsorted(slot, now[looked_at])
        holds = np.full(len(slot), FREE)
        holds[here] = np.arange(len(looked_at))
        saved = cost.at(looked_at, now[looked_at])[:, None] - cost.at(looked_at[:, None], slot)
        saved = np.where(np.isfinite(saved) & eligible.table(looked_at, slot), saved, FORBIDDEN)
        return cls(looked_at, slot, here, saved, holds, np.setdiff1d(empty, slot), eligible)

    def at_price(self, price: float) -> dict[int, int]:
        """Where each product goes that is carried, where each carry has this price."""
        worth = self.saved - price
        worth[np.arange(len(self.product)), self.here] = 0.0
        rows, columns = linear_sum_assignment(worth, maximize=True)
        moved = columns != self.here[rows]
        return dict(zip(rows[moved].tolist(), columns[moved].tolist(), strict=True))

    def parts(self, moved: dict[int, int]) -> Iterator[_Part]:
        """The chains and rings of what is carried."""
        comes = {target: one for one, target in moved.items()}
        left = dict(moved)
        for one, target in moved.items():
            if self.holds[target] == FREE or int(self.holds[target]) not in moved:
                chain, at = [], one
                while True:
                    chain.append(at)
                    left.pop(at)
                    if (follows := comes.get(int(self.here[at]))) is None:
                        break
                    at = follows
                yield self._part(chain, moved, ring=False)
        while left:
            ring, at = [], next(iter(left))
            while at in left:
                ring.append(at)
                left.pop(at)
                at = comes[int(self.here[at])]
            if len(ring) == PAIR or (ring := self._led_by_one_that_can_wait(ring)):
                yield self._part(ring, moved, ring=True)

    def _led_by_one_that_can_wait(self, ring: list[int]) -> list[int]:
        """The ring, beginning with a product that may lie in an unused slot meanwhile; empty: none may."""
        for first, one in enumerate(ring):
            if self.eligible.may(int(self.product[one]), self.unused).any():
                return ring[first:] + ring[:first]
        return []

    def _part(self, order: Sequence[int], moved: dict[int, int], *, ring: bool) -> _Part:
        """Of the products in the order in which they are carried, each into the slot that the one before has left."""
        saved = np.cumsum([self.saved[one, moved[one]] for one in order])
        carries = [
            Carry(int(self.product[one]), int(self.slot[self.here[one]]), int(self.slot[moved[one]])) for one in order
        ]
        if ring and len(order) == PAIR:
            carries = [replace(one, exchange=1) for one in carries]
        elif ring:
            first = carries[0]  # waits aside until its slot is free
            aside = int(self.unused[self.eligible.may(first.product, self.unused).argmax()])
            carries = [
                Carry(first.product, first.from_slot, aside),
                *carries[1:],
                Carry(first.product, aside, first.to_slot),
            ]
        return _Part(tuple(carries), saved, ring)


def _packed(parts: Sequence[_Part], most: int, price: float) -> list[_Part]:
    """The parts, chains cut where that is best, that save most beyond their price within so many carries: a
    knapsack."""
    best = np.zeros(most + 1)
    taken: list[list[tuple[int, int]]] = [[] for _ in range(most + 1)]
    for number, part in enumerate(parts):
        sizes = [len(part.carries)] if part.ring else range(1, len(part.carries) + 1)
        before, before_taken = best.copy(), list(taken)
        for size in sizes:
            saved = float(part.saved[-1] if part.ring else part.saved[size - 1]) - price * size
            for room in range(size, most + 1):
                if before[room - size] + saved > best[room]:
                    best[room] = before[room - size] + saved
                    taken[room] = [*before_taken[room - size], (number, size)]
    return [
        _Part(parts[number].carries[:size], parts[number].saved[:size], parts[number].ring)
        for number, size in taken[int(best.argmax())]
    ]


def _all_saved(parts: Sequence[_Part]) -> float:
    return sum(float(part.saved[-1]) for part in parts)


def _best_first(parts: Sequence[_Part]) -> list[_Part]:
    """What saves most a carry first."""
    return sorted(parts, key=lambda part: -float(part.saved[-1]) / len(part.carries))


def _numbered(carries: Sequence[Carry]) -> tuple[Carry, ...]:
    """With their exchanges, of two carries each, counted from 1 on."""
    count = 0
    numbered = []
    for carry in carries:
        if carry.exchange is not None:
            count += 1
        numbered.append(replace(carry, exchange=None if carry.exchange is None else (count + 1) // 2))
    return tuple(numbered)


def exchanges_by_cost(problem: Problem, cost: Cost, now: Ints, most: int, price: float = 0.0) -> Iterator[Carry]:
    """The best exchange of two products, and then again, as long as there are carries left: of those that have most to
    gain, and those that lie where these want to."""
    slot = now.copy()
    eligible = problem.eligible
    blocks = [_Block.of(eligible, cost, now, *own, most).product for own in problem.blocks()]
    tables = [  # where another one lies
        np.where(
            eligible.table(products, slot[products]) | np.eye(len(products), dtype=bool),
            cost.at(products[:, None], slot[products]),
            np.inf,
        )
        for products in blocks
    ]
    best = [_best_exchange(table) for table in tables]
    for number in range(1, most // 2 + 1):
        block = max(range(len(blocks)), key=lambda one: best[one][0], default=NOWHERE)
        if block == NOWHERE or best[block][0] <= PAIR * price:
            return
        _, one, other = best[block]
        a, b = int(blocks[block][one]), int(blocks[block][other])
        yield Carry(a, int(slot[a]), int(slot[b]), number)
        yield Carry(b, int(slot[b]), int(slot[a]), number)
        slot[a], slot[b] = slot[b], slot[a]
        tables[block][:, [one, other]] = tables[block][:, [other, one]]
        best[block] = _best_exchange(tables[block])


def _best_exchange(at_places: Floats) -> tuple[float, int, int]:
    """What is saved by it, and the two products; `at_places` (n, n) is what each costs where another one lies."""
    own = np.diagonal(at_places)
    saved = own[:, None] + own[None, :] - at_places - at_places.T
    one, other = np.unravel_index(int(saved.argmax()), saved.shape)
    return float(saved[one, other]), int(one), int(other)
