"""What a buyer expects to be wanted takes the place of the forecast's mean; its distribution keeps its shape.

Spread is scaled in proportion: who expects twice as much is as unsure of it, relative to it, as the forecast was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

DISTRIBUTION: Final = ["q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean"]


@dataclass(frozen=True)
class JudgedDemand:
    """What somebody expects to be wanted of a product on each day from `first_day` to `last_day`, in its unit."""

    product_id: str
    first_day: date
    last_day: date
    quantity: float
    by: str
    reason: str

    def is_about(self, product_id: str, first: date, last: date) -> bool:
        """Whether it is about the product on some day from `first` to `last`."""
        return self.product_id == product_id and self.first_day <= last and self.last_day >= first


def with_judged_demand(forecasts: pd.DataFrame, judged: Sequence[JudgedDemand]) -> pd.DataFrame:
    """Forecasts (product_id, date, q05..q95, mean) whose means are the judged quantities on the days that are judged;
    of several for one day the last counts. A forecast of 0 has no shape to keep: all of it becomes the quantity."""
    if not judged:
        return forecasts
    found = forecasts.copy()
    quantity = _quantities(found, judged)
    rows = ~np.isnan(quantity)
    mean = found.loc[rows, "mean"].to_numpy(float)
    shape = found.loc[rows, DISTRIBUTION].to_numpy(float)
    relative = np.divide(shape, mean[:, None], out=np.ones_like(shape), where=mean[:, None] > 0)
    found.loc[rows, DISTRIBUTION] = relative * quantity[rows, None]
    return found


def _quantities(forecasts: pd.DataFrame, judged: Iterable[JudgedDemand]) -> np.ndarray:
    quantity = np.full(len(forecasts), np.nan)
    dates = pd.to_datetime(forecasts["date"])
    for one in judged:
        days = dates.between(pd.Timestamp(one.first_day), pd.Timestamp(one.last_day))
        quantity[(forecasts["product_id"] == one.product_id) & days] = one.quantity
    return quantity
