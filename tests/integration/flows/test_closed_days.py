"""A closed day from its import on: nothing is forecast for it by day or hour, and it is explained by its name."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import import_file
from data.tables import EventRow, ForecastContributionRow, ForecastRow, HourlyForecastRow, OccasionRow
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from tests.integration.flows.few_weeks import LAST, ORIGIN, WAREHOUSES, sell

TOMORROW = LAST + timedelta(days=1)


@pytest.fixture
def forecast(engine: Engine, tmp_path: Path) -> Engine:
    """Two warehouses, of which the first is closed tomorrow, forecast for a week."""
    sell(engine, products=("P00", "P01", "P02"), days=21)
    events = tmp_path / "events.csv"
    head = "event_id,name,kind,first_day,last_day,warehouse_id,closed,known_at"
    events.write_text(f"{head}\ncount,Stocktaking,closed,{TOMORROW},{TOMORROW},W1,1,{ORIGIN - timedelta(days=5)}\n")
    import_file(engine, "events", events, now=ORIGIN)
    forecast_by_new_models(engine, 7)
    return engine


def forecast_by_new_models(engine: Engine, days: int) -> None:
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    training.train_warehouses(engine, WAREHOUSES, region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    forecasts.forecast_warehouses(engine, WAREHOUSES, ORIGIN, ORIGIN, days)


def test_nothing_is_forecast_for_a_closed_day_by_day_or_hour(forecast: Engine) -> None:
    with reading(forecast) as session:
        days = session.scalars(select(ForecastRow)).all()
        hours = session.scalars(select(HourlyForecastRow)).all()
    sold = {(row.warehouse_id, row.date == TOMORROW): row.q95 for row in days}
    by_hour = {(row.warehouse_id, row.date == TOMORROW): float(np.frombuffer(row.mean, "<f8").sum()) for row in hours}
    for found in (sold, by_hour):
        assert found["W1", True] == 0
        assert min(found["W1", False], found["W2", True], found["W2", False]) > 0


def test_a_closed_day_is_explained_by_its_name(forecast: Engine) -> None:
    with reading(forecast) as session:
        kept = session.scalars(select(ForecastContributionRow).where(ForecastContributionRow.date == TOMORROW)).all()
        (told,) = session.scalars(select(OccasionRow).where(OccasionRow.away == 0)).all()
    assert (told.warehouse_id, told.date, told.name, told.closed) == ("W1", TOMORROW, "Stocktaking", True)
    assert {(row.level, row.trend, row.event) for row in kept if row.warehouse_id == "W1"} == {(0.0, 0.0, 0.0)}


def test_what_a_day_is_is_kept_once_for_its_warehouse_and_for_all_days_of_a_forecast(engine: Engine) -> None:
    sell(engine, products=("P00", "P01", "P02"), days=21)
    last = LAST + timedelta(days=14)
    with writing(engine) as session:
        session.add(EventRow(event_id="fair", name="Fair", kind="fair", first_day=last, last_day=last, known_at=ORIGIN))
    forecast_by_new_models(engine, 14)

    with reading(engine) as session:
        kept = session.scalars(select(OccasionRow).where(OccasionRow.name == "Fair")).all()
    assert {(row.warehouse_id, row.date, row.away) for row in kept} == {
        (name, last - timedelta(days=before), -before) for name in WAREHOUSES for before in (0, 1)
    }
