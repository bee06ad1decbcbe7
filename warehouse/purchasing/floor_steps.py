"""How far a need can go on beyond what pays: step by step, each of the offer that avoids shortage at the least loss.

A further pack of the farm that brings most already helps only where demand is high; one of another farm also where the
first brings nothing. So the more is wanted, the sooner a second farm is worth its price (the expected results of both
say when: `Lack.after`). What is gone on with never goes back, so whoever wants more of it never gets less of anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.capacity import DayOfOffer
from warehouse.purchasing.curves import ResultCurve
from warehouse.purchasing.lack import Lack
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.offers import Offer
from warehouse.purchasing.quantity import Purchase, smallest_order, whole_packs
from warehouse.purchasing.result_curve import Worth, result_curve
from warehouse.purchasing.yields import Yields

Floats = NDArray[np.float64]

STEPS: Final = 24  # in which one offer would reach where nothing is short
HELD: Final = 1e-6  # units; what the last digit of a float may leave


@dataclass(frozen=True)
class Buying:
    """A need, the offers that deliver it, what pays to be bought of it, and what a unit is worth."""

    need: Need
    offers: Sequence[Offer]
    purchases: tuple[Purchase, ...]
    worth: Worth

    def bought_of(self, offer: Offer) -> int:
        """Packs that pay."""
        return sum(one.packs for one in self.purchases if one.offer.offer_id == offer.offer_id)


@dataclass(frozen=True, eq=False)
class Steps:
    """Where a need stands after each step, ascending from what pays (the last again where it can go no further): by
    offer the packs, the money that those beyond what pays lose and the shortage they avoid (step x offer); and the
    shortage that stays."""

    offers: Sequence[Offer]
    packs: NDArray[np.int64]
    lost: Floats
    avoided: Floats
    short: Floats


def steps_of(one: Buying, yields: Yields, left: Mapping[DayOfOffer, tuple[Decimal, int]]) -> Steps:
    """The steps of a need. What is `left` of a capacity is everyone's in equal parts."""
    ways = [_Way.of(one, offer, yields, left) for offer in one.offers]
    for way in ways:
        way.look_beside(ways)
    short = [min(way.short() for way in ways)]
    stood = [[(way.packs, 0.0, 0.0) for way in ways]]
    while len(stood) <= STEPS:
        best = min(ways, key=lambda way: way.price)
        if not np.isfinite(best.price) or short[-1] <= HELD:
            break
        short.append(short[-1] - best.avoids)
        best.go_on()
        stood.append([(way.packs, way.lost, way.avoided) for way in ways])
        for way in ways:
            if way is not best:
                way.look_beside(ways)
    rest = STEPS + 1 - len(stood)
    packs, lost, avoided = np.moveaxis(np.array(stood + stood[-1:] * rest), 2, 0)
    return Steps(one.offers, packs.astype(np.int64), lost, avoided, np.array(short + short[-1:] * rest))


@dataclass(eq=False)
class _Way:
    """One offer of a need, and how far it has gone on: `packs` of it, what those beyond what pays have `lost` and
    `avoided`; `lack` is what is lacking beside all that is bought of other suppliers, `beside` what is bought under
    other offers of this one, which comes or fails together."""

    need: Need
    offer: Offer
    worth: Worth
    accepted: float
    lots: Sequence[float] | None
    packs: int
    most: int
    step: int
    lost: float = 0.0
    avoided: float = 0.0
    lack: Lack = field(init=False)
    beside: float = 0.0

    @classmethod
    def of(cls, one: Buying, offer: Offer, yields: Yields, left: Mapping[DayOfOffer, tuple[Decimal, int]]) -> "_Way":
        """Before the first step."""
        need, pays = one.need, one.bought_of(offer)
        of_lots = need.product_id, offer.supplier_id
        accepted = yields.of(*of_lots)
        all_met = float(need.unmet_in_cover[-1]) / (float(offer.pack_size) * accepted)
        most = max(int(np.ceil(all_met)), pays)
        step = max(-(-(most - pays) // STEPS), 1)
        if (capacity := left.get((offer.offer_id, need.covers_from))) is not None:
            there, asking = capacity
            most = min(most, pays + whole_packs(offer, max(there, Decimal(0)) / asking, ROUND_FLOOR))
        return cls(need, offer, one.worth, accepted, yields.lots_of(*of_lots), pays, most, step)

    @property
    def bought(self) -> float:
        """Usable units."""
        return self.packs * float(self.offer.pack_size) * self.accepted

    def short(self) -> float:
        """What is short of it all."""
        return self.lack.short(self._of_supplier(self.packs))

    def look_beside(self, ways: Sequence["_Way"]) -> None:
        """Looks again at what is lacking, beside what is bought of the others."""
        lack, self.beside = self.need.lack, 0.0
        for other in ways:
            if other is self or not other.packs:
                continue
            if other.offer.supplier_id == self.offer.supplier_id:
                self.beside += other.bought
            else:
                lack = lack.from_lots(other.lots).after(other.bought)
        self.lack = lack.from_lots(self.lots)
        self._curves: dict[float, ResultCurve] = {}
        self._look()

    def go_on(self) -> None:
        """Takes its next step."""
        self.packs, self.lost, self.avoided = self._next, self.lost + self._loses, self.avoided + self.avoids
        self._look()

    def _look(self) -> None:
        """What its next step loses and avoids, and so at which price of a unit of shortage it is taken."""
        self._next = min(max(self.packs + self.step, smallest_order(self.offer)), self.most)
        self.avoids = self._loses = 0.0
        self.price = np.inf
        if self._next >= smallest_order(self.offer) and self._next > self.packs:
            self.avoids = self.short() - self.lack.short(self._of_supplier(self._next))
            # how far it pays is decided already
            self._loses = max(self._result(self.packs) - self._result(self._next), 0.0)
            if self.avoids > HELD:
                self.price = self._loses / self.avoids

    def _of_supplier(self, packs: int) -> float:
        """Usable units of the supplier with so many packs of this offer."""
        return self.beside + packs * float(self.offer.pack_size) * self.accepted

    def _result(self, packs: int) -> float:
        cost = float(self.offer.unit_price(packs * self.offer.pack_size)) / self.accepted
        if cost not in self._curves:
            pack = float(self.offer.pack_size) * self.accepted
            self._curves[cost] = result_curve(self.lack, self.worth, cost, pack)
        return self._curves[cost].at(self._of_supplier(packs))
