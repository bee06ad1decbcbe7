"""What later orders make of a unit bought now: whether the unit that it saves there would sell, or expire, too.

A unit more now is a unit less in a later order. If it sells before that order could know, the next delivery is one
short; where that one sells out too, the sale was only brought forward. If it expires, the unit that it saved is what is
lost; where that one would have expired as well, nothing is. With N such later deliveries expected, a sale earns
1 / (1 + N) of the margin and what expires loses 1 / (1 + N) of the price: the optimum's first-order conditions, held to
dynamic programming by `make bench-optimum`. Later orders are taken to be in whole packs and to bring stock up to where
one more would not pay, so each replaces what was sold and what expired since the one before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kept = NDArray[np.float32]

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

    def chances(self, units: Floats, before: Floats, level: float, pack: float) -> tuple[Floats, Floats]:
        """What a unit sells for in shares of its margin, and loses by expiring in shares of its price, for the last of
        each of so many `units`. It belongs to a pack, `before` which so many units are bought already; more packs are
        bought up to the first above `level`."""
        last = self._coming(units)
        sells, expires = self.in_cover >= last, self.in_life < last
        too_late = sells & (self.known < last)
        short_too, expire_too = np.zeros(sells.shape, np.float32), np.zeros(sells.shape, np.float32)
        left, beyond = np.zeros_like(short_too), np.zeros_like(short_too)
        for at, (order, saved) in enumerate(self._orders(units, before, level, pack)):
            beyond = beyond + self.follows[at] - order
            expire_too += (beyond <= 0) & saved
            beyond = np.maximum(beyond, 0)
            if at < len(self.covered):
                left = left + order - self.covered[at]
                short_too += left < 0
                left = np.maximum(left, 0)
        comes = np.ones(sells.shape[1], np.float32) if self.comes is None else self.comes
        return _share_of(sells * comes, short_too * too_late), _share_of(expires * comes, expire_too)

    def _coming(self, units: Floats) -> Kept:
        """Of so many usable units, those that come (units x s)."""
        expected = units[:, None].astype(np.float32)
        return expected if self.comes is None else expected * self.comes

    def _orders(
        self, units: Floats, before: Floats, level: float, pack: float
    ) -> Iterator[tuple[Kept, NDArray[np.bool_]]]:
        """Of each later order what is bought (units x s) less what the units save of it, and whether they have."""
        shape = len(units), self.replaced.shape[1]
        short = np.broadcast_to(np.float32(level) - self._coming(before), shape)
        to_save = np.broadcast_to(self._coming(units - before), shape)
        for replaced in self.replaced:
            short = short + replaced
            order = np.where(short >= 0, np.float32(pack) * (np.floor(short / np.float32(pack)) + 1), np.float32(0))
            short = short - order
            saved = np.minimum(order, to_save)
            to_save = to_save - saved
            yield order - saved, to_save <= 0


def _share_of(happens: Kept, follows: Kept) -> Floats:
    """The chance (units) of what happens to so much of a unit (units x s), over 1 + how often the same `follows` on
    it."""
    often = happens.sum(axis=1)
    share: Floats = often / happens.shape[1] / (1 + (happens * follows).sum(axis=1) / np.maximum(often, NEVER))
    return share
