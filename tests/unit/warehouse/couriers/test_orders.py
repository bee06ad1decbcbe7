import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.couriers.orders import DayOrders, drawn_orders
from warehouse.couriers.terms import Delivery

AT_ONCE = Delivery(preparation_minutes=0, preparation_spread=0)


def counts(found):
    return np.stack([(found.half_hour == half_hour).sum(axis=1) for half_hour in range(found.half_hours)], axis=1)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 0.5), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_orders_have_the_mean_and_the_variance_of_the_forecast_and_what_days_share(dispersion, common, seed):
    # given: a day of which a part of the scatter is the whole day's
    orders = DayOrders(np.array([20.0, 20.0]), np.full(2, dispersion), dispersion * common)

    # when: four thousand days are drawn
    found = counts(drawn_orders(orders, AT_ONCE, 4000, seed))

    # then
    assert found.mean(axis=0) == pytest.approx([20, 20], rel=0.03)
    assert found.var(axis=0) == pytest.approx([20 + 400 * dispersion] * 2, rel=0.15)
    together = np.cov(found.T)[0, 1]
    assert together == pytest.approx(400 * dispersion * common, abs=0.12 * (20 + 400 * dispersion))


def test_orders_are_ready_after_their_preparation():
    # given: thirty orders in the first half hour, ten minutes of preparation
    delivery = Delivery(preparation_minutes=10, preparation_spread=0)
    found = drawn_orders(DayOrders(np.array([30.0, 0.0]), np.zeros(2)), delivery, 1000, 1)

    there = np.isfinite(found.placed)
    assert found.ready[there] - found.placed[there] == pytest.approx(np.full(there.sum(), 10.0))
    assert found.by_half_hour(there) == pytest.approx([20, 10], rel=0.03)
    assert (found.ready[:, :-1] <= found.ready[:, 1:]).all(), "the first that is ready is the first"


def test_preparation_scatters_as_the_terms_say():
    found = drawn_orders(DayOrders(np.array([30.0, 0.0]), np.zeros(2)), Delivery(preparation_spread=4.0), 500, 1)

    there = np.isfinite(found.placed)
    took = found.ready[there] - found.placed[there]
    assert (took.mean(), took.std()) == pytest.approx((8.0, 4.0), rel=0.03)


def test_what_has_come_is_as_it_came_on_every_day():
    orders = DayOrders(np.full(4, 9.0), np.full(4, 0.1), 0.05, came=np.array([3, 0]))

    found = counts(drawn_orders(orders, AT_ONCE, 200, 1))

    assert (found[:, 0] == 3).all()
    assert (found[:, 1] == 0).all()
    assert found[:, 2].std() > 1


def test_orders_more_even_than_by_chance_count_as_by_chance():
    found = counts(drawn_orders(DayOrders(np.array([9.0]), np.array([-0.2])), AT_ONCE, 4000, 1))

    assert found.var() == pytest.approx(9, rel=0.1)


def test_the_same_seed_draws_the_same_days():
    orders = DayOrders(np.full(4, 9.0), np.full(4, 0.1), 0.05)

    one, same, other = (drawn_orders(orders, AT_ONCE, 5, seed).placed for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("mean", "dispersion"), [([-1.0], [0.0]), ([np.nan], [0.0]), ([1.0, 2.0], [0.0]), ([], [])])
def test_orders_that_cannot_be_are_refused(mean, dispersion):
    with pytest.raises(ValueError, match="orders"):
        DayOrders(np.array(mean), np.array(dispersion))
