"""What would have sold had the product been there all day: demand recovered from sales and availability.

Demand = what was seen + (1 - exposure) x the level expected of that day: the expected level, not the morning scaled
up, since a product sells out on the mornings on which many came and those say little about the afternoon. How much
they do say is measured on days seen whole (`Belief`) and is nothing on FreshRetailNet.

The expected level is a chain of ratios, each pulled towards 1 by its credibility (forecasting.credibility). What
lasts - region, category, product in city, warehouse, series - is learned from all days by sales over exposure. Days
seen whole, which alone need no assumption on why a day was cut short, then correct it, and add what passes: the day
in region, city, category, product and warehouse, and the series' rest days and weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.credibility import BANDS, banded, pulled_ratios
from forecasting.frames import SalesHistory
from forecasting.profiles import HourlyProfiles, category_and_rest, exposure

WHOLE: Final = 0.95  # exposure from which on a day counts as seen whole
SAMPLE: Final = 200_000  # whole days that the belief is measured on
SEEN, RECOVERED, GUESSED = "seen", "recovered", "guessed"

Doubles = NDArray[np.float64]
Index = NDArray[np.intp]
Groups = tuple[Index, int]  # the group of each row, and how many there are


def recover_demand(
    history: SalesHistory,
    products: pd.DataFrame,
    profiles: HourlyProfiles,
    warehouses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Demand by row of the history; without `warehouses` all of them lie in one city.

    Columns: warehouse_id, product_id, date, sales, exposure (0..1), expected (the level of such a day, wholly in
    stock), demand (recovered, never below sales), how ('seen': in stock in every hour that sells; 'recovered': hours
    are known to be hidden), availability_known. Quantities are in the product's unit.
    """
    exposed = exposure(history, products, profiles).astype(np.float64)
    seen = seen_sales(history)
    expected = expected_level(seen, exposed, Chain.of(history, products, warehouses))
    rate = Belief.measured(history, products, profiles, exposed, expected).rate(seen, exposed, expected)
    result = history.days[["warehouse_id", "product_id", "date", "sales"]].copy()
    result["exposure"] = exposed
    result["expected"] = expected
    result["demand"] = np.maximum(seen + (1 - exposed) * rate, result["sales"])
    result["how"] = np.where(exposed < 1, RECOVERED, SEEN)
    result["availability_known"] = np.asarray((history.in_stock >= 0).any(axis=1))
    return result


@dataclass(frozen=True, eq=False)
class Chain:
    """The groups of each row, coarse ones first: those whose level lasts, and those that a day or a week changes."""

    series: Groups
    lasting: Sequence[Groups]
    passing: Sequence[Groups]

    @classmethod
    def of(cls, history: SalesHistory, products: pd.DataFrame, warehouses: pd.DataFrame | None) -> Chain:
        """The groups of a history's rows."""
        days = history.days
        category_name, rest = category_and_rest(history, products)
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


@dataclass(frozen=True, eq=False)
class Belief:
    """How far a day's seen hours move what is expected of its hidden ones, by band of the level expected.

    A day whose seen hours sold `seen` where `due` was due is expected to go on at (seen + pull) / (due + pull) of
    its level: pull = variance of a unit due by chance / variance of true daily rates. The latter is the covariance
    of the early and the late half of days seen whole; infinite where a high morning foretells no high afternoon.
    """

    edges: Doubles
    pull: Doubles  # a band; units due

    @classmethod
    def measured(
        cls,
        history: SalesHistory,
        products: pd.DataFrame,
        profiles: HourlyProfiles,
        exposed: Doubles,
        expected: Doubles,
    ) -> Belief:
        """From the days seen whole whose hours are known."""
        usable = (exposed >= WHOLE) & ~np.isnan(history.hourly_sales[:, 0]) & (expected > 0)
        rows = np.flatnonzero(usable)
        rows = rows[:: max(1, len(rows) // SAMPLE)]
        if not len(rows):
            return cls(np.empty(0), np.full(1, np.inf))
        here = history.in_stock[rows] != 0
        due = np.where(here, profiles.of_rows(history, products, rows), 0) * expected[rows, None]
        made = np.where(here, history.hourly_sales[rows], 0)
        early = due.cumsum(axis=1) <= due.sum(axis=1, keepdims=True) / 2
        halves = [(np.where(half, made, 0).sum(axis=1), np.where(half, due, 0).sum(axis=1)) for half in (early, ~early)]
        edges = np.quantile(expected[rows], np.arange(1, BANDS) / BANDS)
        band = np.searchsorted(edges, expected[rows], side="right")

        def summed(values: Doubles) -> Doubles:
            sums: Doubles = np.bincount(band, values, BANDS).astype(np.float64)
            return sums

        (first, due_first), (second, due_second) = halves
        together = summed((first - due_first) * (second - due_second)) / summed(due_first * due_second)
        alone = (summed((first - due_first) ** 2) - together * summed(due_first**2)) / summed(due_first)
        pull = np.where(together > 0, np.maximum(alone, 0) / np.where(together > 0, together, 1), np.inf)
        return cls(edges, pull)

    def rate(self, seen: Doubles, exposed: Doubles, expected: Doubles) -> Doubles:
        """The level (n) at which each day goes on in its hidden hours, a whole day's worth."""
        pull = self.pull[np.searchsorted(self.edges, expected, side="right")]
        moved = np.isfinite(pull) & (expected > 0)
        ratio = np.ones(len(seen))
        ratio[moved] = (seen[moved] + pull[moved]) / np.maximum(exposed[moved] * expected[moved] + pull[moved], 1e-300)
        return expected * ratio


def seen_sales(history: SalesHistory) -> Doubles:
    """What each row (n) sold in hours in stock; where only the total is known, the total."""
    total = history.days["sales"].to_numpy(dtype=np.float64)
    out = history.in_stock == 0
    short = np.flatnonzero(out.any(axis=1) & ~np.isnan(history.hourly_sales[:, 0]))
    seen = total.copy()
    seen[short] = np.maximum(0, total[short] - (history.hourly_sales[short] * out[short]).sum(axis=1))
    return seen


def expected_level(seen: Doubles, exposed: Doubles, chain: Chain) -> Doubles:
    """What each row (n) would be expected to sell, wholly in stock."""
    if not exposed.sum() > 0:
        return np.zeros(len(seen))
    level = np.full(len(seen), seen.sum() / exposed.sum())
    level = _fitted(level, seen, exposed, chain.lasting)
    whole = exposed >= WHOLE
    alike = _alike(level, whole, chain.series)
    everything = chain.lasting[0]
    groups = [everything, alike, *chain.lasting[1:], *chain.passing, everything]
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
    band[here] = volume * BANDS + share
    return band[code], BANDS * BANDS


def _code(values: pd.Series) -> Groups:
    code, names = pd.factorize(values, sort=True)
    return np.asarray(code, dtype=np.intp), max(len(names), 1)


def _pair(first: Groups, second: Groups) -> Groups:
    """One group for two."""
    return first[0] * second[1] + second[0], first[1] * second[1]
