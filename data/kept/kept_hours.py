"""Forecasts of hours, packed and kept in place of those before; `data.frames.hourly_forecasts` unpacks them."""

from datetime import datetime
from typing import cast

import pandas as pd
from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.frames.serving_forecasts import QUANTILES
from data.tables import HOURS, HourlyForecastRow


def keep_hours(session: Session, warehouse_id: str, hourly: pd.DataFrame, origin: datetime) -> int:
    """Keeps a warehouse's hourly forecasts in place of those it has, unless they are of a later origin; returns how
    many days of products were kept.

    `hourly`: product_id, date, hour, q05..q95, mean; 24 rows in the order of the hours a product and day."""
    mine = HourlyForecastRow.warehouse_id == warehouse_id
    if session.scalar(select(HourlyForecastRow.origin).where(mine, HourlyForecastRow.origin > origin).limit(1)):
        return 0
    session.execute(delete(HourlyForecastRow).where(mine))
    days = hourly[::HOURS]
    means = hourly["mean"].to_numpy(dtype="<f8").reshape(-1, HOURS)
    quantiles = hourly[list(QUANTILES)].to_numpy(dtype="<f4").reshape(-1, HOURS * len(QUANTILES))
    rows = (
        (warehouse_id, product_id, date.date(), origin, mean.tobytes(), of_hours.tobytes())
        for product_id, date, mean, of_hours in zip(days["product_id"], days["date"], means, quantiles, strict=True)
    )
    columns = ["warehouse_id", "product_id", "date", "origin", "mean", "quantiles"]
    return write_rows(session.connection(), cast(Table, HourlyForecastRow.__table__), columns, rows)
