"""How many packs of one offer to buy for a need: the most that still earn more than they are expected to lose.

Each further unit sells less likely and expires more likely (`result_curve.py`), so the first that does not pay is the
last to look at. With packs, a minimum, price tiers or a capacity the best quantity lies beside that one or at one of
those.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from warehouse.purchasing.curves import ResultCurve
from warehouse.purchasing.lack import NOTHING, Lack
from warehouse.purchasing.offers import Offer, PriceTier
from warehouse.purchasing.result_curve import Priced, Worth, result_curves


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


@dataclass(frozen=True)
class Choice:
    """An offer for what is lacking. Of what it brings so much is accepted (0..1); rejected units are paid for.

    available  the most that may be ordered; None: any quantity
    at_least   accepted units that are bought whatever they earn, as far as they may be ordered
    """

    lack: Lack
    worth: Worth
    offer: Offer
    share_accepted: float
    available: Decimal | None = None
    at_least: float = 0.0


def best_purchase(
    lack: Lack,
    worth: Worth,
    offer: Offer,
    share_accepted: float,
    available: Decimal | None = None,
    at_least: float = 0.0,
) -> Purchase:
    """The best purchase of a single choice."""
    return best_purchases([Choice(lack, worth, offer, share_accepted, available, at_least)])[0]


def best_purchases(choices: Sequence[Choice]) -> list[Purchase]:
    """Of each choice the number of packs with the best expected result, 0 where none is better than nothing."""
    costs = [[float(tier.unit_price) / one.share_accepted for tier in one.offer.tiers] for one in choices]
    priced = [
        Priced(one.lack, one.worth, cost, float(one.offer.pack_size) * one.share_accepted)
        for one, of_tiers in zip(choices, costs, strict=True)
        for cost in of_tiers
        if _worth_a_look(one, cost)
    ]
    curves = iter(result_curves(priced))
    return [
        _best_of(
            one,
            [
                (tier, next(curves))
                for tier, cost in zip(one.offer.tiers, of_tiers, strict=True)
                if _worth_a_look(one, cost)
            ],
        )
        for one, of_tiers in zip(choices, costs, strict=True)
    ]


def _worth_a_look(choice: Choice, unit_cost: float) -> bool:
    return choice.at_least > NOTHING or choice.worth.earned(unit_cost) > 0


def _best_of(choice: Choice, tiers: Iterable[tuple[PriceTier, ResultCurve]]) -> Purchase:
    """The best of the tiers' candidates, each with the curve of its price."""
    offer, share_accepted = choice.offer, choice.share_accepted
    must = Decimal(repr(max(choice.at_least - NOTHING, 0.0) / share_accepted))
    best = float("-inf") if choice.at_least > NOTHING else 0.0, 0, 0.0  # result, packs, wanted
    for tier, curve in tiers:
        wanted = max(curve.needed, choice.at_least)
        for packs in _candidates(offer, tier.min_quantity, wanted / share_accepted, choice.available, must):
            ordered = packs * offer.pack_size
            if offer.unit_price(ordered) == tier.unit_price:
                result = curve.at(float(ordered) * share_accepted)
                best = (result, packs, wanted) if result > best[0] else best
    result, packs, wanted = best
    return Purchase(offer, packs, wanted, result) if packs else Purchase(offer, 0, 0.0, 0.0)


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
