"""What a record of temperatures comes to: its mean, its mean kinetic temperature, and how far and how long it was above
a limit.

A record is two arrays of one length: the temperature (C) of each stretch, NaN where nothing was seen, and how long the
stretch was. What was not seen counts in none of these figures. Mean kinetic temperature (USP <1079>) is the steady
temperature at which a reaction of 83.144 kJ/mol would have gone as far: a figure for the report, not what spoils food.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ACTIVATION_ENERGY: Final = 83_144.0  # J/mol, of the USP
GAS_CONSTANT: Final = 8.3144  # J/(mol K)
FREEZING_POINT: Final = 273.15  # K, of water


def mean_temperature(temperatures: Floats, lengths: Floats) -> float | None:
    """The mean over the time seen, in C; None where nothing was."""
    seen = _seen(temperatures, lengths)
    return None if seen is None else float(np.average(seen[0], weights=seen[1]))


def mean_kinetic_temperature(temperatures: Floats, lengths: Floats) -> float | None:
    """The mean kinetic temperature over the time seen, in C; None where nothing was."""
    seen = _seen(temperatures, lengths)
    if seen is None:
        return None
    by_energy = ACTIVATION_ENERGY / GAS_CONSTANT
    speed = np.average(np.exp(-by_energy / (seen[0] + FREEZING_POINT)), weights=seen[1])
    return float(by_energy / -np.log(speed) - FREEZING_POINT)


def degree_minutes_above(temperatures: Floats, minutes: Floats, limit_c: float | Floats) -> float:
    """How far above the limit, or above that of each stretch, for how long: 8 C-min are 2 C for 4 minutes, or 1 C for
    8."""
    over = np.clip(np.where(np.isnan(temperatures), limit_c, temperatures) - limit_c, 0, None)
    return float((over * minutes).sum())


def _seen(temperatures: Floats, lengths: Floats) -> tuple[Floats, Floats] | None:
    known = ~np.isnan(temperatures) & (lengths > 0)
    return (temperatures[known], lengths[known]) if known.any() else None
