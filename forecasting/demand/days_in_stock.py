"""What each day shows of its demand: what was sold in the hours in stock, and in the hour in which the stock ended.

An hour that is booked as out of stock and yet sold is the hour in which the stock ended: at least so much was wanted
in it, and nobody knows at which minute it ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.known.frames import SalesHistory

CHUNK: Final = 100_000  # rows worked on at a time
LEAST_SHARE: Final = 0.3  # of a day in stock, for the scatter of its hours to be told
LEAST_PURCHASE: Final = 0.01  # units: days whose hours are known to the last gram count no finer
PULL: Final = 20.0  # weight of what all products of a unit show, in purchases

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DaysInStock:
    """What rows of a history show, each (n), in the product's unit; shares are of a usual day's demand.

    sold, exposure          in the hours wholly in stock, and the share due in them: 1 where the day was seen whole
    last_sold, last_share   in the hours in which the stock ended, and the share due in them: 0 where it did not
    purchase                the size of a purchase: the variance of an hour's sales over their mean, by product
    """

    sold: Floats
    exposure: Floats
    last_sold: Floats
    last_share: Floats
    purchase: Floats

    @classmethod
    def of(cls, history: SalesHistory, products: pd.DataFrame, profiles: HourlyProfiles) -> DaysInStock:
        """The rows of a history. Hours of unknown availability count as in stock; where only a day's total is known,
        all of it was sold in them."""
        count = len(history)
        sold, exposure, last_sold, last_share, scatter, chance = np.zeros((6, count))
        for start in range(0, count, CHUNK):
            rows = np.arange(start, min(start + CHUNK, count))
            share = profiles.of_rows(history, products, rows).astype(np.float64)
            sales = np.nan_to_num(history.hourly_sales[rows].astype(np.float64))
            open_ = history.in_stock[rows] != 0
            ended = ~open_ & (sales > 0)
            exposure[rows] = np.where(open_.all(axis=1), 1.0, np.minimum((share * open_).sum(axis=1), 1.0))
            last_share[rows] = np.minimum((share * ended).sum(axis=1), 1 - exposure[rows])
            sold[rows], last_sold[rows] = (sales * open_).sum(axis=1), (sales * ended).sum(axis=1)
            scatter[rows], chance[rows] = _scatter_of_hours(sales * open_, share * open_)
        timed = ~np.isnan(history.hourly_sales[:, 0])
        sold = np.where(timed, sold, history.days["sales"].to_numpy(dtype=np.float64))
        by = history.days[["product_id"]].merge(products[["product_id", "unit"]], how="left", on="product_id")
        purchase = _purchase_sizes(scatter * timed, chance * timed, by)
        return cls(sold, exposure, last_sold, last_share, purchase)

    def __len__(self) -> int:
        return len(self.sold)

    def where(self, rows: NDArray[np.integer]) -> DaysInStock:
        """Some of the rows, by their numbers."""
        return DaysInStock(*(each[rows] for each in vars(self).values()))

    def divided_by(self, factor: Floats) -> DaysInStock:
        """The same in other units: as many purchases of sizes divided by a factor (n)."""
        return replace(
            self,
            sold=self.sold / factor,
            last_sold=self.last_sold / factor,
            purchase=self.purchase / factor,
        )


def _scatter_of_hours(sales: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Of days (n) the squared distance of sales by hour from what the profile makes of the day's, and what it would be
    if each unit were a purchase of its own."""
    open_share = share.sum(axis=1, keepdims=True)
    of_hour = share / np.maximum(open_share, 1e-12)
    day = sales.sum(axis=1, keepdims=True)
    told = open_share[:, 0] > LEAST_SHARE
    scatter = ((sales - day * of_hour) ** 2).sum(axis=1)
    chance = (day * of_hour * (1 - of_hour)).sum(axis=1)
    return scatter * told, chance * told


def _purchase_sizes(scatter: Floats, chance: Floats, by: pd.DataFrame) -> Floats:
    """The size of a purchase (n) by product, pulled towards that of all products of its unit; 1 where nothing is told.

    `by`: product_id and unit of each row."""
    unit, units = pd.factorize(by["unit"], use_na_sentinel=False)
    product, products = pd.factorize(by["product_id"])
    made, due = np.bincount(unit, scatter, len(units)), np.bincount(unit, chance, len(units))
    usual = np.where(made > 0, made / np.where(due > 0, due, 1), 1.0)[unit]
    of_product = np.bincount(product, scatter, len(products)), np.bincount(product, chance, len(products))
    pull = PULL * usual
    size: Floats = (of_product[0][product] + pull * usual) / (of_product[1][product] + pull)
    return np.maximum(size, LEAST_PURCHASE)
