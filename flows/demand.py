"""Demand: what is known is loaded as of an origin, models and forecasts are made from it and kept.

A forecast looks at its warehouse's city too, so all warehouses of a step read one `Panel`, made once a process.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from threading import Lock
from typing import Any, cast
from uuid import uuid4

import pandas as pd
from sqlalchemy import URL, Engine, Select, Table, delete, select
from sqlalchemy.orm import Session, undefer

from data.bulk import write_rows
from data.database import open_database, reading, writing
from data.frames.days import end_of_day, warehouses_with_sales
from data.frames.demand import products_frame, promotions_as_of, sales_as_of, warehouses_frame, weather_as_of
from data.tables import DemandModel, Forecast
from flows.each import watched_by
from flows.errors import Invalid, NotNow
from flows.reports.accuracy import AccuracyReport, accuracy_report
from forecasting.backtest import backtest as backtest_frames
from forecasting.frames import QUANTILE_COLUMNS, KnownAtOrigin, SalesHistory
from forecasting.panel import Panel
from forecasting.prior import RegionPrior, train_region_prior
from forecasting.settings import TrainingSettings
from forecasting.warehouse_model import WarehouseModel, train_warehouse_model

HISTORY_DAYS = 400  # what a training looks back on at most: a year and the festivals around it
SETTLED = 14  # days after which what was sold on a day is taken as told


def load_known(session: Session, origin: datetime, warehouse_ids: Sequence[str] | None = None) -> KnownAtOrigin:
    """Everything known at the origin about these warehouses (all with sales if not given).

    Raises NotNow where no sales are known by then, Invalid for warehouses of several time zones."""
    zones = warehouses_with_sales(session)
    if warehouse_ids is not None:
        zones = {name: zone for name, zone in zones.items() if name in set(warehouse_ids)}
    if len(set(zones.values())) > 1:
        raise Invalid(f"A region has one time zone; these warehouses have {sorted(set(zones.values()))}.")
    names = None if warehouse_ids is None else list(zones)
    since = (origin - timedelta(days=HISTORY_DAYS)).date()
    days, hourly_sales, in_stock = sales_as_of(session, origin, names, since)
    if days.empty:
        raise NotNow(f"No sales were known at {origin:%Y-%m-%d %H:%M %Z}. Run: freshfront import sales FILE")
    weather = weather_as_of(session, origin, names, since)
    return KnownAtOrigin(
        origin=pd.Timestamp(origin).tz_convert("UTC"),
        history=SalesHistory(days, hourly_sales, in_stock),
        promotions=promotions_as_of(session, origin, names, since),
        weather=weather,
        products=products_frame(session),
        warehouses=warehouses_frame(session),
        zone=next(iter(zones.values())),
    )


def train_prior(engine: Engine, origin: datetime, now: datetime) -> str:
    """Trains and keeps what the region's warehouses share; returns its model_id."""
    settings = TrainingSettings()
    prior = train_region_prior(_known(engine.url, origin, now), settings)
    return _keep_model(engine, None, None, origin, now, asdict(settings), prior.to_bytes())


def train_warehouse(engine: Engine, warehouse_id: str, origin: datetime, now: datetime) -> str:
    """Trains and keeps a warehouse's model on top of the region's latest; returns its model_id."""
    with reading(engine) as session:
        prior_id = session.scalar(_serving(None, origin).with_only_columns(DemandModel.model_id))
    if prior_id is None:
        raise NotNow("The region has no model yet. Run: freshfront train")
    prior = _prior(engine.url, prior_id)
    model = train_warehouse_model(_panel(engine.url, prior_id, origin, now), warehouse_id, prior)
    return _keep_model(engine, warehouse_id, prior_id, origin, now, {}, model.to_bytes())


def forecast_warehouse(engine: Engine, warehouse_id: str, origin: datetime, now: datetime, horizon_days: int) -> int:
    """Forecasts the days after the origin with the model that serves the warehouse; returns the rows kept.

    Made again for the same origin, the forecasts replace each other. Raises NotNow where no model is trained."""
    with reading(engine) as session:
        row = session.scalars(_serving(warehouse_id, origin).options(undefer(DemandModel.artifact))).first()
    if row is None or row.prior_id is None:
        raise NotNow(f"Warehouse {warehouse_id} has no model trained by then. Run: freshfront train")
    model = WarehouseModel.from_bytes(row.artifact, _prior(engine.url, row.prior_id))
    panel = _panel(engine.url, row.prior_id, origin, now)
    return _keep_forecasts(engine, model.forecast(panel, range(1, horizon_days + 1)), origin)


def backtest(engine: Engine, warehouse_ids: Sequence[str], start: date, end: date, horizon: int) -> pd.DataFrame:
    """Past days forecast as they would have been: FORECAST_COLUMNS, one row a warehouse, product and day.

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


def _serving(warehouse_id: str | None, origin: datetime) -> Select[tuple[DemandModel]]:
    """The model that serves a warehouse, or what the region shares, at an origin: the latest that knew no more."""
    return (
        select(DemandModel)
        .where(DemandModel.warehouse_id.is_not_distinct_from(warehouse_id), DemandModel.origin <= origin)
        .order_by(DemandModel.trained_at.desc())
        .limit(1)
    )


@lru_cache(maxsize=2)
def _prior(url: URL, prior_id: str) -> RegionPrior:
    """A kept prior; it never changes."""
    with _opened(url) as session:
        query = select(DemandModel).where(DemandModel.model_id == prior_id).options(undefer(DemandModel.artifact))
        return RegionPrior.from_bytes(session.scalars(query).one().artifact)


# All warehouses of one step, made at the same `now`, read the same; the first one that comes loads it for the others.
_one_loads = Lock()


def _known(url: URL, origin: datetime, now: datetime) -> KnownAtOrigin:
    with _one_loads:
        return _known_of_step(url, origin, now)


def _panel(url: URL, prior_id: str, origin: datetime, now: datetime) -> Panel:
    with _one_loads:
        return _panel_of_step(url, prior_id, origin, now)


@lru_cache(maxsize=1)
def _known_of_step(url: URL, origin: datetime, now: datetime) -> KnownAtOrigin:
    with _opened(url) as session:
        return load_known(session, origin)


@lru_cache(maxsize=1)
def _panel_of_step(url: URL, prior_id: str, origin: datetime, now: datetime) -> Panel:
    return Panel.of(_known_of_step(url, origin, now), _prior(url, prior_id).profiles)


@contextmanager
def _opened(url: URL) -> Iterator[Session]:
    engine = open_database(url.render_as_string(hide_password=False))
    try:
        with reading(engine) as session:
            yield session
    finally:
        engine.dispose()


def _keep_model(
    engine: Engine,
    warehouse_id: str | None,
    prior_id: str | None,
    origin: datetime,
    now: datetime,
    settings: dict[str, Any],
    artifact: bytes,
) -> str:
    model = DemandModel(
        model_id=uuid4().hex,
        warehouse_id=warehouse_id,
        prior_id=prior_id,
        origin=origin,
        trained_at=now,
        settings=settings,
        artifact=artifact,
    )
    with writing(engine) as session:
        session.add(model)
        session.flush()
        return model.model_id


def _keep_forecasts(engine: Engine, frame: pd.DataFrame, origin: datetime) -> int:
    """Keeps a warehouse's forecasts made at an origin in place of any made at it before."""
    numbers = [*QUANTILE_COLUMNS, "mean"]
    columns = ["warehouse_id", "product_id", "date", "origin", *numbers, "model"]
    days = (moment.date() for moment in frame["date"])
    rows = zip(
        frame["warehouse_id"],
        frame["product_id"],
        days,
        repeat(origin),
        *(frame[name].astype(float) for name in numbers),
        frame["model"],
        strict=False,  # the origin goes on for ever
    )
    made_before = delete(Forecast).where(
        Forecast.warehouse_id.in_(frame["warehouse_id"].unique().tolist()), Forecast.origin == origin
    )
    with writing(engine) as session:
        session.execute(made_before)
        return write_rows(session.connection(), cast(Table, Forecast.__table__), columns, rows)
