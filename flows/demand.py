"""Demand: models and forecasts are made from what is known as of an origin, and kept.

Trainings are found again by their ids: one that was finished before is not repeated, whichever run or machine did it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import cast

import pandas as pd
from sqlalchemy import Engine, Table, delete
from sqlalchemy.orm import Session, undefer

from data.bulk import write_rows
from data.database import reading, writing
from data.frames.days import end_of_day, warehouses_with_sales
from data.frames.hourly_forecasts import keep_hours
from data.tables import Base, DemandModel, Forecast, ForecastContribution
from flows import models
from flows.code_version import code_version
from flows.each import watched_by
from flows.errors import NotNow
from flows.known import kept_prior, known_to_step, load_known, panel_of_step
from flows.recovered import BehindSales, behind_sales_of_step
from flows.reports.accuracy import AccuracyReport, accuracy_report
from forecasting.backtest import backtest as backtest_frames
from forecasting.explanation import SHARES, contributions
from forecasting.frames import QUANTILE_COLUMNS
from forecasting.hours import hourly_forecast
from forecasting.prior import RegionPrior
from forecasting.settings import TrainingSettings
from forecasting.training import train_region
from forecasting.warehouse_model import WarehouseModel, train_warehouse_model

EXPLAINED_DAYS = 2  # of a forecast: today's orders cover them; a day more would take a twelfth of the forecast's time
SETTLED = 14  # days after which what was sold on a day is taken as told
DAYS_BY_THE_HOUR = 3  # at any hour of the first of them the next 48 hours lie within


def train_prior(engine: Engine, origin: datetime, now: datetime) -> str:
    """Trains and keeps what the region's warehouses share; returns its model_id. It does not serve yet:
    flows.admitting decides.

    Where this code has learned from the same data with the same settings before, that model is returned."""
    settings = TrainingSettings()
    given = known_to_step(engine.url, origin, now)
    chosen = asdict(settings)
    model_id = models.region_model_id(f"{given.known.origin_day:%Y-%m-%d}", chosen, given.digest)
    with reading(engine) as session:
        if models.is_kept(session, model_id):
            return model_id
    prior = train_region(given.known, settings)
    return models.keep(engine, model_id, None, None, origin, now, chosen, given.described(), prior.to_bytes())


def train_warehouse(engine: Engine, warehouse_id: str, prior_id: str, now: datetime) -> str:
    """Trains and keeps a warehouse's model on top of the region's, on what that was trained on; returns its model_id.

    One that was trained before is returned. Raises NotNow where the region's model is not there or of other code,
    Invalid where the warehouse's data cannot be used."""
    model_id = models.warehouse_model_id(warehouse_id, prior_id)
    with reading(engine) as session:
        if models.is_kept(session, model_id):
            return model_id
        row = session.get(DemandModel, prior_id)
    if row is None:
        raise NotNow("The region has no such model yet. Run: freshfront train")
    if row.code != code_version():
        raise NotNow(
            f"Here runs code {code_version()}, the region's model is of {row.code}. Install the same everywhere."
        )
    given = known_to_step(engine.url, row.origin, now)
    given.require(warehouse_id)
    panel = panel_of_step(engine.url, prior_id, row.origin, now)
    model = train_warehouse_model(panel, warehouse_id, kept_prior(engine.url, prior_id))
    trained_on = given.described(warehouse_id)
    return models.keep(engine, model_id, warehouse_id, prior_id, row.origin, now, {}, trained_on, model.to_bytes())


def forecast_warehouse(engine: Engine, warehouse_id: str, origin: datetime, now: datetime, horizon_days: int) -> int:
    """Forecasts the days after the origin with the model that serves the warehouse; returns the rows kept.

    Made again for the same origin, the forecasts replace each other. Raises NotNow where no model serves, Invalid
    where the warehouse's data cannot be used."""
    with reading(engine) as session:
        row = session.scalars(models.serving(warehouse_id, origin).options(undefer(DemandModel.artifact))).first()
    if row is None or row.prior_id is None:
        raise NotNow(f"Warehouse {warehouse_id} has no model that served by then. Run: freshfront train")
    known_to_step(engine.url, origin, now).require(warehouse_id)
    model = WarehouseModel.from_bytes(row.artifact, kept_prior(engine.url, row.prior_id))
    panel = panel_of_step(engine.url, row.prior_id, origin, now)
    forecast = model.forecast(panel, range(1, horizon_days + 1))
    explained = contributions(model, panel, forecast, range(1, EXPLAINED_DAYS + 1))
    hourly = _hours_of_first_days(forecast, model.prior)
    behind = behind_sales_of_step(engine.url, row.prior_id, origin, now)
    return _keep_forecasts(engine, warehouse_id, forecast, explained, hourly, behind, origin)


def backtest(engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizon: int) -> pd.DataFrame:
    """Past days forecast as they would have been: SEEN_WHOLE_COLUMNS, one row a warehouse, product and day.

    They are of days that stay in stock, since on others sales do not tell the demand that they could be scored by.
    Models know only days before `start`; a forecast for day d knows what was known at the end of d - horizon."""
    if not warehouse_ids:
        raise NotNow("No warehouse with sales is chosen.")
    progress = watched_by.get()
    progress("backtest", 2, 0)
    with reading(engine) as session:
        zone = warehouses_with_sales(session)[warehouse_ids[0]]
        known = load_known(session, end_of_day(end - timedelta(days=horizon), zone), warehouse_ids)
    progress("backtest", 2, 1)
    frame = backtest_frames(known, pd.Timestamp(start), pd.Timestamp(end), [horizon])
    progress("backtest", 2, 2)
    return frame


def report_accuracy(
    engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizons: Sequence[int]
) -> AccuracyReport:
    """How well the days start..end would have been forecast from every horizon (days ahead), beside plain methods.

    Scored is what became known of these days by SETTLED days after the last."""
    if not warehouse_ids:
        raise NotNow("No warehouse with sales is chosen.")
    progress = watched_by.get()
    progress("report accuracy", 2, 0)
    with reading(engine) as session:
        zone = warehouses_with_sales(session)[warehouse_ids[0]]
        known = load_known(session, end_of_day(end + timedelta(days=SETTLED), zone), warehouse_ids)
    progress("report accuracy", 2, 1)
    report = accuracy_report(known, pd.Timestamp(start), pd.Timestamp(end), horizons)
    progress("report accuracy", 2, 2)
    return report


def _hours_of_first_days(forecast: pd.DataFrame, prior: RegionPrior) -> pd.DataFrame:
    """The hours of the next days; no rows by a prior that was kept before hours were learned."""
    if prior.hours is None:
        return forecast[:0]
    first = (forecast["date"] - forecast["origin"]).dt.days <= DAYS_BY_THE_HOUR
    return hourly_forecast(forecast[first], prior.hours)


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
        for table in (ForecastContribution, Forecast):
            session.execute(delete(table).where(table.warehouse_id == warehouse_id, table.origin == origin))
        _write(session, ForecastContribution, explained, origin, SHARES)
        keep_hours(session, warehouse_id, hourly, origin)
        behind.keep(session, warehouse_id, origin)
        return _write(session, Forecast, forecast, origin, [*QUANTILE_COLUMNS, "mean"], ["model"])


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
