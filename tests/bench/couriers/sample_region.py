"""The sample region's couriers: each warehouse's next day is forecast from its orders, planned, and then played with
the orders that came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from data.database import open_database, upgrade_schema
from data.sample.region import generate_sample_region
from forecasting.orders.forecast import order_forecast
from forecasting.orders.known_orders import KnownOrders
from tests.bench.couriers.worlds import World

ZONE = "Asia/Shanghai"


@dataclass(frozen=True, eq=False)
class ForecastDay(World):
    """A world whose day is a forecast, with the orders that came."""

    came: Sequence[int] = ()

    def drawn(self, dice: np.random.Generator) -> list[int]:
        """The orders that came, whatever the dice."""
        return list(self.came)


def region_days(folder: Path, until: date, warehouses: int, days: int) -> Iterator[ForecastDay]:
    """Each warehouse's last days, each forecast from the days before it."""
    engine = open_database(f"sqlite:///{folder / 'couriers.db'}")
    upgrade_schema(engine)
    generate_sample_region(engine, until=until, warehouses=warehouses, products=300, days=60)
    orders = pd.read_sql("select warehouse_id, order_id, min(ordered_at) as at from order_lines group by 1, 2", engine)
    places = pd.read_sql("select * from warehouses", engine)
    engine.dispose()
    local = pd.to_datetime(orders["at"], utc=True, format="mixed").dt.tz_convert(ZONE)
    orders["date"] = local.dt.tz_localize(None).dt.normalize()
    orders["slot"] = local.dt.hour * 2 + local.dt.minute // 30
    counts = orders.groupby(["warehouse_id", "date", "slot"]).size().rename("orders").reset_index()
    for back in range(days, 0, -1):
        day = pd.Timestamp(until) - pd.Timedelta(days=back - 1)
        yield from _days_of(counts, places, day)


def _days_of(counts: pd.DataFrame, places: pd.DataFrame, day: pd.Timestamp) -> Iterator[ForecastDay]:
    nothing = pd.DataFrame(
        {"warehouse_id": pd.Series(dtype=object), "date": pd.Series(dtype="datetime64[ns]"),
         "lines": pd.Series(dtype=float), "foreseen": pd.Series(dtype=bool), "hidden": pd.Series(dtype=float)}
    )  # fmt: skip
    known = KnownOrders(
        counts[counts["date"] < day].reset_index(drop=True), nothing, places, ZONE, day - pd.Timedelta(days=1)
    )
    forecast = order_forecast(known, 1)
    came = counts[counts["date"] == day]
    for warehouse_id, rows in forecast.groupby("warehouse_id"):
        of_day = np.zeros(48, np.int64)
        here = came[came["warehouse_id"] == warehouse_id]
        of_day[here["slot"]] = here["orders"]
        yield ForecastDay(
            f"{warehouse_id} {day:%Y-%m-%d}",
            rows["mean"].to_numpy(),
            dispersion=float(np.average(rows["dispersion"], weights=rows["mean"])),
            day_dispersion=float(rows["day_dispersion"].iloc[0]),
            came=of_day.tolist(),
        )
