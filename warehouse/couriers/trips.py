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
MOST_EVEN: Final = 4  # phases: more change little and cost as many states
SHORTEST: Final = 0.5  # minutes: where terms and ways say that nothing takes time
LONGEST: Final = 240  # minutes from leaving to handing over: longer ones count as this


@dataclass(frozen=True, eq=False)
class Trips:
    """`drawn` (batch x draws): minutes that a courier is away with 1, 2, ... orders. `to_door` (batch x minutes): the
    share of the orders of such a trip that take so many minutes from when they would be ready on average (late
    preparation within) to being handed over."""

    drawn: Floats
    to_door: Floats

    @property
    def minutes(self) -> Floats:
        """How long a courier is away on average, by orders (batch)."""
        return np.asarray(self.drawn.mean(axis=1))

    @property
    def longest(self) -> float:
        """Minutes to the door that one order in a hundred exceeds where it leaves alone and at once."""
        return float(np.searchsorted(self.to_door[0].cumsum(), 0.99))


def evenness(trips: Trips, within: int) -> int:
    """How many times more evenly than by chance couriers come back while an order can wait: the mean of how often one
    comes back in that time over its variance (Whitt's index of dispersion), as a whole number of phases.

    A courier met at random is on a trip drawn by its length, at a random point of it."""
    dice = np.random.default_rng(1)
    drawn = trips.drawn.ravel()
    wait = max(within - float(trips.to_door[0] @ np.arange(trips.to_door.shape[1])), 1.0)
    begun = dice.choice(drawn, DRAWN, p=drawn / drawn.sum())
    clock = begun * dice.random(DRAWN)
    times = np.zeros(DRAWN)
    while (clock <= wait).any():
        times += clock <= wait
        clock += dice.choice(drawn, DRAWN)
    return int(np.clip(np.rint(times.mean() / max(float(times.var()), 1e-9)), 1, MOST_EVEN))


def trips(travel: Travel, delivery: Delivery) -> Trips:
    """Trips of up to a batch of orders."""
    dice = np.random.default_rng(0)
    kept = [_drawn(travel, delivery, count, dice) for count in range(1, delivery.batch + 1)]
    return Trips(np.stack([away for away, _ in kept]), np.stack([to_door for _, to_door in kept]))


def _drawn(travel: Travel, delivery: Delivery, count: int, dice: np.random.Generator) -> tuple[Floats, Floats]:
    share = travel.share / travel.share.sum()
    place = dice.choice(len(share), size=(DRAWN, count), p=share)
    here, left = np.zeros(DRAWN, np.int64), np.ones((DRAWN, count), dtype=bool)
    clock = np.full(DRAWN, float(delivery.loading_minutes))
    arrived = np.empty((DRAWN, count))
    trip = np.arange(DRAWN)
    for _ in range(count):
        ride = np.where(left, travel.minutes[here[:, None], place], np.inf)
        nearest = ride.argmin(axis=1)
        clock += ride[trip, nearest] + _around(delivery.handover_minutes, delivery.handover_spread, DRAWN, dice)
        arrived[trip, nearest] = clock
        left[trip, nearest] = False
        here = place[trip, nearest]
    clock += travel.minutes[here, 0]
    prepared = _around(delivery.preparation_minutes, delivery.preparation_spread, DRAWN * count, dice)
    minutes = arrived.ravel() + prepared - delivery.preparation_minutes
    whole = np.clip(np.ceil(minutes), 0, LONGEST).astype(np.int64)
    return np.maximum(clock, SHORTEST), np.bincount(whole, minlength=LONGEST + 1) / len(whole)


def _around(mean: float, spread: float, size: int, dice: np.random.Generator) -> Floats:
    """Draws of a gamma distribution; the mean itself where nothing spreads."""
    if spread <= 0 or mean <= 0:
        return np.full(size, max(mean, 0.0))
    return dice.gamma((mean / spread) ** 2, spread**2 / mean, size)
