"""What further usable units are expected to earn and to lose, added up to a concave curve.

A unit bought earns its margin if it sells before the next delivery. If it is still good then, it saves buying
one, and has cost only its keeping (money, room, freshness). If it expires, what is lost is the unit that it
saved: worth its price, unless it would have expired as well. `later_orders.py` tells how often that is so, and how
often a sale is only brought forward (marginal outdating, design decision 6; tests hold it to dynamic programming).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.curves import ManyCurves, ResultCurve
from warehouse.purchasing.outcomes.lack import NOTHING, Lack
from warehouse.purchasing.outcomes.later_orders import Packs, chances
from warehouse.purchasing.outcomes.many_lacks import Corners, ManyLacks

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
    """The curve of each."""
    found: dict[int, ResultCurve] = {}
    for rows, curves in curves_in_groups(priced):
        found |= zip(rows.tolist(), curves, strict=True)
    return [found[row] for row in range(len(priced))]


def curves_in_groups(priced: Sequence[Priced]) -> Iterator[tuple[Ints, ManyCurves]]:
    """The curves of all, some at a time with their rows: those of as many later orders are worked out together, as many
    at once as the processor keeps at hand."""
    alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for row, one in enumerate(priced):
        alike[_shape(one.lack)].append(row)
    for rows in alike.values():
        for start in range(0, len(rows), AT_ONCE):
            here = np.array(rows[start : start + AT_ONCE])
            for found, curves in _curves([priced[row] for row in here.tolist()]):
                yield here[found], curves


def _shape(lack: Lack) -> tuple[int, ...]:
    """What curves that are worked out together have in common."""
    later = lack.later
    orders = () if later is None else (len(later.replaced), len(later.covered), later.comes is not None)
    return len(lack.in_cover), *orders


def _curves(priced: Sequence[Priced]) -> Iterator[tuple[Ints, ManyCurves]]:
    number = {lack: at for at, lack in enumerate(dict.fromkeys(one.lack for one in priced))}
    lacks, of_curve = ManyLacks.of(list(number)), np.array([number[one.lack] for one in priced])
    by_scenario = _by_scenario(priced, lacks.corners(), of_curve)
    followed = by_scenario.best > NOTHING if lacks.orders else np.zeros(len(priced), bool)
    if not followed.all():
        rows = np.flatnonzero(~followed)
        yield rows, by_scenario.only(rows)
    if followed.any():
        rows = np.flatnonzero(followed)
        curves = _with_later_orders(
            [priced[row] for row in rows.tolist()], lacks, of_curve[rows], by_scenario.only(rows)
        )
        yield rows, curves


def _by_scenario(priced: Sequence[Priced], corners: Corners, of_curve: Ints) -> ManyCurves:
    """The curves with corners at the scenarios' values, as if each unit were the last that is worth buying."""
    slope = _slope(priced, *(chance[of_curve] for chance in (corners.sells, corners.kept, corners.expires)))
    return ManyCurves.of_slopes(corners.units[of_curve], slope, corners.count[of_curve])


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


def _with_later_orders(priced: Sequence[Priced], lacks: ManyLacks, of_curve: Ints, at_best: ManyCurves) -> ManyCurves:
    """The curves with corners at whole packs, small ones taken together, as later orders would follow on each; beyond
    them, where nobody buys but for a minimum, as `at_best` goes on."""
    best = at_best.best
    finest = best / PARTS_OF_BEST
    size = np.maximum([one.pack for one in priced], finest)
    parts = np.clip(np.round(size / finest), 1, PARTS_OF_PACK).astype(np.intp)
    packs = Packs(size, np.ceil(best / size).astype(np.intp) + PACKS_BEYOND, parts)
    sells, expires = chances([lacks.orders[at] for at in of_curve.tolist()], at_best.last_that_pays(size), packs)
    slope = _slope(priced, sells, _kept(lacks, of_curve, packs), expires)
    corners = size[:, None] * np.arange(slope.shape[1], dtype=float)
    return at_best.with_first(corners, slope, packs.packs, size * packs.packs, CORNERS_FURTHER)


def _kept(lacks: ManyLacks, of_curve: Ints, packs: Packs) -> Floats:
    """By pack (c x packs), how often a unit is kept for the next delivery's days."""
    comes = lacks.comes[of_curve]
    curve = np.arange(len(of_curve))[:, None]
    may_sell, in_life = (packs.below(curve, met[of_curve], comes) for met in (lacks.may_sell, lacks.in_life))
    kept: Floats = packs.mean(may_sell - in_life) / comes.shape[1]
    return kept
