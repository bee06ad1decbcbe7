"""What the orders of a warehouse are walked in on two layouts of its floor, by its routing rule: each order is a tour.

What moves saved later is measured on orders as they came. What is expected of them is measured on orders too, each as
often as the forecast of its products says: by the same tours of the days ahead as moves are chosen by.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from warehouse.slotting.assignment.problem import Picks, metres_of_tours
from warehouse.slotting.expected_tours import expected_tours
from warehouse.slotting.proof.gains import Gain, gain
from warehouse.slotting.proof.layouts import Places
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.walked_floor import WalkedFloor

LATEST_LINES = 60_000  # that are walked: more say no more


def gain_by_orders(
    floor: WalkedFloor,
    routing: Routing,
    before: Places,
    after: Places,
    tours: pd.DataFrame,
    lines: Mapping[str, float] | None = None,
) -> Gain | None:
    """What `tours` (tour_id, product_id, in the order of time) are walked in where products lie as before and after,
    each as often as `lines`, forecast for a day by product, let expect; None: once. None where they hold nothing that
    has a slot in both, or a forecast."""
    number = {slot_id: n for n, slot_id in enumerate(floor.plan.slot_ids)}
    ways = {product: (slot, after[product]) for product, slot in before.items() if product in after}
    known = {
        product: way
        for product, way in ways.items()
        if number.keys() >= set(way) and (lines is None or lines.get(product, 0.0) > 0)
    }
    product_ids = pd.Index(list(known), dtype=object)
    picks = _picks(floor, product_ids, tours).latest(LATEST_LINES)
    recorded = len(picks.tour)
    if not recorded:
        return None
    if lines is not None:
        forecast = np.array([lines[product] for product in known])
        picks = expected_tours(product_ids, forecast, tours if floor.by_aisles else None, LATEST_LINES)
    slots = np.array([[number[slot] for slot in way] for way in known.values()])

    def metres_a_line(slot: Ints, some: Picks) -> float:
        metres = metres_of_tours(floor.plan, routing, slot, some)
        return float(metres.sum() if some.weight is None else metres @ some.weight) / some.lines

    return replace(gain(metres_a_line, slots[:, 0], slots[:, 1], picks), lines=recorded)


def _picks(floor: WalkedFloor, product_ids: pd.Index, tours: pd.DataFrame) -> Picks:
    """The lines of products by their numbers; where no aisles are known, each is a tour by itself."""
    tour_ids = tours["tour_id"] if floor.by_aisles else pd.Series(np.arange(len(tours)))
    return Picks.of_lines(tour_ids, product_ids.get_indexer(pd.Index(tours["product_id"])))
