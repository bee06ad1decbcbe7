"""How much to buy of each product from which supplier, when suppliers have only so much a day.

Each warehouse takes the offer with the best expected result first. Where all warehouses together ask an offer
for more than its capacity, each gets its share and takes the rest from its next best offer; that may exceed the
next one's capacity, so it is repeated until every capacity holds. Where it earns more to choose what is scarce for
all warehouses together (allocation/scarce.py), that is bought instead. Where suppliers ask something for whole
orders, or the plan has limits, all that is tied so is chosen together (allocation/whole_orders.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from warehouse.purchasing.allocation.asking import Asking
from warehouse.purchasing.allocation.scarce import choose_scarce
from warehouse.purchasing.allocation.whole_orders import choose_whole_orders
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity, share_capacity
from warehouse.purchasing.floors import Buying, hold_floors
from warehouse.purchasing.lack import Lack
from warehouse.purchasing.line_reasons import Terms, lines_of, worth_of
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.offers import Offer
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.quantity import Purchase, best_purchase
from warehouse.purchasing.result_curve import Worth
from warehouse.purchasing.supply import Supply
from warehouse.purchasing.yields import Yields
from warehouse.reasons import Reason


@dataclass(frozen=True)
class Planned:
    """The lines of a plan, and what is to be said of it as a whole where it was chosen as one."""

    lines: tuple[PlanLine, ...]
    notes: tuple[Reason, ...] = ()


def plan_purchase(
    asked: Iterable[tuple[Need, Supply]], yields: Yields, *, settings: PlanSettings = USUAL
) -> tuple[PlanLine, ...]:
    """The lines of `plan_with_notes` alone."""
    return plan_with_notes(asked, yields, settings=settings).lines


def plan_with_notes(asked: Iterable[tuple[Need, Supply]], yields: Yields, *, settings: PlanSettings = USUAL) -> Planned:
    """The plan over all warehouses, its lines in the order of the needs: at least one a need.

    Give the needs of all warehouses together: a supplier's capacity of a delivery day is shared among them.
    """
    asked = tuple(asked)
    deliverable = [
        supply.deliverable(need.covers_from) if supply.can_wait_until is None else [] for need, supply in asked
    ]
    buying: list[tuple[Purchase, ...]] = [()] * len(asked)
    shared: dict[DayOfOffer, SharedCapacity] = {}
    to_choose = list(range(len(asked)))
    while to_choose:
        for index in to_choose:
            buying[index] = choose_offers(asked[index][0], deliverable[index], yields, shared, settings)
        exceeded = _exceeded([need for need, _ in asked], buying, shared)
        shared |= exceeded
        to_choose = [
            index
            for index, (need, _) in enumerate(asked)
            if any((offer.offer_id, need.covers_from) in exceeded for offer in deliverable[index])
        ]
    asking = [Asking(need, offers, alone) for (need, _), offers, alone in zip(asked, deliverable, buying, strict=True)]
    together, shared = choose_scarce(asking, shared, yields, settings)
    for number, chosen in together.items():
        buying[number] = chosen.purchases
    buying = hold_floors(
        [
            Buying(need, offers, purchases, worth_of(need, offers, settings))
            for (need, _), offers, purchases in zip(asked, deliverable, buying, strict=True)
        ],
        yields,
        settings.service_level,
    )
    asking = [
        Asking(need, offers, purchases, supply.terms)
        for (need, supply), offers, purchases in zip(asked, deliverable, buying, strict=True)
    ]
    whole = choose_whole_orders(asking, shared, yields, settings)
    lines: list[PlanLine] = []
    for number, (need, supply) in enumerate(asked):
        terms = Terms(supply, need.covers_from, yields, whole.shared, settings)
        if number in whole.purchases:
            terms = replace(terms, of_whole_orders=whole.reasons[number])
            buying[number] = whole.purchases[number]
        elif number in together:
            terms = replace(terms, gained_together=together[number].gained)
        lines += lines_of(need, buying[number], terms)
    return Planned(tuple(lines), whole.notes)


def choose_offers(
    need: Need,
    offers: Sequence[Offer],
    yields: Yields,
    shared: Mapping[DayOfOffer, SharedCapacity],
    settings: PlanSettings,
) -> tuple[Purchase, ...]:
    """The offers that one warehouse buys a product from, the best first; a further one only for what is left when
    the warehouse's share of a capacity is used up. An offer with too small a share is among them with 0 packs.

    What is ordered ahead is bought even where it earns nothing."""
    lack = need.lack
    worth = worth_of(need, offers, settings)
    left, at_least = list(offers), need.preordered
    bought: list[Purchase] = []
    while left:
        ranked = [_best_of(offer, need, lack, worth, yields, at_least=at_least) for offer in left]
        best = max(ranked, key=lambda purchase: purchase.result)
        if best.packs == 0:
            break
        offer = best.offer
        capacity = shared.get((offer.offer_id, need.covers_from))
        share = None if capacity is None else capacity.of(need.warehouse_id)
        if share is None or best.quantity <= share:
            bought.append(best)
            break
        capped = _best_of(offer, need, lack, worth, yields, available=share, at_least=at_least)
        bought.append(capped)
        usable = float(capped.quantity) * yields.of(need.product_id, offer.supplier_id)
        lack = lack.from_lots(yields.lots_of(need.product_id, offer.supplier_id)).after(usable)
        at_least = max(at_least - usable, 0.0)
        left.remove(offer)
    return tuple(bought)


def _best_of(
    offer: Offer,
    need: Need,
    lack: Lack,
    worth: Worth,
    yields: Yields,
    *,
    available: Decimal | None = None,
    at_least: float,
) -> Purchase:
    """The best purchase from one offer, as its supplier's lots are accepted."""
    of_lots = need.product_id, offer.supplier_id
    return best_purchase(
        lack.from_lots(yields.lots_of(*of_lots)), worth, offer, yields.of(*of_lots), available, at_least
    )


def _exceeded(
    needs: Sequence[Need], buying: Sequence[Sequence[Purchase]], shared: Mapping[DayOfOffer, SharedCapacity]
) -> dict[DayOfOffer, SharedCapacity]:
    """The offers asked for more than their capacity of a day that have not been shared out yet, with their shares."""
    asked: dict[DayOfOffer, dict[str, Decimal]] = defaultdict(dict)
    offers: dict[DayOfOffer, Offer] = {}
    for need, purchases in zip(needs, buying, strict=True):
        for purchase in purchases:
            day_of_offer = purchase.offer.offer_id, need.covers_from
            if purchase.offer.daily_capacity is not None and day_of_offer not in shared:
                offers[day_of_offer] = purchase.offer
                asked[day_of_offer][need.warehouse_id] = purchase.quantity
    return {
        day_of_offer: share_capacity(offers[day_of_offer], by_warehouse)
        for day_of_offer, by_warehouse in asked.items()
        if sum(by_warehouse.values()) > (offers[day_of_offer].daily_capacity or 0)
    }
