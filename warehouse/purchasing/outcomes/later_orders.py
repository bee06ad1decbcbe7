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

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.curves import in_each_row

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Kept = NDArray[np.float32]
Units = Floats | Kept
Shares = TypeVar("Shares", NDArray[np.float64], NDArray[np.float32])

NEVER = 1e-9  # a chance below it


@dataclass(frozen=True, eq=False)
class LaterOrders:
    """Of one need, by scenario (s) and later order (n, those placed within the delivery's life), the product's unit.

    in_cover  s: demand unmet in the covered days, `known` of it by the time of the next order
    in_life   s: demand unmet over the delivery's whole life
    if_next_fail  r x s: demand unmet in the covered days and those of as many next deliveries (None: they can't fail)
    may_sell  s: demand that this delivery can meet before another one has come (None: that of the covered days)
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
    if_next_fail: Kept | None = None
    may_sell: Kept | None = None

    @cached_property
    def in_order(self) -> Ints:
        """The scenarios, by demand ascending."""
        order: Ints = np.lexsort((self.in_life, self.in_cover))
        return order

    def after(self, usable: float) -> "LaterOrders":
        """Once so much has been bought."""
        less = np.float32(usable) if self.comes is None else np.float32(usable) * self.comes
        longer = None if self.if_next_fail is None else np.maximum(self.if_next_fail - less, 0)
        return replace(
            self,
            comes=None,
            if_next_fail=longer,
            may_sell=None,
            in_cover=np.maximum(self.in_cover - less, 0),
            known=np.maximum(self.known - less, 0),
            in_life=np.maximum(self.in_life - less, 0),
        )


def met_at(demand: Shares, comes: Shares) -> Shares:
    """At how many usable units a demand is met of which each so much `comes`; inf: never."""
    found: Shares = np.divide(demand, comes, out=np.full_like(demand, np.inf), where=comes > NEVER)
    return found


def expiring_with(orders: Sequence[LaterOrders]) -> tuple[Floats, Floats, Floats]:
    """On many curves (c x s), at how many units the demand of the whole life is met, how much comes of each, and how
    many later deliveries are expected to have some left that expires, where the last of what is best to buy expires."""
    many = _Many.of(orders)
    with_it = np.zeros_like(many.in_life)
    beyond = with_it
    for replaced, follows in zip(many.replaced, many.follows, strict=True):
        beyond = beyond + follows - replaced
        with_it = with_it + (beyond <= 0)
        beyond = np.maximum(beyond, 0)
    met, comes, often = (
        each[many.row].astype(float) for each in (met_at(many.in_life, many.comes), many.comes, with_it)
    )
    return met, comes, often


@dataclass(frozen=True, eq=False)
class Packs:
    """Usable units that are looked at on many curves (c): on each so many `packs` of a `size`, in as many equal
    `parts`. The unit in the middle of a part stands for all of it."""

    size: Floats
    packs: Ints
    parts: Ints

    def below(self, curve: Ints, units: Units, weights: Units) -> Floats:
        """What those weigh that lie below each part (c x parts): each lies at so many `units` of a curve. The curves
        may be one for each, or for each row of them."""
        size, parts, last = (
            each.astype(np.float32)[curve] for each in (self.size, self.parts, self.packs * self.parts)
        )
        part = np.minimum(np.maximum(units * parts / size + np.float32(0.5), 0), last).astype(np.intp)
        columns = int((self.packs * self.parts).max()) + 1
        lying = np.bincount((curve * columns + part).ravel(), weights.ravel(), len(self.size) * columns)
        below: Floats = lying.reshape(-1, columns)[:, :-1].cumsum(axis=1)
        return below

    @property
    def nothing(self) -> Floats:
        """c x parts."""
        return np.zeros((len(self.size), int((self.packs * self.parts).max())))

    def mean(self, by_part: Floats) -> Floats:
        """By pack, the mean of its parts (c x parts); beyond the packs of a curve, anything."""
        until = np.concatenate([np.zeros((len(by_part), 1)), by_part.cumsum(axis=1)], axis=1)
        ends = np.minimum(np.arange(self.packs.max() + 1) * self.parts[:, None], by_part.shape[1])
        by_pack: Floats = np.diff(in_each_row(until, ends), axis=1) / self.parts[:, None]
        return by_pack


def chances(orders: Sequence[LaterOrders], level: Floats, packs: Packs) -> tuple[Floats, Floats]:
    """Of a unit in each pack (c x packs), what it sells for in shares of its margin, and what it loses by expiring in
    shares of its price, on many curves (c) of as many later orders and scenarios. More packs are bought up to the first
    above `level` (c)."""
    many = _Many.of(orders)
    comes, curve = many.comes[many.row], np.arange(len(orders))[:, None]
    usable = 1 / np.maximum(comes, np.float32(NEVER))
    unsold, expires = (packs.below(curve, demand[many.row] * usable, comes) for demand in (many.may_sell, many.in_life))
    sells = comes.sum(axis=1, dtype=float)[:, None] - unsold
    stretches = _Stretches.of(packs, many, in_packs=any(one.comes is not None for one in orders))
    short_too, expires_too = (found(many, level, stretches) for found in (_short_too, _expires_too))
    sells_for, loses = (
        packs.mean(often / comes.shape[1] / (1 + follows / np.maximum(often, NEVER)))
        for often, follows in ((sells, short_too), (expires, expires_too))
    )
    return sells_for, loses


@dataclass(frozen=True, eq=False)
class _Many:
    """The later orders of curves (c), each once (l): as `LaterOrders` in l x s, n x l x s and m x l x s; by curve the
    `row` of its own."""

    row: Ints
    in_cover: Kept
    may_sell: Kept
    known: Kept
    in_life: Kept
    comes: Kept
    replaced: Kept
    follows: Kept
    covered: Kept

    @classmethod
    def of(cls, orders: Sequence[LaterOrders]) -> "_Many":
        """By curve."""
        number = {one: at for at, one in enumerate(dict.fromkeys(orders))}
        row = np.array([number[one] for one in orders])
        orders = list(number)
        return cls(
            row=row,
            in_cover=np.stack([one.in_cover for one in orders]),
            may_sell=np.stack([one.in_cover if one.may_sell is None else one.may_sell for one in orders]),
            known=np.stack([one.known for one in orders]),
            in_life=np.stack([one.in_life for one in orders]),
            comes=np.stack([np.ones_like(one.in_cover) if one.comes is None else one.comes for one in orders]),
            replaced=np.stack([one.replaced for one in orders], axis=1),
            follows=np.stack([one.follows for one in orders], axis=1),
            covered=np.stack([one.covered for one in orders], axis=1),
        )


@dataclass(frozen=True, eq=False)
class _Stretches:
    """Stretches of units on curves (c x k) on which later orders find the same level: all that is looked at, or of
    uneven lots each pack, since it leaves another level in every scenario. `came` and `will`: what has come in a
    scenario (c x k x s) before the `first` unit, and will have with the `last`."""

    packs: Packs
    many: _Many
    first: Kept
    last: Kept
    came: Kept
    will: Kept

    @classmethod
    def of(cls, packs: Packs, many: _Many, *, in_packs: bool) -> "_Stretches":
        """All that is looked at."""
        number = np.arange(packs.packs.max() if in_packs else 1)
        until = number + 1 if in_packs else packs.packs[:, None]
        there = np.where(number < packs.packs[:, None], until, 0)  # none beyond the packs of a curve
        first, last = ((packs.size[:, None] * each).astype(np.float32) for each in (number, there))
        comes = many.comes[many.row][:, None]
        return cls(packs, many, first, last, first[:, :, None] * comes, last[:, :, None] * comes)

    def only(self, concerned: NDArray[np.bool_]) -> "_Concerned":
        """The stretches in the scenarios (c x k x s) that are concerned."""
        at = np.flatnonzero(concerned)
        stretch, scenario = np.divmod(at, concerned.shape[2])
        curve = stretch // concerned.shape[1]
        in_many = self.many.row[curve] * concerned.shape[2] + scenario
        first, last = self.first.ravel()[stretch], self.last.ravel()[stretch]
        comes = self.many.comes.ravel()[in_many]
        return _Concerned(self.packs, curve, in_many, first, last, self.came.ravel()[at], comes)


@dataclass(frozen=True, eq=False)
class _Concerned:
    """Stretches of units, each in one scenario (v): of which `curve`, where in arrays of l x s, from and up to which
    unit, what came before, and of each unit."""

    packs: Packs
    curve: Ints
    in_many: Ints
    first: Kept
    last: Kept
    came: Kept
    comes: Kept

    def of(self, values: Kept) -> Kept:
        """v: of values by later orders and scenario (l x s), those of each."""
        found: Kept = values.ravel()[self.in_many]
        return found

    def brought(self, replaced: Kept, level: Floats) -> Iterator[Kept]:
        """By later order, what those up to it bring (v) if nothing is saved; below 0, which is as good as 0 where it is
        asked for, as long as nothing is ordered."""
        size = self.packs.size.astype(np.float32)[self.curve]
        short = level.astype(np.float32)[self.curve] - self.came
        for of_order in replaced:
            short = short + self.of(of_order)
            yield (np.floor(short / size) + 1) * size

    def between(self, low: Units, high: Units) -> Floats:
        """How often each part (c x parts) lies where more than `low`, and no more than `high` (v), has come since the
        first unit."""
        at = np.flatnonzero(np.maximum(low, 0) < np.minimum(high, (self.last - self.first) * self.comes))
        curve, first, last, comes = self.curve[at], self.first[at], self.last[at], self.comes[at]
        below_low, below_high = (
            self.packs.below(curve, np.minimum(np.maximum(first + come[at] / comes, first), last), comes)
            for come in (low, high)
        )
        return below_low - below_high


def _short_too(many: _Many, level: Floats, stretches: _Stretches) -> Floats:
    """By part, how many deliveries that cannot know of it sell out where its unit sells too late for the next order."""
    known, in_cover = many.known[many.row][:, None], many.in_cover[many.row][:, None]
    late = stretches.only((known < np.minimum(in_cover, stretches.will)) & (in_cover > stretches.came))
    known, in_cover = (late.of(demand) - late.came for demand in (many.known, many.in_cover))
    found = stretches.packs.nothing
    for above in _sold_out(late.brought(many.replaced, level), [late.of(days) for days in many.covered]):
        found += late.between(np.maximum(above, known), in_cover)
    return found


def _expires_too(many: _Many, level: Floats, stretches: _Stretches) -> Floats:
    """By part, of how many later deliveries some expires where its unit does, and has saved another."""
    wasted = stretches.only(many.in_life[many.row][:, None] < stretches.will)
    in_life = wasted.of(many.in_life) - wasted.came
    found = stretches.packs.nothing
    for up_to in _expiring(wasted.brought(many.replaced, level), [wasted.of(days) for days in many.follows]):
        found += wasted.between(in_life, up_to)
    return found


def _sold_out(brought: Iterable[Kept], covered: Iterable[Kept]) -> Iterator[Kept]:
    """By later order that cannot know of the covered days, above how many units saved (v) its delivery sells out.

    It does where more is wanted of it than came and was left by those before: than is brought and not saved since any
    of them sold out."""
    wanted = np.zeros(1, np.float32)
    before = [(wanted, wanted)]
    for of_days, of_order in zip(covered, brought, strict=False):
        wanted = wanted + of_days
        left = of_order - wanted
        above = np.full_like(left, -np.inf)
        for left_then, wanted_then in before:
            above = np.where(left_then <= left, left + wanted_then, above)
        before.append((left, wanted))
        yield np.where(of_days > 0, above, np.float32(np.inf))


def _expiring(brought: Iterable[Kept], follows: Iterable[Kept]) -> Iterator[Kept]:
    """By later order, up to how many units saved (v) some of its delivery expires.

    It does where more is left of all that was brought than ever before: what was left then has expired already."""
    most = wanted = np.zeros(1, np.float32)
    for of_order, of_days in zip(brought, follows, strict=True):
        wanted = wanted + of_days
        left = of_order - wanted
        yield np.where(left >= most, left, np.float32(-np.inf))
        most = np.maximum(most, left)
