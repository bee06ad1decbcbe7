"""Couriers needed by half hour: the fewest with whom the share of its orders arrives in time, one half hour after the
other, what the earlier ones leave behind included."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.through_the_day import ahead, entering, played_out
from warehouse.couriers.waiting import Chain

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOBODY_ORDERS = 0.01  # orders of a half hour below which nobody has to be there


def couriers_needed(chain: Chain, share: float, about: Ints | None = None) -> Ints:
    """By half hour; the most that are looked at where not even they are enough. They are looked for around `about`,
    or around those of the half hour before."""
    setting = chain.setting
    ends: dict[int, tuple[float, Floats]] = {}
    needed: list[int] = []
    for half_hour in range(setting.half_hours):
        orders = setting.ready.expected[half_hour]
        with_number = cache(partial(_late_with, chain, half_hour, ends))
        number = 0
        if orders >= NOBODY_ORDERS:
            nearby = (needed or [0])[-1] if about is None else int(about[half_hour])
            number = fewest(lambda one: with_number(one)[0] <= (1 - share) * orders, nearby, setting.most)  # noqa: B023
        ends = {number: (1.0, with_number(number)[1])}
        needed.append(number)
    return np.array(needed)


def fewest(enough: Callable[[int], bool], about: int, most: int) -> int:
    """The fewest that are enough, `most` where fewer are not: in doubling steps from `about` on, then by halves."""
    low, high, at, step = -1, most, min(about, most - 1), 1
    while high - low > 1:
        if enough(at):
            high, at = at, at - step
        else:
            low, at = at, at + step
        step *= 2
        if not low < at < high:
            at = (low + high) // 2
    return high


def _late_with(
    chain: Chain, half_hour: int, ends: dict[int, tuple[float, Floats]], number: int
) -> tuple[float, Floats]:
    """Late orders of a half hour with that number from now on, and the chances of states at its end."""
    ready, numbers = chain.setting.ready, np.array([number])
    after = np.full((1, ahead(chain)), float(number))
    occupied, end = played_out(chain, half_hour, numbers, entering(chain, ends, number, ready.day)[None])
    late = np.einsum("nudks,udk,nuds->", occupied, ready.rate[half_hour], chain.late(half_hour, numbers, after))
    return float(late), end[0]
