"""What a trip with one order, with two, and so on takes, and how long each of its orders is under way: drawn from where
customers live, by a courier who goes to the nearest next."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.terms import Delivery
from warehouse.couriers.travel import Travel

Floats = NDArray[np.float64]
DRAWN: Final = 4000
SHORTEST: Final = 0.1  # minutes: where terms and ways say that nothing takes time


@dataclass(frozen=True, eq=False)
class Trips:
    """Minutes that a courier is `away` with 1, 2, ... orders (batch x draws), and until each of a trip's orders is
    handed `over` (batch x draws x batch; infinite beyond the trip's orders)."""

    away: Floats
    over: Floats


def trips(travel: Travel, delivery: Delivery) -> Trips:
    """Trips of up to a batch of orders."""
    dice = np.random.default_rng(0)
    drawn = [_drawn(travel, delivery, count, dice) for count in range(1, delivery.batch + 1)]
    return Trips(np.stack([away for away, _ in drawn]), np.stack([over for _, over in drawn]))


def _drawn(travel: Travel, delivery: Delivery, count: int, dice: np.random.Generator) -> tuple[Floats, Floats]:
    share = travel.share / travel.share.sum()
    place = dice.choice(len(share), size=(DRAWN, count), p=share)
    here, left = np.zeros(DRAWN, np.int64), np.ones((DRAWN, count), dtype=bool)
    clock = np.full(DRAWN, float(delivery.loading_minutes))
    over = np.full((DRAWN, delivery.batch), np.inf)
    trip = np.arange(DRAWN)
    for _ in range(count):
        ride = np.where(left, travel.minutes[here[:, None], place], np.inf)
        nearest = ride.argmin(axis=1)
        clock += ride[trip, nearest] + around(delivery.handover_minutes, delivery.handover_spread, DRAWN, dice)
        over[trip, nearest] = clock
        left[trip, nearest] = False
        here = place[trip, nearest]
    return np.maximum(clock + travel.minutes[here, 0], SHORTEST), over


def around(mean: float, spread: float, size: int, dice: np.random.Generator) -> Floats:
    """Draws of a gamma distribution; the mean itself where nothing spreads."""
    if spread <= 0 or mean <= 0:
        return np.full(size, max(mean, 0.0))
    return dice.gamma((mean / spread) ** 2, spread**2 / mean, size)
