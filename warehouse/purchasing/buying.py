"""How much to buy of each product from which supplier, when suppliers have only so much a day.

Each warehouse takes the offer with the best expected result first. Where all warehouses together ask an offer
for more than its capacity, each gets its share and takes the rest from its next best offer; that may exceed the
next one's capacity, so it is repeated until every capacity holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from warehouse.purchasing.capacity import SharedCapacity, share_capacity
from warehouse.purchasing.line_reasons import Terms, lines_of, worth_of
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.offers import Offer
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.quantity import Lack, Purchase, best_purchase
from warehouse.purchasing.yields import Yields


def plan_purchase(
    needs: Iterable[Need],
    offers: Sequence[Offer],
    yields: Yields,
    *,
    order_date: date,
    delivery_date: date,
    settings: PlanSettings = USUAL,
) -> tuple[PlanLine, ...]:
    """The lines of the plan over all warehouses, in the order of the needs: at least one a need.

    Give the needs of all warehouses together: a supplier's daily capacity is shared among them. `order_date`
    and `delivery_date` are those that the needs were estimated for.
    """
    needs = tuple(needs)
    by_product: dict[str, list[Offer]] = defaultdict(list)
    for offer in sorted(offers, key=lambda offer: offer.offer_id):
        by_product[offer.product_id].append(offer)
    deliverable = {
        product_id: [offer for offer in known if offer.can_deliver(delivery_date, order_date)]
        for product_id, known in by_product.items()
    }
    buying: list[tuple[Purchase, ...]] = [()] * len(needs)
    shared: dict[str, SharedCapacity] = {}
    to_choose = list(range(len(needs)))
    while to_choose:
        for index in to_choose:
            need = needs[index]
            buying[index] = choose_offers(need, deliverable.get(need.product_id, ()), yields, shared, settings)
        exceeded = _exceeded(needs, buying, shared)
        shared |= exceeded
        products = {offer.product_id for offer in offers if offer.offer_id in exceeded}
        to_choose = [index for index, need in enumerate(needs) if need.product_id in products]
    return tuple(
        line
        for need, purchases in zip(needs, buying, strict=True)
        for line in lines_of(
            need,
            purchases,
            Terms(
                offers=by_product[need.product_id],
                yields=yields,
                shared=shared,
                order_date=order_date,
                delivery_date=delivery_date,
                settings=settings,
            ),
        )
    )


def choose_offers(
    need: Need,
    offers: Sequence[Offer],
    yields: Yields,
    shared: Mapping[str, SharedCapacity],
    settings: PlanSettings,
) -> tuple[Purchase, ...]:
    """The offers that one warehouse buys a product from, the best first; a further one only for what is left when
    the warehouse's share of a capacity is used up. An offer with too small a share is among them with 0 packs.

    What is ordered ahead is bought even where it earns nothing."""
    lack = Lack(need.unmet_in_cover, need.unmet_in_life, need.outlives_cover)
    worth = worth_of(need, offers, settings)
    left, at_least = list(offers), need.preordered
    bought: list[Purchase] = []
    while left:
        ranked = [
            best_purchase(lack, worth, offer, yields.of(need.product_id, offer.supplier_id), at_least=at_least)
            for offer in left
        ]
        best = max(ranked, key=lambda purchase: purchase.result)
        if best.packs == 0:
            break
        offer = best.offer
        share = shared[offer.offer_id].of(need.warehouse_id) if offer.offer_id in shared else None
        if share is None or best.quantity <= share:
            bought.append(best)
            break
        accepted = yields.of(need.product_id, offer.supplier_id)
        capped = best_purchase(lack, worth, offer, accepted, share, at_least)
        bought.append(capped)
        usable = float(capped.quantity) * accepted
        lack, at_least = lack.after(usable), max(at_least - usable, 0.0)
        left.remove(offer)
    return tuple(bought)


def _exceeded(
    needs: Sequence[Need], buying: Sequence[Sequence[Purchase]], shared: Mapping[str, SharedCapacity]
) -> dict[str, SharedCapacity]:
    """The offers asked for more than their capacity that have not been shared out yet, each with its shares."""
    asked: dict[str, dict[str, Decimal]] = defaultdict(dict)
    offers: dict[str, Offer] = {}
    for need, purchases in zip(needs, buying, strict=True):
        for purchase in purchases:
            offer = purchase.offer
            if offer.daily_capacity is not None and offer.offer_id not in shared:
                offers[offer.offer_id] = offer
                asked[offer.offer_id][need.warehouse_id] = purchase.quantity
    return {
        offer_id: share_capacity(offers[offer_id], by_warehouse)
        for offer_id, by_warehouse in asked.items()
        if sum(by_warehouse.values()) > (offers[offer_id].daily_capacity or 0)
    }
