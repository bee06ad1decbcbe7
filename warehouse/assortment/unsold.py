"""Whether a product that a warehouse sold before has stopped selling, longer than by chance at its own rhythm.

The days on which the warehouse has any rows are the clock, so that its days off say nothing. A product that sold on a
share p of them stays unsold for n by chance with (1 - p)^n. Where its rows have stopped, it may be delisted; where
they go on with zeros, it may be sold out. Which of the two, a person knows: this only asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

BY_CHANCE: Final = 0.001  # chosen: of a thousand products that still sell, one is asked about needlessly
LEAST_DAYS: Final = 3  # chosen: two days without a sale are a weekend
ROWS_STOPPED_DAYS: Final = 7  # without a row, chosen: a week holds every weekday
TAKEN_AS_DELISTED_DAYS: Final = 14  # chosen: after a second week nothing is bought until a buyer says so


@dataclass(frozen=True)
class Unsold:
    """A product that was last sold on a day, and on none of the warehouse's `days` since."""

    product_id: str
    last_sold: date
    days: int
    rows_stopped: bool

    @property
    def taken_as_delisted(self) -> bool:
        """Whether nothing is bought until a buyer says that it is still sold."""
        return self.rows_stopped and self.days >= TAKEN_AS_DELISTED_DAYS


def unsold_products(rows: pd.DataFrame) -> Sequence[Unsold]:
    """The products of a warehouse to ask about, in the order of their ids.

    rows  product_id, date (datetime64), sales: of one warehouse, one row at most a product and day
    """
    days = np.unique(rows["date"].to_numpy())
    at = pd.DataFrame({"product_id": rows["product_id"], "day": np.searchsorted(days, rows["date"].to_numpy())})
    sold = at[(rows["sales"] > 0).to_numpy()].groupby("product_id")["day"].agg(["min", "max", "size"])
    last_row = at.groupby("product_id")["day"].max().reindex(sold.index)
    unsold = len(days) - 1 - sold["max"]
    # one day more than was seen, so that a product sold each day is not taken to be sold for certain
    rate = sold["size"] / (sold["max"] - sold["min"] + 2)
    asked = (unsold >= LEAST_DAYS) & ((1 - rate) ** unsold < BY_CHANCE)
    stopped = len(days) - 1 - last_row >= ROWS_STOPPED_DAYS
    return [
        Unsold(str(name), pd.Timestamp(days[sold["max"][name]]).date(), int(unsold[name]), bool(stopped[name]))
        for name in sold.index[asked]
    ]
