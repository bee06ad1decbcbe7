"""What was seen is pulled towards what was expected, as far as chance explains it."""

import numpy as np
import pytest

from warehouse.assortment.shrinking import pulled


def test_the_products_that_looked_worst_are_believed_as_bad_as_they_are() -> None:
    random = np.random.default_rng(3)
    expected = random.uniform(1, 20, 4000)
    true = expected * random.lognormal(0, 0.3, 4000)
    chance = (0.4 * expected) ** 2
    seen = true + random.normal(0, np.sqrt(chance))

    believed, variance = pulled(seen, chance, expected)

    worst = np.argsort(seen / expected)[-400:]
    assert seen[worst].sum() > 1.2 * true[worst].sum()
    assert believed[worst].sum() == pytest.approx(true[worst].sum(), rel=0.1)
    assert ((believed - true) ** 2).mean() == pytest.approx(variance.mean(), rel=0.2)


def test_what_differs_by_no_more_than_chance_is_what_was_expected() -> None:
    expected = np.full(500, 10.0)
    seen = np.random.default_rng(4).normal(10, 2, 500)

    believed, _ = pulled(seen, np.full(500, 16.0), expected)

    assert believed == pytest.approx(expected)
