"""How many packs of one offer to buy for a need: the most that still earn more than they are expected to lose.

Each further unit sells less likely and expires more likely (`result_curve.py`), so the first that does not pay is the
last to look at. With packs, a minimum, price tiers or a capacity the best quantity lies beside that one or at one of
those.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from warehouse.purchasing.outcomes.curves import ManyCurves, in_each_row
from warehouse.purchasing.outcomes.lack import NOTHING, Lack
from warehouse.purchasing.outcomes.result_curve import Priced, Worth, curves_in_groups
from warehouse.purchasing.suppliers.offers import Offer


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
    tiers = [tier for one in choices for tier in _tiers_of(one)]
    best: dict[int, Purchase] = {}
    for rows, curves in curves_in_groups([tier.priced for tier in tiers]):
        best |= zip(rows.tolist(), _best_of_tiers([tiers[row] for row in rows.tolist()], curves), strict=True)
    found = {id(one): Purchase(one.offer, 0, 0.0, 0.0) for one in choices}
    for row, tier in enumerate(tiers):
        before = found[id(tier.choice)]
        must = tier.choice.at_least > NOTHING and before.packs == 0
        if best[row].packs and (must or best[row].result > before.result):
            found[id(tier.choice)] = best[row]
    return [found[id(one)] for one in choices]


@dataclass(frozen=True)
class _Tier:
    """A price of a choice, and packs of the offer: the `least` that must be, and from how many on the price is `asked`
    for; it holds `first` to below `end`, and may be ordered up to `most`."""

    choice: Choice
    priced: Priced
    least: float
    asked: float
    first: float
    end: float
    most: float


def _tiers_of(choice: Choice) -> Iterator[_Tier]:
    """The prices that can be worth a look. Below the lowest tier its price holds as well."""
    offer, pack = choice.offer, float(choice.offer.pack_size) * choice.share_accepted
    least = smallest = smallest_order(offer)
    if choice.at_least > NOTHING:
        must = Decimal(repr((choice.at_least - NOTHING) / choice.share_accepted))
        least = max(smallest, whole_packs(offer, must, ROUND_CEILING))
    most = float("inf") if choice.available is None else whole_packs(offer, choice.available, ROUND_FLOOR)
    from_packs = max(min(least, most), smallest)
    asked = [whole_packs(offer, tier.min_quantity, ROUND_CEILING) for tier in offer.tiers_ascending]
    for tier, start, end in zip(offer.tiers_ascending, asked, [*asked[1:], float("inf")], strict=True):
        unit_cost = float(tier.unit_price) / choice.share_accepted
        if choice.at_least > NOTHING or choice.worth.earned(unit_cost) > 0:
            first = from_packs if start == asked[0] else max(from_packs, start)
            yield _Tier(choice, Priced(choice.lack, choice.worth, unit_cost, pack), least, start, first, end, most)


def _best_of_tiers(tiers: Sequence[_Tier], curves: ManyCurves) -> Iterator[Purchase]:
    """Of each price the best result among the packs beside the best quantity, the least and where the price begins; 0
    packs where it holds for none of them."""
    at_least, pack = np.array([(tier.choice.at_least, tier.priced.pack) for tier in tiers]).T
    packs_of = np.array([(tier.least, tier.asked, tier.first, tier.end, tier.most) for tier in tiers])
    least, asked, first, end, most = packs_of.T[:, :, None]
    wanted = np.maximum(curves.needed, at_least)
    beside = np.floor(wanted / pack)[:, None]
    # what must be bought is no further candidate where more is wanted: what has to be must not lower an order
    least = np.where(at_least[:, None] > NOTHING, np.maximum(least, beside), least)
    packs = np.sort(np.minimum(np.hstack([beside, beside + 1, least, asked]), most), axis=1)
    holds = (packs >= first) & (packs < end)
    result = np.where(holds, curves.at(packs * pack[:, None]), -np.inf)
    best = result.argmax(axis=1)[:, None]
    of_best = (in_each_row(values, best)[:, 0].tolist() for values in (result, packs * holds))
    for tier, result_of_it, bought, needed in zip(tiers, *of_best, wanted.tolist(), strict=True):
        yield Purchase(tier.choice.offer, int(bought), needed, result_of_it)


def smallest_order(offer: Offer) -> int:
    """The fewest packs that the supplier delivers."""
    return max(whole_packs(offer, offer.min_quantity, ROUND_CEILING), 1)


def whole_packs(offer: Offer, quantity: Decimal, rounding: str) -> int:
    """A quantity as a number of packs, rounded up or down."""
    return int((quantity / offer.pack_size).to_integral_value(rounding))
