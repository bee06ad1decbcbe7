"""Couriers needed by half hour: the fewest with whom the share of its orders arrives in time, one half hour after the
other, what the earlier ones leave behind included."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.playing import Days, Street, empty_street
from warehouse.couriers.reach import late_alone
from warehouse.couriers.terms import HALF_HOUR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOBODY_ORDERS: Final = 0.01  # orders of a half hour below which nobody has to be there
LAST_DIGIT: Final = 1e-9  # of orders, what the mean over days may leave
TRIED: Final = 4  # numbers beside each other


def couriers_needed(days: Days, share: float) -> Ints:
    """By half hour; where not even a courier for each of the orders is enough, as few as come as near, and never 0."""
    ready = days.orders.by_half_hour(np.isfinite(days.orders.placed))
    most = days.orders.placed.shape[1]
    street = empty_street(days, np.arange(days.count), 0)
    may_be_late = np.maximum((1 - share) * ready, late_alone(days) + LAST_DIGIT)
    needed: list[int] = []
    for half_hour in range(days.half_hours):
        tried: dict[int, tuple[float, Street]] = {}
        number, about = 0, max((needed or [0])[-1] - 1, 0)
        while ready[half_hour] >= NOBODY_ORDERS:
            tried |= _with_each(street, half_hour, np.arange(about, min(about + TRIED, most + 1)))
            enough = [one for one, (late, _) in tried.items() if one and late <= may_be_late[half_hour]]
            number = min(enough, default=most)
            if max(tried) < number:
                about = max(tried) + 1
            elif number == min(tried) > 0:
                about = max(number - TRIED, 0)
            else:
                break
        if number not in tried:
            tried |= _with_each(street, half_hour, np.array([number]))
        street = tried[number][1]
        needed.append(number)
    return np.array(needed)


def _with_each(street: Street, half_hour: int, numbers: Ints) -> dict[int, tuple[float, Street]]:
    """With each of the numbers from a half hour on: how many of its orders are late, and the street at its end."""
    days, orders = street.days, street.days.orders
    new = max(int(numbers.max()) - street.free.shape[1], 0)  # who was never there yet
    before = np.pad(street.free, [(0, 0), (0, new)])
    several = Street(
        days,
        np.tile(street.day, len(numbers)),
        np.tile(before, (len(numbers), 1)),
        np.tile(street.taken, len(numbers)),
    )
    there = np.arange(before.shape[1]) < np.repeat(numbers, days.count)[:, None]
    in_time, last = np.zeros(len(several.day)), (orders.half_hour <= half_hour).sum(axis=1)[several.day]
    nobody_rests, ends = np.zeros(there.shape[1]), dict[int, Street]()
    for later in range(half_hour, min(half_hour + 2 + int(days.promise) // HALF_HOUR, days.half_hours)):
        for trips in several.half_hour(later, there, there, nobody_rests):
            day = several.day[trips.row][:, None]
            of_it = orders.half_hour[day, trips.order] == half_hour
            minutes = trips.over - np.where(of_it, orders.placed[day, trips.order], 0.0)
            in_time[trips.row] += (of_it & (minutes <= days.promise)).sum(axis=1)
        if later == half_hour:
            free = several.free.reshape(len(numbers), *before.shape).copy()
            taken = several.taken.reshape(len(numbers), days.count).copy()
            ends = {int(number): Street(days, street.day, free[at], taken[at]) for at, number in enumerate(numbers)}
        if (several.taken >= last).all():
            break
    late = (orders.half_hour == half_hour).sum() / days.count - in_time.reshape(len(numbers), -1).mean(axis=1)
    return {number: (float(late[at]), ends[number]) for at, number in enumerate(ends)}
