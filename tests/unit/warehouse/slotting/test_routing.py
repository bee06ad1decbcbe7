"""Each routing rule walks what its definition says, aisle by aisle and tour by tour; the shortest tour is the shortest
of all; another stop costs what walking the tour with it shows."""

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.slotting.floors import DEPTH_M, between, floors, from_start, grid, shortest_of_all
from warehouse.slotting.routing.floor_plan import FloorPlan, floor_plan
from warehouse.slotting.routing.given_distances import EXACT_UP_TO, shortest_by_distances, shortest_tour
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import OneMore, walked


def metres(floor: FloorPlan, stops: list[int], routing: Routing) -> float:
    visits = Visits.of(floor, np.zeros(len(stops), np.int64), np.array(stops, np.int64), 1)
    return float(walked(floor, visits, routing)[0])


def stops_by_aisle(floor: FloorPlan, stops: list[int]) -> list[list[float]]:
    """How far into each aisle that is visited the stops lie, from the left."""
    aisles = sorted({int(floor.aisle[stop]) for stop in stops})
    return [sorted(float(floor.along_m[stop]) for stop in stops if floor.aisle[stop] == aisle) for aisle in aisles]


def along_the_front(floor: FloorPlan, stops: list[int]) -> float:
    x_m = [float(floor.aisle_x_m[floor.aisle[stop]]) for stop in stops]
    return 2 * (max(*x_m, floor.start_x_m) - min(*x_m, floor.start_x_m))


def s_shape(floor: FloorPlan, stops: list[int]) -> float:
    aisles = stops_by_aisle(floor, stops)
    through = len(aisles) - len(aisles) % 2
    turned = 2 * aisles[-1][-1] if len(aisles) % 2 else 0.0
    return along_the_front(floor, stops) + through * DEPTH_M + turned


def largest_gap(floor: FloorPlan, stops: list[int]) -> float:
    aisles = stops_by_aisle(floor, stops)
    if len(aisles) == 1:
        return along_the_front(floor, stops) + 2 * aisles[0][-1]
    inside = 2 * DEPTH_M
    for aisle in aisles[1:-1]:
        places = [0.0, *aisle, DEPTH_M]
        inside += 2 * (DEPTH_M - max(after - before for before, after in pairwise(places)))
    return along_the_front(floor, stops) + inside


def combined(floor: FloorPlan, stops: list[int]) -> float:
    """The best of all ways to choose, for each aisle, whether it is walked through or turned in."""
    aisles = stops_by_aisle(floor, stops)
    best = np.inf
    for through in product([True, False], repeat=len(aisles)):
        at_front, inside = True, 0.0
        for aisle, whole in zip(aisles, through, strict=True):
            inside += DEPTH_M if whole else 2 * (aisle[-1] if at_front else DEPTH_M - aisle[0])
            at_front ^= whole
        best = min(best, inside if at_front else np.inf)
    return along_the_front(floor, stops) + best


DEFINED = {
    Routing.S_SHAPE: s_shape,
    Routing.LARGEST_GAP: largest_gap,
    Routing.COMBINED: combined,
    Routing.SHORTEST: lambda floor, stops: shortest_of_all(floor, np.array(stops)),
}


@st.composite
def tours(draw: st.DrawFn) -> tuple[FloorPlan, list[int]]:
    floor = draw(floors())
    return floor, draw(st.lists(st.integers(0, len(floor.slot_ids) - 1), min_size=1, max_size=6))


@pytest.mark.parametrize("routing", Routing)
@given(tour=tours())
def test_a_rule_walks_what_its_definition_says(routing: Routing, tour: tuple[FloorPlan, list[int]]) -> None:
    floor, stops = tour

    assert metres(floor, stops, routing) == pytest.approx(DEFINED[routing](floor, stops))


@pytest.mark.parametrize("routing", Routing)
def test_tours_are_walked_apart_and_one_without_a_stop_not_at_all(routing: Routing) -> None:
    floor = grid(3, 4, start_x_m=4.0)
    visits = Visits.of(floor, np.array([0, 2, 2]), np.array([1, 5, 11]), 4)

    together = walked(floor, visits, routing)

    assert together.tolist() == [metres(floor, [1], routing), 0.0, metres(floor, [5, 11], routing), 0.0]


@pytest.mark.parametrize("routing", Routing)
@given(tour=tours(), number=st.integers(0, 15))
def test_another_stop_costs_what_the_tour_with_it_is_walked(
    routing: Routing, tour: tuple[FloorPlan, list[int]], number: int
) -> None:
    floor, (one, *others) = tour[0], tour[1]
    another = number % len(floor.slot_ids)
    seen = Visits.of(floor, np.zeros(len(others), np.int64), np.array(others, np.int64), 1)

    more = OneMore.of(floor, seen, routing)

    for stop in (one, another):
        there = more.at(int(floor.aisle[stop]), float(floor.along_m[stop]))
        assert there.tolist() == pytest.approx([metres(floor, [*others, stop], routing)])


@pytest.mark.parametrize("routing", Routing)
def test_another_stop_on_a_long_tour_is_walked_as_the_tour_with_it(routing: Routing, rng: np.random.Generator) -> None:
    floor = grid(5, 6, start_x_m=8.0)
    tour, slot = rng.integers(0, 60, 600), rng.integers(0, len(floor.slot_ids), 600)
    more = OneMore.of(floor, Visits.of(floor, tour, slot, 60), routing)

    for stop in range(len(floor.slot_ids)):
        with_it = Visits.of(floor, np.append(tour, np.arange(60)), np.append(slot, np.full(60, stop)), 60)
        there = more.at(int(floor.aisle[stop]), float(floor.along_m[stop]))
        assert there == pytest.approx(walked(floor, with_it, routing))


def test_by_given_distances_few_stops_are_walked_in_the_best_order_and_many_nearly(rng: np.random.Generator) -> None:
    floor = grid(4, 6, start_x_m=8.0)
    every = range(len(floor.slot_ids))
    distances = np.array([[between(floor, one, other) for other in every] for one in every])
    start = np.array([from_start(floor, one) for one in every])
    for count in (1, 4, EXACT_UP_TO, EXACT_UP_TO + 1, 16):
        for _ in range(5):
            stops = rng.choice(len(floor.slot_ids), count, replace=False)
            shortest = metres(floor, stops.tolist(), Routing.SHORTEST)

            found = shortest_by_distances(distances, start, np.full(count, 1), stops, 2)

            assert found[0] == 0.0
            assert found[1] >= shortest - 1e-9
            assert found[1] <= shortest * (1 + 1e-9 if count <= EXACT_UP_TO else 1.1)


def test_a_tour_is_no_longer_for_stops_at_one_place() -> None:
    assert shortest_tour(np.zeros((2, 2)), np.array([3.0, 3.0])) == 6.0


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"slot_id": ["a", "a"]}, "slot a is given twice"),
        ({"y_m": [1.0, np.nan]}, "of slot b the aisle, x_m or y_m is not known"),
        ({"y_m": [-1.0, 2.0]}, "slot a lies before the front"),
        ({"x_m": [0.0, 1.0]}, "slot b has another x_m than its aisle"),
        ({"aisle": ["A", "B"]}, "two aisles meet at x_m 0.0"),
        ({"y_m": [1.0, 20.0]}, "slot b lies 20.0 m into an aisle of 12.0 m"),
    ],
)
def test_a_floor_that_cannot_be_is_refused(changed: dict[str, list[object]], problem: str) -> None:
    slots = {"slot_id": ["a", "b"], "aisle": ["A", "A"], "x_m": [0.0, 0.0], "y_m": [1.0, 2.0]} | changed

    with pytest.raises(ValueError, match=problem):
        floor_plan(pd.DataFrame(slots), depth_m=12.0)


@given(floors())
def test_the_way_between_two_slots_is_through_their_aisle_or_by_its_nearer_end(floor: FloorPlan) -> None:
    every = np.arange(len(floor.slot_ids))

    found = floor.between(every[:, None], every)

    assert found.tolist() == [[between(floor, one, other) for other in every] for one in every]
