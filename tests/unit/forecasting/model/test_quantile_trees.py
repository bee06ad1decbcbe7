"""Quantiles by trees of their own, and how much of them is told."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from scipy.stats import norm

from forecasting.features.training_rows import TrainingRows
from forecasting.known.frames import QUANTILES
from forecasting.model.quantile_trees import QuantileTrees, best_share
from forecasting.model.regression import LOGARITHMS, PLAIN, Regression
from forecasting.model.trees import SHARED

CALM, WILD = 0.05, 0.5  # standard deviations over the level


def rows_that_scatter_by_a_feature(count: int, level: float) -> TrainingRows:
    rng = np.random.default_rng(3)
    wild = rng.random(count) < 0.5
    scale = np.full(count, level, dtype=np.float32)
    demand = scale * np.maximum(1 + rng.normal(0, np.where(wild, WILD, CALM)), 0)
    none = np.zeros(count, dtype=np.intp)
    values = np.stack([wild, rng.random(count)], axis=1).astype(np.float32)
    return TrainingRows(values, ["wild", "chance"], demand.astype(np.float32), scale, scale, none, none, none)


@pytest.fixture(scope="module")
def trees() -> QuantileTrees:
    rows = rows_that_scatter_by_a_feature(4000, 20.0)
    matrix = lgb.Dataset(rows.features, rows.demand, weight=rows.weight, feature_name=rows.names, params=SHARED)
    return QuantileTrees.fit(matrix.construct(), rows, np.arange(len(rows)), None, seed=1)


def test_what_scatters_more_has_quantiles_further_apart(trees: QuantileTrees) -> None:
    found = trees.predict(np.array([[0, 0.5], [1, 0.5]], dtype=np.float32), ["wild", "chance"])

    for quantiles, deviation in zip(found, (CALM, WILD), strict=True):
        wanted = np.maximum(1 + deviation * norm.ppf(QUANTILES), 0)
        assert quantiles == pytest.approx(wanted, abs=0.1)


def test_quantiles_by_trees_never_cross_and_are_never_negative(trees: QuantileTrees) -> None:
    values = rows_that_scatter_by_a_feature(500, 1.0).features

    found = trees.predict(values, ["wild", "chance"])

    assert (np.diff(found, axis=1) >= 0).all()
    assert (found >= 0).all()


def test_trees_that_are_kept_and_read_again_tell_the_same(trees: QuantileTrees) -> None:
    values = np.array([[0, 0.1], [1, 0.9]], dtype=np.float32)

    again = QuantileTrees.from_parts(*replace(trees, share=0.5).to_parts())

    assert (again.predict(values, ["wild", "chance"]) == trees.predict(values, ["wild", "chance"])).all()
    assert again.share == 0.5


@pytest.mark.parametrize("cheap_days", [8, 150], ids=["fewer than a leaf holds", "many"])
def test_a_price_moves_the_quantiles_as_the_regression_says(cheap_days: int) -> None:
    rng = np.random.default_rng(2)
    names = [*LOGARITHMS, "promoted", "promoted_28", *PLAIN[1:]]
    values = np.ones((400, len(names)), dtype=np.float32)
    values[:, len(LOGARITHMS) :] = 0
    values[:cheap_days, names.index("discount_change")] = 0.5
    demand = (rng.gamma(30, 1 / 30, 400) * np.where(np.arange(400) < cheap_days, 3, 1)).astype(np.float32)
    one, none = np.ones(400, dtype=np.float32), np.zeros(400, dtype=np.intp)
    rows = TrainingRows(values, names, demand, one, one, none, none, none)
    matrix = lgb.Dataset(values, demand, weight=one, feature_name=names, params=SHARED).construct()
    of_prices = Regression(0.0, {"discount_change": -float(np.log2(3))}, {"discount_change": 0.0})

    cheap, usual = QuantileTrees.fit(matrix, rows, np.arange(400), of_prices, seed=1).predict(values[[0, 399]], names)

    assert cheap == pytest.approx(3 * usual, rel=0.1)


TRUE = 10 + norm.ppf(QUANTILES)


@pytest.mark.parametrize(
    ("around_mean", "by_trees", "share"),
    [
        pytest.param(TRUE, TRUE + 3, 0.0, id="those around the mean are right"),
        pytest.param(TRUE - 3, TRUE, 1.0, id="the trees are right"),
        pytest.param(TRUE - 2, TRUE + 2, 0.5, id="their misses even out"),
    ],
)
def test_the_share_is_that_which_loses_least_on_days_that_neither_has_seen(around_mean, by_trees, share) -> None:
    demand = np.random.default_rng(5).normal(10, 1, 2000).astype(np.float32)
    every = np.ones((2000, 1))

    assert best_share(demand, every * around_mean, every * by_trees) == share
