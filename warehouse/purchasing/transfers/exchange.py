"""Which stock that would expire in one warehouse is carried to another, where that is cheaper than buying there.

What so many units carried would change is not guessed: both warehouses' needs are worked out again with it, first
expired first, scenario by scenario, and what each would then order (`balance.py`). How much of every product goes which
way is searched with all ways driven (`products.py`). A drive costs the same whatever it carries: while one does not
earn that, the one that loses most is left out, and what it carried may go another way; last, every drive is tried once
more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.transfers.balance import Balance
from warehouse.purchasing.transfers.board import Board
from warehouse.purchasing.transfers.carried import Carried, outlook_after
from warehouse.purchasing.transfers.listing import told_of_transfers, transfers_of
from warehouse.purchasing.transfers.loads import Load, Place, loads
from warehouse.purchasing.transfers.products import WORTH_IT, Units, best_units, carried_of
from warehouse.purchasing.transfers.ways import PlannedTransfer, Way


@dataclass(frozen=True)
class Exchange:
    """What is carried, and the warehouses that give or get something, by id, as they are with it."""

    transfers: tuple[PlannedTransfer, ...]
    places: Mapping[str, Place]


def exchange(places: Sequence[Place], ways: Sequence[Way], yields: Yields, settings: PlanSettings = USUAL) -> Exchange:
    """What is worth carrying between places of one currency: whole units of lots, of any last day never more than are
    expected to expire.

    Raises ValueError for a way to or from a warehouse that is not among the places."""
    by_id = {place.outlook.warehouse_id: place for place in places}
    if unknown := {name for way in ways for name in way.ends} - by_id.keys():
        raise ValueError(f"ways of warehouses that are not planned for: {sorted(unknown)}")
    looked_at = list(loads(by_id, ways))
    driving = _Driving(Board(by_id, looked_at, yields, settings), looked_at)
    return _exchange(by_id, driving.carried(driving.worth_driving()))


class _Driving:
    """What is carried if some ways are driven, and what that earns; no product is searched twice for the same ways."""

    def __init__(self, board: Board, looked_at: Sequence[Load]) -> None:
        self._board = board
        self._loads: defaultdict[str, list[Load]] = defaultdict(list)
        for load in looked_at:
            self._loads[load.product_id].append(load)
        self._ways = list(dict.fromkeys(load.way for load in looked_at))
        self._found: dict[tuple[Load, ...], Units] = {}
        self._last: dict[str, Units] = {}

    def worth_driving(self) -> frozenset[Way]:
        """The ways that are driven."""
        driven = frozenset(self._ways)
        while losing := {way: earns for way, earns in self._by_way(driven).items() if earns < WORTH_IT}:
            driven -= {min(losing, key=lambda way: losing[way])}
        earns, better = self._earns(driven), True
        while better:
            better = False
            for way in self._ways:
                other = driven ^ {way}
                if self._earns(other) >= earns + WORTH_IT:
                    driven, earns, better = other, self._earns(other), True
        return driven

    def carried(self, driven: frozenset[Way]) -> dict[Load, tuple[int, Balance]]:
        """By load, its units and what they save. What loads of one product save together is theirs in the order in
        which they expire."""
        found = {}
        for units in self._units(driven):
            so_far: Units = {}
            for load in sorted(units, key=lambda load: (load.last_day, *load.way.ends)):
                with_it = {**so_far, load: units[load]}
                found[load] = units[load], self._saved(so_far, with_it)
                so_far = with_it
        return found

    def _units(self, driven: frozenset[Way]) -> list[Units]:
        """What is carried of every product."""
        loads_of = {
            product_id: tuple(load for load in of_it if load.way in driven) for product_id, of_it in self._loads.items()
        }
        new = {product_id: of_it for product_id, of_it in loads_of.items() if of_it and of_it not in self._found}
        for product_id, units in best_units(self._board, new, self._last).items():
            self._found[loads_of[product_id]] = self._last[product_id] = units
        return [self._found[of_it] for of_it in loads_of.values() if of_it]

    def _by_way(self, driven: frozenset[Way]) -> dict[Way, float]:
        """What each drive earns that carries something."""
        earned: defaultdict[Way, float] = defaultdict(float)
        for load, (units, saved) in self.carried(driven).items():
            earned[load.way] += saved.lost - units * load.way.cost_per_unit
        return {way: earns - way.drive_cost for way, earns in earned.items()}

    def _earns(self, driven: frozenset[Way]) -> float:
        return sum(self._by_way(driven).values())

    def _saved(self, before: Units, after: Units) -> Balance:
        """In the places that differ."""
        was, would_be = carried_of(before), carried_of(after)
        states = [(key, was.get(key, Carried())) for key in would_be], list(would_be.items())
        self._board.work_out([*states[0], *states[1]])
        then, now = (sum(map(self._board.of_state, of_it), Balance()) for of_it in states)
        return then - now


def _exchange(places: Mapping[str, Place], carried: Mapping[Load, tuple[int, Balance]]) -> Exchange:
    """What is carried as transfers, and the places as they are with it."""
    by_place: defaultdict[str, dict[str, Carried]] = defaultdict(dict)
    for (name, product_id), of_it in carried_of({load: units for load, (units, _) in carried.items()}).items():
        by_place[name][product_id] = of_it
    transfers = transfers_of(places, carried)
    after = {}
    for name, of_products in by_place.items():
        place = places[name]
        outlook = outlook_after(place.outlook, of_products)
        asked = [(told_of_transfers(need, transfers), supply) for need, supply in place.again(outlook)]
        after[name] = replace(place, outlook=outlook, asked=asked)
    return Exchange(transfers, after)
