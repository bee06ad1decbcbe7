"""At which hours of a day a warehouse sells what: as is forecast, else as it sells all it has, else evenly."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from data.frames.stock_frames import hourly_means, hours_sold

Floats = NDArray[np.float64]

EVEN: Final[Floats] = np.full(24, 1 / 24)
USUAL_DAYS: Final = 7  # whose sales tell the hours of all products where no forecast of hours is kept


@dataclass(frozen=True, eq=False)
class UsualHours:
    """Demand by hour (24): by product and day, by product over its days, and of all products together."""

    by_day: Mapping[tuple[str, date], Floats]
    by_product: Mapping[str, Floats]
    of_all: Floats

    def of(self, product_id: str, day: date) -> Floats:
        """The share of the day's demand in each hour (24, adding up to 1)."""
        for hours in (self.by_day.get((product_id, day)), self.by_product.get(product_id), self.of_all):
            if hours is not None and hours.sum() > 0:
                shares: Floats = hours / hours.sum()
                return shares
        return EVEN


def usual_hours(
    session: Session, warehouse_id: str, product_ids: Collection[str], today: date, now: datetime
) -> UsualHours:
    """As is known at `now`."""
    by_day = hourly_means(session, warehouse_id, now)
    by_product: dict[str, Floats] = {}
    for (product_id, _), hours in by_day.items():
        by_product[product_id] = by_product.get(product_id, np.zeros(24)) + hours
    if by_product:
        return UsualHours(by_day, by_product, np.sum(list(by_product.values()), axis=0))
    lately = today - timedelta(days=USUAL_DAYS)
    return UsualHours({}, {}, hours_sold(session, warehouse_id, product_ids, lately, now))
