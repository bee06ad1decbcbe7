"""The sample region's days, drawn again by fortnights of all warehouses together, so that weekdays, weather and what
hangs together stay: what a buyer by last weeks' weekdays earns of what could be earned of its true demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.database import open_database, upgrade_schema
from data.sample.region import generate_sample_region
from tests.bench.trials.worlds import FIRST, World
from warehouse.worth.trials.contrasts import Days

Floats = NDArray[np.float64]
UNTIL = date(2026, 11, 26)
MARGIN, SPARE, WEEKS = 0.35, 1.15, 4  # of the price; bought beyond the mean of the same weekdays; how many of them
FORTNIGHT = 14


@dataclass(frozen=True, eq=False)
class DrawnAgain(World):
    """Fortnights of recorded days, drawn with putting back."""

    places: Sequence[str] = ()
    part: Floats | None = None
    whole: Floats | None = None

    def days(self, length: int, dice: np.random.Generator) -> Days:
        """Days made of fortnights, which begin on a Monday."""
        assert self.part is not None and self.whole is not None  # noqa: PT018
        count = self.part.shape[1] // FORTNIGHT
        drawn = dice.integers(0, count, -(-length // FORTNIGHT))
        columns = (drawn[:, None] * FORTNIGHT + np.arange(FORTNIGHT)).ravel()[:length]
        return Days(list(self.places), FIRST, self.part[:, columns], self.whole[:, columns])


def sample_region(folder: Path, warehouses: int = 10, products: int = 60, days: int = 140) -> DrawnAgain:
    """The region's world. What is bought lives for two days and is sold oldest first."""
    engine = open_database(f"sqlite:///{folder / 'trials.db'}")
    upgrade_schema(engine)
    generate_sample_region(engine, until=UNTIL, warehouses=warehouses, products=products, days=days)
    demand = pd.read_sql("select warehouse_id, product_id, date, demand from true_demand", engine)
    price = pd.read_sql("select product_id, list_price from products", engine).set_index("product_id")["list_price"]
    engine.dispose()
    by_day = demand.pivot_table(index=["warehouse_id", "product_id"], columns="date", values="demand").fillna(0.0)
    wanted = by_day.to_numpy()
    prices = price.astype(float).reindex(by_day.index.get_level_values("product_id")).to_numpy()
    sold, thrown = _bought_by_weekdays(wanted)
    earned = prices[:, None] * (MARGIN * sold - (1 - MARGIN) * thrown)
    could = prices[:, None] * MARGIN * wanted
    begin = WEEKS * 7
    begin += (-pd.Timestamp(by_day.columns[begin]).weekday()) % 7
    places = by_day.index.get_level_values("warehouse_id")
    sums = [pd.DataFrame(one[:, begin:], index=places).groupby(level=0).sum() for one in (earned, could)]
    return DrawnAgain(
        "the sample region", places=list(sums[0].index), part=sums[0].to_numpy(), whole=sums[1].to_numpy()
    )


def _bought_by_weekdays(wanted: Floats) -> tuple[Floats, Floats]:
    sold, thrown = np.zeros_like(wanted), np.zeros_like(wanted)
    old = np.zeros(len(wanted))
    for day in range(WEEKS * 7, wanted.shape[1]):
        due = SPARE * np.mean([wanted[:, day - 7 * week] for week in range(1, WEEKS + 1)], axis=0)
        new = np.maximum(due - old, 0.0)
        sold[:, day] = np.minimum(wanted[:, day], old + new)
        thrown[:, day] = np.maximum(old - wanted[:, day], 0.0)
        old = np.minimum(new, np.maximum(old + new - wanted[:, day], 0.0))
    return sold, thrown
