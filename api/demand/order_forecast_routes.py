"""Customers' orders of the next half hours: how many couriers and pickers are wanted, and how sure that is."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.places.place_queries import known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import PathId
from flows.demand.order_forecasts import next_orders
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES
from forecasting.orders.counts import quantiles

router = Router(tags=["forecasts"])


class OrdersQuery(BaseModel):
    """How far ahead."""

    hours: int = Field(48, ge=1, le=48)

    model_config = ConfigDict(extra="forbid")


class HalfHourOfOrders(BaseModel):
    """The orders of the half hour that begins at `begins`, on the warehouse's local day `date`.

    Their variance is mean + dispersion * mean^2, of which the half hours of a day share `day_dispersion`: a good day is
    good all day. Quantiles are whole orders."""

    begins: datetime
    date: date
    mean: float
    q05: int
    q10: int
    q25: int
    q50: int
    q75: int
    q90: int
    q95: int
    dispersion: float
    day_dispersion: float


class OrderForecastOut(BaseModel):
    """The half hours from the one that is running on; none before the first forecast, or where no orders are known.

    The means of a day's half hours add up to its orders. What is left of today knows how many came so far."""

    half_hours: list[HalfHourOfOrders]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "half_hours": [
                        {
                            "begins": "2026-11-23T02:00:00Z",
                            "date": "2026-11-23",
                            "mean": 24.6,
                            **{"q05": 16, "q10": 18, "q25": 21, "q50": 24, "q75": 28, "q90": 32, "q95": 34},
                            "dispersion": 0.012,
                            "day_dispersion": 0.004,
                        }
                    ]
                }
            ]
        }
    )


@router.get("/warehouses/{warehouse_id}/forecasts/orders", responses=responses(NotFound))
def forecast_of_orders(
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: PathId,
    asked: Annotated[OrdersQuery, Query()],
) -> OrderForecastOut:
    """Customers' orders by half hour of the next 48 hours, with their distribution."""
    known_warehouse(session, warehouse_id)
    forecast = next_orders(session, warehouse_id, now, asked.hours)
    mean, dispersion = (forecast[name].to_numpy(dtype=float) for name in ("mean", "dispersion"))
    levels = quantiles(mean, dispersion, QUANTILES).astype(int)
    rows = forecast.rename(columns={"half_hour": "begins"}).to_dict("records")
    return OrderForecastOut(
        half_hours=[
            HalfHourOfOrders.model_validate(row | dict(zip(QUANTILE_COLUMNS, of_row, strict=True)))
            for row, of_row in zip(rows, levels.tolist(), strict=True)
        ]
    )
