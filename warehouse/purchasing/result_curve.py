"""What further usable units are expected to earn and to lose, added up to a concave curve.

A unit bought earns its margin if it sells before the next delivery. If it is still good then, it saves buying
one, and has cost only its keeping (money, room, freshness). If it expires, what is lost is the unit that it
saved: worth its price, unless it would have expired as well. `later_orders.py` tells how often that is so, and how
often a sale is only brought forward (marginal outdating, design decision 6; tests hold it to dynamic programming).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.lack import NOTHING, Lack
from warehouse.purchasing.later_orders import LaterOrders

Floats = NDArray[np.float64]

PARTS_OF_BEST = 16  # of the best quantity: as finely as later orders are told apart
PARTS_OF_PACK = 8
CORNERS_FURTHER = 12  # beyond the packs looked at, where nobody buys but for a minimum
PACKS_BEYOND = 3  # the best quantity that are looked at as finely


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


@dataclass(frozen=True, eq=False)
class ResultCurve:
    """The expected result in money of having so many usable units: concave, a line between its corners."""

    units: Floats
    result: Floats
    slope_beyond: float
    in_packs: bool = False

    @property
    def best(self) -> float:
        """The corner with the best result."""
        return float(self.units[np.argmax(self.result)])

    @property
    def needed(self) -> float:
        """The units with the best result, if any quantity could be bought: where corners are packs, as much before or
        after the best one as the packs beside it say."""
        at = int(np.argmax(self.result))
        if not self.in_packs or not 0 < at < len(self.units) - 1:
            return float(self.units[at])
        before, after = np.diff(self.units[at - 1 : at + 2])
        gained, lost = np.diff(self.result[at - 1 : at + 2]) / (before, after) * (1, -1)
        share = gained / (gained + lost) if gained + lost > 0 else 0.5
        return float(self.units[at] - before / 2 + share * (before + after) / 2)

    def at(self, usable: float) -> float:
        """The result of so many usable units."""
        return float(self.at_all(np.array([usable]))[0])

    def at_all(self, usable: Floats) -> Floats:
        """The result of each of so many usable units; below 0 what the first earns is what is lacking."""
        first = float(self.result[1] / self.units[1]) if len(self.units) > 1 else self.slope_beyond
        found: Floats = np.interp(usable, self.units, self.result)
        found += self.slope_beyond * np.maximum(usable - self.units[-1], 0) + first * np.minimum(usable, 0)
        return found


def result_curve(lack: Lack, worth: Worth, unit_cost: float, pack: float = 0.0) -> ResultCurve:
    """What each further usable unit is expected to earn and lose when it costs `unit_cost`, added up; `pack`: usable
    units that are bought together."""
    if lack.later is None:
        return _by_scenario(lack, worth, unit_cost)
    at_best = _by_scenario(lack, worth, unit_cost)
    return _with_later_orders(lack, lack.later, worth, unit_cost, pack, at_best) if at_best.best > NOTHING else at_best


def _by_scenario(lack: Lack, worth: Worth, unit_cost: float) -> ResultCurve:
    """The curve with corners at the scenarios' values, as if each of its units were the last that is worth buying.

    Where no later order is known, what expires loses its whole price."""
    # between two scenarios' values no chance changes, so these are the corners of the curve
    in_cover, in_life = lack.met_in_cover, lack.met_in_life
    units = np.unique(np.concatenate([[0.0], in_cover.units, in_life.units]))
    units = units[np.isfinite(units)]
    beyond = np.append(units[1:], np.inf)
    stays, expires = in_cover.before(beyond), in_life.before(beyond)
    sells = in_cover.share[-1] - stays
    earned = worth.earned(unit_cost) * sells - unit_cost * worth.keeping * (stays - expires)
    lost = worth.lost(unit_cost) * expires
    if lack.later is not None:
        lost = lost / (1 + lack.later.expiring_with(beyond))
    slope = np.minimum.accumulate(earned - lost)
    result = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(units))])
    return ResultCurve(units, result, float(slope[-1]))


def _with_later_orders(
    lack: Lack, later: LaterOrders, worth: Worth, unit_cost: float, pack: float, at_best: ResultCurve
) -> ResultCurve:
    """The curve with corners at whole packs, small ones taken together, as later orders would follow on each."""
    finest = at_best.best / PARTS_OF_BEST
    width = max(pack, finest)
    parts = min(max(round(width / finest), 1), PARTS_OF_PACK)
    packs = int(np.ceil(at_best.best / width)) + PACKS_BEYOND
    before = np.repeat(np.arange(packs) * width, parts)
    units = before + np.tile((np.arange(parts) + 0.5) * width / parts, packs)
    sells, expires = later.chances(units, before, _level(at_best, width), width)
    kept = lack.met_in_cover.before(units) - lack.met_in_life.before(units)
    earned = worth.earned(unit_cost) * sells - unit_cost * worth.keeping * kept
    slope = np.minimum.accumulate((earned - worth.lost(unit_cost) * expires).reshape(packs, parts).mean(axis=1))
    corners = np.arange(packs + 1) * width
    further = at_best.units[at_best.units > corners[-1]]
    further = (
        further[np.unique(np.linspace(0, len(further) - 1, CORNERS_FURTHER).round().astype(int))]
        if further.size
        else further
    )
    beyond = np.diff(at_best.at_all(np.concatenate([corners[-1:], further]))) / np.diff([corners[-1], *further])
    slope = np.minimum.accumulate(np.concatenate([slope, beyond, [at_best.slope_beyond]]))
    units = np.concatenate([corners, further])
    result = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(units))])
    return ResultCurve(units, result, float(slope[-1]), in_packs=True)


def _level(curve: ResultCurve, pack: float) -> float:
    """The most units from which on a pack more still pays; below 0 where it does not from nothing on."""
    from_units = np.linspace(-2 * pack, curve.best, 200)
    pays = curve.at_all(from_units + pack) >= curve.at_all(from_units)
    return float(from_units[np.flatnonzero(pays)[-1]]) if pays.any() else -2 * pack
