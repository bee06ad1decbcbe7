"""Where customers live and how long rides between them take: straight lines times a detour, or a matrix of minutes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PLACES = 400  # of a disc


@dataclass(frozen=True, eq=False)
class Travel:
    """Minutes of riding between places (n x n), the warehouse being place 0, and the share of the orders that each
    place gets (n; the warehouse's is 0)."""

    minutes: Floats
    share: Floats

    def __post_init__(self) -> None:
        if self.minutes.shape != (len(self.share), len(self.share)) or len(self.share) < 2:
            raise ValueError(f"{len(self.share)} places need as many rows and columns, not {self.minutes.shape}")
        if (self.minutes < 0).any() or (self.share < 0).any() or self.share[1:].sum() <= 0:
            raise ValueError("minutes and shares are 0 or more, and somebody orders")

    def slower(self, factor: float) -> "Travel":
        """The same ways where each takes `factor` times as long."""
        return Travel(self.minutes * factor, self.share)


def straight_lines(radius_km: float, detour: float, speed_kmh: float) -> Travel:
    """Places spread evenly over a disc around the warehouse (Vogel's spiral: the golden angle), each with the same
    share of the orders."""
    number = np.arange(PLACES)
    radius = radius_km * np.sqrt((number + 0.5) / PLACES)
    angle = number * np.pi * (3 - np.sqrt(5))
    at = np.concatenate([[0j], radius * np.exp(1j * angle)])
    minutes = np.abs(at[:, None] - at[None, :]) * detour * 60 / speed_kmh
    return Travel(minutes, np.concatenate([[0.0], np.full(PLACES, 1 / PLACES)]))
