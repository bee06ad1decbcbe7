"""Chooses what is bought for all needs together, and certifies how far that may be from the best.

Prices on the rows make every need's best ways known; a linear model mixes those found, which makes new prices, until
no way is left that would improve the mixture. Its value, with what ways never listed could add at most, is the bound.
Whole ways are then chosen among those found, and improved pack by pack.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from warehouse.purchasing.allocation.extending import earned_at, extended
from warehouse.purchasing.allocation.improve import improved
from warehouse.purchasing.allocation.master import Effort, Master
from warehouse.purchasing.allocation.mixing import most_with_three
from warehouse.purchasing.allocation.pairs import Pairs, at_most, best_pairs, pairs_of
from warehouse.purchasing.allocation.problem import Allocation, Problem
from warehouse.purchasing.allocation.rows import Rows, chosen_money, rows_of
from warehouse.purchasing.allocation.tables import Floats, Ints, Tables, tables_of
from warehouse.purchasing.allocation.ways import (
    NO_WAYS,
    Prices,
    Ways,
    at_most_with_three,
    best_of_each,
    best_packs,
    every_way,
    ways_of,
)

EVERY_WAY_UP_TO: Final = 4_000  # ways in all; fewer are listed, and the model then is exact
TOGETHER_UP_TO: Final = 1_000  # needs of warehouses under one budget
ROUNDS: Final = 30
EPSILON: Final = 1e-7  # money
REPAIRS: Final = 4
NEARLY: Final = 2e-4  # of the value: so near to the bound prices are no longer improved


# the root of the tree alone: it finds nearly all, and every node of a large plan costs as much again
USUAL_EFFORT: Final = Effort(nodes=1, gap=1e-3)
EXACT: Final = Effort(nodes=100_000, gap=1e-9)  # of small plans: hardly one needs a hundred


def allocate(problem: Problem, effort: Effort = USUAL_EFFORT) -> Allocation:
    """What to buy of each option, within all terms."""
    tables = tables_of(problem)
    rows = rows_of(problem, tables)
    if not len(tables.need):
        return _as_allocation(problem, tables, rows, Chosen(np.zeros(0, np.int64), -np.inf))
    places = np.unique([need.warehouse_id for need in problem.needs], return_inverse=True)[1]
    listed = every_way(tables, EVERY_WAY_UP_TO)
    if listed is not None:
        chosen = _of_all_ways(tables, rows, listed)
    elif len(rows.deliveries) and places.max() > 0 and not _one_budget(problem):
        chosen = _place_by_place(tables, rows, places, effort)
    else:
        chosen = _together(tables, rows, effort)
    return _as_allocation(problem, tables, rows, replace(chosen, packs=improved(tables, rows, chosen.packs)))


def _one_budget(problem: Problem) -> bool:
    """Whether it is a budget that ties the warehouses: a few rows over all, at whose price none decides by itself.
    Shares of products are many rows, with which all at once takes twenty times as long."""
    limits = problem.limits
    return limits.budget is not None and limits.most_of_product >= 1 and len(problem.needs) <= TOGETHER_UP_TO


def improved_packs(problem: Problem, packs: Sequence[int]) -> tuple[int, ...]:
    """Packs by option, improved by single packs and pairs of them alone: near to what they were."""
    tables = tables_of(problem)
    bought = improved(tables, rows_of(problem, tables), _by_tier(tables, packs))
    by_option = np.zeros(len(packs), np.int64)
    np.add.at(by_option, tables.option, bought)
    return tuple(by_option.tolist())


def holds(problem: Problem, packs: Sequence[int]) -> bool:
    """Whether so many packs of each option are within all terms."""
    tables = tables_of(problem)
    rows, bought = rows_of(problem, tables), _by_tier(tables, packs)
    within = _used(rows, tables, bought) <= rows.limit + EPSILON
    return bool(within.all()) and int(bought.sum()) == sum(packs)


def _by_tier(tables: Tables, packs: Sequence[int]) -> Ints:
    of_option = np.array(packs, np.int64)[tables.option]
    return np.where((tables.least <= of_option) & (of_option <= tables.most), of_option, 0)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Packs by tier, and what no other choice exceeds."""

    packs: Ints
    bound: float


def _of_all_ways(tables: Tables, rows: Rows, ways: Ways) -> Chosen:
    master = Master(rows, tables.needs)
    master.add(ways)
    whole = master.whole(EXACT)
    return Chosen(_packs(tables, ways, whole.taken), whole.bound)


def _together(tables: Tables, rows: Rows, effort: Effort) -> Chosen:
    master = Master(rows, tables.needs)
    found = _found(tables, rows, master, NO_WAYS)
    return Chosen(_whole(tables, rows, master, found.ways, effort), found.bound)


def _whole(tables: Tables, rows: Rows, master: Master, ways: Ways, effort: Effort) -> Ints:
    """The packs of whole ways. Those that are best at a mixture's prices may not be those that a whole choice needs, so
    its deliveries are fixed and the best ways from these alone are added to choose from, as long as that helps."""
    best = master.whole(effort)
    packs = _packs(tables, ways, best.taken)
    for _ in range(REPAIRS if len(rows.deliveries) else 0):
        master.open_only(best.opened)
        ways = _found(tables, rows, master, ways).ways
        master.open_only(None)
        again = master.whole(effort)
        if again.value <= best.value * (1 + NEARLY):
            break
        best, packs = again, _packs(tables, ways, again.taken)
    return packs


def _place_by_place(tables: Tables, rows: Rows, places: Ints, effort: Effort) -> Chosen:
    """Only capacities, budget and shares tie warehouses together. At prices for these, which are found without
    deliveries' own terms, each warehouse is a problem of its own: their bounds add up to one for all, and each in turn
    chooses from what those before it have left."""
    common = np.flatnonzero(rows.of_delivery < 0)
    every_tier, none = np.arange(len(tables.need)), np.zeros(0, np.int64)
    tying = rows.part(common, every_tier, none)
    price = _found(tables, tying, Master(tying, tables.needs), NO_WAYS).row_price
    pack_price = tables.pack_price + tying.a_pack.T @ price
    left = rows.limit[common]
    packs = np.zeros(len(tables.need), np.int64)
    bound = float(left @ price)
    delivery_place = _places_of(rows, tables, places)
    for place in range(int(places.max()) + 1):
        tiers = np.flatnonzero(places[tables.need] == place)
        deliveries = np.flatnonzero(delivery_place == place)
        own = np.flatnonzero((rows.of_delivery >= 0) & np.isin(rows.of_delivery, deliveries))
        here = tables.part(np.flatnonzero(places == place), tiers, pack_price)
        of_place = rows.part(np.concatenate([common, own]), tiers, deliveries)
        of_place = replace(of_place, delivery_cost=of_place.delivery_cost + of_place.opened[: len(common)].T @ price)
        unlimited = np.concatenate([np.full(len(common), np.inf), rows.limit[own]])
        limited = np.concatenate([np.maximum(left, 0.0), rows.limit[own]])
        master = Master(replace(of_place, limit=unlimited), here.needs)
        free = _found(here, replace(of_place, limit=unlimited), master, NO_WAYS)
        bound += free.bound
        master.limit_rows(limited)
        found = _found(here, replace(of_place, limit=limited), master, free.ways)
        packs[tiers] = _whole(here, replace(of_place, limit=limited), master, found.ways, effort)
        left = left - _used(of_place, here, packs[tiers])[: len(common)]
    return Chosen(packs, bound)


def _places_of(rows: Rows, tables: Tables, places: Ints) -> Ints:
    """The warehouse of each delivery."""
    found = np.zeros(len(rows.deliveries), np.int64)
    link = rows.picked.tocoo()
    found[rows.of_delivery[link.row]] = places[tables.need[link.col]]
    return found


def _used(rows: Rows, tables: Tables, packs: Ints) -> Floats:
    """What is used of each row."""
    picked = (packs > 0).astype(float)
    own = rows.of_delivery >= 0
    opened = np.maximum(rows.must_open, 0.0)
    busy = rows.picked @ picked
    np.maximum.at(opened, rows.of_delivery[own], np.minimum(busy[own], 1.0))
    used: Floats = rows.a_pack @ packs + busy + rows.opened @ opened
    return used


def _packs(tables: Tables, ways: Ways, taken: Floats) -> Ints:
    packs = np.zeros(len(tables.need), np.int64)
    np.add.at(packs, ways.tier, np.where(taken[ways.way] > 0.5, ways.packs, 0))
    return packs


@dataclass(frozen=True, eq=False)
class Found:
    """The ways worth choosing among, the bound, and the prices of the rows that prove it."""

    ways: Ways
    bound: float
    row_price: Floats


def _found(tables: Tables, rows: Rows, master: Master, ways: Ways) -> Found:
    """Beginning with the ways that the master has already."""
    row_price, need_price = np.zeros(len(rows.limit)), np.zeros(tables.needs)
    pairs, taken = pairs_of(tables), NO_WAYS
    for _ in range(ROUNDS):
        if len(ways):
            relaxed = master.relaxed()
            row_price, need_price = relaxed.row_price, relaxed.need_price
            taken = ways.chosen(relaxed.taken > 0)
        prices = Prices(tables.pack_price + rows.a_pack.T @ row_price, rows.picked.T @ row_price)
        found, most = best_ways(tables, prices, pairs, need_price, taken)
        if float(np.maximum(most - need_price, 0.0).sum()) <= NEARLY * float(need_price.sum()):
            break
        master.add(found)
        ways = ways.with_those_of(found)
    three = at_most_with_three(tables, prices)
    starts = np.searchsorted(tables.need, np.arange(tables.needs + 1))
    for need in np.flatnonzero(three > most + EPSILON).tolist():
        tiers = np.arange(starts[need], starts[need + 1])
        most[need] = max(most[need], min(most_with_three(tables, prices, need, tiers), three[need]))
    opened = -rows.delivery_cost - rows.opened.T @ row_price
    opened = np.where(rows.must_open > 0, opened, np.maximum(opened, 0.0))
    limited = np.isfinite(rows.limit)
    bound = float(most.sum() + rows.limit[limited] @ row_price[limited] + opened.sum())
    return Found(ways, bound, row_price)


def best_ways(tables: Tables, prices: Prices, pairs: Pairs, need_price: Floats, taken: Ways) -> tuple[Ways, Floats]:
    """The ways that earn more at these prices than those known do, and by need the most that one earns with one option
    or two; longer ones are made of those taken."""
    every = np.arange(len(tables.need))
    packs, earned = best_packs(tables, prices, every, np.zeros(len(every)))
    most = best_of_each(tables.need, earned, tables.needs)
    worth_it = np.flatnonzero(earned > need_price[tables.need] + EPSILON)
    found = ways_of(tables, tables.need[worth_it], [(worth_it, packs[worth_it])])
    promising = pairs.those(at_most(tables, prices, pairs) > most[tables.need[pairs.first]] + EPSILON)
    if len(promising.first):
        two, of_two = best_pairs(tables, prices, promising)
        most[two.need] = np.maximum(most[two.need], of_two)
        found = found.with_those_of(two.chosen(of_two > need_price[two.need] + EPSILON))
        taken = taken.with_those_of(two)
    longer = extended(tables, prices, taken)
    of_longer = earned_at(tables, prices, longer)
    np.maximum.at(most, longer.need, of_longer)
    return found.with_those_of(longer.chosen(of_longer > need_price[longer.need] + EPSILON)), most


def _as_allocation(problem: Problem, tables: Tables, rows: Rows, chosen: Chosen) -> Allocation:
    packs, bound = chosen.packs, chosen.bound
    by_option = [option.chosen_packs or 0 for option in problem.options]
    for tier in np.flatnonzero(packs):
        by_option[int(tables.option[tier])] += int(packs[tier])
    every = np.arange(tables.needs)
    units = np.zeros(tables.needs)
    np.add.at(units, tables.need, tables.usable * packs)
    deliveries = frozenset(
        (option.offer.supplier_id, problem.needs[option.need].warehouse_id, problem.needs[option.need].delivery_date)
        for option, bought in zip(problem.options, by_option, strict=True)
        if bought
    )
    cost = dict(zip(rows.deliveries, rows.delivery_cost.tolist(), strict=True))
    # the same is added to the bound as to the result
    rest = (
        float(tables.worths.at(every, tables.base).sum())
        - sum(chosen_money(option) for option in problem.options)
        - float(sum(tables.must * np.minimum([one.at_least for one in problem.needs], tables.base + units)))
    )
    gained = float(tables.gain(every, units).sum() - tables.pack_price @ packs)
    result = gained - sum(cost.get(one, 0.0) for one in deliveries)
    return Allocation(tuple(by_option), result + rest, max(bound, result) + rest, deliveries)
