"""How many packs of one offer to buy for a need: the most that still earn more than they are expected to lose.

Each further unit sells less likely and expires more likely (`result_curve.py`), so the first that does not pay is the
last to look at. With packs, a minimum, price tiers or a capacity the best quantity lies beside that one or at one of
those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from warehouse.purchasing.lack import NOTHING, Lack
from warehouse.purchasing.offers import Offer
from warehouse.purchasing.result_curve import Worth, result_curve


@dataclass(frozen=True)
class ForFloor:
    """Packs that are bought beyond what pays to hold a floor on the fill rate (0..1): the money they are expected to
    lose, and the shortage they avoid, in the product's unit."""

    floor: float
    packs: int
    cost: float
    avoided: float


@dataclass(frozen=True)
class Purchase:
    """So many packs of an offer, and the expected result in money; `wanted` is the quantity of accepted units
    that packs, minimum and capacity were applied to; `for_floor` tells which of the packs do not pay by themselves."""

    offer: Offer
    packs: int
    wanted: float
    result: float
    for_floor: ForFloor | None = None

    @property
    def quantity(self) -> Decimal:
        """Units ordered."""
        return self.packs * self.offer.pack_size


def selling_price(list_price: Decimal | None, offers: Iterable[Offer], assumed_markup: float) -> float:
    """The list price, or the usual markup on the lowest purchase price where it is not known (on 1 where there
    is no offer either: quantities only depend on the ratio of the two)."""
    if list_price is not None:
        return float(list_price)
    lowest = min((tier.unit_price for offer in offers for tier in offer.tiers), default=Decimal(1))
    return float(lowest) * assumed_markup


def best_purchase(
    lack: Lack,
    worth: Worth,
    offer: Offer,
    share_accepted: float,
    available: Decimal | None = None,
    at_least: float = 0.0,
) -> Purchase:
    """The number of packs of this offer with the best expected result, 0 where none is better than nothing.

    Rejected units are paid for. `available`: the most that may be ordered (None: any quantity). `at_least`: accepted
    units that are bought whatever they earn, as far as they may be ordered.
    """
    none = Purchase(offer, 0, 0.0, 0.0)
    found: list[Purchase] = [] if at_least > NOTHING else [none]
    must = Decimal(repr(max(at_least - NOTHING, 0.0) / share_accepted))
    for tier in offer.tiers:
        unit_cost = float(tier.unit_price) / share_accepted
        if at_least <= NOTHING and worth.earned(unit_cost) <= 0:
            continue
        curve = result_curve(lack, worth, unit_cost, float(offer.pack_size) * share_accepted)
        wanted = max(curve.needed, at_least)
        for packs in _candidates(offer, tier.min_quantity, wanted / share_accepted, available, must):
            ordered = packs * offer.pack_size
            if offer.unit_price(ordered) == tier.unit_price:
                found.append(Purchase(offer, packs, wanted, curve.at(float(ordered) * share_accepted)))
    return max(found, key=lambda purchase: purchase.result, default=none)


def smallest_order(offer: Offer) -> int:
    """The fewest packs that the supplier delivers."""
    return max(whole_packs(offer, offer.min_quantity, ROUND_CEILING), 1)


def whole_packs(offer: Offer, quantity: Decimal, rounding: str) -> int:
    """A quantity as a number of packs, rounded up or down."""
    return int((quantity / offer.pack_size).to_integral_value(rounding))


def _candidates(
    offer: Offer, tier_from: Decimal, ordered: float, available: Decimal | None, must: Decimal
) -> Iterable[int]:
    """Numbers of packs among which the best one is, if the best quantity to order is `ordered` and at least `must` is,
    as far as it is available."""
    least = max(smallest_order(offer), whole_packs(offer, must, ROUND_CEILING))
    most = None if available is None else whole_packs(offer, available, ROUND_FLOOR)
    beside = int(ordered / float(offer.pack_size))
    candidates = {beside, beside + 1, least, whole_packs(offer, tier_from, ROUND_CEILING)}
    if most is not None:
        candidates = {min(packs, most) for packs in candidates}
        least = max(min(least, most), smallest_order(offer))
    return sorted(packs for packs in candidates if packs >= least)
