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


def test_of_two_products_nothing_is_learned_about_how_much_products_differ() -> None:
    seen, chance = np.array([2.0, 9.0]), np.array([4.0, 4.0])

    believed, variance = pulled(seen, chance, np.array([5.0, 5.0]))

    assert believed.tolist() == seen.tolist()
    assert variance.tolist() == chance.tolist()


def test_how_much_products_differ_is_told_by_those_of_which_much_is_known() -> None:
    # given: 200 products that differ by 30% and of which much is known, and 2,000 of which next to nothing is
    random = np.random.default_rng(6)
    noise = np.repeat([0.05, 3.0], [200, 2000])
    expected = random.uniform(1, 20, 2200)
    true = expected * random.normal(1, 0.3, 2200)

    believed, variance = pulled(true + random.normal(0, noise * expected), (noise * expected) ** 2, expected)

    assert (variance / expected**2)[200:] == pytest.approx(0.3**2, rel=0.15)
    assert believed[200:] == pytest.approx(expected[200:], rel=0.2)
