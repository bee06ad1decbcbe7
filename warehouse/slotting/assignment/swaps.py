"""The swaps that save most by tables of costs, each product and slot in one of them at most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from warehouse.slotting.assignment.elsewhere import Stretches
from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.routing.floor_plan import Floats, Ints

NOTHING: Final = -1
CANDIDATES: Final = 20  # swaps for each that is wanted: many touch the same product


@dataclass(frozen=True, eq=False)
class _Swaps:
    """saved, the product that goes to `target`, and the one that lies there and takes its place (NOTHING: none does),
    each (swaps,)"""

    saved: Floats
    product: Ints
    other: Ints
    target: Ints


def best_swaps(problem: Problem, stretches: Stretches, costs: Sequence[Floats], slot: Ints, most: int) -> Ints:
    """The layout after `most` swaps at most, of two products or of one with an empty slot.

    Each of `costs` (products, stretches) says what a product costs where it lies; only what saves by all of them is
    swapped, and first what saves most by their sum."""
    found = list(_candidates(problem, stretches, costs, slot, CANDIDATES * most))
    saved = np.concatenate([one.saved for one in found])
    product = np.concatenate([one.product for one in found])
    others = np.concatenate([one.other for one in found])
    target = np.concatenate([one.target for one in found])
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


def _candidates(
    problem: Problem, stretches: Stretches, costs: Sequence[Floats], slot: Ints, most: int
) -> Iterator[_Swaps]:
    """Of each block the swaps that save most, of two products and with empty slots."""
    for products, slots in problem.blocks():
        here = stretches.of_slot[slot[products]]
        empty = np.setdiff1d(slots, slot[products])
        free, first = np.unique(stretches.of_slot[empty], return_index=True)
        of_two, into_empty = [], []
        for cost in costs:
            at_places = cost[np.ix_(products, here)]  # of each product where another one lies
            own = np.diagonal(at_places)
            of_two.append(np.triu(own[:, None] + own[None, :] - at_places - at_places.T, 1))
            into_empty.append(own[:, None] - cost[np.ix_(products, free)])
        saved, one, other = _largest(of_two, most)
        yield _Swaps(saved, products[one], products[other], slot[products[other]])
        saved, one, at = _largest(into_empty, most)
        yield _Swaps(saved, products[one], np.full(len(one), NOTHING), empty[first[at]])


def _largest(tables: Sequence[Floats], most: int) -> tuple[Floats, Ints, Ints]:
    """What is saved, and where, by those that save by all tables and most in sum."""
    saved = np.where(np.minimum.reduce(tables) > 0, np.add.reduce(tables), 0.0)
    flat = saved.ravel()
    order = np.argpartition(-flat, most)[:most] if len(flat) > most else np.arange(len(flat))
    order = order[flat[order] > 0]
    rows, columns = np.unravel_index(order, saved.shape)
    return flat[order], rows.astype(np.int64), columns.astype(np.int64)
