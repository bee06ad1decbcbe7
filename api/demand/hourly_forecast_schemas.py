"""Forecasts by the hour as the API shows them."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

HOUR = {
    "q05": 0.0,
    "q10": 0.0,
    "q25": 0.4,
    "q50": 0.8,
    "q75": 1.4,
    "q90": 2.1,
    "q95": 2.6,
    "mean": 0.95,
}


class HourOut(BaseModel):
    """Demand from `hour`:00 to the next hour by the warehouse's clock, in the product's unit."""

    hour: int = Field(ge=0, le=23)
    q05: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q95: float
    mean: float

    model_config = ConfigDict(from_attributes=True)


class HourlyForecastOut(BaseModel):
    """A product's demand on a local day, hour by hour.

    The means of the 24 hours add up to the mean of the day's forecast of the same `origin`. Quantiles do not add up:
    an hour is more uncertain than its share of the day."""

    product_id: str
    date: date
    origin: datetime
    hours: list[HourOut] = Field(min_length=24, max_length=24)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "product_id": "P0001",
                    "date": "2026-11-23",
                    "origin": "2026-11-22T16:00:00Z",
                    "hours": [{"hour": hour, **HOUR} for hour in range(24)],
                }
            ]
        }
    )
