"""A length that no assignment can be walked in less than, whatever the routing rule.

A tour goes at least to its stop farthest aside and back, and at least to the one deepest in and back; where it stops in
several blocks, whose aisles differ, it goes into each of them: through an aisle once, or to a stop and back from one of
its ends. The farthest stop is no nearer than any mean of the stops, and a mean costs each product by itself. So for any
weights of a tour's lines the cheapest assignment of products to slots, by an exact solver, is a bound; the weights are
moved towards the stops that are farthest in the assignment found, and the best bound of all rounds is kept.
"""

from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.routing.floor_plan import Floats, Ints

ROUNDS: Final = 6


def at_least(problem: Problem, picks: Picks) -> float:
    """Metres that the tours walk together at least, wherever the products lie in their blocks. Blocks must not share
    aisles; where they do, only the ways aside and to the deepest stop count."""
    floor = problem.floor
    aside = 2 * np.abs(floor.aisle_x_m[floor.aisle] - floor.start_x_m)
    block = problem.eligible.block[picks.product]
    of_block = picks.tour * (int(problem.eligible.block.max()) + 1) + block
    shared = _share_aisles(problem)
    blocks = np.zeros(picks.tours, np.int64)
    np.add.at(blocks, np.unique(np.stack([picks.tour, block]), axis=1)[0], 1)
    alone = shared | (blocks[picks.tour] == 1)  # lines of tours of which only the deepest stop is known to count
    deep = 2 * floor.along_m
    entered = np.minimum(deep, 2 * (floor.depth_m - floor.along_m))  # no more than the way through either
    groups = np.where(alone, picks.tour, picks.tours + of_block)
    weight_aside, weight_in = _evenly(picks.tour), _evenly(groups)
    best = 0.0
    for number in range(ROUNDS):
        products = problem.eligible.products
        w_aside = np.bincount(picks.product, weight_aside, minlength=products)
        w_deep = np.bincount(picks.product, np.where(alone, weight_in, 0.0), minlength=products)
        w_entered = np.bincount(picks.product, np.where(alone, 0.0, weight_in), minlength=products)
        slot = np.empty(products, np.int64)
        metres = 0.0
        for own, slots in problem.blocks():
            cost = np.outer(w_aside[own], aside[slots]) + np.outer(w_deep[own], deep[slots])
            cost += np.outer(w_entered[own], entered[slots])
            rows, columns = linear_sum_assignment(cost)
            slot[own[rows]] = slots[columns]
            metres += float(cost[rows, columns].sum())
        best = max(best, metres)
        stop, step = slot[picks.product], 1 / (number + 2)
        weight_aside += step * (_on_the_largest(picks.tour, aside[stop]) - weight_aside)
        weight_in += step * (_on_the_largest(groups, np.where(alone, deep[stop], entered[stop])) - weight_in)
    return best


def _share_aisles(problem: Problem) -> bool:
    pairs = np.unique(np.stack([problem.floor.aisle, problem.eligible.block_of_slot]), axis=1)
    return bool(len(np.unique(pairs[0])) < pairs.shape[1])


def _evenly(group: Ints) -> Floats:
    """The same weight for all lines of a group, 1 in sum."""
    _, number, count = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / count[number])


def _on_the_largest(group: Ints, value: Floats) -> Floats:
    """All weight of a group on its largest value."""
    order = np.lexsort((value, group))
    last = np.append(group[order][1:] != group[order][:-1], True)
    weight = np.zeros(len(group))
    weight[order[last]] = 1.0
    return weight
