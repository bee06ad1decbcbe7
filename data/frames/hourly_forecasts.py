"""Forecasts of hours, packed as their table keeps them and unpacked again."""

from datetime import datetime
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.frames.forecasts import QUANTILES
from data.tables import HOURS, HourlyForecast

Floats = NDArray[np.float64]

PLACES = 4  # that a quantile is told with: 32-bit floats have no more to tell


def keep_hours(session: Session, warehouse_id: str, hourly: pd.DataFrame, origin: datetime) -> int:
    """Keeps a warehouse's hourly forecasts in place of those it has, unless they are of a later origin; returns how
    many days of products were kept.

    `hourly`: product_id, date, hour, q05..q95, mean; 24 rows in the order of the hours a product and day."""
    mine = HourlyForecast.warehouse_id == warehouse_id
    if session.scalar(select(HourlyForecast.origin).where(mine, HourlyForecast.origin > origin).limit(1)):
        return 0
    session.execute(delete(HourlyForecast).where(mine))
    days = hourly[::HOURS]
    means = hourly["mean"].to_numpy(dtype="<f8").reshape(-1, HOURS)
    quantiles = hourly[list(QUANTILES)].to_numpy(dtype="<f4").reshape(-1, HOURS * len(QUANTILES))
    rows = (
        (warehouse_id, product_id, date.date(), origin, mean.tobytes(), of_hours.tobytes())
        for product_id, date, mean, of_hours in zip(days["product_id"], days["date"], means, quantiles, strict=True)
    )
    columns = ["warehouse_id", "product_id", "date", "origin", "mean", "quantiles"]
    return write_rows(session.connection(), cast(Table, HourlyForecast.__table__), columns, rows)


def hours_of(row: HourlyForecast) -> tuple[Floats, Floats]:
    """The mean (24) and the quantiles (24 x 7) of a row's hours."""
    mean = np.frombuffer(row.mean, dtype="<f8").astype(np.float64)
    quantiles = np.frombuffer(row.quantiles, dtype="<f4").astype(np.float64).reshape(HOURS, len(QUANTILES))
    return mean, quantiles.round(PLACES)
