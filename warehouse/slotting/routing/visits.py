"""What tours visit of each aisle: all that a routing rule asks of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints


@dataclass(frozen=True, eq=False)
class Visits:
    """Of each aisle and tour, (aisles, tours); where a tour does not stop in an aisle, `near_m` is infinite.

    near_m    the stop nearest to the front cross-aisle
    far_m     the farthest one; -infinite where there is none
    gap_m     the longest stretch without a stop, from and to the cross-aisles too
    gap_at_m  where that begins
    other_m   the longest stretch beside it
    """

    near_m: Floats
    far_m: Floats
    gap_m: Floats
    gap_at_m: Floats
    other_m: Floats
    depth_m: float

    @classmethod
    def of(cls, floor: FloorPlan, tour: Ints, slot: Ints, tours: int) -> Self:
        """Of so many tours: stop n is at `slot[n]` of the floor, on tour `tour[n]` (0, 1, ...)."""
        shape = (floor.aisles, tours)
        near, far = np.full(shape, np.inf), np.full(shape, -np.inf)
        gap, gap_at, other = np.full(shape, floor.depth_m), np.zeros(shape), np.zeros(shape)
        found = cls(near, far, gap, gap_at, other, floor.depth_m)
        if not len(tour):
            return found
        place = floor.aisle[slot] * tours + tour
        along = floor.along_m[slot]
        order = np.lexsort((along, place))
        place, along = place[order], along[order]
        first = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
        last = np.append(first[1:], len(place)) - 1
        at = place[first]
        near.flat[at], far.flat[at] = along[first], along[last]
        # the stretches before each stop, and the one after the last
        begins = np.where(np.isin(np.arange(len(place)), first), 0.0, np.append(0.0, along[:-1]))
        place, begins = np.append(place, at), np.append(begins, along[last])
        length = np.append(along, np.full(len(last), floor.depth_m)) - begins
        order = np.lexsort((-length, place))
        place, begins, length = place[order], begins[order], length[order]
        longest = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
        gap.flat[at], gap_at.flat[at] = length[longest], begins[longest]
        other.flat[at] = length[longest + 1]  # there are two at least
        return found

    def stops(self, aisle: int) -> np.ndarray:
        """Which tours stop in an aisle."""
        return np.asarray(self.far_m[aisle] >= 0)
