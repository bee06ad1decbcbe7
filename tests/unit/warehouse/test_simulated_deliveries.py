"""What comes of orders in the simulation: the same for everybody, and as often as it is said to be."""

import numpy as np
import pytest

from warehouse.purchasing.simulation.deliveries import Deliveries, Reliability, draw_deliveries

REJECTED = {("p0", "F1"): 0.1, ("p1", "F1"): 0.02, ("p1", "F2"): 0.3}


def drawn(seed: int = 1, days: int = 2000) -> Deliveries:
    return draw_deliveries(np.random.default_rng(seed), days, ["W1", "W2"], ["p0", "p1"], REJECTED, Reliability())


def test_who_orders_more_of_a_delivery_is_never_accepted_less() -> None:
    deliveries = drawn(days=40)
    product, share = np.zeros(60, int), np.full(60, 0.1)
    for day in range(40):
        accepted = deliveries.accepted(day, 1, product, share, np.arange(60))
        assert (np.diff(accepted) >= 0).all()
        assert (accepted <= np.arange(60)).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_the_share_rejected_is_the_farms_own_on_average(share: float) -> None:
    deliveries = drawn()
    came = np.array([50])
    accepted = [deliveries.accepted(day, 0, np.array([1]), np.array([share]), came)[0] for day in range(2000)]
    assert 1 - np.mean(accepted) / 50 == pytest.approx(share, rel=0.08)


def test_farms_fail_come_short_and_late_as_often_as_said() -> None:
    deliveries = drawn(days=40_000)
    fails, fails_on = 0.014, 0.55
    assert deliveries.fails.mean() == pytest.approx(fails / (fails + 1 - fails_on), rel=0.15)
    assert (deliveries.brought < 1).mean() == pytest.approx(0.03, rel=0.15)
    assert deliveries.brought.min() >= 0.5
    assert deliveries.late.mean() == pytest.approx(0.01, rel=0.15)


def test_the_same_seed_brings_the_same_days() -> None:
    one, again, other = drawn(3, 50), drawn(3, 50), drawn(4, 50)
    assert np.array_equal(one.scatter, again.scatter)
    assert np.array_equal(one.hour, again.hour)
    assert not np.array_equal(one.scatter, other.scatter)


def test_reliable_deliveries_are_what_is_usual() -> None:
    reliable = drawn(days=40).reliable()
    assert not reliable.fails.any()
    assert not reliable.late.any()
    assert (reliable.brought == 1).all()
    accepted = [reliable.accepted(day, 0, np.array([0]), np.array([0.1]), np.array([50]))[0] for day in range(40)]
    assert set(accepted) == {45}
