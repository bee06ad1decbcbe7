import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.couriers.orders import DayOrders, ready_rates


@settings(deadline=None)
@given(st.floats(1e-4, 2.0), st.floats(0.0, 1.0))
def test_levels_have_the_mean_and_the_variance_of_the_forecast(dispersion, common):
    # given: a day of which a part of the scatter is the whole day's
    orders = DayOrders(np.array([20.0, 20.0]), np.full(2, dispersion), dispersion * common)

    # when
    found = ready_rates(orders, preparation_minutes=0.0)

    # then: of the rate, whose orders are Poisson
    weight = found.day[:, None] * found.own[1][None, :]
    rate = found.rate[1, 0] * 30
    mean = (weight * rate).sum()
    assert weight.sum() == pytest.approx(1)
    assert mean == pytest.approx(20)
    assert (weight * rate**2).sum() / mean**2 - 1 == pytest.approx(dispersion, abs=2e-4)


def test_orders_are_ready_after_their_preparation():
    # given: thirty orders in the first half hour, ten minutes of preparation
    found = ready_rates(DayOrders(np.array([30.0, 0.0]), np.zeros(2)), preparation_minutes=10.0)

    assert found.expected.tolist() == pytest.approx([20.0, 10.0])


def test_orders_more_even_than_by_chance_count_as_by_chance():
    found = ready_rates(DayOrders(np.array([9.0]), np.array([-0.2])), preparation_minutes=0.0)

    assert np.unique(found.rate * 30).tolist() == [9.0]


@pytest.mark.parametrize(("mean", "dispersion"), [([-1.0], [0.0]), ([np.nan], [0.0]), ([1.0, 2.0], [0.0]), ([], [])])
def test_orders_that_cannot_be_are_refused(mean, dispersion):
    with pytest.raises(ValueError, match="orders"):
        DayOrders(np.array(mean), np.array(dispersion))
