"""What makes up a forecast is kept with it, on both kinds of database."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, and_, select

from data.database import reading
from data.tables import ForecastContributionRow, ForecastRow
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from forecasting.explaining.contributions import SHARES
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, sell


def test_the_first_days_of_a_forecast_are_kept_with_what_makes_them_up_and_once(engine: Engine) -> None:
    sell(engine)
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    training.train_warehouses(engine, ["W1"], region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    for minutes in (1, 2):
        forecasts.forecast_warehouses(engine, ["W1"], ORIGIN, ORIGIN + timedelta(minutes=minutes), 7)

    with reading(engine) as session:
        key = ("warehouse_id", "product_id", "date", "origin")
        same = and_(*(getattr(ForecastContributionRow, name) == getattr(ForecastRow, name) for name in key))
        found = session.execute(select(ForecastRow, ForecastContributionRow).join(ForecastContributionRow, same)).all()
        kept = session.scalars(select(ForecastContributionRow)).all()
    assert len(found) == len(kept) == len(PRODUCTS) * forecasts.EXPLAINED_DAYS
    assert {row.date for row in kept} == {LAST + timedelta(days=n + 1) for n in range(forecasts.EXPLAINED_DAYS)}
    for forecast, shares in found:
        assert sum(getattr(shares, name) for name in SHARES) == pytest.approx(forecast.mean, rel=1e-9)
