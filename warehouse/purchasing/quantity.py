"""How many packs of one offer to buy for a need: the most that still earn more than they are expected to waste.

A unit bought earns its margin if it sells before the next delivery and costs its price if it expires. If it is
still good when the next delivery comes it replaces a unit of that one, and has cost only its keeping (money,
room, freshness). The expected result is concave in the quantity at a given price, so the best number of packs
lies beside the best quantity, at the supplier's minimum, at a price tier or at the capacity (marginal
outdating; design decision 6).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.offers import Offer

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lack:
    """Unmet demand by scenario, ascending: in the covered days, and in the whole life of a delivery (inf: it does
    not expire)."""

    in_cover: Floats
    in_life: Floats

    def sold(self, usable: float) -> float:
        """Of so much usable, what is expected to sell before the next delivery."""
        return float(np.minimum(self.in_cover, usable).mean())

    def wasted(self, usable: float) -> float:
        """Of so much usable, what is expected to expire."""
        return float(np.maximum(usable - self.in_life, 0).mean())

    def short(self, usable: float) -> float:
        """Demand of the covered days expected to stay unmet after so much."""
        return float(np.maximum(self.in_cover - usable, 0).mean())

    def after(self, usable: float) -> "Lack":
        """What is still lacking once so much has been bought."""
        return Lack(np.maximum(self.in_cover - usable, 0), np.maximum(self.in_life - usable, 0))


@dataclass(frozen=True)
class Purchase:
    """So many packs of an offer, and the expected result in money; `wanted` is the quantity of accepted units
    that packs, minimum and capacity were applied to."""

    offer: Offer
    packs: int
    wanted: float
    result: float

    @property
    def quantity(self) -> Decimal:
        """Units ordered."""
        return self.packs * self.offer.pack_size


@dataclass(frozen=True)
class Worth:
    """What a unit sells for, and what keeping one until the next delivery costs, as a share of its price."""

    list_price: float
    keeping: float


def selling_price(list_price: Decimal | None, offers: Iterable[Offer], assumed_markup: float) -> float:
    """The list price, or the usual markup on the lowest purchase price where it is not known (on 1 where there
    is no offer either: quantities only depend on the ratio of the two)."""
    if list_price is not None:
        return float(list_price)
    lowest = min((tier.unit_price for offer in offers for tier in offer.tiers), default=Decimal(1))
    return float(lowest) * assumed_markup


def best_quantity(lack: Lack, worth: Worth, unit_cost: float) -> float:
    """The accepted units with the best expected result, if any quantity could be bought.

    The last unit bought is the last whose chance to sell in the covered days, times the margin, exceeds its
    chance to expire times its cost and its chance to stay times the cost of keeping it."""
    margin = worth.list_price - unit_cost
    if margin <= 0:
        return 0.0
    # between two scenarios' values the chances do not change, so the best quantity is one of the values
    values = np.unique(np.concatenate([lack.in_cover, lack.in_life[lack.in_life < lack.in_cover[-1]]]))
    stays_or_expires = np.searchsorted(lack.in_cover, values, "left") / len(lack.in_cover)
    expires = np.searchsorted(lack.in_life, values, "left") / len(lack.in_life)
    loss = unit_cost * (expires + worth.keeping * (stays_or_expires - expires))
    worth_it = values[margin * (1 - stays_or_expires) > loss]
    return float(worth_it[-1]) if len(worth_it) else 0.0


def expected_result(lack: Lack, worth: Worth, price: float, share_accepted: float, ordered: float) -> float:
    """Margin of what sells in the covered days, less the cost of what expires and of keeping the rest; rejected
    units are paid for."""
    usable, unit_cost = ordered * share_accepted, price / share_accepted
    sold, wasted = lack.sold(usable), lack.wasted(usable)
    loss = unit_cost * (wasted + worth.keeping * (usable - sold - wasted))
    return (worth.list_price - unit_cost) * sold - loss


def best_purchase(
    lack: Lack, worth: Worth, offer: Offer, share_accepted: float, available: Decimal | None = None
) -> Purchase:
    """The number of packs of this offer with the best expected result, 0 where none is better than nothing.

    `available`: the most that may be ordered (None: any quantity).
    """
    best = Purchase(offer, 0, 0.0, 0.0)
    for tier in offer.tiers:
        wanted = best_quantity(lack, worth, float(tier.unit_price) / share_accepted)
        for packs in _candidates(offer, tier.min_quantity, wanted / share_accepted, available):
            ordered = packs * offer.pack_size
            result = expected_result(lack, worth, float(offer.unit_price(ordered)), share_accepted, float(ordered))
            if result > best.result:
                best = Purchase(offer, packs, wanted, result)
    return best


def smallest_order(offer: Offer) -> int:
    """The fewest packs that the supplier delivers."""
    return max(whole_packs(offer, offer.min_quantity, ROUND_CEILING), 1)


def whole_packs(offer: Offer, quantity: Decimal, rounding: str) -> int:
    """A quantity as a number of packs, rounded up or down."""
    return int((quantity / offer.pack_size).to_integral_value(rounding))


def _candidates(offer: Offer, tier_from: Decimal, ordered: float, available: Decimal | None) -> Iterable[int]:
    """Numbers of packs among which the best one is, if the best quantity to order is `ordered`."""
    least = smallest_order(offer)
    most = None if available is None else whole_packs(offer, available, ROUND_FLOOR)
    beside = int(ordered / float(offer.pack_size))
    candidates = {beside, beside + 1, least, whole_packs(offer, tier_from, ROUND_CEILING)}
    if most is not None:
        candidates = {min(packs, most) for packs in candidates}
    return sorted(packs for packs in candidates if packs >= least)
