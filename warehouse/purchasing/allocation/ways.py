"""Ways to meet a need: so many packs of one option, or of several, each with what it is expected to earn.

What is bought of a need is one of its ways, so packs, minimums and price tiers hold inside a way and need no further
rows. There are too many to list; at given prices on the rows the best ones are found by arrays (column generation,
Dantzig and Wolfe 1960).
"""

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.allocation.tables import Floats, Ints, Tables


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways by need, and their parts: `packs` of a `tier` in a `way`. `earns` is worth less the price of the goods."""

    need: Ints
    earns: Floats
    way: Ints
    tier: Ints
    packs: Ints

    def __len__(self) -> int:
        return len(self.need)

    def with_those_of(self, more: "Ways") -> "Ways":
        """These and then the others."""
        return Ways(
            np.concatenate([self.need, more.need]),
            np.concatenate([self.earns, more.earns]),
            np.concatenate([self.way, more.way + len(self.need)]),
            np.concatenate([self.tier, more.tier]),
            np.concatenate([self.packs, more.packs]),
        )

    def chosen(self, which: NDArray[np.bool_]) -> "Ways":
        """Those of them."""
        number = np.cumsum(which) - 1
        parts = which[self.way]
        return Ways(self.need[which], self.earns[which], number[self.way[parts]], self.tier[parts], self.packs[parts])


_NONE = np.zeros(0, np.int64)
NO_WAYS = Ways(_NONE, np.zeros(0), _NONE, _NONE, _NONE)


@dataclass(frozen=True, eq=False)
class Prices:
    """What a pack of each tier costs, and picking it at all, when rows have their prices too."""

    pack: Floats
    pick: Floats


def ways_of(tables: Tables, need: Ints, parts: list[tuple[Ints, Ints]]) -> Ways:
    """Ways that each have as many parts as there are in the list: (tiers, packs) over all ways."""
    units = sum((tables.usable[tier] * packs for tier, packs in parts), np.zeros(len(need)))
    money = sum((tables.pack_price[tier] * packs for tier, packs in parts), np.zeros(len(need)))
    numbers = np.arange(len(need))
    return Ways(
        need,
        tables.gain(need, units) - money,
        np.concatenate([numbers] * len(parts)),
        np.concatenate([tier for tier, _ in parts]),
        np.concatenate([packs for _, packs in parts]),
    )


def best_packs(tables: Tables, prices: Prices, tier: Ints, already: Floats) -> tuple[Ints, Floats]:
    """Of each tier the packs that earn most at these prices where so many units are bought already, and what they
    then earn in addition to them."""
    need, usable = tables.need[tier], tables.usable[tier]
    wanted = tables.worths.best(need, prices.pack[tier] / usable) - tables.base[need] - already
    least, most = tables.least[tier], tables.most[tier]
    below = np.clip(np.floor(np.clip(wanted / usable, -1.0, 1e9)), least, most).astype(np.int64)
    above = np.clip(below + 1, least, most)
    there = tables.gain(need, already)
    earned = [
        tables.gain(need, already + packs * usable) - there - packs * prices.pack[tier] - prices.pick[tier]
        for packs in (below, above)
    ]
    return np.where(earned[0] >= earned[1], below, above), np.maximum(*earned)


def best_of_each(need: Ints, value: Floats, needs: int) -> Floats:
    """The highest value by need; 0 where none is above it."""
    best = np.zeros(needs)
    np.maximum.at(best, need, value)
    return best


def at_most_with_three(tables: Tables, prices: Prices) -> Floats:
    """What no way of a need with three options or more can exceed, were packs divisible.

    The lower of two: all units at the lowest cost, and on top what the least packs of the three options that add least
    to it cost more; or each option at its lowest cost, but only up to the most packs of it."""
    by_need = _options_by_cost(tables, prices)
    several = np.flatnonzero(np.isfinite(by_need[0]).sum(axis=1) >= 3)
    cost, room, on_top, pick = (of_all[several] for of_all in by_need)
    at_lowest = most_at(tables, several, cost[:, 0]) - np.sort(on_top, axis=1)[:, :3].sum(axis=1)
    bought, spent = np.zeros(len(several)), np.sort(pick, axis=1)[:, :3].sum(axis=1)
    for rank in range(cost.shape[1]):
        there = np.flatnonzero(np.isfinite(cost[:, rank]))
        wanted = tables.worths.best(several[there], cost[there, rank]) - tables.base[several[there]] - bought[there]
        taken = np.clip(wanted, 0.0, room[there, rank])
        bought[there] += taken
        spent[there] += taken * cost[there, rank]
    bound = np.full(tables.needs, -np.inf)
    bound[several] = np.minimum(at_lowest, tables.gain(several, bought) - spent)
    return bound


def most_at(tables: Tables, need: Ints, unit_cost: Floats) -> Floats:
    """What a need earns at most if any number of units cost that much each."""
    units = np.maximum(tables.worths.best(need, unit_cost) - tables.base[need], 0.0)
    finite = np.where(np.isfinite(units), units, 0.0)
    most: Floats = np.where(np.isfinite(units), tables.gain(need, finite) - unit_cost * finite, np.inf)
    return most


def _options_by_cost(tables: Tables, prices: Prices) -> tuple[Floats, Floats, Floats, Floats]:
    """Needs x options, the cheapest first, infinite for none: what a usable unit costs in the option's cheapest tier,
    the units that it has at most, what its least packs cost beyond the need's cheapest, and the price of picking it."""
    options, first = np.unique(tables.option, return_index=True)
    number = np.searchsorted(options, tables.option)
    need = tables.need[first]
    cost, on_top, pick = (np.full(len(options), np.inf) for _ in range(3))
    room, lowest = np.zeros(len(options)), np.full(tables.needs, np.inf)
    unit_cost = prices.pack / tables.usable
    np.minimum.at(lowest, tables.need, unit_cost)
    least = (unit_cost - lowest[tables.need]) * tables.least * tables.usable + prices.pick
    np.minimum.at(cost, number, unit_cost)
    np.minimum.at(on_top, number, least)
    np.minimum.at(pick, number, prices.pick)
    np.maximum.at(room, number, tables.most * tables.usable)
    order = np.lexsort((cost, need))
    starts = np.searchsorted(need[order], np.arange(tables.needs))
    rank = np.arange(len(order)) - starts[need[order]]
    width = int(rank.max(initial=0)) + 1
    found = []
    for values in (cost, room, on_top, pick):
        by_need = np.full((tables.needs, width), np.inf)
        by_need[need[order], rank] = values[order]
        found.append(by_need)
    return found[0], found[1], found[2], found[3]


def every_way(tables: Tables, most: int) -> Ways | None:
    """All ways of all needs, or None where there are more than `most`."""
    of_need: list[list[list[tuple[int, int]]]] = [[] for _ in range(tables.needs)]
    for option in np.unique(tables.option):
        tiers = np.flatnonzero(tables.option == option)
        of_need[int(tables.need[tiers[0]])].append(
            [
                (int(tier), packs)
                for tier in tiers
                for packs in range(int(tables.least[tier]), int(tables.most[tier]) + 1)
            ]
        )
    sizes = [math.prod(len(parts) + 1 for parts in options) for options in of_need]
    if sum(sizes) > most:
        return None
    found: dict[int, list[tuple[int, tuple[tuple[int, int], ...]]]] = defaultdict(list)
    for need, options in enumerate(of_need):
        for mixed in itertools.product(*([None, *parts] for parts in options)):
            way = tuple(part for part in mixed if part is not None)
            if way:
                found[len(way)].append((need, way))
    ways = NO_WAYS
    for parts_each, listed in sorted(found.items()):
        need_ = np.array([need for need, _ in listed], np.int64)
        columns = [
            (
                np.array([way[at][0] for _, way in listed], np.int64),
                np.array([way[at][1] for _, way in listed], np.int64),
            )
            for at in range(parts_each)
        ]
        ways = ways.with_those_of(ways_of(tables, need_, columns))
    return ways
