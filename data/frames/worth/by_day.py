"""The kept sums of some warehouses' days, of all products or of a category."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.worth.raw_rows import framed
from data.frames.worth.sums import OF_PRODUCTS
from data.tables import LineDayRow, ProductRow, WarehouseDayRow


def sums_by_day(
    session: Session, warehouse_ids: Collection[str], first: date, last: date, category: str | None = None
) -> dict[tuple[str, date], Mapping[str, float]]:
    """The sums of products by warehouse and day."""
    rows = WarehouseDayRow if category is None else LineDayRow
    which = rows.warehouse_id.in_(warehouse_ids), rows.date.between(first, last)
    query = select(rows.warehouse_id, rows.date, *(func.sum(getattr(rows, name)) for name in OF_PRODUCTS))
    if category is not None:
        query = query.join(ProductRow, ProductRow.product_id == LineDayRow.product_id)
        query = query.where(ProductRow.category == category)
    query = query.where(*which).group_by(rows.warehouse_id, rows.date)
    return {
        (name, day): dict(zip(OF_PRODUCTS, map(float, sums), strict=True))
        for name, day, *sums in session.execute(query)
    }


def forecasts_by_category(session: Session, warehouse_id: str, first: date, last: date) -> pd.DataFrame:
    """category, date and the sums of its forecasts, of days that were forecast."""
    line, names = LineDayRow, ("forecast_demand", "forecast_mean", "forecast_off")
    # each day is named, since lines lie by day first: a span would be read of all warehouses
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    query = (
        select(ProductRow.category, line.date, *(func.sum(getattr(line, name)) for name in names))
        .join(ProductRow, ProductRow.product_id == line.product_id)
        .where(line.warehouse_id == warehouse_id, line.date.in_(days), line.forecast_mean > 0)
        .group_by(ProductRow.category, line.date)
    )
    return framed(("category", "date", *names), session.execute(query))


def last_days_kept(session: Session, warehouse_ids: Collection[str] | None = None) -> dict[str, date]:
    """The last day that was added up, of some warehouses or of each."""
    row = WarehouseDayRow
    query = select(row.warehouse_id, func.max(row.date)).group_by(row.warehouse_id)
    if warehouse_ids is not None:
        query = query.where(row.warehouse_id.in_(warehouse_ids))
    return dict(session.execute(query).tuples().all())
