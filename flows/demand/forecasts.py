"""Forecasts are made with the models that serve, from what is known at an origin, and kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_table
from data.database import reading, writing
from data.kept.kept_hours import keep_hours
from data.tables import BulkOrderRow, ForecastContributionRow, ForecastRow, OccasionRow, SilentProductRow
from flows.demand.models import model_registry
from flows.demand.models.tried_models import tried_models
from flows.demand.recovered_demand import BehindSales, behind_sales_of_run
from flows.demand.run_snapshot import clock_of, kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import NotNow, Refusal
from forecasting.all_cores import at_once
from forecasting.demand.bulk_orders import LOOKED_BACK
from forecasting.distribution.hours import hourly_forecast
from forecasting.explaining.contributions import SHARES, contributions
from forecasting.features.occasions import OCCASION_COLUMNS, occasions_of
from forecasting.features.panel import Panel
from forecasting.known.days_on_sale import days_on_sale
from forecasting.known.frames import QUANTILE_COLUMNS, KnownAtOrigin
from forecasting.model.fading import SILENT_COLUMNS, silent_products
from forecasting.model.region_model import RegionModel
from forecasting.model.warehouse_model import WarehouseModel, forecast_together

EXPLAINED_DAYS = 2  # of a forecast: today's orders cover them; a day more would take a twelfth of the forecast's time
FORECASTS, CONTRIBUTIONS, SILENT_PRODUCTS, BULK_ORDERS, OCCASIONS = (
    cast(Table, row.__table__)
    for row in (ForecastRow, ForecastContributionRow, SilentProductRow, BulkOrderRow, OccasionRow)
)
DAYS_BY_THE_HOUR = 3  # at any hour of the first of them the next 48 hours lie within


def forecast_warehouses(
    engine: Engine, warehouse_ids: Sequence[str], origin: datetime, now: datetime, horizon_days: int
) -> dict[str, int]:
    """Forecasts the days after the origin with the models that serve these warehouses, each product to its last day;
    returns the rows kept by warehouse. All are kept in one transaction, which computes nothing.

    Made again for the same origin, the forecasts replace each other. Raises NotNow where no model serves one of them,
    Invalid where the data of one cannot be used."""
    made = []
    for region_model_id, models in _serving_models(engine, warehouse_ids, origin, now).items():
        with reading(engine) as session:
            timezone = clock_of(session, origin, list(models))
        snapshot = snapshot_of_run(engine.url, origin, now, timezone)
        for name in models:
            snapshot.require(name)
        panel = panel_of_run(engine.url, region_model_id, origin, now, timezone)
        (rows, hourly), behind = at_once(  # the first group of a run waits for what is behind the sales of all
            partial(_forecast, models, panel, snapshot.known, origin, horizon_days),
            partial(behind_sales_of_run, engine.url, region_model_id, origin, now, timezone),
        )
        made.append(_Made(list(models), rows, hourly, behind))
    with writing(engine) as session:
        for part in made:
            _keep_forecasts(session, part, origin)
    kept = Counter(name for part in made for name in part.rows[FORECASTS]["warehouse_id"].to_pylist())
    return {name: kept[name] for name in warehouse_ids}


def refused_warehouses(
    engine: Engine, warehouse_ids: Sequence[str], origin: datetime, now: datetime
) -> dict[str, Refusal]:
    """Which of some warehouses cannot be forecast, and why: no model serves there, or the data cannot be used."""
    with reading(engine) as session:
        served = model_registry.served(session, warehouse_ids, origin)
        timezone = clock_of(session, origin, warehouse_ids)
    without_model = {name: _without_model(name) for name in warehouse_ids if name not in served}
    return without_model | snapshot_of_run(engine.url, origin, now, timezone).refused(warehouse_ids)


def forecast_at(engine: Engine, warehouse_ids: Sequence[str], origin: datetime) -> set[str]:
    """Those of some warehouses for which forecasts of an origin are kept."""
    made = select(ForecastRow.warehouse_id).where(ForecastRow.origin == origin).distinct()
    with reading(engine) as session:
        return set(session.scalars(made.where(ForecastRow.warehouse_id.in_(warehouse_ids))))


def _without_model(warehouse_id: str) -> NotNow:
    return NotNow(
        "Warehouse {warehouse_id} has no model that was serving then. Run: freshfront train", warehouse_id=warehouse_id
    )


@dataclass(frozen=True)
class _Made:
    """What was made for some warehouses with models on one region model."""

    warehouse_ids: Sequence[str]
    rows: Mapping[Table, pa.Table]  # as they are kept, so that the writing transaction computes nothing
    hourly: pd.DataFrame
    behind: BehindSales


def _serving_models(
    engine: Engine, warehouse_ids: Sequence[str], origin: datetime, now: datetime
) -> dict[str, dict[str, WarehouseModel]]:
    """The models that serve, by region model and warehouse, and where another is tried, that. Raises NotNow where none
    serves one of the warehouses."""
    with reading(engine) as session:
        rows = model_registry.serving_each(session, warehouse_ids, origin)
        rows |= tried_models(session, engine.url, rows, origin, now)
    models: dict[str, dict[str, WarehouseModel]] = {}
    for name in warehouse_ids:
        row = rows.get(name)
        if row is None or row.region_model_id is None:
            raise _without_model(name)
        region_model = kept_region_model(engine.url, row.region_model_id)
        models.setdefault(row.region_model_id, {})[name] = WarehouseModel.from_bytes(row.artifact, region_model)
    return models


def _forecast(
    models: Mapping[str, WarehouseModel], panel: Panel, known: KnownAtOrigin, origin: datetime, horizon_days: int
) -> tuple[dict[Table, pa.Table], pd.DataFrame]:
    """The rows to be kept, by table, and the forecasts of hours."""
    every_day = forecast_together(models, panel, range(1, horizon_days + 1))
    explained = contributions(models, panel, every_day, range(1, EXPLAINED_DAYS + 1))
    forecast, explained = (days_on_sale(rows, known) for rows in (every_day, explained))
    hourly = _hours_of_first_days(forecast, next(iter(models.values())).region_model)
    here = panel.of_warehouses(models)
    silent = days_on_sale(silent_products(here, here.last).assign(date=here.day(here.last + 1)), known)
    bulk = panel.bulk_orders
    bulk = bulk[bulk["warehouse_id"].isin(list(models)) & (bulk["date"] > panel.day(panel.last - LOOKED_BACK))]
    days = occasions_of(here, here.last, range(here.last + 1, here.last + 1 + horizon_days))
    ids = ["warehouse_id", "product_id"]
    found = [name for name in SILENT_COLUMNS if name != "last_sold_on"]
    return {
        CONTRIBUTIONS: _rows(explained, origin, [*ids, *SHARES]),
        FORECASTS: _rows(forecast, origin, [*ids, *QUANTILE_COLUMNS, "mean", "model"]),
        SILENT_PRODUCTS: _rows(silent, origin, found, ["last_sold_on"]),
        BULK_ORDERS: _rows(bulk, origin, [*ids, "sales"]),
        OCCASIONS: _rows(days, origin, [name for name in OCCASION_COLUMNS if name != "date"]),
    }, hourly


def _hours_of_first_days(forecast: pd.DataFrame, region_model: RegionModel) -> pd.DataFrame:
    """The hours of the next days; no rows where the region model holds no hours."""
    if region_model.hours is None:
        return forecast[:0]
    first = (forecast["date"] - forecast["origin"]).dt.days <= DAYS_BY_THE_HOUR
    return hourly_forecast(forecast[first], region_model.hours)


def _rows(frame: pd.DataFrame, origin: datetime, columns: Sequence[str], days: Sequence[str] = ("date",)) -> pa.Table:
    """Rows as they are kept: some columns of a frame, of which `days` are days, and the origin."""
    found = {name: _column(frame[name]) for name in columns}
    found |= {name: pa.array(frame[name].to_numpy().astype("datetime64[D]")) for name in days}
    found["origin"] = pa.repeat(pa.scalar(origin.astimezone(UTC), pa.timestamp("us", "UTC")), len(frame))
    return pa.table(found)


def _column(values: pd.Series) -> pa.Array:
    numeric = pd.api.types.is_float_dtype(values)
    return pa.array(values.to_numpy(dtype=np.float64) if numeric else values.tolist())


def _keep_forecasts(session: Session, made: _Made, origin: datetime) -> None:
    """Keeps what was made and found at an origin in place of any made at it before; the hours of the first days and the
    demand behind the latest sales in place of all."""
    for table, rows in made.rows.items():
        of_these = table.c.warehouse_id.in_(made.warehouse_ids), table.c.origin == origin
        session.execute(delete(table).where(*of_these))
        write_table(session.connection(), table, rows)
    keep_hours(session, made.warehouse_ids, made.hourly, origin)
    made.behind.keep(session, made.warehouse_ids, origin)
