"""A problem as arrays: a row a price tier of an option, and the needs' curves of worth side by side.

Within a tier a further pack always costs the same, and a need's worth is concave, so the best number of packs lies
beside the one at which the slope of the worth falls below a usable unit's cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.allocation.problem import Problem, Wanted
from warehouse.purchasing.quantity import smallest_order, whole_packs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MUST_FACTOR = 20.0  # what is bought whatever it earns counts as worth so many times its first unit


@dataclass(frozen=True, eq=False)
class Worths:
    """Needs' curves, (needs x corners); beyond its corners a curve goes on with its last slope."""

    units: Floats
    value: Floats
    slope: Floats

    def at(self, need: Ints, units: Floats) -> Floats:
        """What so many usable units are worth to each need."""
        corner = (self.units[need] <= units[:, None]).sum(axis=1) - 1
        value: Floats = self.value[need, corner] + self.slope[need, corner] * (units - self.units[need, corner])
        return value

    def best(self, need: Ints, unit_cost: Floats) -> Floats:
        """The units up to which each is worth its cost; infinite where all are."""
        corner = (self.slope[need] > unit_cost[:, None]).sum(axis=1)
        ends = np.append(self.units, np.full((len(self.units), 1), np.inf), axis=1)
        best: Floats = ends[need, corner]
        return best


@dataclass(frozen=True, eq=False)
class Tables:
    """Tiers in the order of needs, options and packs: `least` to `most` packs are bought in one, each at `pack_price`
    and of so much `usable`.

    base  by need: usable units that a person's choices bring already
    must  by need: the worth added to each unit that is bought whatever it earns
    """

    need: Ints
    option: Ints
    least: Ints
    most: Ints
    pack_price: Floats
    usable: Floats
    worths: Worths
    base: Floats
    must: Floats

    @property
    def needs(self) -> int:
        """How many there are."""
        return len(self.base)

    def part(self, needs: Ints, tiers: Ints, pack_price: Floats) -> "Tables":
        """Some needs with their tiers, at these prices of a pack."""
        number = np.zeros(self.needs, np.int64)
        number[needs] = np.arange(len(needs))
        worths = Worths(self.worths.units[needs], self.worths.value[needs], self.worths.slope[needs])
        return Tables(
            number[self.need[tiers]],
            self.option[tiers],
            self.least[tiers],
            self.most[tiers],
            pack_price[tiers],
            self.usable[tiers],
            worths,
            self.base[needs],
            self.must[needs],
        )

    def gain(self, need: Ints, units: Floats) -> Floats:
        """What so many usable units more than a person has chosen are worth to each need."""
        return self.worths.at(need, self.base[need] + units) - self.worths.at(need, self.base[need])


def tables_of(problem: Problem) -> Tables:
    """The problem as arrays, without the options that a person has decided on."""
    rows: list[tuple[int, int, int, int, float, float]] = []
    base = np.zeros(len(problem.needs))
    for number, option in enumerate(problem.options):
        offer = option.offer
        usable = float(offer.pack_size) * option.share_accepted
        if option.chosen_packs is not None:
            base[option.need] += option.chosen_packs * usable
            continue
        tiers = sorted(offer.tiers, key=lambda tier: tier.min_quantity)
        starts = [whole_packs(offer, tier.min_quantity, ROUND_CEILING) for tier in tiers]
        for tier, start, end in zip(tiers, [0, *starts[1:]], [*starts[1:], option.most_packs + 1], strict=True):
            least, most = max(start, smallest_order(offer)), min(end - 1, option.most_packs)
            if least <= most:
                rows.append((option.need, number, least, most, float(tier.unit_price * offer.pack_size), usable))
    rows.sort()  # by need
    need, index, least_, most_ = (np.array([row[at] for row in rows], dtype=np.int64) for at in range(4))
    price, usable_ = (np.array([row[at] for row in rows], dtype=np.float64) for at in (4, 5))
    must = np.array([MUST_FACTOR * _first_slope(wanted) if wanted.at_least > 0 else 0.0 for wanted in problem.needs])
    return Tables(need, index, least_, most_, price, usable_, _worths_of(problem.needs, must), base, must)


def _worths_of(needs: Sequence[Wanted], must: Floats) -> Worths:
    width = max((len(wanted.worth.units) for wanted in needs), default=1) + 1
    units, value, slope = (np.zeros((len(needs), width)) for _ in range(3))
    for row, (wanted, bonus) in enumerate(zip(needs, must, strict=True)):
        worth = wanted.worth
        at = worth.units if bonus == 0 else np.union1d(worth.units, [wanted.at_least])
        values = np.array([worth.at(float(one)) for one in at]) if bonus else worth.result
        values = values + bonus * np.minimum(at, wanted.at_least)
        slopes = np.append(np.diff(values) / np.diff(at), worth.slope_beyond)
        units[row], value[row], slope[row] = np.inf, values[-1], worth.slope_beyond
        units[row, : len(at)], value[row, : len(at)], slope[row, : len(at)] = at, values, slopes
    return Worths(units, value, slope)


def _first_slope(wanted: Wanted) -> float:
    worth = wanted.worth
    return float((worth.result[1] - worth.result[0]) / worth.units[1]) if len(worth.units) > 1 else 1.0
