"""The shared sets as feeds: FreshRetailNet's stores with their hours, and one supermarket's vegetables as sales and as
prices. Nothing is seeded, so what is found there is a false alarm, unless the day was broken as it was recorded."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from forecasting.known.calendar import Workdays
from warehouse.worth.feeds.feed_days import DayKinds, FeedDays, feed_days
from warehouse.worth.feeds.findings import LOOK_BACK_DAYS

BESIDE_A_FEAST: Final = 3


def stores(path: Path, count: int, seed: int) -> Iterator[FeedDays]:
    """All days of some stores."""
    ids = np.unique(pq.read_table(path, columns=["store_id"])["store_id"].to_numpy())
    chosen = np.random.default_rng(seed).choice(ids, count, replace=False)
    columns = ["store_id", "product_id", "dt", "sale_amount", "hours_sale"]
    rows = pq.read_table(path, columns=columns, filters=[("store_id", "in", chosen.tolist())]).to_pandas()
    first, last = (date.fromisoformat(day) for day in (rows["dt"].min(), rows["dt"].max()))
    rows = rows.rename(columns={"dt": "date", "product_id": "item", "sale_amount": "value"})
    for _, of_store in rows.groupby("store_id"):
        hours = np.stack(of_store["hours_sale"].to_numpy()).astype(np.float32)
        yield feed_days(of_store[["date", "item", "value"]], first, _kinds(first, (last - first).days + 1), hours)


def vegetables(path: Path, column: str) -> Iterator[FeedDays]:
    """LOOK_BACK_DAYS up to every second Sunday: `kg_sold` or `price` by product."""
    rows = pd.read_csv(path).rename(columns={"product_id": "item", column: "value"})
    begin, end = (date.fromisoformat(day) for day in (rows["date"].min(), rows["date"].max()))
    for number in range(LOOK_BACK_DAYS, (end - begin).days + 1, 14):
        first = begin + timedelta(days=number - LOOK_BACK_DAYS + 1)
        yield feed_days(rows[["date", "item", "value"]], first, _kinds(first, LOOK_BACK_DAYS))


def _kinds(first: date, days: int) -> DayKinds:
    kept = Workdays.of(pd.Timestamp(first), days)
    usual = np.minimum(kept.days_to_festival, kept.days_since_festival) > BESIDE_A_FEAST
    return DayKinds(np.ones(days, bool), usual, np.ones(days, bool))
