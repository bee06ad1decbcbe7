"""What an allocation is worked out from: needs, the offers that each can be met from, and terms that tie them together.

A need's worth is a concave curve over usable units, so how demand, waste and service were weighed is decided before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR
from math import ceil

from warehouse.purchasing.allocation.terms import (
    NO_TERMS,
    NOTHING_ORDERED,
    Delivery,
    Limits,
    OrderedToday,
    SupplierTerms,
)
from warehouse.purchasing.outcomes.curves import ResultCurve
from warehouse.purchasing.quantity import smallest_order, whole_packs
from warehouse.purchasing.suppliers.offers import Offer


@dataclass(frozen=True)
class Wanted:
    """What one warehouse wants of one product in one delivery.

    worth     money that so many usable units are worth before any is paid for: concave, 0 for none
    at_least  usable units that are bought whatever they earn, as far as the terms allow
    """

    warehouse_id: str
    product_id: str
    delivery_date: date
    worth: ResultCurve
    at_least: float = 0.0


@dataclass(frozen=True)
class Option:
    """One offer that a need can be met from.

    need            its number among the problem's needs
    share_accepted  of what is ordered, what inspection accepts (0..1]
    most_packs      more is not looked at
    chosen_packs    what a person has decided on; it stays. None: nobody has
    """

    need: int
    offer: Offer
    share_accepted: float
    most_packs: int
    chosen_packs: int | None = None


@dataclass(frozen=True)
class Problem:
    """Needs, options in any order, and what ties them together, with each other and with what is `ordered` already."""

    needs: Sequence[Wanted]
    options: Sequence[Option]
    terms: Mapping[Delivery, SupplierTerms] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    ordered: OrderedToday = NOTHING_ORDERED

    def terms_of(self, option: Option) -> SupplierTerms:
        """What the option's supplier asks for a whole delivery."""
        return self.terms.get(delivery_of(self, option), NO_TERMS)


@dataclass(frozen=True)
class Allocation:
    """What is bought.

    packs       by option, in their order
    result      money that it is expected to earn: worth less goods and deliveries
    bound       what no allocation can exceed
    deliveries  (supplier, warehouse, day) from which anything comes
    """

    packs: tuple[int, ...]
    result: float
    bound: float
    deliveries: frozenset[Delivery]

    @property
    def gap(self) -> float:
        """How far the result may be from the best there is, as a share of the best."""
        return max(self.bound - self.result, 0.0) / self.bound if self.bound > 0 else 0.0


def option_of(need: int, wanted: Wanted, offer: Offer, share_accepted: float) -> Option:
    """The option with as many packs to look at as could ever make sense: up to twice the quantity that would be best at
    the offer's lowest price, its minimum, or where its lowest price begins; not more than its capacity."""
    usable = float(offer.pack_size) * share_accepted
    cheapest = min(offer.tiers, key=lambda tier: tier.unit_price)
    best = best_units(wanted.worth, float(cheapest.unit_price) / share_accepted)
    most = max(
        int(2 * max(best, wanted.at_least) / usable) + 1,
        smallest_order(offer),
        whole_packs(offer, cheapest.min_quantity, ROUND_CEILING),
    )
    if offer.daily_capacity is not None:
        most = min(most, whole_packs(offer, offer.daily_capacity, ROUND_FLOOR))
    return Option(need, offer, share_accepted, most)


def result_of(problem: Problem, packs: Sequence[int]) -> float:
    """The money that so many packs of each option are expected to earn: worth less goods and deliveries."""
    opened = {delivery_of(problem, option) for option, bought in zip(problem.options, packs, strict=True) if bought}
    deliveries = sum(problem.terms.get(delivery, NO_TERMS).delivery_cost for delivery in opened)
    return sum(results_of_needs(problem, packs)) - deliveries


def results_of_needs(problem: Problem, packs: Sequence[int]) -> list[float]:
    """The same by need, in their order, before what deliveries cost."""
    units, spent = [0.0] * len(problem.needs), [0.0] * len(problem.needs)
    for option, bought in zip(problem.options, packs, strict=True):
        if bought:
            quantity = bought * option.offer.pack_size
            units[option.need] += float(quantity) * option.share_accepted
            spent[option.need] += float(quantity * option.offer.unit_price(quantity))
    return [need.worth.at(bought) - cost for need, bought, cost in zip(problem.needs, units, spent, strict=True)]


def delivery_of(problem: Problem, option: Option) -> Delivery:
    """The supplier, warehouse and day that an option's goods come with."""
    need = problem.needs[option.need]
    return option.offer.supplier_id, need.warehouse_id, need.delivery_date


def suppliers_of_products(problem: Problem) -> dict[str, set[str]]:
    """By product that is wanted, who offers it or has it ordered from them today."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for option in problem.options:
        found[option.offer.product_id].add(option.offer.supplier_id)
    for product_id, supplier_id in problem.ordered.quantities:
        if product_id in found:
            found[product_id].add(supplier_id)
    return dict(found)


def enough_for_share(suppliers: Collection[str], share: float) -> bool:
    """Whether there are so many that none need bring more than that share."""
    return len(suppliers) >= ceil(1 / share - 1e-9)


def options_of_needs(problem: Problem) -> list[list[int]]:
    """By need the numbers of its options."""
    found: list[list[int]] = [[] for _ in problem.needs]
    for at, option in enumerate(problem.options):
        found[option.need].append(at)
    return found


def best_units(worth: ResultCurve, unit_cost: float) -> float:
    """The usable units at which another one is no longer worth what it costs."""
    return float(worth.units[(worth.result - unit_cost * worth.units).argmax()])
