"""Layouts made by sorting: the most picked product into the best slot that it may have, by what "best" means to a rule.

Sorting is optimal where distance is one number a slot (cube-per-order index, Heskett 1963). A routing rule has no such
number: through aisles one fills aisle by aisle, turning in them one fills what is near the front of all of them. So a
few orders of slots are tried, and the picks say which is walked least.
"""

from collections.abc import Iterator

import numpy as np

from warehouse.slotting.assignment.company import Company
from warehouse.slotting.assignment.placing import placed_in_order
from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.floor_plan import Floats, Ints

AISLE_BY_AISLE = 0  # the order in which those who may not be neighbours meet least
TRIED = 3  # orders in which products are laid with all that they ask
ASIDE = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # what a metre along the cross-aisles weighs beside one into an aisle


def best_sorted(problem: Problem, company: Company | None = None) -> Ints:
    """The slot of each product, NOWHERE for what finds none, in the sorted layout that places most of them and is
    walked least on the problem's picks."""
    orders = list(orders_of_slots(problem))
    walked = [_metres(problem, _roughly_sorted(problem, far)) for far in orders]
    tried = {AISLE_BY_AISLE, *np.argsort(walked, kind="stable")[:TRIED].tolist()}
    layouts = [placed_in_order(problem.eligible, problem.lines, orders[number], company) for number in sorted(tried)]
    return min(layouts, key=lambda slot: (int((slot == NOWHERE).sum()), _metres(problem, slot)))


def _roughly_sorted(problem: Problem, far: Floats) -> Ints:
    """As if every product fitted into each slot of its block, beside any other."""
    slot = np.full(len(problem.lines), NOWHERE)
    for products, slots in problem.blocks():
        most_picked = products[np.argsort(-problem.lines[products], kind="stable")[: len(slots)]]
        slot[most_picked] = slots[np.argsort(far[slots], kind="stable")[: len(products)]]
    return slot


def _metres(problem: Problem, slot: Ints) -> float:
    return problem.metres(slot, problem.picks.of(np.flatnonzero(slot != NOWHERE)))


def orders_of_slots(problem: Problem) -> Iterator[Floats]:
    """How far each slot is, in several senses."""
    floor = problem.floor
    aside = np.abs(floor.aisle_x_m[floor.aisle] - floor.start_x_m)
    into = floor.along_m
    from_an_end = np.minimum(into, floor.depth_m - into)
    yield aside * (2 * floor.depth_m) + into  # aisle by aisle
    yield into * (2 * np.ptp(floor.aisle_x_m) + 1) + aside  # row by row
    for weight in ASIDE:
        yield weight * aside + into
    for weight in (0.5, 1.0, 2.0):
        yield weight * aside + from_an_end
