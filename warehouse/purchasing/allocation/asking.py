"""What warehouses ask for as an allocation's problem, and the packs chosen as purchases again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final

import numpy as np

from warehouse.purchasing.allocation.problem import Option, Problem, Wanted, option_of
from warehouse.purchasing.allocation.terms import SupplierTerms
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity
from warehouse.purchasing.line_reasons import worth_of
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.outcomes.curves import ResultCurve
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.result_curve import Priced, result_curve, result_curves
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import ForFloor, Purchase
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.yields import Yields

CORNERS: Final = 33  # of a curve of up to 512, evenly among its own
WORTH_IT: Final = 0.01  # money; for less, everyone's own choice stays


@dataclass(frozen=True)
class Asking:
    """A need, the offers that can deliver it, what its warehouse would buy on its own within its shares, what is asked
    for the whole delivery to it on that day, by supplier, and the currency of its money."""

    need: Need
    offers: Sequence[Offer]
    alone: tuple[Purchase, ...]
    terms: Mapping[str, SupplierTerms] = field(default_factory=dict)
    currency: str = ""


def problem_of(asking: Sequence[Asking], yields: Yields, settings: PlanSettings) -> Problem:
    """The problem, with its needs in the order of those asking, all of which have an offer."""
    needs, options = [], []
    for at, (one, worth) in enumerate(zip(asking, _worths(asking, yields, settings), strict=True)):
        need = one.need
        at_least = max(need.at_least, _for_floor(one, yields))
        wanted = Wanted(need.warehouse_id, need.product_id, need.covers_from, worth, at_least)
        needs.append(wanted)
        options += [option_of(at, wanted, offer, yields.of(need.product_id, offer.supplier_id)) for offer in one.offers]
    return Problem(needs, options)


def _for_floor(asking: Asking, yields: Yields) -> float:
    """The usable units that a floor on the fill rate asks for; 0 where it asks for no more than pays."""
    if all(purchase.for_floor is None for purchase in asking.alone):
        return 0.0
    return _usable(asking, [purchase.packs for purchase in asking.alone], yields)


def _usable(asking: Asking, packs: Iterable[int], yields: Yields) -> float:
    """What so many packs of the own purchases bring."""
    return sum(
        float(bought * one.offer.pack_size) * yields.of(asking.need.product_id, one.offer.supplier_id)
        for bought, one in zip(packs, asking.alone, strict=True)
    )


def _unit_cost(offer: Offer, yields: Yields) -> float:
    return float(min(tier.unit_price for tier in offer.tiers)) / yields.of(offer.product_id, offer.supplier_id)


def _worths(asking: Sequence[Asking], yields: Yields, settings: PlanSettings) -> list[ResultCurve]:
    """What usable units of each need are worth before they are paid for: their result if they all came with the offer
    that its warehouse takes first, and their cost."""
    priced = []
    for one in asking:
        first = next((purchase.offer for purchase in one.alone if purchase.packs), None)
        main = first or min(one.offers, key=lambda offer: _unit_cost(offer, yields))
        lack = yields.as_brought(one.need.lack, one.need.product_id, main.supplier_id, one.need.covers_from)
        priced.append(Priced(lack, worth_of(one.need, one.offers, settings), _unit_cost(main, yields)))
    curves = result_curves(priced)
    return [_before_paid(curve, one.unit_cost) for curve, one in zip(curves, priced, strict=True)]


def _before_paid(curve: ResultCurve, unit_cost: float) -> ResultCurve:
    """The curve with the cost of its units added, concave and of fewer corners."""
    kept = np.unique(np.linspace(0, len(curve.units) - 1, CORNERS).round().astype(int))
    units, worth = curve.units[kept], curve.result[kept] + unit_cost * curve.units[kept]
    slopes = np.minimum.accumulate(np.append(np.diff(worth) / np.diff(units), curve.slope_beyond + unit_cost))
    return ResultCurve(units, np.append(0.0, np.cumsum(slopes[:-1] * np.diff(units))), float(slopes[-1]))


def packs_alone(problem: Problem, asking: Sequence[Asking]) -> list[int]:
    """By option what each warehouse would buy on its own."""
    alone = [{purchase.offer.offer_id: purchase.packs for purchase in one.alone} for one in asking]
    return [alone[option.need].get(option.offer.offer_id, 0) for option in problem.options]


def shared_now(
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


def purchases_of(
    asking: Asking,
    bought: Sequence[tuple[Option, int]],
    shared: Mapping[DayOfOffer, SharedCapacity],
    yields: Yields,
    settings: PlanSettings,
) -> tuple[Purchase, ...]:
    """The cheapest first; those that have too little for all among them with 0 packs where it was asked for any. What
    a floor asks for beyond what pays is bought with the last of them."""
    need = asking.need
    lack = need.lack
    worth, at_least = worth_of(need, asking.offers, settings), need.at_least
    asked = {purchase.offer.offer_id for purchase in asking.alone}
    purchases = []
    floor = next((one.for_floor.floor for one in asking.alone if one.for_floor is not None), None)
    asked_for = _for_floor(asking, yields)
    pays = _usable(asking, (one.packs - (one.for_floor.packs if one.for_floor else 0) for one in asking.alone), yields)
    for option, packs in sorted(bought, key=lambda one: _cost(*one)):
        offer = option.offer
        if packs or (offer.offer_id in asked and (offer.offer_id, need.covers_from) in shared):
            lack = yields.as_brought(lack, need.product_id, offer.supplier_id, need.covers_from)
            curve = result_curve(lack, worth, _cost(option, packs))
            usable = float(packs * offer.pack_size) * option.share_accepted
            purchase = Purchase(offer, packs, max(curve.needed, at_least), curve.at(usable))
            if floor is not None and usable > pays:
                purchase = _with_floor(purchase, floor, usable / packs, (pays, asked_for), lack, curve)
            purchases.append(purchase)
            lack, at_least = lack.after(usable), max(at_least - usable, 0.0)
            pays, asked_for = max(pays - usable, 0.0), max(asked_for - usable, 0.0)
    return tuple(purchases)


def _with_floor(
    purchase: Purchase, floor: float, of_pack: float, between: tuple[float, float], lack: Lack, curve: ResultCurve
) -> Purchase:
    """The purchase with its packs beyond the units that pay, up to those that the floor asks for, told as bought for
    it, and what these lose."""
    paying, held = (min(ceil(units / of_pack - 1e-9), purchase.packs) for units in between)
    if held <= paying:
        return purchase
    lost = max(curve.at(paying * of_pack) - curve.at(held * of_pack), 0.0)
    avoided = lack.short(paying * of_pack) - lack.short(held * of_pack)
    return replace(purchase, for_floor=ForFloor(floor, held - paying, lost, avoided))


def _cost(option: Option, packs: int) -> float:
    """Of an accepted unit."""
    return float(option.offer.unit_price(packs * option.offer.pack_size)) / option.share_accepted
