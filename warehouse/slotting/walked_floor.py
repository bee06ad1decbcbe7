"""The floor of a warehouse as its tours walk it: by its aisles, or, where these are not all known, by distances alone.

An aisle runs along y, in the middle between its slots; tours begin at the start, which lies on the front cross-aisle.
Where a slot has no aisle, or two aisles lie on one line, every order line counts as a way there and back by
itself: on a floor of one aisle as long as the farthest slot is far, which every routing rule walks alike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from warehouse.slotting.routing.floor_plan import FloorPlan, floor_plan


@dataclass(frozen=True)
class WalkedFloor:
    """The plan, and whether tours are walked by its aisles; else each line is a tour by itself."""

    plan: FloorPlan
    by_aisles: bool


def walked_floor(slots: pd.DataFrame, start: tuple[float, float] | None = None) -> WalkedFloor:
    """From the slots' aisle, x_m and y_m, and distance_m; `start` (x_m, y_m) None: tours begin at the first aisle,
    before its first slot."""
    if {"aisle", "x_m", "y_m"} <= set(slots) and slots["aisle"].notna().all():
        x_m = slots.groupby("aisle")["x_m"].agg(lambda of_aisle: (of_aisle.min() + of_aisle.max()) / 2)
        if x_m.is_unique:
            places = slots[["slot_id", "aisle"]].assign(x_m=slots["aisle"].map(x_m), y_m=_into_the_aisle(slots, start))
            return WalkedFloor(floor_plan(places, None if start is None else start[0]), by_aisles=True)
    return WalkedFloor(_by_distances(slots), by_aisles=False)


def _into_the_aisle(slots: pd.DataFrame, start: tuple[float, float] | None) -> pd.Series:
    """How far each slot is from the front cross-aisle: where the start lies, if that is before or behind all slots."""
    y_m = slots["y_m"].astype(float)
    if start is not None and start[1] >= y_m.max():
        return start[1] - y_m
    return y_m - (start[1] if start is not None and start[1] <= y_m.min() else y_m.min())


def _by_distances(slots: pd.DataFrame) -> FloorPlan:
    far = slots["distance_m"].to_numpy(float)
    one_aisle = np.zeros(len(slots), np.int64)
    return FloorPlan(tuple(slots["slot_id"]), one_aisle, far, np.zeros(1), 2 * float(far.max(initial=1.0)), 0.0)
