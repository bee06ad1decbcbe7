"""Demand that other stock leaves to a delivery: in the days it must last for, and over its whole life.

Days count from the delivery on (d); p products, s scenarios.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.scenarios import later_demand

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def unmet_in_cover(unmet: Floats, arriving: Floats, covered: Flags) -> Floats:
    """Unmet demand of the covered days (p x s) after what arrives later than this delivery has been sold too.

    Later arrivals are fresher, so they sell after this delivery and expire after the days covered.

    unmet     p x d x s: demand that stock of before and arrivals up to the delivery do not meet
    arriving  p x d x s: what arrives; that of day 0 has been sold from already
    covered   p x d: the days that this delivery must last for
    """
    held = np.zeros_like(unmet[:, 0])
    total: Floats = np.zeros_like(held)
    for day in range(np.count_nonzero(covered.any(axis=0))):
        if day > 0:
            held += arriving[:, day]
        wanted = unmet[:, day] * covered[:, day, None]
        sold = np.minimum(held, wanted)
        held -= sold
        total += wanted - sold
    return total


def unmet_in_life(
    unmet: Floats, left: Floats, last_week: Floats, covers: Sequence[Cover], later_uniforms: Floats
) -> Floats:
    """Demand that older stock leaves to a delivery over its whole life (p x s), up to its last day on sale; inf where
    neither ends.

    The days of its life after those of the forecast count in one block, of days like the last week's; what older
    stock is left then sells first.

    unmet           p x d x s: demand that older stock does not meet
    left            p x s: older stock that outlives these days
    last_week       p x up to 7 x s: demand of the last days forecast
    later_uniforms  s: dice for the block
    """
    days = unmet.shape[1]
    life = np.array([np.inf if cover.sells_for_days is None else cover.sells_for_days for cover in covers])
    alive = np.arange(days)[None, :] < life[:, None]
    total: Floats = np.einsum("pds,pd->ps", unmet, alive.astype(float))
    longer = np.isfinite(life) & (life > days)
    week = last_week[longer]
    block = later_demand(week.mean(axis=(1, 2)), week.var(axis=2).mean(axis=1), life[longer] - days, later_uniforms)
    total[longer] += np.maximum(block - left[longer], 0)
    total[np.isinf(life)] = np.inf
    return total
