"""How far tours walk by a rule, and how far they would with one stop more: from left and right to every aisle.

A rule's states are followed aisle by aisle, for all tours at once, and of each state the least metres are kept.
Followed from both sides, the tours with another stop anywhere cost one step each, not a walk.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from warehouse.slotting.routing.floor_plan import Floats, FloorPlan
from warehouse.slotting.routing.rules import NOTHING, RULES, Inside, Routing, Rule
from warehouse.slotting.routing.visits import Visits


def walked(floor: FloorPlan, visits: Visits, routing: Routing) -> Floats:
    """Metres of each tour, from the start and back to it; 0 without a stop."""
    rule = RULES[routing]
    some = np.asarray((visits.far_m >= 0).any(axis=0))
    metres = _begin(rule, visits.far_m.shape[1])
    for crossing in _crossings(floor):
        metres = _arrived(rule, metres, crossing.way_m)
        metres = _seen(rule, metres, visits, crossing, some)
    return np.asarray(np.minimum.reduce([metres[state] for state in _numbers(rule, rule.ends)]))


@dataclass(frozen=True, eq=False)
class OneMore:
    """How far tours would walk with another stop.

    before  (aisles, states, tours) metres from the left up to an aisle
    after   (aisles, states, tours) metres from an aisle to the end
    """

    rule: Rule
    visits: Visits
    before: Floats
    after: Floats

    @classmethod
    def of(cls, floor: FloorPlan, visits: Visits, routing: Routing) -> Self:
        """For these tours; those without a stop would begin with it."""
        rule = RULES[routing]
        tours = visits.far_m.shape[1]
        crossings, all_of_them = list(_crossings(floor)), np.ones(tours, bool)
        before = np.empty((floor.aisles, len(rule.states), tours))
        metres = _begin(rule, tours)
        for crossing in crossings:
            metres = _arrived(rule, metres, crossing.way_m)
            if crossing.aisle is not None:
                before[crossing.aisle] = metres
            metres = _seen(rule, metres, visits, crossing, all_of_them)
        after = np.empty_like(before)
        metres = np.full((len(rule.states), tours), np.inf)
        metres[_numbers(rule, rule.ends)] = 0.0
        for crossing in reversed(crossings):
            if crossing.aisle is not None:
                after[crossing.aisle] = metres
            metres = _seen(rule, metres, visits, crossing, all_of_them, backwards=True)
            metres = _arrived(rule, metres, crossing.way_m, backwards=True)
        return cls(rule, visits, before, after)

    def at(self, aisle: int, along_m: float) -> Floats:
        """Metres of each tour with a stop there."""
        seen, depth = self.visits, self.visits.depth_m
        near, far = np.minimum(seen.near_m[aisle], along_m), np.maximum(seen.far_m[aisle], along_m)
        gap, at = seen.gap_m[aisle], seen.gap_at_m[aisle]
        parts = np.maximum(np.maximum(along_m - at, at + gap - along_m), seen.other_m[aisle])
        gap = np.where((at < along_m) & (along_m < at + gap), parts, gap)
        inside = {
            Inside.THROUGH: depth,
            Inside.THROUGH_AND_BACK: 2 * depth,
            Inside.FROM_FRONT: 2 * far,
            Inside.FROM_BACK: 2 * (depth - near),
            Inside.FROM_BOTH: 2 * (depth - gap),
        }
        number = {state: n for n, state in enumerate(self.rule.states)}
        before, after = self.before[aisle], self.after[aisle]
        least = np.full(before.shape[1], np.inf)
        for was, becomes, way in self.rule.inside:
            np.minimum(least, before[number[was]] + inside[way] + after[number[becomes]], out=least)
        return least


@dataclass(frozen=True)
class _Crossing:
    """Where an aisle (None: the start) meets the front, and how far it is from the one before."""

    aisle: int | None
    way_m: float


def _crossings(floor: FloorPlan) -> Iterator[_Crossing]:
    start_at = int(np.searchsorted(floor.aisle_x_m, floor.start_x_m))
    x_m = np.insert(floor.aisle_x_m, start_at, floor.start_x_m)
    aisles: list[int | None] = [*range(start_at), None, *range(start_at, floor.aisles)]
    for aisle, way in zip(aisles, np.diff(x_m, prepend=x_m[0]).tolist(), strict=True):
        yield _Crossing(aisle, way)


def _begin(rule: Rule, tours: int) -> Floats:
    metres = np.full((len(rule.states), tours), np.inf)
    metres[rule.states.index(NOTHING)] = 0.0
    return metres


def _numbers(rule: Rule, states: tuple[str, ...]) -> list[int]:
    return [rule.states.index(state) for state in states]


def _arrived(rule: Rule, metres: Floats, way_m: float, *, backwards: bool = False) -> Floats:
    """After (or, backwards, before) the way along the cross-aisles."""
    moved = np.full_like(metres, np.inf)
    for was, becomes, times in rule.along:
        a, b = _numbers(rule, (becomes, was) if backwards else (was, becomes))
        np.minimum(moved[b], metres[a] + times * way_m, out=moved[b])
    return moved


def _seen(
    rule: Rule, metres: Floats, visits: Visits, crossing: _Crossing, some: np.ndarray, *, backwards: bool = False
) -> Floats:
    """After (or before) what must be seen there: the stops in an aisle, or the start, by tours that stop at all."""
    must = some if crossing.aisle is None else visits.stops(crossing.aisle)
    ways = _at_the_start(rule) if crossing.aisle is None else _inside(rule, visits, crossing.aisle)
    moved = np.full_like(metres, np.inf)
    for was, becomes, length in ways:
        a, b = _numbers(rule, (becomes, was) if backwards else (was, becomes))
        np.minimum(moved[b], metres[a] + length, out=moved[b])
    return np.where(must, moved, metres)


_Ways = list[tuple[str, str, Floats | float]]


def _at_the_start(rule: Rule) -> _Ways:
    return [(was, becomes, 0.0) for was, becomes in rule.start.items()]


def _inside(rule: Rule, visits: Visits, aisle: int) -> _Ways:
    depth = visits.depth_m
    stops = visits.stops(aisle)
    lengths: dict[Inside, Floats | float] = {
        Inside.THROUGH: depth,
        Inside.THROUGH_AND_BACK: 2 * depth,
        Inside.FROM_FRONT: 2 * np.where(stops, visits.far_m[aisle], 0.0),
        Inside.FROM_BACK: 2 * (depth - np.where(stops, visits.near_m[aisle], 0.0)),
        Inside.FROM_BOTH: 2 * (depth - visits.gap_m[aisle]),
    }
    return [(was, becomes, lengths[way]) for was, becomes, way in rule.inside]
