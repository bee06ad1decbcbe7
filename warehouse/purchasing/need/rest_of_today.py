"""What is left of the order date to sell, so that a plan made at any hour is the same plan.

The hours gone are planned once more, with the demand that was forecast for them and, in stock, what they were expected
to sell: a plan made at 21:00 is that of 00:15, corrected by what became known since. It keeps the safety of a whole
day; less of it, since less of the day is uncertain, would make quantities shrink as the clock runs (docs/purchasing.md
has both, measured). Hours are put back only as far as the stock there is could have served them: an empty shelf cannot
turn out to have sold less, so of its day only the rest is planned.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.periods import HOURS, Periods, share_between

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RestOfToday:
    """What is planned of the order date, for products (p).

    shares    p x 24: of the day's demand in each hour
    hour      of the decision
    mean      p: of the whole day's demand
    put_back  p: the share of it, of hours gone, that is planned once more
    """

    shares: Floats
    hour: float
    mean: Floats
    put_back: Floats

    @property
    def left(self) -> Floats:
        """p: the share of the day's demand that is still to come."""
        return share_between(self.shares, self.hour, HOURS)

    def stock(self, there: Floats) -> Floats:
        """Stock by age (p x ages) with what the hours put back were expected to sell, in what sells first."""
        first = (there > 0).argmax(axis=1)
        stock = there.copy()
        stock[np.arange(len(there)), first] += self.put_back * self.mean
        return stock

    def demand_until(self, today: Floats, periods: Periods) -> Floats:
        """Demand up to the end of each of the order date's periods (p x periods x s), hours put back first.

        today  p x s: scenarios of the whole day"""
        ends = (*periods.starts[1:], HOURS)
        planned = np.stack([self.put_back + share_between(self.shares, self.hour, end) for end in ends], axis=1)
        whole = planned[:, -1:]  # p x 1
        in_all = np.maximum(today - (1 - whole) * self.mean[:, None], 0)
        until: Floats = in_all[:, None, :] * (planned / np.maximum(whole, 1e-12))[:, :, None]
        return until


def rest_of_today(there: Floats, mean: Floats, shares: Floats, hour: float) -> RestOfToday:
    """The rest of the day from `hour` on.

    there   p x ages: in stock
    mean    p: of the whole day's demand
    shares  p x 24: of the day's demand in each hour
    """
    servable = there.sum(axis=1) / np.maximum(mean, 1e-12)
    return RestOfToday(shares, hour, mean, np.minimum(share_between(shares, 0, hour), servable))
