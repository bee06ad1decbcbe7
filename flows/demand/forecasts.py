"""Forecasts are made with the models that serve, from what is known at an origin, and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, Table, delete
from sqlalchemy.orm import Session

from data.bulk import write_rows, write_table
from data.database import reading, writing
from data.kept.kept_hours import keep_hours
from data.tables import Base, BulkOrderRow, ForecastContributionRow, ForecastRow, SilentProductRow
from flows.demand.models import model_registry
from flows.demand.recovered_demand import BehindSales, behind_sales_of_run
from flows.demand.run_snapshot import kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import NotNow
from forecasting.all_cores import at_once
from forecasting.demand.bulk_orders import LOOKED_BACK
from forecasting.distribution.hours import hourly_forecast
from forecasting.explaining.contributions import SHARES, contributions
from forecasting.features.panel import Panel
from forecasting.known.frames import QUANTILE_COLUMNS, KnownAtOrigin
from forecasting.known.last_days import up_to_last_days
from forecasting.model.fading import SILENT_COLUMNS, silent_products
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel, forecast_together

EXPLAINED_DAYS = 2  # of a forecast: today's orders cover them; a day more would take a twelfth of the forecast's time
DAYS_BY_THE_HOUR = 3  # at any hour of the first of them the next 48 hours lie within


def forecast_warehouses(
    engine: Engine, warehouse_ids: Sequence[str], origin: datetime, now: datetime, horizon_days: int
) -> dict[str, int]:
    """Forecasts the days after the origin with the models that serve these warehouses, each product to its last day;
    returns the rows kept by warehouse. All are kept in one transaction, which computes nothing.

    Made again for the same origin, the forecasts replace each other. Raises NotNow where no model serves one of them,
    Invalid where the data of one cannot be used."""
    snapshot = snapshot_of_run(engine.url, origin, now)
    made = []
    for region_model_id, models in _serving_models(engine, warehouse_ids, origin).items():
        for name in models:
            snapshot.require(name)
        panel = panel_of_run(engine.url, region_model_id, origin, now)
        forecast, behind = at_once(  # the first group of a run waits for what is behind the sales of all
            partial(_forecast, models, panel, snapshot.known, horizon_days),
            partial(behind_sales_of_run, engine.url, region_model_id, origin, now),
        )
        made.append(_Made(list(models), *forecast, behind))
    with writing(engine) as session:
        for part in made:
            _keep_forecasts(session, part, origin)
    counts = pd.concat([part.forecast["warehouse_id"] for part in made]).value_counts()
    return {name: int(counts.get(name, 0)) for name in warehouse_ids}


@dataclass(frozen=True)
class _Made:
    """What was made for some warehouses with models on one region model."""

    warehouse_ids: Sequence[str]
    forecast: pd.DataFrame
    explained: pd.DataFrame
    hourly: pd.DataFrame
    silent: pd.DataFrame  # forecasting.model.fading.SILENT_COLUMNS
    bulk: pd.DataFrame  # forecasting.features.panel.Panel.bulk_orders
    behind: BehindSales


def _serving_models(
    engine: Engine, warehouse_ids: Sequence[str], origin: datetime
) -> dict[str, dict[str, WarehouseModel]]:
    """The models that serve, by region model and warehouse. Raises NotNow where none serves one of the warehouses."""
    with reading(engine) as session:
        rows = model_registry.serving_each(session, warehouse_ids, origin)
    models: dict[str, dict[str, WarehouseModel]] = {}
    for name in warehouse_ids:
        row = rows.get(name)
        if row is None or row.region_model_id is None:
            raise NotNow(f"Warehouse {name} has no model that was serving then. Run: freshfront train")
        region_model = kept_region_model(engine.url, row.region_model_id)
        models.setdefault(row.region_model_id, {})[name] = WarehouseModel.from_bytes(row.artifact, region_model)
    return models


def _forecast(
    models: Mapping[str, WarehouseModel], panel: Panel, known: KnownAtOrigin, horizon_days: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The forecasts of days, what makes up the first of them, those of their hours, the products that may have ended,
    and the bulk orders of the last weeks."""
    every_day = forecast_together(models, panel, range(1, horizon_days + 1))
    explained = contributions(models, panel, every_day, range(1, EXPLAINED_DAYS + 1))
    forecast, explained = (up_to_last_days(rows, known) for rows in (every_day, explained))
    hourly = _hours_of_first_days(forecast, next(iter(models.values())).region_model)
    here = panel.of_warehouses(models)
    silent = silent_products(here, here.last).assign(date=here.day(here.last + 1))
    bulk = panel.bulk_orders
    bulk = bulk[bulk["warehouse_id"].isin(list(models)) & (bulk["date"] > panel.day(panel.last - LOOKED_BACK))]
    return forecast, explained, hourly, up_to_last_days(silent, known), bulk


def _hours_of_first_days(forecast: pd.DataFrame, region_model: RegionModel) -> pd.DataFrame:
    """The hours of the next days; no rows where the region model holds no hours."""
    if region_model.hours is None:
        return forecast[:0]
    first = (forecast["date"] - forecast["origin"]).dt.days <= DAYS_BY_THE_HOUR
    return hourly_forecast(forecast[first], region_model.hours)


def _keep_forecasts(session: Session, made: _Made, origin: datetime) -> None:
    """Keeps the forecasts made at an origin, what makes up their first days, the products that may have ended and the
    bulk orders left out, in place of any made at it before; the hours of their first days and the demand behind the
    latest sales in place of all."""
    for table in (ForecastContributionRow, ForecastRow, SilentProductRow, BulkOrderRow):
        session.execute(delete(table).where(table.warehouse_id.in_(made.warehouse_ids), table.origin == origin))
    _write(session, ForecastContributionRow, made.explained, origin, SHARES, ["occasions"])
    keep_hours(session, made.warehouse_ids, made.hourly, origin)
    made.behind.keep(session, made.warehouse_ids, origin)
    _write(session, ForecastRow, made.forecast, origin, [*QUANTILE_COLUMNS, "mean"], ["model"])
    silent = made.silent.assign(last_sold_on=made.silent["last_sold_on"].dt.date, origin=origin)
    columns = [*SILENT_COLUMNS, "origin"]
    rows = silent[columns].itertuples(index=False, name=None)
    write_rows(session.connection(), cast(Table, SilentProductRow.__table__), columns, rows)
    bulk = made.bulk.assign(date=made.bulk["date"].dt.date, origin=origin, sales=made.bulk["sales"].astype(float))
    rows = bulk.itertuples(index=False, name=None)
    write_rows(session.connection(), cast(Table, BulkOrderRow.__table__), list(bulk.columns), rows)


def _write(
    session: Session,
    table: type[Base],
    frame: pd.DataFrame,
    origin: datetime,
    numbers: Sequence[str],
    words: Sequence[str] = (),
) -> None:
    """Writes rows of a warehouse, product and day that were made at an origin."""
    columns = {name: pa.array(frame[name].tolist()) for name in ("warehouse_id", "product_id", *words)}
    columns |= {name: pa.array(frame[name].to_numpy(dtype=np.float64)) for name in numbers}
    columns["date"] = pa.array(frame["date"].to_numpy().astype("datetime64[D]"))
    columns["origin"] = pa.repeat(pa.scalar(origin.astimezone(UTC), pa.timestamp("us", "UTC")), len(frame))
    write_table(session.connection(), cast(Table, table.__table__), pa.table(columns))
