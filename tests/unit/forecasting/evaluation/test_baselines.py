"""The baselines, each against its recursion written out for one series, and what they may see."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from forecasting.evaluation import baselines
from forecasting.evaluation.baselines import (
    BASELINES,
    MEAN_7_DAYS,
    SEASONAL_NAIVE,
    SMOOTHED,
    TSB,
    BaselineForecast,
    as_distribution,
    baseline_forecasts,
    forecasts_by_baseline,
    visible_demand,
)
from forecasting.features.panel import Panel
from forecasting.known.frames import FORECAST_COLUMNS, QUANTILE_COLUMNS, KnownAtOrigin
from forecasting.model.region_model import RegionModel
from tests.unit.forecasting.small_region import TRAINED_TO, Region

HORIZONS = (1, 3, 7, 9)


@pytest.fixture(scope="module")
def panel(known: KnownAtOrigin, region_model: RegionModel) -> Panel:
    return Panel.of(known, region_model.profiles)


@pytest.fixture(scope="module")
def plain(panel: Panel) -> dict[str, BaselineForecast]:
    return forecasts_by_baseline(panel, panel.last, HORIZONS)


@pytest.fixture(scope="module")
def demand(panel: Panel) -> list[list[float]]:
    return visible_demand(panel, panel.last).astype(float).tolist()


def observed(values: list[float]) -> list[float]:
    return [value for value in values if not np.isnan(value)]


def test_only_days_whose_demand_was_visible_are_looked_at(panel: Panel) -> None:
    sales, exposed = panel.visible(panel.last, slice(panel.last + 1 - 84, panel.last + 1))
    seen = visible_demand(panel, panel.last)
    assert np.array_equal(np.isnan(seen), exposed < 0.95)
    np.testing.assert_array_equal(seen[exposed >= 0.95], sales[exposed >= 0.95])
    assert 0.1 < np.isnan(seen).mean() < 0.5


def test_seasonal_naive_is_the_last_such_weekday_that_was_told(
    plain: dict[str, BaselineForecast], demand: list[list[float]]
) -> None:
    for series, values in enumerate(demand):
        for at, horizon in enumerate(HORIZONS):
            target = len(values) - 1 + horizon
            weekdays = [values[target - 7 * week] for week in range(1, 6) if target - 7 * week < len(values)][:4]
            expected = (
                observed(weekdays)[0] if observed(weekdays) else np.mean(observed(values[-7:]) or observed(values))
            )
            assert plain[SEASONAL_NAIVE].points[series, at] == pytest.approx(expected, rel=1e-5)


def test_the_mean_of_seven_days_is_of_those_that_were_told(
    plain: dict[str, BaselineForecast], demand: list[list[float]]
) -> None:
    for series, values in enumerate(demand):
        expected = np.mean(observed(values[-7:]) or observed(values))
        assert plain[MEAN_7_DAYS].points[series] == pytest.approx([expected] * len(HORIZONS), rel=1e-5)


def smoothed_slowly(values: list[float], weight: float) -> tuple[float, list[float]]:
    known = observed(values)
    level, errors = float(np.mean(known[:7])), []
    for at, value in enumerate(known):
        if at >= 7:
            errors.append(value - level)
        level += weight * (value - level)
    return level, errors


def tsb_slowly(values: list[float], weights: tuple[float, float]) -> tuple[float, list[float]]:
    known = observed(values)
    early = [value for value in known[:7] if value > 0]
    probability = len(early) / len(known[:7])
    size = float(np.mean(early)) if early else next((value for value in known if value > 0), 0.0)
    errors = []
    for at, value in enumerate(known):
        if at >= 7:
            errors.append(value - probability * size)
        if value > 0:
            size += weights[0] * (value - size)
        probability += weights[1] * ((value > 0) - probability)
    return probability * size, errors


@pytest.mark.parametrize(
    ("name", "slowly", "grid"),
    [
        (SMOOTHED, smoothed_slowly, baselines.LEVEL_WEIGHTS),
        (TSB, tsb_slowly, tuple(product(baselines.SIZE_WEIGHTS, baselines.PROBABILITY_WEIGHTS))),
    ],
)
def test_smoothing_is_the_recursion_with_the_weights_that_missed_least(
    plain: dict[str, BaselineForecast], demand: list[list[float]], name: str, slowly, grid
) -> None:
    for series, values in enumerate(demand):
        tried = [slowly(values, weights) for weights in grid]
        level, errors = min(tried, key=lambda found: sum(error**2 for error in found[1]))
        assert plain[name].points[series] == pytest.approx([level] * len(HORIZONS), rel=1e-3)
        deviation = np.sqrt((sum(error**2 for error in errors) + 4 * level**2) / (len(errors) + 4))
        assert plain[name].error[series] == pytest.approx(deviation, rel=1e-3)


def test_past_errors_of_the_weekday_and_the_mean_are_counted_where_both_days_are_told(
    plain: dict[str, BaselineForecast], demand: list[list[float]]
) -> None:
    for series, values in enumerate(demand):
        weekly = observed([now - then for now, then in zip(values[7:], values[:-7], strict=True)])
        of_mean = observed(
            [
                values[at] - np.mean(observed(values[at - 7 : at]) or observed(values[:at]) or [0])
                for at in range(7, len(values))
            ]
        )
        for name, errors in ((SEASONAL_NAIVE, weekly), (MEAN_7_DAYS, of_mean)):
            level = plain[name].points[series].mean()
            deviation = np.sqrt((sum(error**2 for error in errors) + 4 * level**2) / (len(errors) + 4))
            assert plain[name].error[series] == pytest.approx(deviation, rel=1e-3), name


def test_tsb_fades_where_nothing_is_sold_any_more() -> None:
    selling = np.tile(np.array([0, 0, 6, 0, 0, 0, 3], dtype=np.float32), (1, 6))
    ended = np.concatenate([selling, np.zeros((1, 28), dtype=np.float32)], axis=1)
    assert 0 < baselines._tsb(ended, [1]).points[0, 0] < 0.3 * baselines._tsb(selling, [1]).points[0, 0]


def test_many_series_at_once_are_the_same_as_few(
    panel: Panel, plain: dict[str, BaselineForecast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "TOGETHER", 5)
    few = forecasts_by_baseline(panel, panel.last, HORIZONS)
    for name in BASELINES:
        np.testing.assert_array_equal(few[name].points, plain[name].points)
        np.testing.assert_array_equal(few[name].error, plain[name].error)


def test_a_series_of_which_no_demand_was_visible_is_forecast_as_zero(panel: Panel) -> None:
    exposure = panel.exposure.copy()
    exposure[3] = 0
    unseen = replace(panel, exposure=exposure)
    found = forecasts_by_baseline(unseen, panel.last, [1])
    assert [found[name].points[3, 0] for name in BASELINES] == [0, 0, 0, 0]


def test_a_baseline_sees_only_what_was_known_at_its_origin(region: Region, region_model: RegionModel) -> None:
    later = TRAINED_TO + pd.Timedelta(days=5)
    origins = {TRAINED_TO: [1, 2], TRAINED_TO + pd.Timedelta(days=2): [1]}
    from_later = baseline_forecasts(Panel.of(region.at_end_of(later), region_model.profiles), origins)
    for origin, horizons in origins.items():
        alone = baseline_forecasts(Panel.of(region.at_end_of(origin), region_model.profiles), {origin: horizons})
        same = from_later[from_later["origin"] == origin].reset_index(drop=True)
        pd.testing.assert_frame_equal(same, alone, check_exact=True)


def test_a_baseline_becomes_a_distribution_by_its_past_errors(panel: Panel) -> None:
    frame = baseline_forecasts(panel, {TRAINED_TO: [1]})
    found = as_distribution(frame, TSB)
    assert list(found.columns) == list(FORECAST_COLUMNS)
    assert (found["model"] == TSB).all()
    np.testing.assert_allclose(found["q50"], frame[TSB])
    np.testing.assert_allclose(found["q90"], frame[TSB] + norm.ppf(0.9) * frame["tsb_error"], rtol=1e-5)
    quantiles = found[list(QUANTILE_COLUMNS)].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0).all()
