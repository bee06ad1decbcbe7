"""How stock by age runs down over periods of demand, first-expired first, in many scenarios at once; a share of
customers may take what is freshest instead.

Tells what each day's demand is left unmet, what expires, and what is usable on a given day. Stock of one age is
one column, so the run is a few array operations a period for all products and scenarios. A period is a day, or a part
of one where something arrives within the day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RunDown:
    """What became of the stock; the product's unit, per product (p), day (t) and scenario (s).

    usable   p x t x s, before that day's sales
    unmet    p x t x s, demand that no usable stock met
    expired  p x t x s, left at the end of its last day
    left     p x s, still usable after the last day
    """

    usable: Floats
    unmet: Floats
    expired: Floats
    left: Floats


def run_down(
    stock: Floats,
    arrivals: Floats,
    demand: Floats,
    day_of_period: NDArray[np.intp] | None = None,
    comes: Floats | None = None,
    freshest_first: Floats | None = None,
) -> RunDown:
    """Serve `demand` (products x periods x scenarios) from stock, the oldest first.

    stock          p x (t + 1): quantity whose last usable day is day 0, 1, ...; the last column outlives all days
    arrivals       products x periods x (t + 1): what arrives at the start of each period, by its last usable day
    comes          products x periods x scenarios: as shares of that, what does arrive; None: all of it
    day_of_period  the day that each period lies in, ascending from 0 without a gap; None: periods are days
    freshest_first  products x periods: the share of demand that is served the freshest first, before the rest; None:
                    none
    """
    products, periods, scenarios = demand.shape
    day_of = np.arange(periods) if day_of_period is None else day_of_period
    days = int(day_of[-1]) + 1
    ages = np.flatnonzero(stock.any(axis=0) | arrivals.any(axis=(0, 1)))
    held = [np.repeat(stock[:, age, None], scenarios, axis=1) for age in range(days + 1)]
    usable, unmet, expired = (np.zeros((products, days, scenarios)) for _ in range(3))
    for period, day in enumerate(day_of):
        wanted = demand[:, period].copy()
        begins = period == 0 or day_of[period - 1] != day
        there = ages[ages >= day]
        for age in there:
            if arrivals[:, period, age].any():
                arrives = arrivals[:, period, age, None]
                held[age] += arrives if comes is None else arrives * comes[:, period]
            if begins:
                usable[:, day] += held[age]
        if freshest_first is not None:
            picky = wanted * freshest_first[:, period, None]
            wanted -= picky
            _take(held, there[::-1], picky)
            wanted += picky  # who found nothing is as unmet as the others
        _take(held, there, wanted)
        unmet[:, day] += wanted
        expired[:, day] = held[day]
    return RunDown(usable, unmet, expired, held[days])


def _take(held: list[Floats], ages: NDArray[np.intp], wanted: Floats) -> None:
    """Takes what is wanted of the ages in that order; both change in place."""
    for age in ages:
        taken = np.minimum(held[age], wanted)
        held[age] -= taken
        wanted -= taken
