"""What can be promised with the couriers that there are: the shortest promise that its share of orders keeps."""

from typing import Final

import numpy as np

from warehouse.couriers.judging import SLACK
from warehouse.couriers.playing import Played
from warehouse.couriers.terms import Promise

LONGEST_MINUTES: Final = 180
STEP: Final = 5  # minutes: nobody promises 47


def promise_held(play: Played, promise: Promise) -> int | None:
    """Minutes within which the promised share arrives, in steps of five; None where three hours are not enough."""
    minutes = play.minutes[np.isfinite(play.days.orders.placed)]
    for held in range(STEP, LONGEST_MINUTES + 1, STEP):
        if (minutes <= held).sum() >= (promise.share - SLACK) * len(minutes):
            return held
    return None
