"""Who gets what of a product whose suppliers have too little for all warehouses, chosen for all of them together.

Where each warehouse takes its best offer and shares what is scarce in proportion, a warehouse that could well do with
another offer takes from one that can't. Shares in proportion stay where none are better by more than single packs. What
is left over is worth the same either way: it saves a unit at the cost of the warehouse's first choice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from warehouse.purchasing.allocation.allocate import allocate, improved_packs
from warehouse.purchasing.allocation.problem import Option, Problem, Wanted, option_of, result_of
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity
from warehouse.purchasing.line_reasons import worth_of
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.offers import Offer
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.result_curve import ResultCurve, result_curve
from warehouse.purchasing.yields import Yields

CORNERS: Final = 33  # of a curve of up to 512; chosen like those that a plan keeps
WORTH_IT: Final = 0.01  # money; for less, everyone's share stays in proportion


@dataclass(frozen=True)
class Asking:
    """A need, the offers that can deliver it, and what its warehouse would buy on its own within its shares."""

    need: Need
    offers: Sequence[Offer]
    alone: tuple[Purchase, ...]


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
        problem = _problem(here, yields, settings)
        alone = _packs_alone(problem, here)
        packs = improved_packs(problem, alone)
        best = allocate(problem)
        if best.result > result_of(problem, packs) + WORTH_IT:
            packs = best.packs
        gained = result_of(problem, packs) - result_of(problem, alone)
        if gained <= WORTH_IT:
            continue
        now_shared |= _shared_now(problem, here, packs, shared)
        for at, number in enumerate(numbers):
            mine = [place for place, option in enumerate(problem.options) if option.need == at]
            if any(packs[place] != alone[place] for place in mine):
                bought = [(problem.options[place], packs[place]) for place in mine]
                chosen[number] = ChosenTogether(_purchases(here[at], bought, shared, yields, settings), gained)
    return chosen, now_shared


def _problem(asking: Sequence[Asking], yields: Yields, settings: PlanSettings) -> Problem:
    needs, options = [], []
    for at, one in enumerate(asking):
        first = next((purchase.offer for purchase in one.alone if purchase.packs), None)
        main = first or min(one.offers, key=lambda offer: _unit_cost(offer, yields))
        need = one.need
        worth = _worth(one, main, yields, settings)
        wanted = Wanted(need.warehouse_id, need.product_id, need.covers_from, worth, need.preordered)
        needs.append(wanted)
        options += [option_of(at, wanted, offer, yields.of(need.product_id, offer.supplier_id)) for offer in one.offers]
    return Problem(needs, options)


def _unit_cost(offer: Offer, yields: Yields) -> float:
    return float(min(tier.unit_price for tier in offer.tiers)) / yields.of(offer.product_id, offer.supplier_id)


def _worth(asking: Asking, main: Offer, yields: Yields, settings: PlanSettings) -> ResultCurve:
    """What usable units are worth before they are paid for: their result if they all came with this offer, and their
    cost."""
    need = asking.need
    unit_cost = _unit_cost(main, yields)
    lack = need.lack.from_lots(yields.lots_of(need.product_id, main.supplier_id))
    curve = result_curve(lack, worth_of(need, asking.offers, settings), unit_cost)
    kept = np.unique(np.linspace(0, len(curve.units) - 1, CORNERS).round().astype(int))
    units, worth = curve.units[kept], curve.result[kept] + unit_cost * curve.units[kept]
    slopes = np.minimum.accumulate(np.append(np.diff(worth) / np.diff(units), curve.slope_beyond + unit_cost))
    return ResultCurve(units, np.append(0.0, np.cumsum(slopes[:-1] * np.diff(units))), float(slopes[-1]))


def _packs_alone(problem: Problem, asking: Sequence[Asking]) -> list[int]:
    alone = [{purchase.offer.offer_id: purchase.packs for purchase in one.alone} for one in asking]
    return [alone[option.need].get(option.offer.offer_id, 0) for option in problem.options]


def _shared_now(
    problem: Problem,
    asking: Sequence[Asking],
    packs: Sequence[int],
    shared: Mapping[DayOfOffer, SharedCapacity],
) -> dict[DayOfOffer, SharedCapacity]:
    """The shares of the offers that had too little, as they are chosen now."""
    found: dict[DayOfOffer, SharedCapacity] = {}
    for option, bought in zip(problem.options, packs, strict=True):
        need = asking[option.need].need
        day_of_offer = option.offer.offer_id, need.covers_from
        if day_of_offer in shared:
            before = found.get(day_of_offer, shared[day_of_offer])
            mine = {need.warehouse_id: bought * option.offer.pack_size}
            found[day_of_offer] = replace(before, by_warehouse={**before.by_warehouse, **mine})
    return found


def _purchases(
    asking: Asking,
    bought: Sequence[tuple[Option, int]],
    shared: Mapping[DayOfOffer, SharedCapacity],
    yields: Yields,
    settings: PlanSettings,
) -> tuple[Purchase, ...]:
    """The cheapest first; those that have too little for all among them with 0 packs where it was asked for any."""
    need = asking.need
    lack = need.lack
    worth, at_least = worth_of(need, asking.offers, settings), need.preordered
    asked = {purchase.offer.offer_id for purchase in asking.alone}
    purchases = []
    for option, packs in sorted(bought, key=lambda one: _cost(*one)):
        offer = option.offer
        if packs or (offer.offer_id in asked and (offer.offer_id, need.covers_from) in shared):
            lack = lack.from_lots(yields.lots_of(need.product_id, offer.supplier_id))
            curve = result_curve(lack, worth, _cost(option, packs))
            usable = float(packs * offer.pack_size) * option.share_accepted
            purchases.append(Purchase(offer, packs, max(curve.needed, at_least), curve.at(usable)))
            lack, at_least = lack.after(usable), max(at_least - usable, 0.0)
    return tuple(purchases)


def _cost(option: Option, packs: int) -> float:
    """Of an accepted unit."""
    return float(option.offer.unit_price(packs * option.offer.pack_size)) / option.share_accepted
