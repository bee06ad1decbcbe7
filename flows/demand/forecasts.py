"""Forecasts are made with the models that serve, from what is known at an origin, and kept."""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from typing import cast

import pandas as pd
from sqlalchemy import Engine, Table, delete
from sqlalchemy.orm import Session, undefer

from data.bulk import write_rows
from data.database import reading, writing
from data.kept.kept_hours import keep_hours
from data.tables import Base, DemandModelRow, ForecastContributionRow, ForecastRow
from flows.demand.models import model_registry
from flows.demand.recovered_demand import BehindSales, behind_sales_of_run
from flows.demand.run_snapshot import kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import NotNow
from forecasting.distribution.hours import hourly_forecast
from forecasting.explaining.contributions import SHARES, contributions
from forecasting.known.frames import QUANTILE_COLUMNS
from forecasting.known.last_days import up_to_last_days
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel

EXPLAINED_DAYS = 2  # of a forecast: today's orders cover them; a day more would take a twelfth of the forecast's time
DAYS_BY_THE_HOUR = 3  # at any hour of the first of them the next 48 hours lie within


def forecast_warehouse(engine: Engine, warehouse_id: str, origin: datetime, now: datetime, horizon_days: int) -> int:
    """Forecasts the days after the origin with the model that serves the warehouse, each product to its last day;
    returns the rows kept.

    Made again for the same origin, the forecasts replace each other. Raises NotNow where no model serves, Invalid
    where the warehouse's data cannot be used."""
    with reading(engine) as session:
        row = session.scalars(
            model_registry.serving(warehouse_id, origin).options(undefer(DemandModelRow.artifact))
        ).first()
    if row is None or row.region_model_id is None:
        raise NotNow(f"Warehouse {warehouse_id} has no model that was serving then. Run: freshfront train")
    snapshot = snapshot_of_run(engine.url, origin, now)
    snapshot.require(warehouse_id)
    model = WarehouseModel.from_bytes(row.artifact, kept_region_model(engine.url, row.region_model_id))
    panel = panel_of_run(engine.url, row.region_model_id, origin, now)
    every_day = model.forecast(panel, range(1, horizon_days + 1))
    explained = contributions(model, panel, every_day, range(1, EXPLAINED_DAYS + 1))
    forecast, explained = (up_to_last_days(rows, snapshot.known) for rows in (every_day, explained))
    hourly = _hours_of_first_days(forecast, model.region_model)
    behind = behind_sales_of_run(engine.url, row.region_model_id, origin, now)
    return _keep_forecasts(engine, warehouse_id, forecast, explained, hourly, behind, origin)


def _hours_of_first_days(forecast: pd.DataFrame, region_model: RegionModel) -> pd.DataFrame:
    """The hours of the next days; no rows where the region model holds no hours."""
    if region_model.hours is None:
        return forecast[:0]
    first = (forecast["date"] - forecast["origin"]).dt.days <= DAYS_BY_THE_HOUR
    return hourly_forecast(forecast[first], region_model.hours)


def _keep_forecasts(
    engine: Engine,
    warehouse_id: str,
    forecast: pd.DataFrame,
    explained: pd.DataFrame,
    hourly: pd.DataFrame,
    behind: BehindSales,
    origin: datetime,
) -> int:
    """Keeps a warehouse's forecasts made at an origin, and what makes up their first days, in place of any made at it
    before; the hours of their first days and the demand behind the latest sales in place of all. Returns the rows of
    forecasts."""
    with writing(engine) as session:
        for table in (ForecastContributionRow, ForecastRow):
            session.execute(delete(table).where(table.warehouse_id == warehouse_id, table.origin == origin))
        _write(session, ForecastContributionRow, explained, origin, SHARES)
        keep_hours(session, warehouse_id, hourly, origin)
        behind.keep(session, warehouse_id, origin)
        return _write(session, ForecastRow, forecast, origin, [*QUANTILE_COLUMNS, "mean"], ["model"])


def _write(
    session: Session,
    table: type[Base],
    frame: pd.DataFrame,
    origin: datetime,
    numbers: Sequence[str],
    words: Sequence[str] = (),
) -> int:
    """Writes rows of a warehouse, product and day that were made at an origin; returns how many."""
    days = (moment.date() for moment in frame["date"])
    rows = zip(
        frame["warehouse_id"],
        frame["product_id"],
        days,
        repeat(origin),
        *(frame[name].astype(float) for name in numbers),
        *(frame[name] for name in words),
        strict=False,  # the origin goes on for ever
    )
    columns = ["warehouse_id", "product_id", "date", "origin", *numbers, *words]
    return write_rows(session.connection(), cast(Table, table.__table__), columns, rows)
