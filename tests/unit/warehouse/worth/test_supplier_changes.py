"""The interval in which a change of a ratio lies: held to what it promises on farms that did not change, and to the
plain textbook formula."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from warehouse.worth.suppliers.change import Interval, changes

FARMS = 4000


@pytest.mark.parametrize("weeks", [4, 13])
def test_of_farms_that_did_not_change_few_are_told_to_have(weeks: int) -> None:
    random = np.random.default_rng(5)
    whole = random.poisson(60, (FARMS, 2 * weeks)).astype(float) + 1
    bad_weeks = np.clip(random.normal(0.93, 0.05, whole.shape), 0, 1)
    part = random.binomial(whole.astype(int), bad_weeks).astype(float)

    found = changes(part[:, weeks:], whole[:, weeks:], part[:, :weeks], whole[:, :weeks])

    wrong = sum(one.beyond_chance for one in found if one is not None) / FARMS
    assert 0.03 < wrong < 0.065


def test_over_weeks_alike_it_is_welchs_t() -> None:
    now, before = np.array([[0.9, 0.8, 0.95, 0.7]]), np.array([[0.95, 0.99, 0.97, 0.96]])
    one = np.ones_like(now)
    (found,) = changes(now, one, before, one)
    expected = ttest_ind(now[0], before[0], equal_var=False).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_change_that_chance_does_not_explain_is_told() -> None:
    now, before = np.array([[0.5, 0.52, 0.49, 0.51]]), np.array([[0.9, 0.88, 0.91, 0.9]])
    (found,) = changes(now, np.ones_like(now), before, np.ones_like(now))
    assert found is not None
    assert found.beyond_chance
    assert found.high < 0


@pytest.mark.parametrize(
    ("part", "whole"),
    [([1.0, 1.0], [1.0, 1.0]), ([3.0, 0.0], [4.0, 0.0]), ([0.0, 0.0], [0.0, 0.0])],
    ids=["nothing scattered", "one week", "no week"],
)
def test_of_too_little_nothing_is_told(part: list[float], whole: list[float]) -> None:
    assert changes(np.array([part]), np.array([whole]), np.array([part]), np.array([whole])) == [None]


def test_an_interval_with_no_change_in_it_is_no_more_than_chance() -> None:
    assert not Interval(-0.1, 0.2).beyond_chance
    assert Interval(0.1, 0.2).beyond_chance
