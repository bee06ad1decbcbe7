"""Weather from Open-Meteo: what was observed since the last day known, and the forecast of the days ahead."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.local_days import today_there
from data.tables import DailySalesRow, WarehouseRow, WeatherRow
from data.weather.open_meteo import Place, fetch_forecast, fetch_observed, keep_weather
from flows.errors import Invalid, Unknown
from flows.settings import Settings

FORECAST_DAYS = 16  # today and all that Open-Meteo tells of: forecasts look 14 days ahead
ARCHIVE_LAGS_DAYS = 7  # the archive fills in the last days within a week, so they are asked for again


def keep_current_weather(engine: Engine, warehouse_id: str, now: datetime, settings: Settings) -> int:
    """Keeps a warehouse's observed weather up to yesterday and the forecast issued now; returns the days kept.

    Raises Unknown, Invalid where the warehouse has no coordinates, and WeatherSourceFailed; then nothing is kept."""
    with reading(engine) as session:
        warehouse = session.get(WarehouseRow, warehouse_id)
        if warehouse is None:
            raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
        observed = select(func.max(WeatherRow.date)).where(WeatherRow.warehouse_id == warehouse_id, WeatherRow.observed)
        sold = select(func.min(DailySalesRow.date)).where(DailySalesRow.warehouse_id == warehouse_id)
        last_observed, first_sold = session.scalar(observed), session.scalar(sold)
    if warehouse.latitude is None or warehouse.longitude is None:
        raise Invalid(
            "Warehouse {warehouse_id} has no coordinates; import it with latitude and longitude.",
            warehouse_id=warehouse_id,
        )
    place = Place(warehouse_id, warehouse.latitude, warehouse.longitude, warehouse.timezone)
    yesterday = today_there(now, warehouse.timezone) - timedelta(days=1)
    first = _first_day_wanted(last_observed, first_sold, yesterday)
    days = fetch_observed(place, first, yesterday, address=settings.weather_archive_url)
    days += fetch_forecast(place, FORECAST_DAYS, issued_at=now.astimezone(UTC), address=settings.weather_forecast_url)
    with writing(engine) as session:
        return keep_weather(session, days)


def _first_day_wanted(last_observed: date | None, first_sold: date | None, yesterday: date) -> date:
    """The day after the last one observed, or the first with sales; always the days that the archive still fills in."""
    lagging = yesterday - timedelta(days=ARCHIVE_LAGS_DAYS)
    if last_observed is not None:
        return min(last_observed + timedelta(days=1), lagging)
    return min(first_sold or lagging, lagging)
