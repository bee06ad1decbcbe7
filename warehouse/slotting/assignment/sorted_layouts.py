"""Layouts made by sorting: the most picked product into the best slot of its block, by what "best" means to a rule.

Sorting is optimal where distance is one number a slot (cube-per-order index, Heskett 1963). A routing rule has no such
number: through aisles one fills aisle by aisle, turning in them one fills what is near the front of all of them. So a
few orders of slots are tried, and the picks say which is walked least.
"""

from collections.abc import Iterator

import numpy as np

from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.routing.floor_plan import Floats, Ints

ASIDE = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # what a metre along the cross-aisles weighs beside one into an aisle


def best_sorted(problem: Problem) -> Ints:
    """The slot of each product in the sorted layout that is walked least on the problem's picks."""
    layouts = [_sorted_by(problem, key) for key in orders_of_slots(problem)]
    return min(layouts, key=problem.metres)


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


def _sorted_by(problem: Problem, distance: Floats) -> Ints:
    slot = np.empty(len(problem.block), np.int64)
    for products, slots in problem.blocks():
        nearest = slots[np.argsort(distance[slots], kind="stable")]
        most_picked = products[np.argsort(-problem.lines[products], kind="stable")]
        slot[most_picked] = nearest[: len(products)]
    return slot
