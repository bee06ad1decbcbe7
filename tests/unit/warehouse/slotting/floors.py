"""Floors and tours for the tests of slotting: any that Hypothesis thinks of, and a plain walk through one."""

from itertools import pairwise, permutations

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from warehouse.slotting.routing.floor_plan import FloorPlan, Ints, floor_plan

DEPTH_M = 12.0
SIDE_M = 4.0


def grid(aisles: int, bays: int, start_x_m: float = 0.0) -> FloorPlan:
    """Aisles `SIDE_M` apart, with slots evenly along them, those of the first aisle first."""
    rows = [
        (f"{aisle}-{bay}", f"A{aisle}", aisle * SIDE_M, (bay + 0.5) * DEPTH_M / bays)
        for aisle in range(aisles)
        for bay in range(bays)
    ]
    slots = pd.DataFrame(rows, columns=["slot_id", "aisle", "x_m", "y_m"])
    return floor_plan(slots, start_x_m, DEPTH_M)


@st.composite
def floors(draw: st.DrawFn) -> FloorPlan:
    x_m = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=4)))
    rows = [
        (f"{x}-{number}", f"A{x}", float(x), float(y))
        for x in x_m
        for number, y in enumerate(draw(st.lists(st.integers(0, 12), min_size=1, max_size=4)))
    ]
    slots = pd.DataFrame(rows, columns=["slot_id", "aisle", "x_m", "y_m"])
    return floor_plan(slots, float(draw(st.integers(0, 30))), DEPTH_M)


def between(floor: FloorPlan, one: int, other: int) -> float:
    """The shortest way between two slots."""
    along = floor.along_m[[one, other]]
    if floor.aisle[one] == floor.aisle[other]:
        return float(abs(along[0] - along[1]))
    aside = abs(np.diff(floor.aisle_x_m[floor.aisle[[one, other]]])[0])
    return float(aside + min(along.sum(), 2 * floor.depth_m - along.sum()))


def from_start(floor: FloorPlan, slot: int) -> float:
    """The shortest way from the start to a slot."""
    return float(abs(floor.aisle_x_m[floor.aisle[slot]] - floor.start_x_m) + floor.along_m[slot])


def shortest_of_all(floor: FloorPlan, stops: Ints) -> float:
    """The shortest of all orders in which the stops can be seen."""
    return min(
        from_start(floor, order[0])
        + sum(between(floor, one, other) for one, other in pairwise(order))
        + from_start(floor, order[-1])
        for order in permutations(np.unique(stops).tolist())
    )
