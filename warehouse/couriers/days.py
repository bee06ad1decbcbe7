"""The days by which couriers are judged, drawn from what is known of a day and of the terms."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.orders import DayOrders, drawn_orders
from warehouse.couriers.playing import Days
from warehouse.couriers.terms import CourierTerms
from warehouse.couriers.travel import Travel, straight_lines
from warehouse.couriers.trips import trips

ORDERS: Final = 80_000  # in all: what is late of a day is known to a quarter of a point
MOST_DAYS, FEWEST_DAYS = 1000, 100
LOOKED: Final = 0.3  # of the days: enough to say what one courier changes
# Of days by which couriers are chosen, on which one courier more or fewer is looked at, and by which shares are told
JUDGED_SEED, LOOKED_SEED, TOLD_SEED = 1, 2, 3


@dataclass(frozen=True, eq=False)
class CourierDay:
    """What is known of a day: orders by half hour from midnight on, in which of them it rains, ways where they are
    known better than as straight lines, and in which hour of the clock each begins where clocks change that day."""

    orders: DayOrders
    rain: NDArray[np.bool_]
    travel: Travel | None = None
    hour: NDArray[np.int64] | None = None


def courier_days(day: CourierDay, terms: CourierTerms, part: float = 1.0, seed: int = JUDGED_SEED) -> Days:
    """As many days as have about so many orders, or a part of them; the same for the same seed."""
    delivery = terms.delivery
    travel = day.travel or straight_lines(delivery.radius_km, delivery.detour, delivery.speed_kmh)
    dry = trips(travel, delivery)
    wet = trips(travel.slower(delivery.rain_slower), delivery) if day.rain.any() else dry
    count = round(np.clip(part * ORDERS / max(float(day.orders.mean.sum()), 1.0), FEWEST_DAYS, part * MOST_DAYS))
    orders = drawn_orders(day.orders, delivery, count, seed)
    return Days(orders, [wet if rains else dry for rains in day.rain], terms.promise.minutes, seed)
