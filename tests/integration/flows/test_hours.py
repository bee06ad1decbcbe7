"""The hours of the next days as they are kept with the days, and the dependence that the purchase plan draws by."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data.bulk import write_rows
from data.database import reading, writing
from data.frames.hourly_forecasts import hours_of
from data.local_days import end_of_day
from data.tables import DemandModelRow, ForecastRow, HourlyForecastRow
from flows.demand import forecasts
from flows.demand.models import model_registry, training
from flows.demand.models.promoting import promote_or_reject
from flows.demand.run_snapshot import kept_region_model
from flows.purchasing.planning import planning
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.distribution.dependence import Dependence
from forecasting.model.region_model import RegionModel
from forecasting.model.training_settings import TrainingSettings
from tests.integration.conftest import Filling
from tests.integration.flows.conftest import NOW, TOMORROW, open_shop
from tests.integration.flows.conftest import ORIGIN as SHOP_ORIGIN
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, ZONE, sell

BEFORE = end_of_day(LAST - timedelta(days=1), ZONE)


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    return sell_and_train if "trained" in request.fixturenames else open_shop


@pytest.fixture
def trained(engine: Engine) -> Engine:
    """Two warehouses with 30 products and eight weeks of sales, trained two days ago."""
    return engine


def sell_and_train(engine: Engine) -> None:
    sell(engine)
    origin = end_of_day(LAST - timedelta(days=2), ZONE)
    region_model_id = training.train_region_model(engine, origin, origin)
    for warehouse in ("W1", "W2"):
        training.train_warehouses(engine, [warehouse], region_model_id, origin)
    promote_or_reject(engine, region_model_id, origin)


def kept(engine: Engine, warehouse_id: str = "W1") -> list[HourlyForecastRow]:
    with reading(engine) as session:
        mine = select(HourlyForecastRow).where(HourlyForecastRow.warehouse_id == warehouse_id)
        return list(session.scalars(mine.order_by(HourlyForecastRow.product_id, HourlyForecastRow.date)))


def day_means(engine: Engine, origin: datetime, warehouse_id: str = "W1") -> dict[tuple[str, object], float]:
    with reading(engine) as session:
        query = select(ForecastRow).where(ForecastRow.warehouse_id == warehouse_id, ForecastRow.origin == origin)
        return {(row.product_id, row.date): row.mean for row in session.scalars(query)}


def test_the_hours_kept_add_up_to_the_days_kept(trained: Engine) -> None:
    forecasts.forecast_warehouses(trained, ["W1"], ORIGIN, ORIGIN, 7)

    rows, means = kept(trained), day_means(trained, ORIGIN)
    assert len(rows) == 3 * len(PRODUCTS)
    assert {row.date for row in rows} == {LAST + timedelta(days=ahead) for ahead in (1, 2, 3)}
    for row in rows:
        mean, quantiles = hours_of(row)
        assert mean.sum() == pytest.approx(means[row.product_id, row.date], rel=1e-12)
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert (quantiles >= 0).all()
        assert mean[8:20].sum() > 0.9 * mean.sum()  # the hours in which few_weeks sells


def test_forecasting_again_replaces_the_hours_and_an_older_origin_does_not(trained: Engine) -> None:
    forecasts.forecast_warehouses(trained, ["W1"], BEFORE, BEFORE, 7)
    forecasts.forecast_warehouses(trained, ["W2"], BEFORE, BEFORE, 7)
    forecasts.forecast_warehouses(trained, ["W1"], ORIGIN, ORIGIN, 7)
    first = [(row.product_id, row.date, row.mean, row.quantiles) for row in kept(trained)]

    forecasts.forecast_warehouses(trained, ["W1"], ORIGIN, ORIGIN + timedelta(minutes=1), 7)
    forecasts.forecast_warehouses(trained, ["W1"], BEFORE, ORIGIN + timedelta(minutes=2), 7)

    assert {row.origin for row in kept(trained)} == {ORIGIN}
    assert [(row.product_id, row.date, row.mean, row.quantiles) for row in kept(trained)] == first
    assert {row.origin for row in kept(trained, "W2")} == {BEFORE}


def test_a_prior_without_hours_forecasts_days_and_leaves_no_hours_of_before(
    trained: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecasts.forecast_warehouses(trained, ["W1"], BEFORE, BEFORE, 7)

    def before_hours_were_learned(*asked: object) -> RegionModel:
        region_model = kept_region_model(*asked)
        return RegionModel(
            region_model.settings,
            region_model.origin_day,
            region_model.profiles,
            region_model.codes,
            region_model.near,
            region_model.far,
            region_model.hold_out_days,
        )

    monkeypatch.setattr(forecasts, "kept_region_model", before_hours_were_learned)
    forecasts.forecast_warehouses(trained, ["W1"], ORIGIN, ORIGIN, 7)

    assert kept(trained) == []
    assert len(day_means(trained, ORIGIN)) == 7 * len(PRODUCTS)


def test_the_dependence_of_the_region_s_model_is_read_alone(trained: Engine) -> None:
    with reading(trained) as session:
        (region,) = session.scalars(select(DemandModelRow).where(DemandModelRow.warehouse_id.is_(None))).all()
        found = model_registry.dependence_by_warehouse(session, {"W1": ORIGIN, "W9": ORIGIN})
        artifact = session.scalars(
            select(DemandModelRow.artifact).where(DemandModelRow.model_id == region.model_id)
        ).one()

    assert found == {"W1": RegionModel.from_bytes(artifact).dependence, "W9": Dependence.usual()}


def test_a_plan_draws_days_by_the_dependence_that_was_learned(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Dependence]] = []

    def noted(warehouse_id: str, dependence: Dependence) -> object:
        asked.append((warehouse_id, dependence))
        return draw(warehouse_id, dependence)

    draw = planning.days_together
    monkeypatch.setattr(planning, "days_together", noted)
    learned = Dependence((0.31, 0.21))
    serve_w1(shop, learned)

    make_purchase_plan(shop, ["W1", "W2"], NOW, "buyer", asked_for=TOMORROW)

    assert asked == [("W1", learned), ("W2", Dependence.usual())]


def serve_w1(engine: Engine, dependence: Dependence) -> None:
    """A model on a region's model that has learned this; W2 has none."""
    region_model = RegionModel(
        TrainingSettings(), pd.Timestamp("2026-03-01"), HourlyProfiles({}), {}, None, None, 14, dependence=dependence
    )
    columns = ["model_id", "warehouse_id", "region_model_id", "origin", "trained_at", "code", "settings", "trained_on",
               "artifact", "artifact_sha256", "served_from"]  # fmt: skip
    rest = (SHOP_ORIGIN, SHOP_ORIGIN, "test", {}, {})
    rows = [
        ("region", None, None, *rest, region_model.to_bytes(), "", SHOP_ORIGIN),
        ("own", "W1", "region", *rest, b"", "", SHOP_ORIGIN),
    ]
    with writing(engine) as session:
        write_rows(session.connection(), DemandModelRow.__table__, columns, rows)
