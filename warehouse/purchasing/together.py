"""What warehouses choose together once each has chosen alone: who gets what is scarce, what floors on the fill rate ask
for beyond what pays, and whole orders under their terms and limits.

All of it weighs a warehouse's money against another's. So those of each currency choose by themselves, one currency
after the other, within what the others leave of every capacity.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from warehouse.purchasing.allocation.asking import Asking
from warehouse.purchasing.allocation.scarce import choose_scarce
from warehouse.purchasing.allocation.terms import NOTHING_ORDERED, OrderedToday
from warehouse.purchasing.allocation.whole_orders import OfNeed, choose_whole_orders
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity
from warehouse.purchasing.floor_steps import Buying
from warehouse.purchasing.floors import hold_floors
from warehouse.purchasing.line_reasons import worth_of
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.reasons import Reason


@dataclass(frozen=True)
class Together:
    """What each of those asking buys, in their order; by their number what is gained over all by sharing what is
    scarce, and why terms of whole orders or limits changed it; the capacities as they are shared; what is to be said of
    the whole."""

    purchases: list[tuple[Purchase, ...]]
    shared: dict[DayOfOffer, SharedCapacity]
    gained: dict[int, float] = field(default_factory=dict)
    of_whole_orders: dict[int, OfNeed] = field(default_factory=dict)
    notes: list[Reason] = field(default_factory=list)


def choose_together(
    asking: Sequence[Asking],
    shared: Mapping[DayOfOffer, SharedCapacity],
    yields: Yields,
    settings: PlanSettings,
    ordered: Mapping[str, OrderedToday],
) -> Together:
    """What is bought in the end, where `shared` is what did not suffice for all, and `ordered` by currency what was
    ordered on the day already."""
    chosen = Together([one.alone for one in asking], dict(shared))
    by_currency: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(asking):
        by_currency[one.currency].append(number)
    for currency, numbers in sorted(by_currency.items()):
        here = _within_what_others_leave(asking, chosen.purchases, numbers)
        of_currency = replace(settings, limits=settings.limits.of(currency))
        of_it = _of_one_currency(here, chosen.shared, yields, of_currency, ordered.get(currency, NOTHING_ORDERED))
        for number, purchases in zip(numbers, of_it.purchases, strict=True):
            offers = {offer.offer_id: offer for offer in asking[number].offers}
            chosen.purchases[number] = tuple(replace(one, offer=offers[one.offer.offer_id]) for one in purchases)
        chosen.shared.update(of_it.shared)
        chosen.gained.update({numbers[at]: gained for at, gained in of_it.gained.items()})
        chosen.of_whole_orders.update({numbers[at]: reasons for at, reasons in of_it.of_whole_orders.items()})
        chosen.notes.extend(of_it.notes)
    return chosen


def _of_one_currency(
    asking: Sequence[Asking],
    shared: Mapping[DayOfOffer, SharedCapacity],
    yields: Yields,
    settings: PlanSettings,
    ordered: OrderedToday,
) -> Together:
    scarce, now_shared = choose_scarce(asking, shared, yields, settings)
    asking = [replace(one, alone=scarce[at].purchases) if at in scarce else one for at, one in enumerate(asking)]
    buying = [Buying(one.need, one.offers, one.alone, worth_of(one.need, one.offers, settings)) for one in asking]
    held = hold_floors(buying, yields, settings.service_level)
    asking = [replace(one, alone=purchases) for one, purchases in zip(asking, held, strict=True)]
    whole = choose_whole_orders(asking, now_shared, yields, settings, ordered)
    return Together(
        [whole.purchases.get(at, one.alone) for at, one in enumerate(asking)],
        whole.shared,
        {at: of_it.gained for at, of_it in scarce.items() if at not in whole.purchases},
        dict(whole.reasons),
        list(whole.notes),
    )


def _within_what_others_leave(
    asking: Sequence[Asking], purchases: Sequence[tuple[Purchase, ...]], numbers: Sequence[int]
) -> list[Asking]:
    """Those of these numbers, their offers with the capacity that what is bought by others leaves."""
    taken: defaultdict[DayOfOffer, Decimal] = defaultdict(Decimal)
    for number in set(range(len(asking))) - set(numbers):
        for purchase in purchases[number]:
            taken[purchase.offer.offer_id, asking[number].need.covers_from] += purchase.quantity
    found = []
    for one in (asking[number] for number in numbers):
        offers = {offer.offer_id: _less(offer, taken[offer.offer_id, one.need.covers_from]) for offer in one.offers}
        alone = tuple(replace(purchase, offer=offers[purchase.offer.offer_id]) for purchase in one.alone)
        found.append(replace(one, offers=list(offers.values()), alone=alone))
    return found


def _less(offer: Offer, taken: Decimal) -> Offer:
    return (
        offer
        if offer.daily_capacity is None or not taken
        else replace(offer, daily_capacity=offer.daily_capacity - taken)
    )
