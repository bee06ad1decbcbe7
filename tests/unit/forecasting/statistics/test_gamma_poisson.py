"""Shapes of gamma-Poisson counts that were watched until enough had come, and the mean of Poisson counts cut below."""

import numpy as np
import pytest
from scipy.stats import poisson

from forecasting.statistics.gamma_poisson import GammaPoisson, expected_at_least


def watched_until(
    limit: int, shape: float, mean: float, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events, the share of the time until `limit` came or the time was over, and all events of the whole time."""
    random = np.random.default_rng(seed)
    total = random.poisson(random.gamma(shape, mean / shape, count))
    times = random.random((count, total.max()))
    when = np.sort(np.where(np.arange(total.max()) < total[:, None], times, np.inf), axis=1)
    stopped = total >= limit
    return np.minimum(total, limit), np.where(stopped, when[:, limit - 1], 1.0), total


@pytest.mark.parametrize("limit", [10, 12])
def test_rates_are_learned_alike_whenever_watching_stopped(limit: int) -> None:
    # given rates that vary by 45%, of which a mean of 10 events is expected, but 12 come
    events, exposure, _ = watched_until(limit, shape=5, mean=12, count=8000, seed=limit)

    found = GammaPoisson.fitted(events.astype(float), np.full(len(events), 10.0), exposure)

    shape, level = found.at(np.array([10.0]))
    assert shape[0] == pytest.approx(5, rel=0.2)
    assert level[0] == pytest.approx(1.2, rel=0.025)
    assert events.sum() / exposure.sum() < 0.97 * 12  # sums alone lose what rates of whole days hide


def test_slow_and_fast_counts_have_shapes_of_their_own() -> None:
    random = np.random.default_rng(2)
    mean = np.repeat([1.0, 50.0], 5000)
    events = random.poisson(mean * random.gamma(np.repeat([1.0, 20.0], 5000), np.repeat([1.0, 0.05], 5000)))

    found = GammaPoisson.fitted(events.astype(float), mean * random.uniform(0.99, 1.01, len(mean)), np.ones(len(mean)))

    shape, _ = found.at(np.array([1.0, 50.0]))
    assert shape[0] == pytest.approx(1, rel=0.25)
    assert shape[1] == pytest.approx(20, rel=0.25)


def test_nothing_at_all_gives_the_usual_shape() -> None:
    shape, level = GammaPoisson.fitted(np.zeros(30), np.full(30, 2.0), np.zeros(30)).at(np.array([2.0]))

    assert np.isfinite([*shape, *level]).all()
    assert level[0] == 1


@pytest.mark.parametrize(("least", "mean"), [(1, 0.2), (1, 3.0), (4, 3.0), (9, 2.0)])
def test_the_mean_of_counts_cut_below_is_that_of_the_sum(least: int, mean: float) -> None:
    counts = np.arange(least, 200)
    chance = poisson.pmf(counts, mean)

    found = expected_at_least(np.array([float(least)]), np.array([mean]))

    assert found[0] == pytest.approx((counts * chance).sum() / chance.sum(), rel=1e-9)
