"""What was behind the latest sales is kept with the forecasts, and what was guessed of it is said to be guessed."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.frames.days import end_of_day
from data.frames.recovered_demand import highest_seen_quantiles, recovered_days
from data.tables import DailyAvailability, DailySales, RecoveredDemand
from flows import demand
from flows.admitting import admit
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
        unknown = (DailyAvailability.product_id == "P00", DailyAvailability.date >= UNKNOWN_FROM)
        session.execute(delete(DailyAvailability).where(*unknown))
        always = update(DailyAvailability).where(DailyAvailability.product_id == "P01")
        session.execute(always.values(in_stock_hours=MORNING_ONLY))
        a_third = {"sales": DailySales.sales / 3, "hourly_sales": None}
        session.execute(update(DailySales).where(DailySales.product_id == "P01").values(**a_third))
        session.execute(delete(DailySales).where(DailySales.product_id == "P02", DailySales.date == LAST))
    prior_id = demand.train_prior(engine, BEFORE, BEFORE)
    demand.train_warehouse(engine, "W1", prior_id, BEFORE)
    admit(engine, prior_id, BEFORE)
    return engine


def kept(engine: Engine) -> dict[str, RecoveredDemand]:
    with reading(engine) as session:
        return {row.product_id: row for row in session.scalars(select(RecoveredDemand))}


def test_what_was_behind_the_latest_days_is_kept_with_how_it_is_known(trained: Engine) -> None:
    demand.forecast_warehouse(trained, "W1", ORIGIN, ORIGIN, 7)

    rows = kept(trained)
    assert set(rows) == set(SOLD)
    with reading(trained) as session:
        sold = {(row.product_id, row.date): row.sales for row in session.scalars(select(DailySales))}
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
    def told() -> dict[str, tuple[object, ...]]:
        return {name: (row.origin, row.last_day, row.demand, row.how) for name, row in kept(trained).items()}

    demand.forecast_warehouse(trained, "W1", BEFORE, BEFORE, 7)
    assert {row.last_day for row in kept(trained).values()} == {LAST - timedelta(days=1)}
    demand.forecast_warehouse(trained, "W1", ORIGIN, ORIGIN, 7)
    first = told()
    assert {row.origin for row in kept(trained).values()} == {ORIGIN}
    demand.forecast_warehouse(trained, "W1", BEFORE, ORIGIN + timedelta(minutes=2), 7)
    assert told() == first
