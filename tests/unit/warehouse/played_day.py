"""A day played hour by hour in a small shop: stock runs down lot by lot as customers buy, by no code of the product's.

The shop sells by weight and by the piece what keeps from a day to three weeks. Its hours are told by SHARES.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import gamma

from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]

SHARES: Floats = np.array([0] * 6 + [2, 4, 8, 12, 14, 14, 10, 8, 8, 10, 14, 18, 18, 14, 10, 6, 2, 1], float) / 173
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class Goods:
    """Something sold: a day's mean and variance in its unit, how long it keeps, and the packs that it comes in."""

    product_id: str
    mean: float
    variance: float
    in_pieces: bool
    life_days: int
    pack: str


@dataclass
class Shelf:
    """Lots of one product: [quantity, last day], the first to expire first."""

    lots: list[list[float]] = field(default_factory=list)

    def put(self, quantity: float, last_day: int) -> None:
        self.lots = sorted([*self.lots, [quantity, last_day]], key=lambda lot: lot[1])

    def sell(self, quantity: float, day: int) -> float:
        """Sells what there is; returns what there was not."""
        for lot in self.lots:
            if lot[1] >= day:
                sold = min(lot[0], quantity)
                lot[0] -= sold
                quantity -= sold
        return quantity

    def throw_away(self, day: int) -> float:
        """Takes out what may not be sold after a day; returns how much that was."""
        gone = sum(lot[0] for lot in self.lots if lot[1] <= day)
        self.lots = [lot for lot in self.lots if lot[1] > day]
        return gone

    def as_lots(self, product_id: str, day: int, today: date) -> list[StockLot]:
        return [
            StockLot(f"{product_id}-{last}-{at}", product_id, Decimal(f"{quantity:.6f}"), today + timedelta(last - day))
            for at, (quantity, last) in enumerate(self.lots)
        ]


def assortment(count: int, seed: int) -> list[Goods]:
    """Goods of all kinds: rare and frequent, steady and bunched, in small and large packs."""
    rng = np.random.default_rng(seed)
    goods = []
    for number in range(count):
        mean = float(np.exp(rng.uniform(np.log(2), np.log(60))))
        in_pieces = bool(number % 2)
        packs = ("1", "4", "6") if in_pieces else ("0.5", "1", "2.5")
        life = int(rng.choice([1, 2, 3, 5, 8, 20]))
        variance = mean * float(rng.choice([1.0, 3.0]))
        goods.append(Goods(f"p{number}", mean, variance, in_pieces, life, str(rng.choice(packs))))
    return goods


def forecast_of(goods: Sequence[Goods], first: date, days: int = 7) -> pd.DataFrame:
    """What is known of each of the days: the distribution that its demand comes from, as a gamma's quantiles."""
    rows = []
    for one in goods:
        values = gamma.ppf(LEVELS, one.mean**2 / one.variance, scale=one.variance / one.mean)
        quantiles = {f"q{round(100 * level):02d}": value for level, value in zip(LEVELS, values, strict=True)}
        rows += [
            {"product_id": one.product_id, "date": first + timedelta(day), **quantiles, "mean": one.mean}
            for day in range(days)
        ]
    return pd.DataFrame(rows)


def terms_of(goods: Sequence[Goods]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": [one.product_id for one in goods],
            "in_wholes": [one.in_pieces for one in goods],
            "shelf_life_days": [float(one.life_days) for one in goods],
            "list_price": [Decimal("16.3")] * len(goods),
        }
    )


def parts_of_day(start: float, end: float) -> list[tuple[int, float]]:
    """The hours between two times of day, with how much of each lies between them."""
    return [
        (hour, min(end, hour + 1) - max(start, hour)) for hour in range(24) if min(end, hour + 1) > max(start, hour)
    ]
