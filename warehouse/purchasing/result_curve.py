"""What further usable units are expected to earn and to lose, added up to a concave curve.

A unit bought earns its margin if it sells before the next delivery. If it is still good then, it saves buying
one, and has cost only its keeping (money, room, freshness). If it expires, what is lost is the unit that it
saved: worth its price, unless it would have expired as well. `later_orders.py` tells how often that is so, and how
often a sale is only brought forward (marginal outdating, design decision 6; tests hold it to dynamic programming).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.curves import ManyCurves, ResultCurve
from warehouse.purchasing.lack import NOTHING, Lack
from warehouse.purchasing.later_orders import Packs, chances

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

PARTS_OF_BEST = 16  # of the best quantity: as finely as later orders are told apart
PARTS_OF_PACK = 8
CORNERS_FURTHER = 12  # beyond the packs looked at, where nobody buys but for a minimum
PACKS_BEYOND = 3  # the best quantity that are looked at as finely
AT_ONCE: Final = 64  # curves whose numbers the processor keeps at hand


@dataclass(frozen=True)
class Worth:
    """What a unit sells for; what keeping one until the next delivery costs, as a share of its price; and in money,
    what each unit short costs beyond the margin, and each unit thrown away beyond the price."""

    list_price: float
    keeping: float
    goodwill: float = 0.0
    disposal: float = 0.0

    def earned(self, unit_cost: float) -> float:
        """By a unit that sells and would have been lacking."""
        return self.list_price + self.goodwill - unit_cost

    def lost(self, unit_cost: float) -> float:
        """By a unit that expires."""
        return unit_cost + self.disposal


@dataclass(frozen=True)
class Priced:
    """What is lacking and what a usable unit of it is worth, if it costs `unit_cost`; `pack`: usable units that are
    bought together."""

    lack: Lack
    worth: Worth
    unit_cost: float
    pack: float = 0.0


def result_curve(lack: Lack, worth: Worth, unit_cost: float, pack: float = 0.0) -> ResultCurve:
    """What each further usable unit is expected to earn and lose when it costs `unit_cost`, added up; `pack`: usable
    units that are bought together."""
    return result_curves([Priced(lack, worth, unit_cost, pack)])[0]


def result_curves(priced: Sequence[Priced]) -> list[ResultCurve]:
    """The curve of each. Those with as many later orders are worked out together, as many at once as the processor
    keeps at hand."""
    alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(priced):
        alike[_shape(one.lack)].append(number)
    found: dict[int, ResultCurve] = {}
    for numbers in alike.values():
        for start in range(0, len(numbers), AT_ONCE):
            here = numbers[start : start + AT_ONCE]
            found |= zip(here, _curves([priced[number] for number in here]), strict=True)
    return [found[number] for number in range(len(priced))]


def _shape(lack: Lack) -> tuple[int, ...]:
    """What curves that are worked out together have in common."""
    later = lack.later
    orders = () if later is None else (len(later.replaced), len(later.covered), later.comes is not None)
    return len(lack.in_cover), *orders


def _curves(priced: Sequence[Priced]) -> list[ResultCurve]:
    by_scenario = _by_scenario(priced)
    found = list(by_scenario.each(in_packs=False))
    followed: Ints = np.flatnonzero((by_scenario.best > NOTHING) & [one.lack.later is not None for one in priced])
    if followed.size:
        curves = _with_later_orders([priced[at] for at in followed.tolist()], by_scenario.only(followed))
        for at, curve in zip(followed.tolist(), curves.each(in_packs=True), strict=True):
            found[at] = curve
    return found


def _by_scenario(priced: Sequence[Priced]) -> ManyCurves:
    """The curves with corners at the scenarios' values, as if each unit were the last that is worth buying."""
    corners = [one.lack.corners for one in priced]
    units, sells, kept, expires = (
        _filled([getattr(of_lack, name) for of_lack in corners]) for name in ("units", "sells", "kept", "expires")
    )
    slope = _slope(priced, sells, kept, expires)
    return ManyCurves.of_slopes(units, slope, np.array([len(of_lack.units) for of_lack in corners]))


def _slope(priced: Sequence[Priced], sells: Floats, kept: Floats, expires: Floats) -> Floats:
    """What the unit beyond each corner (c x corners) earns, less what it loses."""
    earned, keeping, lost = (
        np.array(money)[:, None]
        for money in zip(
            *(
                (one.worth.earned(one.unit_cost), one.unit_cost * one.worth.keeping, one.worth.lost(one.unit_cost))
                for one in priced
            ),
            strict=True,
        )
    )
    slope: Floats = earned * sells - keeping * kept - lost * expires
    return slope


def _filled(rows: Sequence[Floats]) -> Floats:
    """The rows one below the other, the shorter ones filled up with their last value."""
    filled = np.empty((len(rows), max(len(row) for row in rows)))
    for at, row in enumerate(rows):
        filled[at, : len(row)] = row
        filled[at, len(row) :] = row[-1]
    return filled


def _with_later_orders(priced: Sequence[Priced], at_best: ManyCurves) -> ManyCurves:
    """The curves with corners at whole packs, small ones taken together, as later orders would follow on each; beyond
    them, where nobody buys but for a minimum, as `at_best` goes on."""
    best = at_best.best
    finest = best / PARTS_OF_BEST
    size = np.maximum([one.pack for one in priced], finest)
    parts = np.clip(np.round(size / finest), 1, PARTS_OF_PACK).astype(np.intp)
    packs = Packs(size, np.ceil(best / size).astype(np.intp) + PACKS_BEYOND, parts)
    later = [one.lack.later for one in priced if one.lack.later is not None]
    sells, expires = chances(later, at_best.last_that_pays(size), packs)
    slope = _slope(priced, sells, _kept(priced, packs), expires)
    corners = size[:, None] * np.arange(slope.shape[1], dtype=float)
    return at_best.with_first(corners, slope, packs.packs, size * packs.packs, CORNERS_FURTHER)


def _kept(priced: Sequence[Priced], packs: Packs) -> Floats:
    """By pack (c x packs), how often a unit is kept for the next delivery's days."""
    rows = np.arange(len(priced))[:, None]
    in_cover, in_life = (
        packs.below(rows, np.stack([one.units for one in met]), np.diff(np.stack([one.share for one in met])))
        for met in ([one.lack.met_in_cover for one in priced], [one.lack.met_in_life for one in priced])
    )
    return packs.mean(in_cover - in_life)
