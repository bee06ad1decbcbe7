"""What no way of a need with three options or more can exceed, by dynamic programming over usable units (a knapsack).

Units are counted in steps and rounded up pack by pack, so the table says too much by up to a step for each option, and
never too little.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from warehouse.purchasing.allocation.tables import Floats, Ints, Tables
from warehouse.purchasing.allocation.ways import Prices

GRID: Final = 6_000
AT_LEAST: Final = 3  # options; ways with fewer are known exactly
MOST_TRIED: Final = 48  # packs of a tier; of more, some together: the units of the most at the cost of the fewest


def most_with_three(tables: Tables, prices: Prices, need: int, tiers: Ints) -> float:
    """The bound for the need that these tiers belong to."""
    this, base = np.array([need]), float(tables.base[need])
    lowest = float((prices.pack[tiers] / tables.usable[tiers]).min())
    wanted = float(tables.worths.best(this, np.array([lowest]))[0]) - base
    room = float((tables.most[tiers] * tables.usable[tiers]).sum())
    highest = min(max(wanted, 0.0) + float((tables.least[tiers] * tables.usable[tiers]).max()), room)
    step = highest / GRID
    cost = np.full((AT_LEAST + 1, GRID + 1), np.inf)  # by the number of options so far, and units
    cost[0, 0] = 0.0
    options = np.unique(tables.option[tiers])
    for option in options:
        cost = _with_option(tables, prices, tiers[tables.option[tiers] == option], cost, step)
    return float((_worth_at_most(tables, need, step, len(options)) - cost[AT_LEAST]).max())


def _with_option(tables: Tables, prices: Prices, tiers: Ints, cost: Floats, step: float) -> Floats:
    """The lowest cost of each number of options and units when this option may be added."""
    before = np.vstack([cost[:-2], np.minimum(cost[-2], cost[-1])])  # one more than three are three
    cheapest = cost.copy()
    for tier in tiers.tolist():
        pack_cost, usable = float(prices.pack[tier]), float(tables.usable[tier])
        for fewest, most in _together(int(tables.least[tier]), int(tables.most[tier])):
            steps = min(int(np.ceil(most * usable / step - 1e-9)), GRID)
            added = min(fewest * pack_cost, most * pack_cost) + float(prices.pick[tier])
            after = cheapest[1:]
            np.minimum(after[:, steps:], before[:, : GRID + 1 - steps] + added, out=after[:, steps:])
            # the last step holds all that is more
            after[:, GRID] = np.minimum(after[:, GRID], before[:, GRID - steps :].min(axis=1) + added)
    return cheapest


def _together(least: int, most: int) -> list[tuple[int, int]]:
    """Numbers of packs, in groups (fewest, most) of which there are no more than MOST_TRIED."""
    edges = np.unique(np.linspace(least - 1, most, min(most - least + 1, MOST_TRIED) + 1).round().astype(int))
    return [(int(low) + 1, int(high)) for low, high in pairwise(edges)]


def _worth_at_most(tables: Tables, need: int, step: float, options: int) -> Floats:
    """What units rounded up to each step are worth at most: the best of what may have been rounded up to it."""
    steps = np.arange(GRID + 1)
    peak = float(tables.worths.best(np.array([need]), np.zeros(1))[0]) - float(tables.base[need])
    low, high = np.maximum(steps - options, 0) * step, steps * step
    high[-1] = max(high[-1], min(peak, float(tables.worths.units[need, 0]) + 1e12))
    return tables.gain(np.full(GRID + 1, need), np.clip(peak, low, high))
