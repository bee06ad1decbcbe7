"""How many packs of one offer to buy for a need: the most that still earn more than they are expected to lose.

A unit bought earns its margin if it sells before the next delivery. If it is still good then, it saves buying
one, and has cost only its keeping (money, room, freshness). If it expires, what is lost is the unit that it
saved: worth its price, unless it would have expired as well. `later_orders.py` tells how often that is so, and how
often a sale is only brought forward. Each further unit sells less likely and expires more likely, so the first
that does not pay is the last to look at (marginal outdating, design decision 6; tests hold it to dynamic
programming). With packs, a minimum, price tiers or a capacity the best quantity lies beside that one or at one of
those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.later_orders import LaterOrders
from warehouse.purchasing.offers import Offer

Floats = NDArray[np.float64]

PARTS_OF_BEST = 16  # of the best quantity: as finely as later orders are told apart
PARTS_OF_PACK = 8
CORNERS_FURTHER = 12  # beyond the packs looked at, where nobody buys but for a minimum
PACKS_BEYOND = 3  # the best quantity that are looked at as finely
NOTHING = 1e-9  # units; what the last digit of a float may leave


@dataclass(frozen=True, eq=False)
class Lack:
    """Unmet demand by scenario, ascending: in the covered days, and in the whole life of a delivery (inf: it does
    not expire). `outlives_cover`: what is not sold in the covered days is still good when the next comes; `later`: the
    orders after it, where they are known."""

    in_cover: Floats
    in_life: Floats
    outlives_cover: bool
    later: LaterOrders | None = None

    def wasted(self, usable: float) -> float:
        """Of so much usable, what is expected to expire."""
        return float(np.maximum(usable - self.in_life, 0).mean())

    def short(self, usable: float) -> float:
        """Demand of the covered days expected to stay unmet after so much."""
        return float(np.maximum(self.in_cover - usable, 0).mean())

    def met(self) -> float:
        """The quantile of the covered days' demand up to which nothing is lacking: with n scenarios n/(n+1) at most,
        since none is the highest there is."""
        return int(np.count_nonzero(self.in_cover <= NOTHING)) / (len(self.in_cover) + 1)

    def after(self, usable: float) -> "Lack":
        """What is still lacking once so much has been bought."""
        left = np.maximum(self.in_cover - usable, 0), np.maximum(self.in_life - usable, 0)
        return Lack(*left, self.outlives_cover, None if self.later is None else self.later.after(usable))


@dataclass(frozen=True)
class Worth:
    """What a unit sells for, and what keeping one until the next delivery costs, as a share of its price."""

    list_price: float
    keeping: float


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


def selling_price(list_price: Decimal | None, offers: Iterable[Offer], assumed_markup: float) -> float:
    """The list price, or the usual markup on the lowest purchase price where it is not known (on 1 where there
    is no offer either: quantities only depend on the ratio of the two)."""
    if list_price is not None:
        return float(list_price)
    lowest = min((tier.unit_price for offer in offers for tier in offer.tiers), default=Decimal(1))
    return float(lowest) * assumed_markup


def result_curve(lack: Lack, worth: Worth, unit_cost: float, pack: float = 0.0) -> ResultCurve:
    """What each further usable unit is expected to earn and lose when it costs `unit_cost`, added up; `pack`: usable
    units that are bought together."""
    if lack.later is None:
        return _by_scenario(lack, worth, unit_cost)
    at_best = _by_scenario(lack, worth, unit_cost)
    return _with_later_orders(lack, lack.later, worth, unit_cost, pack, at_best) if at_best.best > NOTHING else at_best


def _by_scenario(lack: Lack, worth: Worth, unit_cost: float) -> ResultCurve:
    """The curve with corners at the scenarios' values, as if each of its units were the last that is worth buying.

    Where later orders are not known, a unit that one saves expires as often as this one. Beyond the first unit that
    does not pay, one that expires loses its whole price then: so much would be left that the next delivery would not be
    bought at all."""
    # between two scenarios' values no chance changes, so these are the corners of the curve
    finite = lack.in_life[np.isfinite(lack.in_life)]
    units = np.unique(np.concatenate([[0.0], lack.in_cover, finite]))
    stays = np.append(np.searchsorted(lack.in_cover, units[1:], "left") / len(lack.in_cover), 1.0)
    expires = np.searchsorted(lack.in_life, units[1:], "left") / len(lack.in_life)
    expires = np.append(expires, len(finite) / len(lack.in_life))
    earned = (worth.list_price - unit_cost) * (1 - stays) - unit_cost * worth.keeping * (stays - expires)
    slope = earned - unit_cost * expires
    if lack.later is not None:
        slope = earned - unit_cost * expires / (1 + lack.later.expiring_with(np.append(units[1:], np.inf)))
        slope = np.minimum.accumulate(slope)
    elif lack.outlives_cover:
        chance = expires / np.maximum(stays, 1e-12)
        slope_of_worth = earned - unit_cost / (1 + chance) * expires
        slope = np.where(slope_of_worth > 0, slope_of_worth, slope)
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
    stays = np.searchsorted(lack.in_cover, units, "left") / len(lack.in_cover)
    expired = np.searchsorted(lack.in_life, units, "left") / len(lack.in_life)
    earned = (worth.list_price - unit_cost) * sells - unit_cost * worth.keeping * (stays - expired)
    slope = np.minimum.accumulate((earned - unit_cost * expires).reshape(packs, parts).mean(axis=1))
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


def best_purchase(
    lack: Lack,
    worth: Worth,
    offer: Offer,
    share_accepted: float,
    available: Decimal | None = None,
    at_least: float = 0.0,
) -> Purchase:
    """The number of packs of this offer with the best expected result, 0 where none is better than nothing.

    Rejected units are paid for. `available`: the most that may be ordered (None: any quantity). `at_least`: accepted
    units that are bought whatever they earn, as far as they may be ordered.
    """
    none = Purchase(offer, 0, 0.0, 0.0)
    found: list[Purchase] = [] if at_least > NOTHING else [none]
    must = Decimal(repr(max(at_least - NOTHING, 0.0) / share_accepted))
    for tier in offer.tiers:
        if at_least <= NOTHING and float(tier.unit_price) >= worth.list_price * share_accepted:
            continue
        curve = result_curve(
            lack, worth, float(tier.unit_price) / share_accepted, float(offer.pack_size) * share_accepted
        )
        wanted = max(curve.needed, at_least)
        for packs in _candidates(offer, tier.min_quantity, wanted / share_accepted, available, must):
            ordered = packs * offer.pack_size
            if offer.unit_price(ordered) == tier.unit_price:
                found.append(Purchase(offer, packs, wanted, curve.at(float(ordered) * share_accepted)))
    return max(found, key=lambda purchase: purchase.result, default=none)


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
