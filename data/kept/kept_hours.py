"""Forecasts of hours, packed and kept in place of those before; `data.frames.hourly_forecasts` unpacks them."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import pandas as pd
from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.frames.serving_forecasts import QUANTILES
from data.kept.latest_origins import not_later
from data.tables import HOURS, HourlyForecastRow


def keep_hours(session: Session, warehouse_ids: Sequence[str], hourly: pd.DataFrame, origin: datetime) -> int:
    """Keeps hourly forecasts of some warehouses in place of those they have, unless these are of a later origin;
    returns how many days of products were kept.

    `hourly`: warehouse_id, product_id, date, hour, q05..q95, mean; 24 rows in the order of the hours per product and
    day."""
    older = not_later(session, HourlyForecastRow, warehouse_ids, origin)
    session.execute(delete(HourlyForecastRow).where(HourlyForecastRow.warehouse_id.in_(older)))
    hourly = hourly[hourly["warehouse_id"].isin(older)]
    days = hourly[::HOURS]
    means = hourly["mean"].to_numpy(dtype="<f8").reshape(-1, HOURS)
    quantiles = hourly[list(QUANTILES)].to_numpy(dtype="<f4").reshape(-1, HOURS * len(QUANTILES))
    rows = (
        (warehouse_id, product_id, date.date(), origin, mean.tobytes(), of_hours.tobytes())
        for warehouse_id, product_id, date, mean, of_hours in zip(
            days["warehouse_id"], days["product_id"], days["date"], means, quantiles, strict=True
        )
    )
    columns = ["warehouse_id", "product_id", "date", "origin", "mean", "quantiles"]
    return write_rows(session.connection(), cast(Table, HourlyForecastRow.__table__), columns, rows)
