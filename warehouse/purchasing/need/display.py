"""How much of a delivery must be bought so that a minimum lies on display when the days that it covers end: so much
that what is expected to lie there, over all scenarios, is not below it.

Where demand is low more lies there, where it is high less: what lies on display is for sale. Products (p), days from
the order date on (t), or (d) from the delivery on, scenarios (s).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.stock.ageing import RunDown

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDING = 1e-9  # of a minimum: what a mean of equal numbers may be off is no lack


def display_minimums(covers: Sequence[Cover], known: Flags, settings: PlanSettings) -> Floats:
    """p: what is to lie on display after the days covered; nothing of what is sold no longer then, and of what no
    forecast is `known` of."""
    minimums = [
        settings.service_level.of(cover.category_id).display_minimum
        if cover.last_day is None or cover.last_day > cover.until
        else 0.0
        for cover in covers
    ]
    return np.array(minimums) * known


def left_at_closing(ran: RunDown, in_cover: Floats, arriving: Floats, covered: Flags, lead: int) -> Floats:
    """Other stock that is there in the evening of the last day covered (p x s), before what expires is taken away.

    ran       of what is there, and of what arrives up to day `lead`
    in_cover  p x s: demand that is still unmet once what arrives later has been sold too
    arriving  p x d x s, that of day 0 among what ran down
    covered   p x d
    """
    rows, last = np.arange(len(covered)), covered.sum(axis=1) - 1
    carried = np.concatenate([ran.usable[:, lead + 1 :], ran.left[:, None]], axis=1)  # over the end of each day
    here = carried[rows, last] + ran.expired[rows, lead + last]
    of_days = covered[:, :, None]
    sold_of_later = (ran.unmet[:, lead:] * of_days).sum(axis=1) - in_cover
    later: Floats = (arriving[:, 1:] * of_days[:, 1:]).sum(axis=1) - sold_of_later
    left: Floats = here + later
    return left


def bought_for_display(minimums: Floats, at_closing: Floats, in_cover: Floats) -> Floats:
    """p: accepted units with which as much is expected to be there at closing as is to lie on display.

    at_closing, in_cover  p x s: other stock there, and demand that it leaves unmet
    """
    lacking = minimums - at_closing.mean(axis=1)
    bought = np.zeros(len(minimums))
    for row in np.flatnonzero(lacking > ROUNDING * minimums):
        demand = np.sort(in_cover[row])
        # of what meets the first so many demands and is short of the next, the rest lies there
        enough = (lacking[row] * len(demand) + np.cumsum(demand)) / np.arange(1, len(demand) + 1)
        short_of = np.append(demand[1:], np.inf)
        bought[row] = enough[np.flatnonzero(enough <= short_of)[0]]
    return bought
