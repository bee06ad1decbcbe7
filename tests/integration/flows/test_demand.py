"""Training, forecasting and backtesting from the database, on both kinds of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Engine, delete, func, select, update

from data.database import reading, writing
from data.local_days import end_of_day
from data.tables import DailySalesRow, DemandModelRow, ForecastRow
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from flows.errors import NotNow
from flows.for_each_warehouse import side_by_side
from flows.reports import backtesting
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, WAREHOUSES, ZONE, sell


@pytest.fixture
def filling() -> Filling:
    return sell


@pytest.fixture
def selling(engine: Engine) -> Engine:
    """Two warehouses with 30 products and eight weeks of sales."""
    return engine


def trained(engine: Engine, origin: datetime, now: datetime) -> None:
    region_model_id = training.train_region_model(engine, origin, now)
    for warehouse in WAREHOUSES:
        training.train_warehouses(engine, [warehouse], region_model_id, now)
    promote_or_reject(engine, region_model_id, now)


def forecasts_of(engine: Engine, origin: datetime) -> pd.DataFrame:
    columns = ["warehouse_id", "product_id", "date", "q05", "q50", "q95", "mean", "model"]
    with reading(engine) as session:
        query = select(*(getattr(ForecastRow, name) for name in columns)).where(ForecastRow.origin == origin)
        return pd.DataFrame(session.execute(query.order_by(*columns[:3])).all(), columns=columns)


def forecast_afresh(engine: Engine, origin: datetime, now: datetime) -> pd.DataFrame:
    with writing(engine) as session:
        session.execute(delete(ForecastRow))
        session.execute(delete(DemandModelRow).where(DemandModelRow.warehouse_id.is_not(None)))
        session.execute(delete(DemandModelRow))
    trained(engine, origin, now)
    for warehouse in WAREHOUSES:
        forecasts.forecast_warehouses(engine, [warehouse], origin, now, 7)
    return forecasts_of(engine, origin)


def test_every_product_is_forecast_for_every_day_and_once(selling: Engine) -> None:
    trained(selling, ORIGIN, ORIGIN)
    for minutes in (1, 2):
        for warehouse in WAREHOUSES:
            kept = forecasts.forecast_warehouses(selling, [warehouse], ORIGIN, ORIGIN + timedelta(minutes=minutes), 7)
            assert kept == {warehouse: 7 * len(PRODUCTS)}

    found = forecasts_of(selling, ORIGIN)
    assert len(found) == len(WAREHOUSES) * len(PRODUCTS) * 7
    assert set(found["date"]) == {LAST + timedelta(days=ahead) for ahead in range(1, 8)}
    assert (found["q05"] <= found["q50"]).all()
    assert (found["q50"] <= found["q95"]).all()
    with reading(selling) as session:
        mean_sales = session.scalar(select(func.avg(DailySalesRow.sales)))
    assert found["mean"].mean() == pytest.approx(mean_sales, rel=0.15)


def test_sales_of_a_day_and_later_change_no_forecast_whose_origin_lies_before_it(selling: Engine) -> None:
    changed_from = LAST - timedelta(days=6)
    origin = end_of_day(changed_from - timedelta(days=1), ZONE)
    before = forecast_afresh(selling, origin, ORIGIN)

    with writing(selling) as session:
        session.execute(
            update(DailySalesRow).where(DailySalesRow.date >= changed_from).values(sales=DailySalesRow.sales * 50 + 9)
        )
    after = forecast_afresh(selling, origin, ORIGIN + timedelta(minutes=1))
    pd.testing.assert_frame_equal(before, after)

    # the check can fail: the day before it does change them
    with writing(selling) as session:
        last_known = DailySalesRow.date == changed_from - timedelta(days=1)
        session.execute(update(DailySalesRow).where(last_known).values(sales=DailySalesRow.sales * 50 + 9))
    assert not forecast_afresh(selling, origin, ORIGIN + timedelta(minutes=2))["mean"].equals(before["mean"])


def test_a_correction_known_later_does_not_reach_back(selling: Engine) -> None:
    before = forecast_afresh(selling, ORIGIN, ORIGIN)
    with writing(selling) as session:
        session.add(
            DailySalesRow(
                warehouse_id="W1", product_id="P00", date=LAST, known_at=ORIGIN + timedelta(hours=1), sales=999.0
            )
        )

    pd.testing.assert_frame_equal(before, forecast_afresh(selling, ORIGIN, ORIGIN + timedelta(minutes=1)))


def test_a_backtest_is_what_would_have_been_forecast_then(selling: Engine) -> None:
    start, end = LAST - timedelta(days=1), LAST
    frame = backtesting.backtest(selling, list(WAREHOUSES), start, end, horizon=1)

    assert len(frame) == len(WAREHOUSES) * len(PRODUCTS) * 2
    assert (frame["date"] - frame["origin"] == pd.Timedelta(days=1)).all()
    first = frame[frame["date"] == pd.Timestamp(start)]
    with writing(selling) as session:
        session.execute(update(DailySalesRow).where(DailySalesRow.date >= start).values(sales=0.0))
    again = backtesting.backtest(selling, list(WAREHOUSES), start, end, horizon=1)
    pd.testing.assert_frame_equal(first, again[again["date"] == pd.Timestamp(start)])


def test_what_was_never_trained_or_sold_is_told_with_the_remedy(selling: Engine) -> None:
    with pytest.raises(NotNow, match="freshfront train"):
        forecasts.forecast_warehouses(selling, ["W1"], ORIGIN, ORIGIN, 7)
    with pytest.raises(NotNow, match="freshfront train"):
        training.train_warehouses(selling, ["W1"], "never", ORIGIN)
    with pytest.raises(NotNow, match="freshfront import sales"):
        training.train_region_model(selling, datetime(2020, 1, 1, tzinfo=ZoneInfo(ZONE)), ORIGIN)


def test_a_warehouse_that_fails_is_named_and_stops_no_other(selling: Engine) -> None:
    region_model_id = training.train_region_model(selling, ORIGIN, ORIGIN)

    summary = side_by_side(
        "train",
        lambda names: training.train_warehouses(selling, names, region_model_id, ORIGIN),
        ["W1", "broken", "W2"],
        together=3,
    )

    assert set(summary.done) == {"W1", "W2"}
    assert "broken" in summary.failed["broken"]
    assert "2 of 3 warehouses done" in str(summary)
