"""The forecasts that serve at a moment: those of each warehouse's latest origin known by then."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from data.frames.product_ranges import on_days_of_range, ranges_of
from data.tables import ForecastRow, ProductRow, WarehouseRow

if TYPE_CHECKING:
    import pandas as pd

# the table's columns are the quantiles that are kept, lowest first
QUANTILES = tuple(sorted(c.name for c in ForecastRow.__table__.columns if re.fullmatch(r"q\d\d", c.name)))
LAST_DAYS = (ProductRow.delisted_on, WarehouseRow.closed_on)


def latest_origins(session: Session, warehouse_ids: Sequence[str] | None, moment: datetime) -> dict[str, datetime]:
    """The latest forecast origin by warehouse, among those not after `moment`; warehouses without one are absent."""
    # one look at the end of an index a warehouse; a GROUP BY would read every forecast ever made
    latest = (
        select(func.max(ForecastRow.origin, type_=ForecastRow.origin.type))
        .where(ForecastRow.warehouse_id == WarehouseRow.warehouse_id, ForecastRow.origin <= moment)
        .scalar_subquery()
    )
    query = select(WarehouseRow.warehouse_id, latest.label("origin"))
    if warehouse_ids is not None:
        query = query.where(WarehouseRow.warehouse_id.in_(warehouse_ids))
    return {row.warehouse_id: row.origin for row in session.execute(query) if row.origin is not None}


def forecast_means(
    session: Session, origins: Mapping[str, datetime], product_ids: Collection[str], first_day: date
) -> dict[tuple[str, str], dict[date, float]]:
    """By warehouse and product, the mean of each day from `first_day` on, of the forecasts of each warehouse's origin;
    for a few products of many warehouses."""
    row = ForecastRow
    query = select(row.warehouse_id, row.product_id, row.date, row.mean).where(
        tuple_(row.warehouse_id, row.origin).in_(list(origins.items())),
        row.product_id.in_(product_ids),
        row.date >= first_day,
    )
    found: dict[tuple[str, str], dict[date, float]] = {}
    for warehouse_id, product_id, day, mean in session.execute(query.order_by(row.date)):
        found.setdefault((warehouse_id, product_id), {})[day] = mean
    return found


def forecast_frame(
    session: Session, warehouse_id: str, origin: datetime, first_day: date, now: datetime
) -> pd.DataFrame:
    """product_id, date (datetime64), q05..q95, mean: a warehouse's forecasts made at `origin`, of the days from
    `first_day` to the last of the product, of its range there and of the warehouse, which may have become known after
    they were made: the range's as known `now`. Before its range begins nothing is wanted."""
    import pandas as pd  # large, and not wanted by who reads no frames

    columns = ["product_id", "date", *QUANTILES, "mean"]
    query = (
        select(*(getattr(ForecastRow, name) for name in columns))
        .join(ProductRow, ProductRow.product_id == ForecastRow.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == ForecastRow.warehouse_id)
        .where(ForecastRow.warehouse_id == warehouse_id, ForecastRow.origin == origin, ForecastRow.date >= first_day)
        .where(*(or_(last.is_(None), ForecastRow.date <= last) for last in LAST_DAYS))
        .order_by(ForecastRow.product_id, ForecastRow.date)
    )
    frame = pd.DataFrame(session.execute(query).all(), columns=columns)
    frame["date"] = pd.to_datetime(frame["date"])
    return on_days_of_range(frame, ranges_of(session, warehouse_id, now), first_day)
