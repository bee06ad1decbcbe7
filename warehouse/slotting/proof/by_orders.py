"""What the orders of a warehouse are walked in on two layouts of its floor, by its routing rule: each order is a tour.

So what is expected of moves and what they saved later are measured alike, on orders as they came.
"""

import numpy as np
import pandas as pd

from warehouse.slotting.assignment.problem import Picks, metres_of_tours
from warehouse.slotting.proof.gains import Gain, gain
from warehouse.slotting.proof.layouts import Places
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.walked_floor import WalkedFloor

LATEST_LINES = 60_000  # that are walked: more say no more


def gain_by_orders(
    floor: WalkedFloor, routing: Routing, before: Places, after: Places, tours: pd.DataFrame
) -> Gain | None:
    """What `tours` (tour_id, product_id, in the order of time) are walked in where products lie as before and after.
    None where they hold nothing that has a slot in both."""
    number = {slot_id: n for n, slot_id in enumerate(floor.plan.slot_ids)}
    ways = {product: (slot, after[product]) for product, slot in before.items() if product in after}
    known = {product: way for product, way in ways.items() if number.keys() >= set(way)}
    picks = _picks(floor, pd.Index(list(known), dtype=object), tours).latest(LATEST_LINES)
    if not len(picks.tour):
        return None
    slots = np.array([[number[slot] for slot in way] for way in known.values()])

    def metres_a_line(slot: Ints, some: Picks) -> float:
        return float(metres_of_tours(floor.plan, routing, slot, some).sum()) / len(some.tour)

    return gain(metres_a_line, slots[:, 0], slots[:, 1], picks)


def _picks(floor: WalkedFloor, product_ids: pd.Index, tours: pd.DataFrame) -> Picks:
    """The lines of products by their numbers; where no aisles are known, each is a tour by itself."""
    tour_ids = tours["tour_id"] if floor.by_aisles else pd.Series(np.arange(len(tours)))
    return Picks.of_lines(tour_ids, product_ids.get_indexer(pd.Index(tours["product_id"])))
