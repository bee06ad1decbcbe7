"""How much to buy of each product from which supplier, when suppliers have only so much a day.

Each warehouse takes the offer with the best expected result first. Where all warehouses together ask an offer
for more than its capacity, each gets its share and takes the rest from its next best offer; that may exceed the
next one's capacity, so it is repeated until every capacity holds. Where more is earned, or asked for, by choosing for
all warehouses together (together.py), that is bought instead.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from warehouse.purchasing.allocation.asking import Asking
from warehouse.purchasing.allocation.terms import OrderedToday
from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity, share_capacity
from warehouse.purchasing.line_reasons import Terms, worth_of
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_lines import Decided, lines_of
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.quantity import Choice, Purchase, best_purchases
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.together import choose_together
from warehouse.reasons import Reason

NOTHING_YET: Final[Mapping[str, OrderedToday]] = MappingProxyType({})


@dataclass(frozen=True)
class Planned:
    """The lines of a plan, and what is to be said of it as a whole where it was chosen as one."""

    lines: tuple[PlanLine, ...]
    notes: tuple[Reason, ...] = ()


def plan_purchase(
    asked: Iterable[tuple[Need, Supply]],
    yields: Yields,
    *,
    settings: PlanSettings = USUAL,
    ordered: Mapping[str, OrderedToday] = NOTHING_YET,
) -> tuple[PlanLine, ...]:
    """The lines of `plan_with_notes` alone."""
    return plan_with_notes(asked, yields, settings=settings, ordered=ordered).lines


def plan_with_notes(
    asked: Iterable[tuple[Need, Supply]],
    yields: Yields,
    *,
    settings: PlanSettings = USUAL,
    ordered: Mapping[str, OrderedToday] = NOTHING_YET,
) -> Planned:
    """The plan over all warehouses, its lines in the order of the needs: at least one a need.

    Give the needs of all warehouses together: a supplier's capacity of a delivery day is shared among them. `ordered`
    is by currency what was ordered on the order day already.
    """
    asked = tuple(asked)
    asking, shared = _each_alone(asked, yields, settings)
    chosen = choose_together(asking, shared, yields, settings, ordered)
    decided = []
    for number, (need, supply) in enumerate(asked):
        terms = Terms(
            supply,
            need.covers_from,
            yields,
            chosen.shared,
            settings,
            chosen.gained.get(number),
            chosen.of_whole_orders.get(number, {}),
        )
        decided.append(Decided(need, chosen.purchases[number], terms))
    return Planned(tuple(lines_of(decided)), tuple(chosen.notes))


def _each_alone(
    asked: Sequence[tuple[Need, Supply]], yields: Yields, settings: PlanSettings
) -> tuple[list[Asking], dict[DayOfOffer, SharedCapacity]]:
    """What each warehouse would buy within its shares, and how the capacities are shared that do not suffice."""
    deliverable = [
        supply.deliverable(need.covers_from) if supply.can_wait_until is None else [] for need, supply in asked
    ]
    buying: list[tuple[Purchase, ...]] = [()] * len(asked)
    shared: dict[DayOfOffer, SharedCapacity] = {}
    to_choose = list(range(len(asked)))
    while to_choose:
        needs = [(asked[number][0], deliverable[number]) for number in to_choose]
        for number, purchases in zip(to_choose, choose_offers(needs, yields, shared, settings), strict=True):
            buying[number] = purchases
        exceeded = _exceeded([need for need, _ in asked], buying, shared)
        shared |= exceeded
        to_choose = [
            number
            for number, (need, _) in enumerate(asked)
            if any((offer.offer_id, need.covers_from) in exceeded for offer in deliverable[number])
        ]
    asking = [
        Asking(need, offers, purchases, supply.terms, supply.currency)
        for (need, supply), offers, purchases in zip(asked, deliverable, buying, strict=True)
    ]
    return asking, shared


def choose_offers(
    needs: Sequence[tuple[Need, Sequence[Offer]]],
    yields: Yields,
    shared: Mapping[DayOfOffer, SharedCapacity],
    settings: PlanSettings,
) -> list[tuple[Purchase, ...]]:
    """Of each need, alone in its warehouse, the offers that it is bought from, the best first; a further one only for
    what is left when the warehouse's share of a capacity is used up. An offer with too small a share is among them with
    0 packs. What is ordered ahead is bought even where it earns nothing."""
    choosing = [_Choosing(need, offers, yields, settings) for need, offers in needs]
    while going_on := [one for one in choosing if one.left]:
        ranked = iter(best_purchases([choice for one in going_on for choice in one.choices()]))
        for one in going_on:
            best = max((next(ranked) for _ in one.left), key=lambda purchase: purchase.result)
            one.take(best, shared.get((best.offer.offer_id, one.need.covers_from)))
    return [tuple(one.bought) for one in choosing]


class _Choosing:
    """How far one need has been met: what it has bought, and the offers that are left for what is still lacking."""

    def __init__(self, need: Need, offers: Sequence[Offer], yields: Yields, settings: PlanSettings) -> None:
        self.need, self.left = need, list(offers)
        self.bought: list[Purchase] = []
        self._lack, self._at_least, self._yields = need.lack, need.at_least, yields
        self._worth = worth_of(need, offers, settings)

    def choices(self) -> list[Choice]:
        """The offers that are left."""
        return [self._choice(offer) for offer in self.left]

    def take(self, best: Purchase, capacity: SharedCapacity | None) -> None:
        """Buy what is best, as far as the warehouse's share of a capacity goes."""
        share = None if capacity is None else capacity.of(self.need.warehouse_id)
        if best.packs == 0 or share is None or best.quantity <= share:
            self.bought += [best] if best.packs else []
            self.left = []
            return
        [capped] = best_purchases([self._choice(best.offer, share)])
        self.bought.append(capped)
        self.left.remove(best.offer)
        of_lots = self.need.product_id, best.offer.supplier_id
        usable = float(capped.quantity) * self._yields.of(*of_lots)
        self._lack = self._yields.as_brought(self._lack, *of_lots, self.need.covers_from).after(usable)
        self._at_least = max(self._at_least - usable, 0.0)

    def _choice(self, offer: Offer, available: Decimal | None = None) -> Choice:
        of_lots = self.need.product_id, offer.supplier_id
        lack = self._yields.as_brought(self._lack, *of_lots, self.need.covers_from)
        return Choice(lack, self._worth, offer, self._yields.of(*of_lots), available, self._at_least)


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
