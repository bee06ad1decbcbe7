"""Forecasts: the distribution of a day's demand by warehouse, product and day."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, responses
from api.routers.places import known_warehouse
from api.schemas.values import Day, Identifier, Moment, PathId
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from data.frames.forecasts import latest_origins
from data.tables import Forecast

router = APIRouter(tags=["forecasts"])


class ForecastOut(BaseModel):
    """What will be wanted on a local day, in the product's unit: quantiles and mean of the demand.

    `origin` is the moment the forecast knew up to, `model` names what made it."""

    product_id: str
    date: date
    origin: datetime
    q05: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q95: float
    mean: float
    model: str

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "product_id": "P0001",
                    "date": "2026-11-23",
                    "origin": "2026-11-21T16:00:00Z",
                    "q05": 11.0,
                    "q10": 13.0,
                    "q25": 17.5,
                    "q50": 22.0,
                    "q75": 27.5,
                    "q90": 33.0,
                    "q95": 37.0,
                    "mean": 22.9,
                    "model": "lightgbm",
                }
            ]
        },
    )


class ForecastsQuery(PageQuery):
    """Which forecasts."""

    product_id: Identifier | None = None
    date_from: Day | None = Field(None, description="first local day", examples=["2026-11-23"])
    date_to: Day | None = Field(None, description="last local day", examples=["2026-11-25"])
    origin: Moment | None = Field(None, description="made at this origin instead of the latest one")


@router.get("/warehouses/{warehouse_id}/forecasts", responses=responses(NotFound))
def list_forecasts(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: PathId,
    asked: Annotated[ForecastsQuery, Query()],
) -> Page[ForecastOut]:
    """A warehouse's forecasts of its latest origin, by product and day; none before the first forecast run."""
    known_warehouse(session, warehouse_id)
    origin = asked.origin or latest_origins(session, [warehouse_id], now).get(warehouse_id)
    query = select(Forecast).where(Forecast.warehouse_id == warehouse_id, Forecast.origin == origin)
    if asked.product_id is not None:
        query = query.where(Forecast.product_id == asked.product_id)
    if asked.date_from is not None:
        query = query.where(Forecast.date >= asked.date_from)
    if asked.date_to is not None:
        query = query.where(Forecast.date <= asked.date_to)
    return page_of(
        session,
        query,
        [Forecast.product_id, Forecast.date],
        asked,
        lambda row: ForecastOut.model_validate(row.Forecast),
    )
