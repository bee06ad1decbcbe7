"""Why kept forecasts are what they are: what adds up to their means, as it was kept with them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from data.frames.found_by_forecasts import occasions
from data.tables import ForecastContributionRow, ForecastRow, ProductRow
from forecasting.explaining.contributions import SHARES

Row = dict[str, Any]
KEY = ("warehouse_id", "product_id", "date", "origin")


def explained_forecasts(
    session: Session, warehouse_ids: Sequence[str], origin: datetime, product_ids: Sequence[str] = ()
) -> list[Row]:
    """The forecasts made at an origin whose shares are kept, of some products or all: warehouse_id,
    product_id, product, unit, date, mean and the shares, in the product's unit, and the occasions of the day."""
    same = and_(*(getattr(ForecastContributionRow, name) == getattr(ForecastRow, name) for name in KEY))
    query = (
        select(ForecastRow, ForecastContributionRow, ProductRow)
        .join(ForecastContributionRow, same)
        .join(ProductRow, ProductRow.product_id == ForecastRow.product_id)
        .where(ForecastRow.warehouse_id.in_(warehouse_ids), ForecastRow.origin == origin)
        .order_by(ForecastRow.warehouse_id, ForecastRow.product_id, ForecastRow.date)
    )
    if product_ids:
        query = query.where(ForecastRow.product_id.in_(product_ids))
    found = session.execute(query).tuples().all()
    of_day = _occasions(session, dict.fromkeys(warehouse_ids, origin), [forecast.date for forecast, *_ in found])
    return [
        {
            "warehouse_id": forecast.warehouse_id,
            "product_id": forecast.product_id,
            "product": product.name,
            "unit": product.unit,
            "date": forecast.date,
            "mean": forecast.mean,
            **{name: getattr(shares, name) for name in SHARES},
            "occasions": of_day.get((forecast.warehouse_id, forecast.date), []),
        }
        for forecast, shares, product in found
    ]


def _occasions(
    session: Session, origins: Mapping[str, datetime], days: Sequence[date]
) -> dict[tuple[str, date], list[Row]]:
    """What days are, by warehouse and day: name, kind, closed, away and seen of each occasion."""
    if not days:
        return {}
    told = ("name", "kind", "closed", "away", "seen")
    found = occasions(session, origins, min(days), max(days))
    return {day: [{name: getattr(row, name) for name in told} for row in rows] for day, rows in found.items()}
