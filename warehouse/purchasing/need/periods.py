"""The time that a plan looks at: what is left of the order date, cut where something arrives, then whole days.

A plan that is made at 21:00 still has three hours of its day to sell for, and what comes at 22:00 serves only the last
two. Hours are of the warehouse's clock, 0 to 24.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.suppliers.offers import OnOrder

Floats = NDArray[np.float64]

HOURS: Final = 24
EVEN: Final[Floats] = np.full(HOURS, 1 / HOURS)


@dataclass(frozen=True)
class Periods:
    """Periods of `days` days from the order date on.

    starts  hours at which the order date's periods begin, ascending; the first is the hour of the decision
    """

    starts: tuple[float, ...]
    days: int

    @property
    def day_of(self) -> NDArray[np.intp]:
        """By period, the day that it lies in: 0 is the order date."""
        return np.concatenate([np.zeros(len(self.starts), dtype=np.intp), np.arange(1, self.days, dtype=np.intp)])

    def at(self, day: int, hour: float) -> int:
        """The period in which something can be sold first that arrives on a day at an hour; overdue: the first."""
        if day > 0:
            return len(self.starts) - 1 + day
        return 0 if day < 0 else max(int(np.searchsorted(self.starts, hour, "right")) - 1, 0)


def periods_from(hour: float, on_order: Iterable[OnOrder], order_date: date, days: int) -> Periods:
    """The periods of a plan made at an hour of the order date. Raises ValueError for an hour that no day has."""
    if not 0 <= hour < HOURS:
        raise ValueError(f"hour {hour}: a day's hours are 0 to {HOURS}")
    today = {order.hour for order in on_order if order.delivery_date == order_date and hour < order.hour < HOURS}
    return Periods((hour, *sorted(today)), days)


def shares_of(shares: Mapping[str, Floats], product_ids: Sequence[str]) -> Floats:
    """The share of a day's demand in each hour (products x 24, adding up to 1); even for a product without any.

    Raises ValueError, naming the product, for shares that are no 24 numbers of at least 0, some of them above."""
    rows = np.tile(EVEN, (len(product_ids), 1))
    for row, product_id in ((row, name) for row, name in enumerate(product_ids) if name in shares):
        given = np.asarray(shares[product_id], dtype=float)
        if given.shape != (HOURS,) or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
            raise ValueError(f"hourly shares of product {product_id}: 24 numbers of at least 0, some above")
        rows[row] = given / given.sum()
    return rows


def share_between(shares: Floats, start: float, end: float) -> Floats:
    """The share (products) of a day's demand between two hours, within an hour in proportion to its time."""
    hours = np.arange(HOURS)
    part = np.clip(end - hours, 0, 1) - np.clip(start - hours, 0, 1)
    between: Floats = shares @ part
    return between
