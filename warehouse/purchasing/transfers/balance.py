"""What a place is expected to lose on a product in all: by shortage and waste, less what its best order earns.

Two states of one product that differ in its stock alone are compared by it. A unit of stock that sells later saves
buying one, so it counts for what one costs; wherever it lies that is the same money, and drops out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from warehouse.purchasing.buying import choose_offers
from warehouse.purchasing.capacity import SharedCapacity
from warehouse.purchasing.line_reasons import worth_of
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields


@dataclass(frozen=True)
class Balance:
    """Of a product in a place: money lost, stock that expires, demand short after the best order, and what that order
    brings (usable units)."""

    lost: float = 0.0
    wasted: float = 0.0
    short: float = 0.0
    bought: float = 0.0

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: "Balance") -> "Balance":
        return Balance(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))


def balances(
    asked: Sequence[tuple[Need, Supply]], unit_costs: Mapping[str, float], yields: Yields, settings: PlanSettings
) -> list[Balance]:
    """What each of a place's needs comes to if it is met by the order that is best for it alone; `unit_costs`: by
    product, what a usable unit costs."""
    offered = [(need, supply.deliverable(need.covers_from)) for need, supply in asked]
    all_of_it = {
        (offer.offer_id, need.covers_from): SharedCapacity(
            offer.daily_capacity, {need.warehouse_id: offer.daily_capacity}
        )
        for need, offers in offered
        for offer in offers
        if offer.daily_capacity is not None
    }
    found = []
    chosen = choose_offers(offered, yields, all_of_it, settings)
    for (need, supply), (_, offers), purchases in zip(asked, offered, chosen, strict=True):
        worth = worth_of(need, offers or supply.offers, settings)
        cost, usable, wasted = unit_costs[need.product_id], _usable(need, purchases, yields), sum(need.expires.values())
        short_unbought = need.short_before + need.lack.short(0.0)
        lost = max(worth.earned(cost), 0.0) * short_unbought + worth.lost(cost) * wasted
        found.append(
            Balance(
                lost=lost - sum(purchase.result for purchase in purchases),
                wasted=wasted,
                short=need.short_before + need.lack.short(usable),
                bought=usable,
            )
        )
    return found


def unit_cost_of(asked: Sequence[tuple[Need, Supply]], yields: Yields, settings: PlanSettings) -> float:
    """What a usable unit of one product costs at the lowest price at which any place can have it now; where nobody
    offers it, what the usual markup leaves of its price."""
    costs = [
        float(tier.unit_price) / yields.of(need.product_id, offer.supplier_id)
        for need, supply in asked
        for offer in supply.deliverable(need.covers_from) or supply.offers
        for tier in offer.tiers
    ]
    prices = [worth_of(need, supply.offers, settings).list_price for need, supply in asked]
    return min(costs) if costs else min(prices) / settings.assumed_markup


def _usable(need: Need, purchases: Sequence[Purchase], yields: Yields) -> float:
    return sum(float(one.quantity) * yields.of(need.product_id, one.offer.supplier_id) for one in purchases)
