"""The assignment for a routing rule: sorted first, then changed by swaps as long as tours that are not known yet get
shorter by it.

The tours are parted by time. From the earlier ones it is learned what each swap would save (`elsewhere.py`), and from
the next ones whether it would have saved there too. Many such swaps that do not touch each other are made at once, and
stay only if the latest tours, of which neither was learned, are walked in less. So what is bought together counts where
it comes again: on shuffled baskets next to no swap stays.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from warehouse.slotting.assignment.company import Company
from warehouse.slotting.assignment.elsewhere import Stretches, cost_elsewhere
from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.assignment.sorted_layouts import best_sorted
from warehouse.slotting.assignment.swaps import best_swaps
from warehouse.slotting.eligibility.eligible import NONE
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.floor_plan import Ints

LEARNED_FROM: Final = 0.5  # of the tours; a half of the others confirms, the rest decides
LINES: Final = 400_000  # that are looked at
LINES_TO_LEARN: Final = 3  # of a product, in the mean: of fewer nothing comes again
ROUNDS: Final = 20
FIRST, MOST, FEWEST = 1 / 15, 1 / 8, 1 / 120  # swaps at once, of all products: half as many where they do not help


@dataclass(frozen=True, eq=False)
class Assigned:
    """slot      (products,) where each lies
    sorted_slot  the same before anything was learned from what is bought together"""

    slot: Ints
    sorted_slot: Ints


def assign_for_routing(problem: Problem, company: Company | None = None) -> Assigned:
    """The slot of each product; NOWHERE where it finds none. No two of `company` are neighbours that may not be."""
    by_sorting = best_sorted(problem, company)
    placed = np.flatnonzero(by_sorting != NOWHERE)
    eligible = problem.eligible.without(np.flatnonzero(by_sorting == NOWHERE), NONE)
    if company is not None:
        eligible = company.set_aside(eligible, by_sorting, problem.lines)
    known = replace(problem, eligible=eligible, picks=problem.picks.of(placed))
    return Assigned(_swapped(known, by_sorting), by_sorting)


def _swapped(problem: Problem, slot: Ints) -> Ints:
    earlier, others = problem.picks.latest(LINES).parted(LEARNED_FROM)
    confirming, deciding = others.parted(0.5)
    if len(earlier.tour) < LINES_TO_LEARN * len(slot) or not len(confirming.tour) or not len(deciding.tour):
        return slot
    stretches = Stretches.of(problem)
    first, most, fewest = (max(int(share * len(slot)), 1) for share in (FIRST, MOST, FEWEST))
    metres, at_once = problem.metres(slot, deciding), first
    for _ in range(ROUNDS):
        costs = [cost_elsewhere(problem, stretches, slot, some) for some in (earlier, confirming)]
        while at_once >= fewest:
            changed = best_swaps(problem, stretches, costs, slot, at_once)
            walked = problem.metres(changed, deciding)
            if walked < metres:
                break
            at_once //= 2
        else:
            break
        slot, metres, at_once = changed, walked, min(2 * at_once, most)
    return slot
