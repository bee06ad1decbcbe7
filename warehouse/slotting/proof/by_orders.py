"""What the orders of a warehouse are walked in on two layouts of its floor, by its routing rule: each order is a tour.

So what is expected of moves and what they saved later are measured alike, on orders as they came.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.proof.gains import Gain, gain
from warehouse.slotting.proof.layouts import Places
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import walked
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
    picks = _picks(floor, {product: n for n, product in enumerate(known)}, tours).latest(LATEST_LINES)
    if not len(picks.tour):
        return None
    slots = np.array([[number[slot] for slot in way] for way in known.values()])

    def metres_a_line(slot: Ints, some: Picks) -> float:
        visits = Visits.of(floor.plan, some.tour, slot[some.product], some.tours)
        return float(walked(floor.plan, visits, routing).sum()) / len(some.tour)

    return gain(metres_a_line, slots[:, 0], slots[:, 1], picks)


def _picks(floor: WalkedFloor, numbers: Mapping[str, int], tours: pd.DataFrame) -> Picks:
    """The lines of products with a number; where no aisles are known, each is a tour by itself."""
    product = tours["product_id"].map(numbers)
    kept = product.notna().to_numpy()
    numbered = np.array(product[kept], np.int64)
    if not floor.by_aisles:
        return Picks(np.arange(len(numbered)), numbered, len(numbered))
    tour, of = pd.factorize(tours.loc[kept, "tour_id"])
    order = np.argsort(tour, kind="stable")
    return Picks(tour[order].astype(np.int64), numbered[order], len(of))
