"""Who gets what of a product whose suppliers have too little for all warehouses, chosen for all of them together.

Where each warehouse takes its best offer and shares what is scarce in proportion, a warehouse that could well do with
another offer takes from one that can't. Shares in proportion stay where none are better by more than single packs. What
is left over is worth the same either way: it saves a unit at the cost of the warehouse's first choice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from warehouse.purchasing.allocation.allocate import allocate, improved_packs
from warehouse.purchasing.allocation.asking import (
    WORTH_IT,
    Asking,
    packs_alone,
    problem_of,
    purchases_of,
    shared_now,
)
from warehouse.purchasing.allocation.problem import options_of_needs, result_of
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.suppliers.yields import Yields


@dataclass(frozen=True)
class ChosenTogether:
    """What a need buys instead, and the money that all warehouses gain by it."""

    purchases: tuple[Purchase, ...]
    gained: float


def choose_scarce(
    asking: Sequence[Asking], shared: Mapping[DayOfOffer, SharedCapacity], yields: Yields, settings: PlanSettings
) -> tuple[dict[int, ChosenTogether], dict[DayOfOffer, SharedCapacity]]:
    """By number of those asking what changes, and the capacities as they are shared then. Each product is chosen by
    itself: nothing ties them together."""
    of_product: dict[tuple[str, date], list[int]] = defaultdict(list)
    for number, one in enumerate(asking):
        if any((offer.offer_id, one.need.covers_from) in shared for offer in one.offers):
            of_product[one.need.product_id, one.need.covers_from].append(number)
    chosen: dict[int, ChosenTogether] = {}
    now_shared = dict(shared)
    for numbers in of_product.values():
        here = [asking[number] for number in numbers]
        problem = problem_of(here, yields, settings)
        alone = packs_alone(problem, here)
        packs = improved_packs(problem, alone)
        best = allocate(problem)
        if best.result > result_of(problem, packs) + WORTH_IT:
            packs = best.packs
        gained = result_of(problem, packs) - result_of(problem, alone)
        if gained <= WORTH_IT:
            continue
        now_shared |= shared_now(problem, here, packs, shared)
        for number, one, own in zip(numbers, here, options_of_needs(problem), strict=True):
            if any(packs[at] != alone[at] for at in own):
                bought = [(problem.options[at], packs[at]) for at in own]
                chosen[number] = ChosenTogether(purchases_of(one, bought, shared, yields, settings), gained)
    return chosen, now_shared
