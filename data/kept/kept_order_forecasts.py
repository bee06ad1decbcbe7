"""Forecasts of orders, kept in place of those before."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import pandas as pd
from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.kept.latest_origins import not_later
from data.tables import OrderForecastRow


def keep_order_forecasts(
    session: Session, warehouse_ids: Sequence[str], forecast: pd.DataFrame, origin: datetime
) -> int:
    """Keeps forecasts of the orders of some warehouses in place of those they have, unless these are of a later origin;
    returns how many half hours were kept.

    `forecast`: warehouse_id, date, half_hour, mean, dispersion, day_dispersion."""
    older = not_later(session, OrderForecastRow, warehouse_ids, origin)
    session.execute(delete(OrderForecastRow).where(OrderForecastRow.warehouse_id.in_(older)))
    mine = forecast[forecast["warehouse_id"].isin(older)]
    numbers = ("mean", "dispersion", "day_dispersion")
    rows = zip(
        mine["warehouse_id"],
        mine["half_hour"].dt.to_pydatetime(),
        mine["date"].dt.date,
        [origin] * len(mine),
        *(mine[name].tolist() for name in numbers),
        strict=True,
    )
    columns = ["warehouse_id", "half_hour", "date", "origin", *numbers]
    return write_rows(session.connection(), cast(Table, OrderForecastRow.__table__), columns, rows)
