"""Longer ways: those known with packs of one option more, where a farm alone has too little."""

import numpy as np

from warehouse.purchasing.allocation.tables import Floats, Ints, Tables
from warehouse.purchasing.allocation.ways import NO_WAYS, Prices, Ways, best_packs, ways_of


def extended(tables: Tables, prices: Prices, ways: Ways) -> Ways:
    """Each way with the option added that earns most in addition at these prices; without those that none improves."""
    if not len(ways):
        return NO_WAYS
    starts = np.searchsorted(tables.need, np.arange(tables.needs + 1))
    count = np.diff(starts)[ways.need]
    way = np.repeat(np.arange(len(ways)), count)
    tier = np.arange(len(way)) - np.repeat(np.cumsum(count) - count, count) + starts[ways.need[way]]
    options = int(tables.option.max()) + 1
    used = ways.way * options + tables.option[ways.tier]
    new = ~np.isin(way * options + tables.option[tier], used)
    way, tier = way[new], tier[new]
    units = np.bincount(ways.way, tables.usable[ways.tier] * ways.packs, len(ways)).astype(float)
    packs, earned = best_packs(tables, prices, tier, units[way])
    order = np.lexsort((-earned, way))
    best = order[np.flatnonzero(np.diff(way[order], prepend=-1))]
    best = best[earned[best] > 0]
    longer = NO_WAYS
    parts = np.bincount(ways.way, minlength=len(ways))
    for length in np.unique(parts[way[best]]):
        of_length = best[parts[way[best]] == length]
        columns = [*_parts(ways, way[of_length], int(length)), (tier[of_length], packs[of_length])]
        longer = longer.with_those_of(ways_of(tables, ways.need[way[of_length]], columns))
    return longer


def earned_at(tables: Tables, prices: Prices, ways: Ways) -> Floats:
    """What each way earns at these prices."""
    on_top = (prices.pack - tables.pack_price)[ways.tier] * ways.packs + prices.pick[ways.tier]
    return ways.earns - np.bincount(ways.way, on_top, len(ways))


def _parts(ways: Ways, chosen: Ints, length: int) -> list[tuple[Ints, Ints]]:
    """Of these ways, each of so many parts, the first parts, the second, ..."""
    order = np.argsort(ways.way, kind="stable")
    first = np.searchsorted(ways.way[order], chosen)
    return [(ways.tier[order[first + at]], ways.packs[order[first + at]]) for at in range(length)]
