"""The level expected of a day, wholly in stock: a chain of ratios, each pulled towards 1 by its credibility.

Permanent effects - region, category, product in city, warehouse, series - are learned from all days by sales over
exposure. Days seen whole, which alone need no assumption on why a day was cut short, then correct them and add the
transient ones: the day in region, city, category, product and warehouse, and the series' rest days and weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import category_and_rest
from forecasting.known.calendar import PlacesOfWarehouses
from forecasting.known.frames import SalesHistory
from forecasting.known.seen_whole import SEEN_WHOLE
from forecasting.statistics.credibility import VOLUME_BANDS, banded, pulled_ratios

Doubles = NDArray[np.float64]
Index = NDArray[np.intp]
Groups = tuple[Index, int]  # the group of each row, and how many there are


@dataclass(frozen=True, eq=False)
class Chain:
    """The groups of each row, coarse ones first: those with a level of their own, and those of a day or a week."""

    series: Groups
    permanent: Sequence[Groups]
    transient: Sequence[Groups]

    @classmethod
    def of(cls, history: SalesHistory, products: pd.DataFrame, warehouses: pd.DataFrame | None) -> Chain:
        """The groups of a history's rows."""
        days = history.days
        category_name, rest = category_and_rest(history, products, PlacesOfWarehouses.of(warehouses))
        everything = (np.zeros(len(days), dtype=np.intp), 1)
        category, day = _code(pd.Series(category_name, dtype=object)), _code(days["date"])
        product, warehouse = _code(days["product_id"]), _code(days["warehouse_id"])
        city = everything
        if warehouses is not None:
            city = _code(days["warehouse_id"].map(warehouses.set_index("warehouse_id")["city"]))
        series, here = _pair(warehouse, product), _pair(city, product)
        since = (days["date"] - days["date"].min()).dt.days.to_numpy(dtype=np.intp)
        week = (since // 7, int(since.max(initial=0)) // 7 + 1)
        return cls(
            series,
            [everything, category, here, warehouse, series],
            [
                *(_pair(group, day) for group in (everything, city, _pair(city, category), here, warehouse)),
                _pair(series, (rest.astype(np.intp), 2)),
                _pair(series, week),
            ],
        )


def seen_sales(history: SalesHistory) -> Doubles:
    """What each row (n) sold in hours in stock; where only the total is known, the total."""
    total = history.days["sales"].to_numpy(dtype=np.float64)
    out = history.in_stock == 0
    short = np.flatnonzero(out.any(axis=1) & ~np.isnan(history.hourly_sales[:, 0]))
    seen = total.copy()
    seen[short] = np.maximum(0, total[short] - (history.hourly_sales[short] * out[short]).sum(axis=1))
    return seen


def expected_level(seen: Doubles, exposed: Doubles, chain: Chain, guessed: NDArray[np.bool_] | None = None) -> Doubles:
    """What each row (n) would be expected to sell, wholly in stock.

    Rows whose exposure was `guessed` count by it throughout: those that seem whole are those that sold late.
    """
    if not exposed.sum() > 0:
        return np.zeros(len(seen))
    level = np.full(len(seen), seen.sum() / exposed.sum())
    level = _fitted(level, seen, exposed, chain.permanent)
    whole = exposed >= SEEN_WHOLE if guessed is None else (exposed >= SEEN_WHOLE) | guessed
    alike = _alike(level, whole, chain.series)
    everything = chain.permanent[0]
    groups = [everything, alike, *chain.permanent[1:], *chain.transient, everything]
    return _fitted(level, np.where(whole, seen, 0), np.where(whole, exposed, 0), groups)


def _fitted(level: Doubles, seen: Doubles, exposed: Doubles, groups: Sequence[Groups]) -> Doubles:
    """The level after each group's pulled ratio in turn, from the rows that are exposed."""
    rows = np.flatnonzero(exposed > 0)
    for code, count in groups:
        level = level * pulled_ratios(seen[rows], exposed[rows] * level[rows], code[rows], count)[code]
    return level


def _alike(level: Doubles, whole: NDArray[np.bool_], series: Groups) -> Groups:
    """Series that sell alike and are cut short alike: how much quieter whole days are than all goes by both."""
    code, count = series
    rows = np.bincount(code, minlength=count)
    here = np.flatnonzero(rows)
    volume = banded((np.bincount(code, level, count)[here]) / rows[here])
    share = banded(np.bincount(code, whole, count)[here] / rows[here])
    band = np.zeros(count, dtype=np.intp)
    band[here] = volume * VOLUME_BANDS + share
    return band[code], VOLUME_BANDS * VOLUME_BANDS


def _code(values: pd.Series) -> Groups:
    code, names = pd.factorize(values, sort=True)
    return np.asarray(code, dtype=np.intp), max(len(names), 1)


def _pair(first: Groups, second: Groups) -> Groups:
    """One group for two."""
    return first[0] * second[1] + second[0], first[1] * second[1]
