import numpy as np

from forecasting.statistics.shrinkage import best_pull, pulled


def _rows(deviation: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twenty warehouses of 400 lessons each, whose ratios deviate lastingly by `deviation`, beside chance."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(20), 400)
    persistence = 1 + deviation * rng.normal(size=20)
    ratio = persistence[group] + 0.5 * rng.normal(size=len(group))
    return ratio, group, np.tile(np.arange(400) >= 200, 20)


def test_deviations_by_chance_are_pulled_to_the_region() -> None:
    ratio, group, later = _rows(0.0)
    pull = best_pull(ratio, np.ones_like(ratio), group, later)
    assert pull >= 1000
    np.testing.assert_allclose(pulled(ratio, np.ones_like(ratio), group, pull), 1, atol=0.03)


def test_lasting_deviations_are_kept() -> None:
    ratio, group, later = _rows(0.3)
    assert best_pull(ratio, np.ones_like(ratio), group, later) == 100


def test_one_half_only_foretells_nothing() -> None:
    ratio, group, _ = _rows(0.3)
    assert np.isinf(best_pull(ratio, np.ones_like(ratio), group, np.ones(len(ratio), dtype=bool)))
