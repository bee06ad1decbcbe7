"""Which days each delivery covers, and what was demanded on them: purchase accuracy compares what was accepted with it.

A delivery covers the days up to the product's next one, at most LONGEST_COVER; one that was ordered and did not come
counts as a delivery of nothing. It is judged when its days have passed and the demand of all of them is known.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LONGEST_COVER: Final = 14  # days: the forecast horizon; what lies longer was not bought for a forecast day
DAY: Final = pd.Timedelta(days=1)


def judged_deliveries(accepted: pd.DataFrame, ordered: pd.DataFrame, demand: "DemandOfDays") -> pd.DataFrame:
    """Deliveries with product_id, date, bought, demanded: those whose days have passed and are known.

    accepted  product_id, date, quantity; ordered  product_id, date"""
    came = accepted.loc[accepted["quantity"] > 0, ["product_id", "date", "quantity"]]
    both = pd.concat([came, ordered.assign(quantity=0.0)], ignore_index=True)
    days = both.groupby(["product_id", "date"], as_index=False).sum()
    days = days.sort_values(["product_id", "date"], ignore_index=True)
    days["covers_until"] = covers_until(days)
    judged = days[demand.is_known(days["date"], days["covers_until"])].copy()
    judged["demanded"] = demand.between(judged["product_id"], judged["date"], judged["covers_until"])
    return judged.rename(columns={"quantity": "bought"})[["product_id", "date", "bought", "demanded"]]


def covers_until(days: pd.DataFrame) -> pd.Series:
    """The last day that each delivery covers, by row of `days`: product_id, date, sorted by both, each once."""
    following = days.groupby("product_id")["date"].shift(-1)
    longest = days["date"] + (LONGEST_COVER - 1) * DAY
    return (following - DAY).where(following <= longest, longest)


class DemandOfDays:
    """Demand by product and day, added up between any two days. A product without demand on a day on which that of
    others is known was not wanted; of a day of which nothing is known nobody knows."""

    def __init__(self, demand: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> None:
        """demand: product_id, date, demand; days from `first` to `last`."""
        self._first, self._days = first, (last - first).days + 1
        wide = demand.pivot_table(index="product_id", columns="date", values="demand", aggfunc="sum")
        wide = wide.reindex(columns=pd.date_range(first, last))
        known = wide.notna().any(axis=0).to_numpy(bool) if len(wide) else np.zeros(self._days, bool)
        self._known = np.concatenate([[0], np.cumsum(known)])
        self._products = pd.Index(wide.index)
        filled = np.nan_to_num(wide.to_numpy(float))
        self._sums = np.concatenate([np.zeros((len(filled), 1)), np.cumsum(filled, axis=1)], axis=1)

    def is_known(self, first: pd.Series, last: pd.Series) -> pd.Series:
        """Whether every day between two days, both included, is known."""
        begin, end = (self._place(days) for days in (first, last))
        inside = (begin >= 0) & (end < self._days)
        begin, after = np.clip(begin, 0, self._days), np.clip(end + 1, 0, self._days)
        return pd.Series(inside & (self._known[after] - self._known[begin] == after - begin), index=first.index)

    def between(self, product_id: pd.Series, first: pd.Series, last: pd.Series) -> pd.Series:
        """Demand of the days between two days, both included; they must lie among those that are held."""
        row = self._products.get_indexer(product_id)
        begin, after = self._place(first), self._place(last) + 1
        if not len(self._products):
            return pd.Series(0.0, index=first.index)
        found = np.where(row >= 0, self._sums[row, after] - self._sums[row, begin], 0.0)
        return pd.Series(found, index=first.index)

    def _place(self, days: pd.Series) -> NDArray[np.intp]:
        return (days - self._first).dt.days.to_numpy().astype(np.intp)
