"""The reasons of plan lines: how a need became packs of an offer, step by step, or why nothing is bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from warehouse.purchasing.capacity import DayOfOffer, SharedCapacity
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.outcomes.result_curve import Worth
from warehouse.purchasing.plan import NOT_BOUGHT, PlanLine, PlanReason
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.quantity import ForFloor, Purchase, selling_price, smallest_order
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.reasons import Reason

KEPT_PLACES = 3  # of a quantity
NEXT_TO_NOTHING = 0.1  # of the demand unmet, chosen: stock is said to be enough


@dataclass(frozen=True)
class Terms:
    """What a need is bought under, and the capacities that did not suffice for all who asked; `gained_together` is the
    money that all warehouses gain where what is scarce was chosen for all of them (None: each chose alone).
    `of_whole_orders`: by offer_id (None: of the need) what terms of whole orders and a plan's limits changed."""

    supply: Supply
    delivery_date: date
    yields: Yields
    shared: Mapping[DayOfOffer, SharedCapacity]
    settings: PlanSettings
    gained_together: float | None = None
    of_whole_orders: Mapping[str | None, Sequence[Reason]] = field(default_factory=dict)

    @property
    def offers(self) -> Sequence[Offer]:
        """The product's own, whether they can deliver or not."""
        return self.supply.offers

    @cached_property
    def deliverable(self) -> list[Offer]:
        """The offers that can deliver on the delivery date."""
        return self.supply.deliverable(self.delivery_date)

    @property
    def cheapest(self) -> Offer | None:
        """The offer a buyer would turn to who orders in spite of the plan."""
        return min(self.deliverable, key=_lowest_price, default=None)

    def worth(self, need: Need) -> Worth:
        """What a unit of the need is worth."""
        return worth_of(need, self.deliverable or self.offers, self.settings)

    def lowest_cost(self, offer: Offer) -> float:
        """What an accepted unit of an offer costs at least."""
        return float(_lowest_price(offer)) / self.yields.of(offer.product_id, offer.supplier_id)


def worth_of(need: Need, offers: Sequence[Offer], settings: PlanSettings) -> Worth:
    """What a unit of the need is worth, when `offers` are those it could be bought from."""
    price = selling_price(need.list_price, offers, settings.assumed_markup)
    of_category = settings.service_level.at(need.warehouse_id).of(need.category_id)
    keeping = settings.keeping_cost_per_day * need.days_covered
    return Worth(price, keeping, of_category.goodwill, of_category.disposal)


def steps_to(purchase: Purchase, yields: Yields) -> list[Reason]:
    """From the quantity needed to the quantity ordered."""
    if purchase.for_floor is not None:
        return _raised_for_floor(purchase, purchase.for_floor, yields)
    of_lots = purchase.offer.product_id, purchase.offer.supplier_id
    accepted = yields.of(*of_lots)
    offer, bought = purchase.offer, float(purchase.quantity)
    to_order = purchase.wanted / accepted
    reasons = [Reason(PlanReason.NEEDS, {"quantity": round(purchase.wanted, 3)})]
    if _seen_to_differ(purchase.wanted, to_order, offer):
        values = {
            "yield": round(accepted, 3),
            "after_receipt": round(yields.kept_after.of(*of_lots), 3),
            "from": round(purchase.wanted, 3),
            "to": round(to_order, 3),
        }
        reasons.append(Reason(PlanReason.GROSSED_UP_FOR_YIELD, values))
    change: dict[str, str | int | float | None] = {"from": round(to_order, 3), "to": bought}
    if not _seen_to_differ(to_order, bought, offer):
        return reasons
    if abs(bought - to_order) < float(offer.pack_size):
        reasons.append(Reason(PlanReason.ROUNDED_TO_PACK, {"pack_size": float(offer.pack_size), **change}))
    elif bought > to_order and purchase.packs == smallest_order(offer):
        reasons.append(Reason(PlanReason.RAISED_TO_MINIMUM, {"minimum": float(offer.min_quantity), **change}))
    elif offer.unit_price(purchase.quantity) < offer.unit_price(Decimal(repr(to_order))):
        price = float(offer.unit_price(purchase.quantity))
        reasons.append(Reason(PlanReason.REACHES_PRICE_TIER, {"unit_price": price, **change}))
    return reasons


def _raised_for_floor(purchase: Purchase, for_floor: ForFloor, yields: Yields) -> list[Reason]:
    """As far as it pays, and then to hold a floor."""
    pays = replace(purchase, packs=purchase.packs - for_floor.packs, for_floor=None)
    values = {
        "floor": for_floor.floor,
        "from": float(pays.quantity),
        "to": float(purchase.quantity),
        "cost": round(for_floor.cost, 2),
        "avoided": round(for_floor.avoided, 3),
    }
    return [*(steps_to(pays, yields) if pays.packs else ()), Reason(PlanReason.RAISED_FOR_FLOOR, values)]


def _seen_to_differ(before: float, after: float, offer: Offer) -> bool:
    """Whether a step from one quantity to another is one to a reader: in whole units where packs are, else in what a
    quantity is kept with. What is read as "raised from 29 to 29" is no reason."""
    places = 0 if offer.pack_size == offer.pack_size.to_integral_value() else KEPT_PLACES
    return f"{before:.{places}f}" != f"{after:.{places}f}"


def capped_by(need: Need, purchase: Purchase, terms: Terms) -> list[Reason]:
    """The capacity that did not suffice for all who asked for it."""
    offer = purchase.offer
    capacity = terms.shared.get((offer.offer_id, terms.delivery_date))
    if capacity is None:
        return []
    values = {
        "capacity": float(offer.daily_capacity or 0),
        "asked_by_all": float(capacity.asked_by_all),
        "share": float(capacity.of(need.warehouse_id)),
    }
    return [Reason(PlanReason.CAPPED_BY_CAPACITY, values)]


def beyond_what_was_seen(need: Need, usable: float) -> list[Reason]:
    """Whether an order of so many usable units goes beyond the demand seen so far."""
    if need.highest_seen is None:
        return []
    quantile = replace(need.lack, later=None).after(usable).met()
    if quantile <= need.highest_seen:
        return []
    values = {"quantile": round(quantile, 3), "seen": round(need.highest_seen, 3)}
    return [Reason(PlanReason.BEYOND_WHAT_WAS_SEEN, values)]


def source_of(purchase: Purchase, before: Sequence[PlanLine], terms: Terms) -> list[Reason]:
    """Why this supplier: the best of several, the next after another's capacity was used up, or for a floor's sake one
    more."""
    if before:
        previous, line = before[-1].supplier_id, len(before) + 1
        if purchase.for_floor is not None and purchase.for_floor.packs == purchase.packs:
            return [Reason(PlanReason.BESIDE_ANOTHER_SUPPLIER, {"line": line, "supplier": previous})]
        return [Reason(PlanReason.REST_FROM_ANOTHER_SUPPLIER, {"line": line, "after_supplier": previous})]
    if terms.gained_together is not None:
        return [Reason(PlanReason.CHOSEN_TOGETHER, {"gained": round(terms.gained_together, 2)})]
    if len(terms.deliverable) > 1:
        lowest = min(float(tier.unit_price) for offer in terms.deliverable for tier in offer.tiers)
        return [Reason(PlanReason.BEST_OF_OFFERS, {"offers": len(terms.deliverable), "lowest_price": lowest})]
    return []


def price_assumed(need: Need, terms: Terms) -> list[Reason]:
    """The list price where it is not known."""
    if need.list_price is not None or not terms.offers:
        return []
    price = selling_price(None, terms.deliverable or terms.offers, terms.settings.assumed_markup)
    return [Reason(PlanReason.PRICE_ASSUMED, {"list_price": round(price, 4)})]


def why_nothing(need: Need, needs: float, capped: Sequence[Reason], terms: Terms) -> list[Reason]:
    """Why nothing is bought although so much is needed."""
    if any(reason.code in {PlanReason.NO_FORECAST, *NOT_BOUGHT} for reason in need.reasons):
        return []
    if terms.supply.can_wait_until is not None:
        return [Reason(PlanReason.CAN_WAIT, {"needs": needs, "until": terms.supply.can_wait_until.isoformat()})]
    if not terms.offers:
        return [Reason(PlanReason.NO_OFFER, {"needs": needs})]
    if not terms.deliverable:
        return [_why_no_delivery(needs, terms)]
    if capped:
        return []
    if need.unmet_in_cover.mean() <= NEXT_TO_NOTHING * need.forecast.mean:
        there = {"stock": round(need.usable_stock, 3), "on_order": round(need.on_order, 3)}
        return [Reason(PlanReason.ENOUGH_IN_STOCK, there)]
    smallest = None
    if (offer := terms.cheapest) is not None:
        cost, worth = terms.lowest_cost(offer), terms.worth(need)
        if worth.earned(cost) <= 0:
            values = {"unit_price": round(cost, 4), "list_price": worth.list_price}
            return [Reason(PlanReason.PRICE_ABOVE_LIST, values)]
        smallest = float(smallest_order(offer) * offer.pack_size)
    return [Reason(PlanReason.NOT_WORTH_THE_WASTE, {"needs": needs, "smallest": smallest})]


def _why_no_delivery(needs: float, terms: Terms) -> Reason:
    order_date = terms.supply.order_date
    that_day = [offer for offer in terms.offers if offer.delivers_on(terms.delivery_date)]
    in_time = [offer for offer in that_day if offer.in_time(terms.delivery_date, order_date)]
    if in_time:
        return Reason(PlanReason.DECLINED, {"needs": needs, "supplier": in_time[0].supplier_id})
    if that_day:
        quickest = min(offer.lead_time_days for offer in that_day)
        return Reason(PlanReason.ORDERED_TOO_LATE, {"needs": needs, "lead_time_days": quickest})
    following = [offer.next_delivery(terms.delivery_date, order_date) for offer in terms.offers]
    day = min((day for day in following if day is not None), default=None)
    if day is None:
        return Reason(PlanReason.NO_OFFER, {"needs": needs})
    return Reason(PlanReason.NO_DELIVERY_THAT_DAY, {"needs": needs, "next_delivery": day.isoformat()})


def _lowest_price(offer: Offer) -> Decimal:
    return min(tier.unit_price for tier in offer.tiers)
