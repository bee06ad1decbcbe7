"""What changes where a share of customers, or pickers, takes the freshest instead of what expires first.

From the delivery on they find it in that, then in the next ones. So older stock faces only the others, and more of it
expires; and once the next delivery has come, of this one only the others take. What a delivery can sell in its life is
all demand of the days covered that the others leave to it, and after them their demand alone. What it can avoid of
shortage before is as under FEFO, since who finds nothing fresh takes what there is, and what expired by then. That
holds exactly while the delivery lasts (tests hold it to a shelf sold unit by unit); where it does not, less of the
older stock expires than is counted on.

Products (p), days from the order date on (t), or (d) from the delivery on, scenarios (s).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.stock.ageing import RunDown

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def freshest_first(covers: Sequence[Cover], settings: PlanSettings) -> Floats:
    """p: the share (0..1) of units that is taken of what is freshest."""
    return np.array([settings.service_level.of(cover.category_id).freshest_first for cover in covers])


def short_of_expired(fefo: RunDown, beside: RunDown, at_closing: Floats, covered: Flags, lead: int) -> Floats:
    """Demand of the covered days (p x s) that is unmet for what expires before the last of them and would have sold.

    fefo, beside  what becomes of older stock if all take what expires first, and if some find what is fresher
    at_closing    p x s: what would be left of it in the evening of the last day covered
    """
    before_last = covered[:, 1:, None]  # the days whose next one is covered too
    more = (beside.expired - fefo.expired)[:, lead:-1] * before_last
    short: Floats = np.maximum(more.sum(axis=1) - at_closing, 0)
    return short
