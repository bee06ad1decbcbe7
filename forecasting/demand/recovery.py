"""What would have sold had the product been there all day: demand recovered from sales and availability.

Demand = what was seen + (1 - exposure) x the level expected of that day (`expected_levels`): the expected level,
not the morning scaled up, since a product sells out on the mornings on which many came, and those say little about
the afternoon. How much they do say is measured on days seen whole (`Belief`); on FreshRetailNet it is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.expected_levels import Chain, expected_level, seen_sales
from forecasting.demand.hourly_profiles import HourlyProfiles, exposure, some
from forecasting.demand.stockouts import likely_stockouts
from forecasting.known.frames import SalesHistory
from forecasting.known.seen_whole import SEEN_WHOLE
from forecasting.statistics.credibility import VOLUME_BANDS

SAMPLE: Final = 200_000  # days seen whole that the belief is measured on
SEEN, RECOVERED, GUESSED = "seen", "recovered", "guessed"

Doubles = NDArray[np.float64]


def recover_demand(
    history: SalesHistory,
    products: pd.DataFrame,
    profiles: HourlyProfiles,
    warehouses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Demand by row of the history; without `warehouses` all of them lie in one city.

    Columns: warehouse_id, product_id, date, sales, exposure (0..1), expected (the level of such a day, wholly in
    stock), demand (recovered, never below sales), how ('seen': in stock in every hour that sells; 'recovered': hours
    are known to be hidden; 'guessed': availability is unknown, what was hidden was guessed), availability_known.
    Quantities are in the product's unit.
    """
    exposed = exposure(history, products, profiles).astype(np.float64)
    known = np.asarray((history.in_stock >= 0).any(axis=1))
    if not known.all():
        exposed[~known] = likely_stockouts(history, products, warehouses).exposure[~known]
    seen = seen_sales(history)
    expected = expected_level(seen, exposed, Chain.of(history, products, warehouses), ~known)
    timed = ~np.isnan(history.hourly_sales[:, 0])
    whole = np.flatnonzero(known & (exposed >= SEEN_WHOLE) & timed & (expected > 0))
    belief = Belief.measured(history, products, profiles, expected, whole)
    result = history.days[["warehouse_id", "product_id", "date", "sales"]].copy()
    result["exposure"] = exposed
    result["expected"] = expected
    hidden = (1 - exposed) * belief.rate(seen, exposed, expected)
    result["demand"] = np.where(exposed < 1, np.maximum(seen + hidden, result["sales"]), result["sales"])
    result["how"] = np.where(~known, GUESSED, np.where(exposed < 1, RECOVERED, SEEN))
    result["availability_known"] = known
    return result


@dataclass(frozen=True, eq=False)
class Belief:
    """How far a day's seen hours move what is expected of its hidden ones, by band of the level expected.

    A day whose seen hours sold `seen` where `due` was due is expected to go on at (seen + pull) / (due + pull) of
    its level: pull = variance of a unit due by chance / variance of true daily rates. The latter is the covariance
    of the early and the late half of days seen whole; infinite where a high morning predicts no high afternoon.
    """

    edges: Doubles
    pull: Doubles  # a band; units due

    @classmethod
    def measured(
        cls,
        history: SalesHistory,
        products: pd.DataFrame,
        profiles: HourlyProfiles,
        expected: Doubles,
        whole: NDArray[np.intp],
    ) -> Belief:
        """From rows seen whole whose hours are known and of which something was expected."""
        rows = some(whole, SAMPLE)
        if not len(rows):
            return cls(np.empty(0), np.full(1, np.inf))
        here = history.in_stock[rows] != 0
        due = np.where(here, profiles.of_rows(history, products, rows), 0) * expected[rows, None]
        made = np.where(here, history.hourly_sales[rows], 0)
        early = due.cumsum(axis=1) <= due.sum(axis=1, keepdims=True) / 2
        halves = [(np.where(half, made, 0).sum(axis=1), np.where(half, due, 0).sum(axis=1)) for half in (early, ~early)]
        edges = np.quantile(expected[rows], np.arange(1, VOLUME_BANDS) / VOLUME_BANDS)
        band = np.searchsorted(edges, expected[rows], side="right")

        def summed(values: Doubles) -> Doubles:
            sums: Doubles = np.bincount(band, values, VOLUME_BANDS).astype(np.float64)
            return sums

        def over(part: Doubles, whole: Doubles) -> Doubles:
            return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

        (first, due_first), (second, due_second) = halves
        together = over(summed((first - due_first) * (second - due_second)), summed(due_first * due_second))
        alone = over(summed((first - due_first) ** 2) - together * summed(due_first**2), summed(due_first))
        pull = np.where(together > 0, np.maximum(alone, 0) / np.where(together > 0, together, 1), np.inf)
        return cls(edges, pull)

    def rate(self, seen: Doubles, exposed: Doubles, expected: Doubles) -> Doubles:
        """The level (n) at which each day goes on in its hidden hours, a whole day's worth."""
        pull = self.pull[np.searchsorted(self.edges, expected, side="right")]
        due = exposed * expected + pull
        moved = np.isfinite(due) & (due > 0)
        ratio = np.ones(len(seen))
        ratio[moved] = (seen[moved] + pull[moved]) / due[moved]
        return expected * ratio
