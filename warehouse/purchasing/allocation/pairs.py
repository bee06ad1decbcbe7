"""The best way to meet each need from two options: every number of packs of the one, with the best of the other."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.allocation.tables import Floats, Ints, Tables
from warehouse.purchasing.allocation.ways import Prices, Ways, best_packs, most_at, ways_of

MOST_TRIED: Final = 48  # packs of the option with fewer of the two; of more, some at even distances


@dataclass(frozen=True, eq=False)
class Pairs:
    """Two tiers, of different options, of the same need; the first takes fewer packs."""

    first: Ints
    second: Ints

    def those(self, which: NDArray[np.bool_]) -> "Pairs":
        """Some of them."""
        return Pairs(self.first[which], self.second[which])


def pairs_of(tables: Tables) -> Pairs:
    """Every two tiers that a need can be met from together."""
    starts = np.searchsorted(tables.need, np.arange(tables.needs + 1))
    sizes = np.diff(starts)
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        tiers = starts[:-1][sizes == size][:, None] + np.arange(size)
        one, other = np.triu_indices(size, 1)
        firsts.append(tiers[:, one].ravel())
        seconds.append(tiers[:, other].ravel())
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    apart = tables.option[first] != tables.option[second]
    first, second = first[apart], second[apart]
    swap = tables.most[first] - tables.least[first] > tables.most[second] - tables.least[second]
    return Pairs(np.where(swap, second, first), np.where(swap, first, second))


def at_most(tables: Tables, prices: Prices, pairs: Pairs) -> Floats:
    """What no way with both tiers of a pair can exceed: all units at the lower cost, and on top what the least packs of
    the dearer one cost more."""
    one, other = pairs.first, pairs.second
    cost_one, cost_other = (prices.pack[tier] / tables.usable[tier] for tier in (one, other))
    dearer = np.where(cost_one > cost_other, one, other)
    on_top = np.abs(cost_one - cost_other) * tables.least[dearer] * tables.usable[dearer]
    at_lower = most_at(tables, tables.need[one], np.minimum(cost_one, cost_other))
    return at_lower - on_top - prices.pick[one] - prices.pick[other]


def best_pairs(tables: Tables, prices: Prices, pairs: Pairs) -> tuple[Ways, Floats]:
    """Of each need the best way with two of these tiers, and what it earns at these prices."""
    span = tables.most[pairs.first] - tables.least[pairs.first]
    count = np.minimum(span + 1, MOST_TRIED)
    pair = np.repeat(np.arange(len(pairs.first)), count)
    tried = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    first, second = pairs.first[pair], pairs.second[pair]
    packs = tables.least[first] + tried * span[pair] // np.maximum(count[pair] - 1, 1)
    need, units = tables.need[first], packs * tables.usable[first]
    more, earned = best_packs(tables, prices, second, units)
    earned = earned + tables.gain(need, units) - packs * prices.pack[first] - prices.pick[first]
    order = np.lexsort((-earned, need))
    best = order[np.flatnonzero(np.diff(need[order], prepend=-1))]
    return ways_of(tables, need[best], [(first[best], packs[best]), (second[best], more[best])]), earned[best]
