"""Who may lie beside whom: what lies in each bay now, where that lets a product lie, and what is set aside for whom.

Neighbours depend on each other, so while things are laid or carried one by one, each is checked against all that lies
already (`Lying`). To change many at once, bays are set aside: each admits those who lie there and, where they harm
nobody, those who ask for most. Then any that are admitted may change places, and no rule is broken in between.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.eligibility.frames import Bools, Floats, Ints, numbered
from warehouse.slotting.eligibility.places import Places

NOWHERE: Final = -1


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Bays, and who harms whom: `company`, `raw_meat` (goods,), `apart` (companies, companies), `bay` and `level`
    (slots,), `next_to` (bays, 3)."""

    company: Ints
    raw_meat: Bools
    apart: Bools
    bay: Ints
    level: Ints
    next_to: Ints

    @classmethod
    def of(cls, company: Ints, raw_meat: Bools, apart: Bools, places: Places) -> Self:
        """Of goods that lie on these places."""
        return cls(company, raw_meat, apart, places.bay, places.level, places.next_to)

    @property
    def matters(self) -> bool:
        """Whether any of the goods could be a bad neighbour."""
        return bool(self.apart.any() or self.raw_meat.any())


class Lying:
    """What lies where: goods are put, taken and asked about by their numbers.

    present  (bays, companies) how many lie there
    harmed   (bays, companies) how many kinds of neighbours there are that a company may not lie beside
    raw_above, others_below  (bays, levels) how much raw meat lies above a level, and what else below it
    """

    def __init__(self, around: Neighbourhood) -> None:
        bays, companies = len(around.next_to), len(around.apart)
        levels = int(around.level.max(initial=0)) + 1
        self.around = around
        self.present = np.zeros((bays, companies), np.int64)
        self.harmed = np.zeros((bays, companies), np.int64)
        self._beside = [sorted(set(of_bay)) for of_bay in around.next_to.tolist()]
        self.raw_above = np.zeros((bays, levels), np.int64)
        self.others_below = np.zeros((bays, levels), np.int64)

    def put(self, goods: int, slot: int, count: int = 1) -> None:
        """It lies there from now on."""
        around = self.around
        bay, level, company = around.bay[slot], around.level[slot], around.company[goods]
        self.present[bay, company] += count
        self.harmed[self._beside[bay]] += count * around.apart[company]
        if around.raw_meat[goods]:
            self.raw_above[bay, :level] += count
        else:
            self.others_below[bay, level + 1 :] += count

    @classmethod
    def of(cls, around: Neighbourhood, goods: Ints, slot: Ints) -> Self:
        """Where nothing else lies."""
        self = cls(around)
        bay, level, company, raw = around.bay[slot], around.level[slot], around.company[goods], around.raw_meat[goods]
        np.add.at(self.present, (bay, company), 1)
        harmed = self.present @ around.apart
        for side in range(around.next_to.shape[1]):
            beside = around.next_to[:, side]
            another = (beside != around.next_to[:, 0]) | (side == 0)
            self.harmed += harmed[beside] * another[:, None]
        for at in range(self.raw_above.shape[1]):
            self.raw_above[:, at] += np.bincount(bay[raw & (level > at)], minlength=len(self.raw_above))
            self.others_below[:, at] += np.bincount(bay[~raw & (level < at)], minlength=len(self.raw_above))
        return self

    def take(self, goods: int, slot: int) -> None:
        """It lies there no longer."""
        self.put(goods, slot, -1)

    def beside(self, slot: int) -> Bools:
        """(companies,) who lies in its bay or one next to it."""
        return np.asarray((self.present[self._beside[self.around.bay[slot]]] > 0).any(axis=0))

    def harmed_by_raw_meat(self, goods: int, slot: int) -> bool:
        """Whether raw meat lies above it, or, if it is raw meat itself, something else beneath it."""
        return bool(self._raw_meat(goods, np.array([slot]))[0])

    def lawful(self, goods: int, slot: Ints) -> Bools:
        """Whether it harms nobody in these slots, nor is harmed; what itself lies there already does not count."""
        return np.asarray(self.harming(goods, slot) == 0)

    def harming(self, goods: int, slot: Ints) -> Ints:
        """How many it harms in these slots, or is harmed by; who does both in two ways counts twice."""
        around = self.around
        return np.asarray(self.harmed[around.bay[slot], around.company[goods]] + self._raw_meat(goods, slot))

    def _raw_meat(self, goods: int, slot: Ints) -> Ints:
        """How much raw meat lies above it, or, if it is raw meat itself, how much else beneath it."""
        around = self.around
        other = self.others_below if around.raw_meat[goods] else self.raw_above
        return np.asarray(other[around.bay[slot], around.level[slot]])


def set_aside(eligible: Eligible, lying: Lying, goods: Ints, asked: Floats) -> Eligible:
    """The same, with each bay for those alone who harm nobody there: `goods` (products,) who each is, `asked`
    (companies,) how much is asked of each, which says who gets a bay where nobody lies."""
    around = lying.around
    if not around.matters:
        return eligible
    mattering = np.flatnonzero(around.apart.any(axis=0))
    admits = _admits(lying, asked)[:, mattering][around.bay]
    highest_raw = (lying.raw_above > 0).sum(axis=1)[around.bay]  # the lowest level where there is none
    takes_raw = (around.level <= highest_raw) & (lying.others_below[around.bay, around.level] == 0)
    takes_others = around.level >= highest_raw
    first_place, place_kind = numbered(eligible.place_kind, takes_raw, takes_others, *admits.T)
    first, kind = numbered(eligible.kind, around.company[goods], around.raw_meat[goods])
    allowed = eligible.allowed[np.ix_(eligible.kind[first], eligible.place_kind[first_place])]
    is_raw, company = around.raw_meat[goods[first]], around.company[goods[first]]
    allowed &= np.where(is_raw[:, None], takes_raw[first_place], takes_others[first_place])
    for number, one in enumerate(mattering.tolist()):
        allowed &= (company != one)[:, None] | admits[first_place, number]
    return replace(eligible, kind=kind, place_kind=place_kind, allowed=allowed)


def _admits(lying: Lying, asked: Floats) -> Bools:
    """(bays, companies) who may lie where, so that none of two neighbours harms the other."""
    around = lying.around
    unharmed = lying.harmed == 0
    admits = (lying.present > 0) & unharmed
    for company in np.argsort(-asked, kind="stable").tolist():
        bad = around.apart[company]
        beside = np.logical_or.reduce([admits[around.next_to[:, side]][:, bad].any(axis=1) for side in range(3)])
        admits[:, company] |= unharmed[:, company] & ~beside
    return np.asarray(admits)
