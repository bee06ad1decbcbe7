"""What makes up a forecast is kept with it, on both kinds of database."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, and_, select

from data.database import reading
from data.tables import Forecast, ForecastContribution
from flows import demand
from flows.admitting import admit
from forecasting.explanation import SHARES
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, sell


def test_the_first_days_of_a_forecast_are_kept_with_what_makes_them_up_and_once(engine: Engine) -> None:
    sell(engine)
    prior_id = demand.train_prior(engine, ORIGIN, ORIGIN)
    demand.train_warehouse(engine, "W1", prior_id, ORIGIN)
    admit(engine, prior_id, ORIGIN)
    for minutes in (1, 2):
        demand.forecast_warehouse(engine, "W1", ORIGIN, ORIGIN + timedelta(minutes=minutes), 7)

    with reading(engine) as session:
        key = ("warehouse_id", "product_id", "date", "origin")
        same = and_(*(getattr(ForecastContribution, name) == getattr(Forecast, name) for name in key))
        found = session.execute(select(Forecast, ForecastContribution).join(ForecastContribution, same)).all()
        kept = session.scalars(select(ForecastContribution)).all()
    assert len(found) == len(kept) == len(PRODUCTS) * demand.EXPLAINED_DAYS
    assert {row.date for row in kept} == {LAST + timedelta(days=n + 1) for n in range(demand.EXPLAINED_DAYS)}
    for forecast, shares in found:
        assert sum(getattr(shares, name) for name in SHARES) == pytest.approx(forecast.mean, rel=1e-9)
