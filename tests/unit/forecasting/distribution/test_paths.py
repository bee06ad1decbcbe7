from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import gamma, norm, spearmanr

from forecasting.distribution.dependence import Dependence
from forecasting.distribution.paths import generator_of, joint_paths
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES
from forecasting.statistics.quantile_curve import KNOTS, knot_values, normal_scores_of, stratum_values

ORIGIN = pd.Timestamp("2026-06-21")
TOGETHER = Dependence((0.5, 0.4, 0.3))


def forecast(series: int = 3, days: int = 4, seed: int = 1) -> pd.DataFrame:
    """Gamma demand, of another shape each day."""
    rng = np.random.default_rng(seed)
    rows = []
    for row in range(series):
        for day in range(days):
            demand = gamma(rng.uniform(0.8, 9), scale=rng.uniform(0.2, 4))
            quantiles = dict(zip(QUANTILE_COLUMNS, demand.ppf(QUANTILES), strict=True))
            ids = {"warehouse_id": f"w{row % 2}", "product_id": f"p{row}"}
            date = ORIGIN + pd.Timedelta(days=day + 1)
            rows.append(ids | {"date": date, "origin": ORIGIN} | quantiles | {"mean": demand.mean(), "model": "x"})
    return pd.DataFrame(rows)


def sample_paths(forecast: pd.DataFrame, dependence: Dependence, count: int, seed: int) -> NDArray[np.float64]:
    """Paths of the series of a forecast, by ids: series x count x days."""
    rows = forecast.sort_values(["warehouse_id", "product_id", "date"])
    series = rows[["warehouse_id", "product_id"]].drop_duplicates()
    keys = list(series.itertuples(index=False, name=None))
    quantiles = rows[list(QUANTILE_COLUMNS)].to_numpy().reshape(len(keys), -1, len(QUANTILES))
    return joint_paths(quantiles, rows["mean"].to_numpy().reshape(len(keys), -1), keys, dependence, count, seed)


ascending = st.lists(st.floats(0, 1000, allow_subnormal=False), min_size=len(QUANTILES), max_size=len(QUANTILES)).map(
    sorted
)


@given(quantiles=ascending, mean=st.one_of(st.floats(0, 2000), st.just(float("nan"))), count=st.integers(1, 64))
@settings(max_examples=100, deadline=None)
def test_paths_are_never_negative_and_keep_within_their_quantiles(
    quantiles: list[float], mean: float, count: int
) -> None:
    paths = joint_paths(np.array([[quantiles]]), np.array([[mean]]), [("w", "p")], TOGETHER, count, 1)[0, :, 0]

    assert paths.shape == (count,)
    assert np.isfinite(paths).all()
    assert (paths >= 0).all()
    for value, chance in zip(quantiles, QUANTILES, strict=True):
        below = (paths < value - 1e-9 * (1 + value)).mean()
        assert below <= chance + 1 / count


def test_sampled_days_have_the_quantiles_and_the_mean_of_the_forecast() -> None:
    rows = forecast().sort_values(["warehouse_id", "product_id", "date"])
    paths = sample_paths(rows, TOGETHER, 1000, 1)

    expected = rows[list(QUANTILE_COLUMNS)].to_numpy().reshape(3, 4, -1)
    found = np.moveaxis(np.quantile(paths, QUANTILES, axis=1), 0, -1)
    np.testing.assert_allclose(found, expected, rtol=0.01, atol=0.01)
    np.testing.assert_allclose(paths.mean(axis=1), rows["mean"].to_numpy().reshape(3, 4), rtol=0.005)


def test_the_line_through_normal_quantiles_is_the_normal_distribution() -> None:
    demand = norm(50, 8)
    knots = knot_values(demand.ppf(QUANTILES)[None, :], np.array([50.0]))
    values = stratum_values(knots, 500)[0]

    np.testing.assert_allclose(knots[0], 50 + 8 * KNOTS, rtol=1e-6)
    np.testing.assert_allclose(values, demand.ppf((np.arange(500) + 0.5) / 500), rtol=0.03)
    assert values.mean() == pytest.approx(50)


def test_strata_are_the_means_of_many_even_draws() -> None:
    """Slow truth: interpolation at very many probabilities, averaged a stratum at a time."""
    rows = forecast(1, 1)
    knots = knot_values(rows[list(QUANTILE_COLUMNS)].to_numpy(), rows["mean"].to_numpy())
    scores = norm.ppf((np.arange(200_000) + 0.5) / 200_000)

    slowly = np.interp(scores, KNOTS, knots[0]).reshape(20, -1).mean(axis=1)

    np.testing.assert_allclose(stratum_values(knots, 20)[0], slowly, rtol=1e-4)


def test_paths_of_a_series_depend_on_its_ids_and_the_seed_alone() -> None:
    rows = forecast(5)
    paths = sample_paths(rows, TOGETHER, 50, 7)
    order = rows.drop_duplicates("product_id").sort_values(["warehouse_id", "product_id"])

    alone = rows[rows["product_id"] == "p3"]
    at = int(np.flatnonzero(order["product_id"] == "p3")[0])
    np.testing.assert_array_equal(sample_paths(alone, TOGETHER, 50, 7)[0], paths[at])
    np.testing.assert_array_equal(sample_paths(rows.sample(frac=1, random_state=1), TOGETHER, 50, 7), paths)
    assert not np.array_equal(sample_paths(rows, TOGETHER, 50, 8), paths)


def test_the_first_days_do_not_change_with_days_after_them() -> None:
    rows = forecast(2, 5)
    first = rows[rows["date"] <= ORIGIN + pd.Timedelta(days=2)]

    np.testing.assert_array_equal(sample_paths(first, TOGETHER, 64, 1), sample_paths(rows, TOGETHER, 64, 1)[:, :, :2])


def test_days_go_together_as_the_dependence_says() -> None:
    paths = sample_paths(forecast(1, 4), TOGETHER, 20_000, 3)[0]

    found = spearmanr(paths).statistic
    # the rank correlation of normal scores correlated by r is 6 / pi asin(r / 2)
    np.testing.assert_allclose(found, 6 / np.pi * np.arcsin(TOGETHER.matrix(4) / 2), atol=0.02)


def test_independent_days_say_nothing_about_each_other() -> None:
    paths = sample_paths(forecast(1, 3), Dependence((0.0,)), 20_000, 3)[0]

    assert np.abs(spearmanr(paths).statistic - np.eye(3)).max() < 0.03


def test_series_are_sampled_apart_from_each_other() -> None:
    paths = sample_paths(forecast(2, 1), TOGETHER, 20_000, 3)[:, :, 0]

    assert abs(spearmanr(paths[0], paths[1]).statistic) < 0.03


def past(correlation: float, origins: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Week-long forecasts of many series, and demand whose normal scores are equally correlated over all days."""
    rng = np.random.default_rng(2)
    parts, came = [], []
    for origin in pd.date_range("2026-01-01", periods=origins, freq="7D"):
        common = rng.normal(size=40)
        for ahead in range(1, 8):
            score = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.normal(size=40)
            ids = {
                "warehouse_id": "w",
                "product_id": [f"p{i}" for i in range(40)],
                "date": origin + pd.Timedelta(days=ahead),
            }
            numbers = dict(zip(QUANTILE_COLUMNS, np.exp(norm.ppf(QUANTILES)), strict=True))
            parts.append(pd.DataFrame(ids | {"origin": origin} | numbers | {"mean": np.exp(0.5), "model": "x"}))
            came.append(pd.DataFrame(ids | {"demand": np.exp(score)}))
    return pd.concat(parts, ignore_index=True), pd.concat(came, ignore_index=True)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.7])
def test_dependence_is_found_again_from_past_forecasts(correlation: float) -> None:
    found = Dependence.learn(*past(correlation))

    np.testing.assert_allclose(found.by_distance, correlation, atol=0.05)
    assert Dependence.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_hidden_demand_teaches_nothing() -> None:
    forecasts, demand = past(0.5)
    hidden = demand.assign(demand=np.nan)

    assert Dependence.learn(forecasts, hidden) == Dependence.usual()
    half = demand.assign(demand=demand["demand"].where(np.arange(len(demand)) % 3 > 0))
    np.testing.assert_allclose(Dependence.learn(forecasts, half).by_distance, 0.5, atol=0.06)


@given(by_distance=st.lists(st.floats(-0.95, 0.95), min_size=1, max_size=6), days=st.integers(1, 14))
@settings(max_examples=100, deadline=None)
def test_every_dependence_can_be_drawn_from(by_distance: list[float], days: int) -> None:
    matrix = Dependence(tuple(by_distance)).matrix(days)

    np.testing.assert_allclose(np.diag(matrix), 1)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_normal_scores_are_ranks_within_the_forecast() -> None:
    quantiles = np.exp(norm.ppf(QUANTILES))[None, :]
    found = normal_scores_of(
        np.exp(norm.ppf([0.1, 0.5, 0.95])), np.repeat(quantiles, 3, axis=0), np.full(3, np.exp(0.5))
    )

    np.testing.assert_allclose(found, norm.ppf([0.1, 0.5, 0.95]), atol=1e-6)


def test_the_score_of_an_atom_is_its_middle() -> None:
    quantiles = np.array([[0, 0, 0, 0, 1, 2, 3.0]])

    assert normal_scores_of(np.zeros(1), quantiles, np.array([0.8]))[0] == pytest.approx(norm.ppf(0.25), abs=0.01)


def test_ids_are_not_confused_where_they_join() -> None:
    first, second = generator_of(("a", "bc"), 1), generator_of(("ab", "c"), 1)

    assert first.random() != second.random()
