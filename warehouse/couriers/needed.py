"""Couriers needed by half hour: the fewest with whom the share of its orders arrives in time, one half hour after the
other, what the earlier ones leave behind included."""

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.through_the_day import ahead, entering, played_out
from warehouse.couriers.waiting import Chain

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOBODY_ORDERS = 0.01  # orders of a half hour below which nobody has to be there


def couriers_needed(chain: Chain, share: float) -> Ints:
    """By half hour; the most that are looked at where not even they are enough."""
    setting = chain.setting
    ends: dict[int, tuple[float, Floats]] = {}
    needed = []
    for half_hour in range(setting.half_hours):
        orders = setting.ready.expected[half_hour]
        low, high = -1, 0 if orders < NOBODY_ORDERS else setting.most
        while high - low > 1:
            number = (low + high) // 2
            late, _ = _late_with(chain, half_hour, number, ends)
            low, high = (low, number) if late <= (1 - share) * orders else (number, high)
        ends = {high: (1.0, _late_with(chain, half_hour, high, ends)[1])}
        needed.append(high)
    return np.array(needed)


def _late_with(
    chain: Chain, half_hour: int, number: int, ends: dict[int, tuple[float, Floats]]
) -> tuple[float, Floats]:
    """Late orders of a half hour with that number from now on, and the chances of states at its end."""
    ready, numbers = chain.setting.ready, np.array([number])
    after = np.full((1, ahead(chain)), float(number))
    occupied, end = played_out(chain, half_hour, numbers, entering(chain, ends, number, ready.day)[None])
    late = np.einsum("nudks,dk,nus->", occupied, ready.rate[half_hour], chain.late(half_hour, numbers, after))
    return float(late), end[0]
