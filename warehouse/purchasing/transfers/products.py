"""How much of each load of a product is carried, on ways that are driven anyway: pattern search, all products abreast.

So many units of a load more or less are tried, and of one load in place of another; what makes the places together lose
least is taken, and tried on from. Where no such change saves more, half as many units are tried, down to one
(docs/moves.md has how near that comes to the best of all).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from warehouse.purchasing.transfers.board import Board, Key, State
from warehouse.purchasing.transfers.carried import Carried
from warehouse.purchasing.transfers.loads import Load

Units = Mapping[Load, int]  # of the loads of a product; those that are not named are not carried

WORTH_IT: Final = 0.01  # money that each unit must save beyond what it costs
SAME: Final = 1e-6  # money


def carried_of(units: Units) -> dict[Key, Carried]:
    """What that takes from and brings to each warehouse of a product."""
    found: dict[Key, Carried] = {}
    for load, many in units.items():
        source, target = ((name, load.product_id) for name in load.way.ends)
        found[source] = found.get(source, Carried()).without(load.last_day, many)
        found[target] = found.get(target, Carried()).with_more(load.way, load.last_day, many)
    return found


def best_units(
    board: Board, loads_of: Mapping[str, Sequence[Load]], tried_before: Mapping[str, Units]
) -> dict[str, Units]:
    """By product, what is carried of its loads, searched from what was best of others of them, where that is known."""
    found = {name: _only(tried_before.get(name, {}), loads) for name, loads in loads_of.items()}
    steps = {name: max(load.most for load in loads) for name, loads in loads_of.items()}
    places = {name: _keys(loads) for name, loads in loads_of.items()}
    while steps:
        tries = {name: [found[name], *_changes(found[name], loads_of[name], step)] for name, step in steps.items()}
        board.work_out(
            state for name, of_it in tries.items() for units in of_it for state in _states(units, places[name])
        )
        for name, of_it in tries.items():
            best = max(of_it, key=lambda units: saved(board, units, places[name]))
            if saved(board, best, places[name]) > saved(board, found[name], places[name]) + SAME:
                found[name] = best
            else:
                steps[name] //= 2
        steps = {name: step for name, step in steps.items() if step}
    return found


def saved(board: Board, units: Units, places: Iterable[Key]) -> float:
    """Money that is not lost in a product's places, less what carrying its units costs, drives aside."""
    lost = sum(board.of_state(state).lost for state in _states(units, places))
    return -lost - sum(many * (load.way.cost_per_unit + WORTH_IT) for load, many in units.items())


def _keys(loads: Iterable[Load]) -> list[Key]:
    return list(dict.fromkeys((name, load.product_id) for load in loads for name in load.way.ends))


def _states(units: Units, places: Iterable[Key]) -> Iterator[State]:
    carried = carried_of(units)
    return ((key, carried.get(key, Carried())) for key in places)


def _changes(units: Units, loads: Sequence[Load], step: int) -> Iterator[Units]:
    """So many units more or less of a load, or of one in place of another, as far as may be carried."""
    for load in loads:
        now = units.get(load, 0)
        more = min(step, load.most - now)
        if more and _may_be_carried(added := _with(units, load, now + more)):
            yield added
        if less := min(step, now):
            fewer = _with(units, load, now - less)
            yield fewer
            others = (_with(fewer, other, fewer.get(other, 0) + less) for other in loads if other != load)
            yield from filter(_may_be_carried, others)


def _only(units: Units, loads: Sequence[Load]) -> Units:
    return {load: many for load, many in units.items() if load in loads}


def _with(units: Units, load: Load, many: int) -> Units:
    changed = {**units, load: many}
    return {one: changed[one] for one in changed if changed[one] > 0}


def _may_be_carried(units: Units) -> bool:
    """Whether the sources have as much too much."""
    taken: dict[tuple[str, object], int] = {}
    for load, many in units.items():
        of_lots = load.way.from_warehouse_id, load.last_day
        taken[of_lots] = taken.get(of_lots, 0) + many
        if taken[of_lots] > load.most:
            return False
    return True
