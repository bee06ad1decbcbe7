"""Forecasts by the hour, for what is to be done now: how many people to call in, what to bring up first."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import select

from api.demand.hourly_forecast_queries import hours_of_day
from api.demand.hourly_forecast_schemas import HourlyForecastOut, HourOut
from api.pagination import AnyRow, Page, PageQuery, page_of
from api.places.place_queries import known_product, known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import Identifier, PathId
from data.local_days import today_there
from data.tables import HourlyForecastRow

router = Router(tags=["forecasts"])


class HoursQuery(PageQuery):
    """Which products' hours."""

    product_id: Identifier | None = None


@router.get("/warehouses/{warehouse_id}/forecasts/hours", responses=responses(NotFound))
def list_hourly_forecasts(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: PathId,
    asked: Annotated[HoursQuery, Query()],
) -> Page[HourlyForecastOut]:
    """The hours of today, tomorrow and the day after, within which the next 48 lie, by product and day.

    Whole local days, so that they add up; only those of the latest forecast are kept, and none before the first."""
    today = today_there(now, known_warehouse(session, warehouse_id).timezone)
    query = select(HourlyForecastRow).where(
        HourlyForecastRow.warehouse_id == warehouse_id, HourlyForecastRow.date >= today
    )
    if asked.product_id is not None:
        known_product(session, asked.product_id)
        query = query.where(HourlyForecastRow.product_id == asked.product_id)
    return page_of(session, query, [HourlyForecastRow.product_id, HourlyForecastRow.date], asked, as_hours)


def as_hours(row: AnyRow) -> HourlyForecastOut:
    """A kept day as it is shown."""
    kept: HourlyForecastRow = row.HourlyForecastRow
    hours = [HourOut.model_validate(hour) for hour in hours_of_day(kept)]
    return HourlyForecastOut(product_id=kept.product_id, date=kept.date, origin=kept.origin, hours=hours)
