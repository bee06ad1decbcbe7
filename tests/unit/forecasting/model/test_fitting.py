"""Which rung serves, and that a forecast one day ahead does not depend on what else is trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasting.evaluation.backtest import backtest
from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.error_shapes import ErrorShape, ErrorShapes
from forecasting.model.fitting import hold_out_days, training_days
from forecasting.model.mean_models import REGRESSION, SMOOTHING, TREES
from forecasting.model.region_model import RegionModel, learned_profiles, train_region_model
from forecasting.model.regression import Regression
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import train_warehouse_models
from tests.unit.forecasting.small_region import TRAINED_TO, Region

NAMES = [
    "same_weekday", "same_kind", "own_3", "own_7", "warehouse_1", "warehouse_7", "at_price", "discount_change",
    "promoted", "promoted_28", "rest", "festival", "make_up", "warmer_than_week", "precipitation_target",
]  # fmt: skip


def test_a_backtest_one_day_ahead_is_what_serves_to_the_last_digit(region: Region, known: KnownAtOrigin) -> None:
    few = TrainingSettings(rounds=5, spread_rounds=5, training_rows=500, hold_out_rows=300)
    tomorrow = known.origin_day + pd.Timedelta(days=1)
    region_model = train_region_model(known, few)
    models = train_warehouse_models(known, region_model)
    live = pd.concat([models[name].forecast(known, [1]) for name in sorted(models)], ignore_index=True)

    past = backtest(region.at_end_of(tomorrow), tomorrow, tomorrow, [1], replace(few, horizons=(1,)))

    pd.testing.assert_frame_equal(live, of_all_days(past), check_exact=True)


def test_where_demand_is_level_weekday_and_price_the_regression_serves_and_says_by_how_much(
    known: KnownAtOrigin, quick: TrainingSettings
) -> None:
    region_model = train_region_model(known, TrainingSettings(horizons=(1,), rounds=40, spread_rounds=20, leaves=15))
    assert region_model.near is not None
    assert region_model.near.mean.rung == REGRESSION
    losses = region_model.near.losses
    assert losses[SMOOTHING] == 1
    assert losses[REGRESSION] < losses[TREES] < 1
    with pytest.raises(ValueError, match="one day ahead, not 2"):
        region_model.of_horizon(2)


def test_a_price_that_few_days_had_is_learned_and_a_dearer_one_never_sells_more() -> None:
    rng = np.random.default_rng(3)
    values = np.ones((600, len(NAMES)), dtype=np.float32)
    values[:, [NAMES.index(name) for name in NAMES[8:]]] = 0
    price = NAMES.index("discount_change")
    values[:9, price] = 0.5
    factor = np.where(values[:, price] < 1, 3.0, 1.0) * rng.gamma(20, 1 / 20, 600)

    fitted = Regression.fit(values, NAMES, factor.astype(np.float32), np.ones(600, dtype=np.float32), seed=1)
    cheap, usual = fitted.predict(values[[0, 599]], NAMES)
    assert 2.4 < cheap / usual < 3.3

    factors, weight = factor.astype(np.float32), np.ones(600, dtype=np.float32)
    prices = fitted.of_prices(values, NAMES, factors, weight)
    assert set(prices.coefficients) == {"discount_change"}
    assert prices.predict(values, NAMES).mean() == pytest.approx(factors.mean(), rel=1e-5)

    dearer_sells_more = Regression.fit(values, NAMES, (1 / factor).astype(np.float32), np.ones(600, np.float32), seed=1)
    assert "discount_change" not in dearer_sells_more.coefficients

    at_price = NAMES.index("at_price")
    values[:, price], values[:, at_price] = 1, np.where(factor > 2, 0.5, 1)
    less_where_cheap = Regression.fit(values, NAMES, factors, weight, seed=1)
    assert "at_price" not in less_where_cheap.coefficients


def test_no_term_of_the_price_takes_over_what_another_gave_up() -> None:
    rng = np.random.default_rng(0)
    price, at_price = (NAMES.index(name) for name in ("discount_change", "at_price"))
    for _ in range(20):
        values = np.ones((120, len(NAMES)), dtype=np.float32)
        values[:, [NAMES.index(name) for name in NAMES[8:]]] = 0
        values[:, price] = rng.uniform(0.5, 1, 120)
        values[:, at_price] = values[:, price] ** -0.5 * rng.lognormal(0, 0.05, 120)
        factor = (values[:, price] ** 0.8 * rng.gamma(8, 1 / 8, 120)).astype(np.float32)

        found = Regression.fit(values, NAMES, factor, np.ones(120, np.float32), seed=1).coefficients

        assert found.get("discount_change", 0) <= 0
        assert found.get("at_price", 0) >= 0


@pytest.mark.parametrize("level", [2.0, 9.0])
def test_a_region_that_sells_the_same_every_day_is_trained_and_forecast(region: Region, level: float) -> None:
    history = region.history
    same = replace(
        history,
        days=history.days.assign(sales=level),
        hourly_sales=np.full_like(history.hourly_sales, level / 24),
        in_stock=np.ones_like(history.in_stock),
    )
    known = replace(region, history=same, promotions=region.promotions[:0]).at_end_of(TRAINED_TO)

    region_model = train_region_model(known, TrainingSettings(horizons=(1,), rounds=5))
    forecast = train_warehouse_models(known, region_model)["w0"].forecast(known, [1])

    assert region_model.near is not None
    assert forecast["mean"].to_numpy() == pytest.approx(level, rel=0.02)
    assert all(0 < loss < 10 for loss in region_model.near.losses.values())


def test_days_reach_back_until_there_are_rows_enough(known: KnownAtOrigin) -> None:
    panel = Panel.of(known, learned_profiles(known))
    a_day = np.count_nonzero(panel.exposure >= 0.95) / 96
    settings = TrainingSettings(training_days=20, training_rows=int(50 * a_day), hold_out_days=5, hold_out_rows=10)

    assert 45 <= len(training_days(panel, settings, panel.last + 1)) <= 55
    assert hold_out_days(panel, settings) == 5
    assert len(training_days(panel, replace(settings, training_rows=1), panel.last + 1)) >= 20


def test_quantiles_below_the_chance_of_no_demand_are_0_and_those_above_are_of_days_with_demand(
    region_model: RegionModel,
) -> None:
    assert region_model.near is not None
    levels = np.linspace(0, 1, 29)
    even = ErrorShapes({"kg": ErrorShape((0.0,), (tuple(float(level) for level in levels),))})
    scatter = replace(region_model.near.scatter, shapes=even)
    unit = np.array(["kg"], dtype=object)
    mean, spread = np.array([4.0], dtype=np.float32), np.ones(1, dtype=np.float32)

    found = scatter.quantiles(mean, spread, np.array([0.3], dtype=np.float32), unit)

    assert (found[0, :3] == 0).all()  # q05, q10, q25
    assert (found[0, 3:] > 4 / 0.7).all()  # days with demand have a mean of 4 / 0.7, and these errors are above it


def test_a_region_that_sold_nothing_of_late_trains_and_is_forecast(region: Region, known: KnownAtOrigin) -> None:
    days = region.history.days
    quiet = (days["date"] > known.origin_day - pd.Timedelta(days=20)).to_numpy()
    sales = days["sales"].where(~quiet, 0)
    hourly = np.where(quiet[:, None], 0, region.history.hourly_sales).astype(np.float32)
    pausing = replace(region, history=replace(region.history, days=days.assign(sales=sales), hourly_sales=hourly))

    at_pause = pausing.at_end_of(known.origin_day)
    region_model = train_region_model(at_pause, TrainingSettings(horizons=(1,), rounds=5))
    forecast = train_warehouse_models(at_pause, region_model)["w0"].forecast(at_pause, [1])

    assert np.isfinite(forecast["mean"]).all()
