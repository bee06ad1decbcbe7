"""The tours to expect: those of late, each as often as the forecast of its products says.

What is ordered together is known of the past alone, how much of each is forecast. A tour counts as the mean of its
lines, each by the forecast lines of its product for a recorded one. A product that no tour holds is picked by itself,
as seldom as if it had shared tours of the usual size.
"""

import numpy as np
import pandas as pd

from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.routing.floor_plan import Floats


def expected_tours(product_ids: pd.Index, lines: Floats, tours: pd.DataFrame | None, latest_lines: int) -> Picks:
    """Tours of a day of the products by their numbers; `lines` (products,) forecast for a day, `tours` tour_id and
    product_id in the order of time (None: every line is a tour by itself)."""
    recorded = _numbered(product_ids, tours, latest_lines)
    count = np.bincount(recorded.product, minlength=len(lines))
    alone = np.flatnonzero((count == 0) & (lines > 0))
    if not len(recorded.tour):
        return Picks(np.arange(len(alone)), alone, len(alone), lines[alone])
    size = np.bincount(recorded.tour, minlength=recorded.tours)
    a_line = lines[recorded.product] / count[recorded.product]
    weight = np.bincount(recorded.tour, a_line, minlength=recorded.tours) / size
    return Picks(
        np.append(np.arange(len(alone)), recorded.tour + len(alone)),
        np.append(alone, recorded.product),
        len(alone) + recorded.tours,
        np.append(lines[alone] / size.mean(), weight),
    )


def _numbered(product_ids: pd.Index, tours: pd.DataFrame | None, latest_lines: int) -> Picks:
    if tours is None:
        return Picks(np.zeros(0, np.int64), np.zeros(0, np.int64), 0)
    return Picks.of_lines(tours["tour_id"], product_ids.get_indexer(pd.Index(tours["product_id"]))).latest(latest_lines)
