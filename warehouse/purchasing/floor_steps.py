"""How far needs can go on beyond what pays: step by step, each of the offer that avoids shortage at the least loss.

A further pack of the farm that brings most already helps only where demand is high; one of another farm also where the
first brings nothing. So the more is wanted, the sooner a second farm is worth its price (the expected results of both
say when: `Lack.after`). What is gone on with never goes back, so whoever wants more of it never gets less of anything.
Each pack makes those of the other offers worth less: how they stand is looked at again only when their turn could have
come (lazy greedy: M. Minoux, 1978), and that for all needs at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.capacity import DayOfOffer
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.outcomes.curves import ResultCurve
from warehouse.purchasing.outcomes.failing import Failing
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.result_curve import Priced, Worth, result_curves
from warehouse.purchasing.quantity import Purchase, smallest_order, whole_packs
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.yields import Yields

Floats = NDArray[np.float64]
Left = Mapping[DayOfOffer, tuple[Decimal, int]]

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
    """Where a need stands after each step, ascending from what pays (the last again where it goes no further): by offer
    the packs, the money that those beyond what pays lose and the shortage they avoid (step x offer); the shortage that
    stays, and with it what is `missed` where the next deliveries fail; what of it is `counted` for a floor, and the
    `least` that could be, whatever it cost.

    Where one supplier alone can bring it, nothing ordered now helps where it fails: a larger order before it would
    have. So what is missed then counts with the last delivery that came. Over the days both are the same sum."""

    offers: Sequence[Offer]
    packs: NDArray[np.int64]
    lost: Floats
    avoided: Floats
    missed: Floats
    counted: Floats
    least: float


def steps_of(buying: Sequence[Buying], yields: Yields, left: Left, dearest: float) -> list[Steps]:
    """The steps of each need as far as none costs more than `dearest` for a unit of shortage avoided. What is `left` of
    a capacity is everyone's in equal parts: by offer and day how much there is, and how many needs ask for it."""
    stands = [_Stand([_Way(one, offer, yields, left) for offer in one.offers]) for one in buying]
    going = stands
    while going:
        _look([way for one in going for way in one.to_look_at()])
        going = [one for one in going if one.goes_on(dearest)]
    return [one.steps() for one in stands]


class _Way:
    """One offer of a need, and how far it has gone on: `packs` of it, what those beyond what pays have `lost`, and
    `avoided` in the covered days. `lack` is what is lacking beside all that is bought of other suppliers, `beside` what
    is bought under other offers of this one, which comes or fails together. `price`: what its next step loses for a
    unit that it `avoids`, those of the next deliveries' days where they fail too, at least: it is not `seen` again
    since a step was taken, or since others took one (`outdated`)."""

    def __init__(self, one: Buying, offer: Offer, yields: Yields, left: Left) -> None:
        of_lots = one.need.product_id, offer.supplier_id
        self.need, self.offer, self.worth = one.need, offer, one.worth
        self.accepted, self.yields = yields.of(*of_lots), yields
        self.packs = one.bought_of(offer)
        all_met = float(self.as_brought(one.need.lack).may_sell.max()) / self.pack
        self.most = max(int(np.ceil(all_met)), self.packs)
        self.step = max(-(-(self.most - self.packs) // STEPS), 1)
        if (capacity := left.get((offer.offer_id, self.need.covers_from))) is not None:
            there, asking = capacity
            more = whole_packs(offer, max(there, Decimal(0)) / asking, ROUND_FLOOR)
            self.most = min(self.most, self.packs + more)
        self.lost, self.avoided, self.beside, self.price = 0.0, 0.0, 0.0, -np.inf
        self.seen, self.outdated = False, True
        self.lack = self.need.lack
        self.curves: dict[float, ResultCurve] = {}

    @property
    def pack(self) -> float:
        """Usable units of a pack."""
        return float(self.offer.pack_size) * self.accepted

    def as_brought(self, lack: Lack) -> Lack:
        """What is lacking if it comes as this offer's supplier brings it."""
        return self.yields.as_brought(lack, self.need.product_id, self.offer.supplier_id, self.need.covers_from)

    @property
    def failing(self) -> Failing:
        """How deliveries of this offer's supplier fail."""
        return self.yields.failing.of(self.offer.supplier_id, self.need.covers_from)

    @property
    def next(self) -> int:
        """Packs after its next step; as many as now where there is none."""
        further = min(max(self.packs + self.step, smallest_order(self.offer)), self.most)
        return further if further >= smallest_order(self.offer) else self.packs

    def look_beside(self, ways: Sequence["_Way"]) -> None:
        """Looks again at what is lacking, beside what is bought of the others."""
        self.lack, self.beside, self.curves = _lack_beside(self, ways, [way.packs for way in ways]), 0.0, {}
        self.outdated = False
        for other in ways:
            if other is not self and other.offer.supplier_id == self.offer.supplier_id:
                self.beside += other.packs * other.pack

    def unit_costs(self) -> set[float]:
        """Of an accepted unit, now and after its next step."""
        return {self._unit_cost(packs) for packs in (self.packs, self.next)}

    def short(self, packs: int) -> float:
        """With so many packs, and what is bought beside them."""
        return self.lack.short(self.beside + packs * self.pack)

    def missed(self, packs: int) -> float:
        """The same, with what is where the next deliveries fail."""
        return self.lack.missed(self.beside + packs * self.pack)

    def look(self) -> None:
        """What its next step loses and avoids, once the curves of its costs are there."""
        self.seen = True
        self.avoids = self.missed(self.packs) - self.missed(self.next)
        # how far it pays is decided already
        self.loses = max(self._result(self.packs) - self._result(self.next), 0.0)
        self.price = self.loses / self.avoids if self.avoids > HELD else np.inf

    def go_on(self) -> None:
        """Takes its next step."""
        self.lost += self.loses
        self.avoided += self.short(self.packs) - self.short(self.next)
        self.packs = self.next

    def _result(self, packs: int) -> float:
        return self.curves[self._unit_cost(packs)].at(self.beside + packs * self.pack)

    def _unit_cost(self, packs: int) -> float:
        return float(self.offer.unit_price(packs * self.offer.pack_size)) / self.accepted


def _lack_beside(own: _Way, ways: Sequence[_Way], packs: Sequence[int]) -> Lack:
    """What a supplier's packs could meet, where so many are bought of each of the ways."""
    lack = own.need.lack
    for other, bought in zip(ways, packs, strict=True):
        if bought and other.offer.supplier_id != own.offer.supplier_id:
            lack = other.as_brought(lack).after(bought * other.pack)
    return own.as_brought(lack)


def _look(ways: Sequence[_Way]) -> None:
    """Looks at the next step of each, all their curves at once."""
    wanted = [(way, cost) for way in ways for cost in sorted(way.unit_costs() - way.curves.keys())]
    curves = result_curves([Priced(way.lack, way.worth, cost, way.pack) for way, cost in wanted])
    for (way, cost), curve in zip(wanted, curves, strict=True):
        way.curves[cost] = curve
    for way in ways:
        way.look()


def _where_nothing_comes(lack: Lack) -> float:
    """Demand of the covered days that stays unmet where nothing comes, however much is ordered."""
    return 0.0 if lack.comes is None else float(np.where(lack.comes > 0, 0, lack.in_cover).mean())


def _after_its_life(need: Need, lack: Lack, failing: Failing) -> float:
    """Demand that stays unmet where deliveries fail after this one cannot be sold any more, or beyond what is
    followed."""
    if lack.run is None:
        return 0.0
    after = float(np.maximum(lack.run - need.deliveries_outlived, 0).mean())
    return (after + (1 - failing.chance) * failing.beyond_followed) * need.forecast.mean


class _Stand:
    """A need on its way: what is bought of each offer now, and was before."""

    def __init__(self, ways: Sequence[_Way]) -> None:
        self._ways = ways
        self._stood = [self._now()]
        ways[0].look_beside(ways)
        self._short, self._missed = [ways[0].short(ways[0].packs)], [ways[0].missed(ways[0].packs)]

    def to_look_at(self) -> list[_Way]:
        """The offer whose turn it is by what was seen last, where that has changed since."""
        best = self._best
        if best.outdated:
            best.look_beside(self._ways)
        return [] if best.seen else [best]

    @property
    def _best(self) -> _Way:
        return min(self._ways, key=lambda way: way.price)

    def goes_on(self, dearest: float) -> bool:
        """Takes the best step where it is seen that it is; whether there may be another one."""
        best = self._best
        if not best.seen:
            return True
        if best.price > dearest or self._missed[-1] <= HELD or len(self._stood) > STEPS:
            return False
        self._short.append(self._short[-1] - best.short(best.packs) + best.short(best.next))
        self._missed.append(self._missed[-1] - best.avoids)
        best.go_on()
        self._stood.append(self._now())
        for way in self._ways:
            way.seen, way.outdated = False, way.outdated or way is not best
        return True

    def steps(self) -> Steps:
        """All of them, filled up to as many as the longest way has."""
        rest = STEPS + 1 - len(self._stood)
        packs, lost, avoided = np.moveaxis(np.array(self._stood + self._stood[-1:] * rest), 2, 0)
        short, missed = (np.array(each + each[-1:] * rest) for each in (self._short, self._missed))
        offers, own = [way.offer for way in self._ways], self._ways[0]
        most = [way.most for way in self._ways]
        lack = _lack_beside(own, self._ways, most)
        bought = sum(way.most * way.pack for way in self._ways if way.offer.supplier_id == own.offer.supplier_id)
        counted, least = short, lack.short(bought)
        if len({offer.supplier_id for offer in offers}) == 1:
            elsewhere = _where_nothing_comes(lack) - _after_its_life(own.need, lack, own.failing)
            counted, least = missed - elsewhere, lack.missed(bought) - elsewhere
        return Steps(offers, packs.astype(np.int64), lost, avoided, missed, counted, min(least, counted[-1]))

    def _now(self) -> list[tuple[float, float, float]]:
        return [(way.packs, way.lost, way.avoided) for way in self._ways]
