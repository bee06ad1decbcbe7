"""What was behind the latest sales is kept with the forecasts, and what was guessed of it is said to be guessed."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.frames.recovered_demand import highest_seen_quantiles, recovered_days
from data.local_days import end_of_day
from data.tables import DailyAvailabilityRow, DailySalesRow, RecoveredDemandRow
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from tests.integration.flows.few_weeks import LAST, MORNING_ONLY, ORIGIN, PRODUCTS, ZONE, sell

BEFORE = end_of_day(LAST - timedelta(days=1), ZONE)
SOLD = PRODUCTS[:10]
UNKNOWN_FROM = LAST - timedelta(days=4)


@pytest.fixture
def trained(engine: Engine) -> Engine:
    """Eight weeks of sales of ten products. Of P00 nobody knows whether it ran out on the last five days, P01 always
    runs out when a third of the day is sold, P02 was not sold on the last day."""
    sell(engine, ["W1"], SOLD)
    with writing(engine) as session:
        unknown = (DailyAvailabilityRow.product_id == "P00", DailyAvailabilityRow.date >= UNKNOWN_FROM)
        session.execute(delete(DailyAvailabilityRow).where(*unknown))
        always = update(DailyAvailabilityRow).where(DailyAvailabilityRow.product_id == "P01")
        session.execute(always.values(in_stock_hours=MORNING_ONLY))
        a_third = {"sales": DailySalesRow.sales / 3, "hourly_sales": None}
        session.execute(update(DailySalesRow).where(DailySalesRow.product_id == "P01").values(**a_third))
        session.execute(delete(DailySalesRow).where(DailySalesRow.product_id == "P02", DailySalesRow.date == LAST))
    region_model_id = training.train_region_model(engine, BEFORE, BEFORE)
    training.train_warehouses(engine, ["W1"], region_model_id, BEFORE)
    promote_or_reject(engine, region_model_id, BEFORE)
    return engine


def kept(engine: Engine) -> dict[str, RecoveredDemandRow]:
    with reading(engine) as session:
        return {row.product_id: row for row in session.scalars(select(RecoveredDemandRow))}


def test_what_was_behind_the_latest_days_is_kept_with_how_it_is_known(trained: Engine) -> None:
    forecasts.forecast_warehouses(trained, ["W1"], ORIGIN, ORIGIN, 7)

    rows = kept(trained)
    assert set(rows) == set(SOLD)
    with reading(trained) as session:
        sold = {(row.product_id, row.date): row.sales for row in session.scalars(select(DailySalesRow))}
    for product_id, row in rows.items():
        assert (row.origin, row.last_day) == (ORIGIN, LAST)
        days = recovered_days(row)
        not_sold = {LAST} if product_id == "P02" else set()
        assert set(days) == {LAST - timedelta(days=ago) for ago in range(28)} - not_sold
        for day, behind in days.items():
            assert behind.demand >= sold[product_id, day] - 1e-3
            assert behind.guessed == (product_id == "P00" and day >= UNKNOWN_FROM)
    ran_out = recovered_days(rows["P01"])
    recovered = np.mean([behind.demand for behind in ran_out.values()])
    assert recovered == pytest.approx(3 * np.mean([sold["P01", day] for day in ran_out]), rel=0.3)

    # then what always ran out was never seen whole, and the others up to what eight weeks can show
    assert (rows["P01"].days_seen_whole, rows["P01"].highest_seen_quantile) == (0, 0)
    for product_id in ("P05", "P06", "P07"):
        assert rows[product_id].days_seen_whole > 40
        assert 0.8 < rows[product_id].highest_seen_quantile < 0.99
    with reading(trained) as session:
        seen = highest_seen_quantiles(session, "W1", ORIGIN)
        assert seen == {product_id: row.highest_seen_quantile for product_id, row in rows.items()}
        assert highest_seen_quantiles(session, "W1", BEFORE) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_forecasting_again_replaces_it_and_an_older_origin_does_not(trained: Engine) -> None:
    def observed() -> dict[str, tuple[object, ...]]:
        return {name: (row.origin, row.last_day, row.demand, row.how) for name, row in kept(trained).items()}

    forecasts.forecast_warehouses(trained, ["W1"], BEFORE, BEFORE, 7)
    assert {row.last_day for row in kept(trained).values()} == {LAST - timedelta(days=1)}
    forecasts.forecast_warehouses(trained, ["W1"], ORIGIN, ORIGIN, 7)
    first = observed()
    assert {row.origin for row in kept(trained).values()} == {ORIGIN}
    forecasts.forecast_warehouses(trained, ["W1"], BEFORE, ORIGIN + timedelta(minutes=2), 7)
    assert observed() == first
