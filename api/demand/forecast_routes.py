"""Forecasts: the distribution of a day's demand by warehouse, product and day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, and_, select

from api.pagination import AnyRow, AnySelect, Page, PageQuery, page_of
from api.places.place_queries import known_product, known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import Day, Identifier, Moment, PathId
from data.frames.found_by_forecasts import closed_for, occasions
from data.frames.serving_forecasts import latest_origins
from data.tables import ForecastContributionRow, ForecastRow, OccasionRow, RecoveredDemandRow

FORECAST_KEY = ("warehouse_id", "product_id", "date", "origin")

router = Router(tags=["forecasts"])


class Occasion(BaseModel):
    """What a day is (`away` 0), is the day before (-1) or the day after (1): a holiday or an event by its name.

    `seen`: how many times it has passed in the sales that are known; below 2 its effect is a guess."""

    name: str
    kind: str
    closed: bool
    away: int
    seen: int

    model_config = ConfigDict(from_attributes=True)


class Contributions(BaseModel):
    """What adds up to a forecast's mean, in the product's unit.

    `level` is what the product sells there on a day with nothing about it; the others say what the day's weekday,
    holidays, weather, promotion, events, season and the latest trend add to it or take from it. `occasions` names the
    holidays and events."""

    level: float
    weekday: float
    holiday: float
    weather: float
    promotion: float
    trend: float
    event: float
    season: float
    occasions: list[Occasion] = []

    model_config = ConfigDict(from_attributes=True)


class ForecastOut(BaseModel):
    """What will be wanted on a local day, in the product's unit: quantiles and mean of the demand.

    `origin` is the moment the forecast knew up to, `model` names what made it. Above `highest_seen_quantile` the
    history of the product there has never shown demand, so there the forecast is extrapolated; null
    where that was not kept, as for other origins than the latest. `closed_for` names what closes the warehouse on that
    day: nothing is forecast for it. `contributions` are there where `explain=true` asks
    for them, for the first days of a forecast."""

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
    highest_seen_quantile: float | None = None
    closed_for: str | None = None
    contributions: Contributions | None = None

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
                    "highest_seen_quantile": 0.82,
                    "closed_for": None,
                    "contributions": {
                        "level": 18.6,
                        "weekday": 2.3,
                        "holiday": 0.0,
                        "weather": -0.4,
                        "promotion": 1.9,
                        "trend": 0.5,
                        "event": 0.0,
                        "season": 0.0,
                        "occasions": [],
                    },
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
    explain: bool = Field(False, description="with what adds up to each mean")


@router.get("/warehouses/{warehouse_id}/forecasts", responses=responses(NotFound))
def list_forecasts(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: PathId,
    asked: Annotated[ForecastsQuery, Query()],
) -> Page[ForecastOut]:
    """A warehouse's forecasts of its latest origin, by product and day; none before the first forecast run.

    404: the warehouse or the product is unknown."""
    known_warehouse(session, warehouse_id)
    if asked.product_id is not None:
        known_product(session, asked.product_id)
    origin = asked.origin or latest_origins(session, [warehouse_id], now).get(warehouse_id)
    query: AnySelect = select(ForecastRow, RecoveredDemandRow.highest_seen_quantile).outerjoin(
        RecoveredDemandRow, _same(RecoveredDemandRow, ("warehouse_id", "product_id", "origin"))
    )
    if asked.explain:
        query = query.add_columns(ForecastContributionRow).outerjoin(
            ForecastContributionRow, _same(ForecastContributionRow, FORECAST_KEY)
        )
    query = query.where(ForecastRow.warehouse_id == warehouse_id, ForecastRow.origin == origin)
    if asked.product_id is not None:
        query = query.where(ForecastRow.product_id == asked.product_id)
    if asked.date_from is not None:
        query = query.where(ForecastRow.date >= asked.date_from)
    if asked.date_to is not None:
        query = query.where(ForecastRow.date <= asked.date_to)
    of_days = {} if origin is None else occasions(session, {warehouse_id: origin}, date.min, date.max)
    return page_of(
        session,
        query,
        [ForecastRow.product_id, ForecastRow.date],
        asked,
        lambda row: _as_forecast(row, of_days.get((warehouse_id, row.ForecastRow.date), ())),
    )


def _same(table: type[ForecastContributionRow] | type[RecoveredDemandRow], key: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(getattr(table, name) == getattr(ForecastRow, name) for name in key))


def _as_forecast(row: AnyRow, of_day: Sequence[OccasionRow]) -> ForecastOut:
    shares = getattr(row, "ForecastContributionRow", None)  # where they were asked for, and kept
    told = [Occasion.model_validate(one) for one in of_day]
    more = {
        "highest_seen_quantile": row.highest_seen_quantile,
        "closed_for": closed_for(of_day),
        "contributions": None
        if shares is None
        else Contributions.model_validate(shares).model_copy(update={"occasions": told}),
    }
    return ForecastOut.model_validate(row.ForecastRow).model_copy(update=more)
