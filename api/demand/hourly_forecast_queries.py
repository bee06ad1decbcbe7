"""Forecasts by the hour: whole days as the API lists them, and the next hours of one product from now on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.hourly_forecasts import hours_of
from data.frames.serving_forecasts import QUANTILES
from data.tables import HourlyForecastRow, WarehouseRow

NEXT_HOURS = 48


@dataclass(frozen=True)
class ForecastHour:
    """Demand in the hour that begins at `begins` by the warehouse's clock, in the product's unit."""

    begins: datetime  # local, without a zone: 2026-11-23 08:00
    q05: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q95: float
    mean: float

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.begins.hour


def hours_of_day(row: HourlyForecastRow) -> list[ForecastHour]:
    """The 24 hours of a kept day."""
    mean, quantiles = hours_of(row)
    midnight = datetime.combine(row.date, datetime.min.time())
    found = []
    for hour, of_hour in enumerate(quantiles):
        named: dict[str, Any] = dict(zip(QUANTILES, of_hour.tolist(), strict=True))
        found.append(ForecastHour(begins=midnight + timedelta(hours=hour), mean=float(mean[hour]), **named))
    return found


def next_hours(
    session: Session, warehouse: WarehouseRow, product_id: str, now: datetime, count: int = NEXT_HOURS
) -> list[ForecastHour]:
    """The next hours of a product in a warehouse, from the one that is running; empty where none is forecast.

    Fewer than `count` where the latest forecast was made days ago."""
    begins = now.astimezone(ZoneInfo(warehouse.timezone)).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    ends = begins + timedelta(hours=count)
    days = session.scalars(
        select(HourlyForecastRow)
        .where(
            HourlyForecastRow.warehouse_id == warehouse.warehouse_id,
            HourlyForecastRow.product_id == product_id,
            HourlyForecastRow.date.between(begins.date(), ends.date()),
        )
        .order_by(HourlyForecastRow.date)
    )
    return [hour for day in days for hour in hours_of_day(day) if begins <= hour.begins < ends]
