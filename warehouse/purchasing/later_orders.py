"""What later orders make of a unit bought now: whether the unit that it saves there would sell, or expire, too.

A unit more now is a unit less in a later order. If it sells before that order could know, the next delivery is one
short; where that one sells out too, the sale was only brought forward. If it expires, the unit that it saved is what is
lost; where that one would have expired as well, nothing is. With N such later deliveries expected, a sale earns
1 / (1 + N) of the margin and what expires loses 1 / (1 + N) of the price: the optimum's first-order conditions, held to
dynamic programming by `make bench-optimum`. Later orders are taken to be in whole packs and to bring stock up to where
one more would not pay, so each replaces what was sold and what expired since the one before.

In one scenario a later delivery shares the fate of all units up to some number, or from some number on. So units are
not gone through: these numbers are worked out by scenario, for many curves at once, and counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Kept = NDArray[np.float32]
Units = Floats | Kept

NEVER = 1e-9  # a chance below it


@dataclass(frozen=True, eq=False)
class LaterOrders:
    """Of one need, by scenario (s) and later order (n, those placed within the delivery's life), the product's unit.

    in_cover  s: demand unmet in the covered days, `known` of it by the time of the next order
    in_life   s: demand unmet over the delivery's whole life
    replaced  n x s: what is sold and expires between the order before and this one
    follows   n x s: demand of the days between the last day of the delivery before and that of this one
    covered   m x s: demand of the days covered by the later orders (m <= n) that cannot know of the covered days
    comes     s: what is accepted of each usable unit that is expected of this one (None: just that)
    """

    in_cover: Kept
    known: Kept
    in_life: Kept
    replaced: Kept
    follows: Kept
    covered: Kept
    comes: Kept | None = None

    @cached_property
    def in_order(self) -> Ints:
        """The scenarios, by demand ascending."""
        order: Ints = np.lexsort((self.in_life, self.in_cover))
        return order

    def after(self, usable: float) -> "LaterOrders":
        """Once so much has been bought."""
        less = np.float32(usable) if self.comes is None else np.float32(usable) * self.comes
        return replace(
            self,
            comes=None,
            in_cover=np.maximum(self.in_cover - less, 0),
            known=np.maximum(self.known - less, 0),
            in_life=np.maximum(self.in_life - less, 0),
        )

    def expiring_with(self, units: Floats) -> Floats:
        """How many later deliveries are expected to have some left that expires, where the last of so many units
        (ascending) expires, if these are what is best to buy."""
        with_it = np.zeros(len(self.in_life), np.float32)
        beyond = with_it
        for replaced, follows in zip(self.replaced, self.follows, strict=True):
            beyond = beyond + follows - replaced
            with_it = with_it + (beyond <= 0)
            beyond = np.maximum(beyond, 0)
        met_at, weight = self.in_life, np.ones_like(with_it)
        if self.comes is not None:
            weight = self.comes
            met_at = np.divide(self.in_life, weight, out=np.full_like(self.in_life, np.inf), where=weight > NEVER)
        order = met_at.argsort()
        below = np.searchsorted(met_at[order], units, "left")
        total = np.concatenate([[0.0], np.cumsum((with_it * weight)[order], dtype=float)])
        often = np.concatenate([[0.0], np.cumsum(weight[order], dtype=float)])
        expected: Floats = total[below] / np.maximum(often[below], NEVER)
        return expected


@dataclass(frozen=True, eq=False)
class Packs:
    """Usable units that are looked at on many curves (c): on each so many `packs` of a `size`, in as many equal
    `parts`. The unit in the middle of a part stands for all of it."""

    size: Floats
    packs: Ints
    parts: Ints

    def below(self, rows: Ints, units: Units, weights: Units) -> Floats:
        """What those weigh that lie below each part (c x parts): each lies at so many `units` of the curve in a row."""
        size, parts, last = (each.astype(np.float32)[rows] for each in (self.size, self.parts, self.packs * self.parts))
        part = np.clip(units * parts / size + np.float32(0.5), 0, last).astype(np.intp)
        columns = int((self.packs * self.parts).max()) + 1
        lying = np.bincount((rows * columns + part).ravel(), weights.ravel(), len(self.size) * columns)
        below: Floats = lying.reshape(-1, columns)[:, :-1].cumsum(axis=1)
        return below

    def between(self, low: Units, high: Units, weights: Units) -> Floats:
        """What those (c x s) weigh that have each part (c x parts) between their `low` and `high`."""
        end = (self.size * self.packs)[:, None]
        rows, at = np.nonzero(np.maximum(low, 0) < np.minimum(high, end))
        weights = weights[rows, at]
        return self.below(rows, low[rows, at], weights) - self.below(rows, high[rows, at], weights)

    def mean(self, by_part: Floats) -> Floats:
        """By pack, the mean of its parts (c x parts); beyond the packs of a curve, anything."""
        until = np.concatenate([np.zeros((len(by_part), 1)), by_part.cumsum(axis=1)], axis=1)
        ends = np.minimum(np.arange(self.packs.max() + 1) * self.parts[:, None], by_part.shape[1])
        by_pack: Floats = np.diff(np.take_along_axis(until, ends, axis=1), axis=1) / self.parts[:, None]
        return by_pack


def chances(orders: Sequence[LaterOrders], level: Floats, packs: Packs) -> tuple[Floats, Floats]:
    """Of a unit in each pack (c x packs), what it sells for in shares of its margin, and what it loses by expiring in
    shares of its price, on many curves (c) of as many later orders and scenarios. More packs are bought up to the first
    above `level` (c)."""
    many = _Many.of(orders)
    if all(one.comes is None for one in orders):
        return _chances(many, level[:, None], packs)
    # each pack of uneven lots leaves a level of its own to the next in every scenario, so it is as a curve of its own
    curve = np.repeat(np.arange(len(orders)), packs.packs)
    pack = np.arange(len(curve)) - np.repeat(np.cumsum(packs.packs) - packs.packs, packs.packs)
    each = many.of_curves(curve)
    came = (packs.size[curve] * pack).astype(np.float32)[:, None] * each.comes
    single = Packs(packs.size[curve], np.ones_like(curve), packs.parts[curve])
    found = _chances(each.after(came), level[curve, None] - came, single)
    by_pack = np.zeros((2, len(orders), packs.packs.max()))
    by_pack[:, curve, pack] = [of_single[:, 0] for of_single in found]
    return by_pack[0], by_pack[1]


@dataclass(frozen=True, eq=False)
class _Many:
    """The later orders of curves (c): as `LaterOrders` in c x s, n x c x s and m x c x s."""

    in_cover: Kept
    known: Kept
    in_life: Kept
    comes: Kept
    replaced: Kept
    follows: Kept
    covered: Kept

    @classmethod
    def of(cls, orders: Sequence[LaterOrders]) -> "_Many":
        """The orders of one curve beside those of the next."""
        return cls(
            in_cover=np.stack([one.in_cover for one in orders]),
            known=np.stack([one.known for one in orders]),
            in_life=np.stack([one.in_life for one in orders]),
            comes=np.stack([np.ones_like(one.in_cover) if one.comes is None else one.comes for one in orders]),
            replaced=np.stack([one.replaced for one in orders], axis=1),
            follows=np.stack([one.follows for one in orders], axis=1),
            covered=np.stack([one.covered for one in orders], axis=1),
        )

    def of_curves(self, curves: Ints) -> "_Many":
        """These curves, some of them more than once."""
        return _Many(
            *(known[curves] for known in (self.in_cover, self.known, self.in_life, self.comes)),
            *(orders[:, curves] for orders in (self.replaced, self.follows, self.covered)),
        )

    def after(self, came: Kept) -> "_Many":
        """What is unmet once so much has come (c x s): below 0 where it is too much."""
        return replace(self, in_cover=self.in_cover - came, known=self.known - came, in_life=self.in_life - came)


def _chances(many: _Many, level: Floats, packs: Packs) -> tuple[Floats, Floats]:
    """As `chances`, if the first unit finds `level` (c x 1 or c x s)."""
    comes, rows = many.comes, np.arange(len(level))[:, None]
    usable = 1 / np.maximum(comes, np.float32(NEVER))  # units that bring one
    in_cover, known, in_life = (unmet * usable for unmet in (many.in_cover, many.known, many.in_life))
    sells = comes.sum(axis=1, dtype=float)[:, None] - packs.below(rows, in_cover, comes)
    expires = packs.below(rows, in_life, comes)
    short_too, expires_too = np.zeros_like(sells), np.zeros_like(sells)
    brought = tuple(_brought(many.replaced, level.astype(np.float32), packs.size.astype(np.float32)[:, None]))
    for above in _sold_out(brought, many.covered):
        short_too += packs.between(np.maximum(above * usable, known), in_cover, comes)
    for up_to in _expiring(brought, many.follows):
        expires_too += packs.between(in_life, up_to * usable, comes)
    sells_for, loses = (
        packs.mean(often / comes.shape[1] / (1 + follows / np.maximum(often, NEVER)))
        for often, follows in ((sells, short_too), (expires, expires_too))
    )
    return sells_for, loses


def _brought(replaced: Kept, level: Kept, size: Kept) -> Iterator[Kept]:
    """By later order, what those up to it bring (c x s) if nothing is saved; below 0, which is as good as 0 where it is
    asked for, as long as nothing is ordered."""
    short = level
    for of_order in replaced:
        short = short + of_order
        yield (np.floor(short / size) + 1) * size


def _sold_out(brought: Sequence[Kept], covered: Kept) -> Iterator[Kept]:
    """By later order that cannot know of the covered days, above how many units saved (c x s) its delivery sells out.

    It does where more is wanted of it than came and was left by those before: than is brought and not saved since any
    of them sold out."""
    wanted = np.zeros_like(brought[0])
    before = [(wanted, wanted)]
    for of_order, of_days in zip(brought, covered, strict=False):
        wanted = wanted + of_days
        left = of_order - wanted
        above = np.full_like(left, -np.inf)
        for left_then, wanted_then in before:
            above = np.where(left_then <= left, left + wanted_then, above)
        before.append((left, wanted))
        yield np.where(of_days > 0, above, np.float32(np.inf))


def _expiring(brought: Sequence[Kept], follows: Kept) -> Iterator[Kept]:
    """By later order, up to how many units saved (c x s) some of its delivery expires.

    It does where more is left of all that was brought than ever before: what was left then has expired already."""
    most = wanted = np.zeros_like(brought[0])
    for of_order, of_days in zip(brought, follows, strict=True):
        wanted = wanted + of_days
        left = of_order - wanted
        yield np.where(left >= most, left, np.float32(-np.inf))
        most = np.maximum(most, left)
