"""What comes of orders in the simulation: the same for everybody, and as often as it is said to be."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pytest

from warehouse.purchasing.simulation.deliveries import Deliveries, Reliability, draw_deliveries

TODAY: Final = date(2026, 3, 3)
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


def test_who_is_told_the_truth_knows_how_often_nothing_comes_and_that_who_failed_goes_on() -> None:
    deliveries = drawn(days=40_000)
    nothing = deliveries.fails | deliveries.late
    for failed_before in (False, True):
        told_of = deliveries.fails[:-2] == failed_before  # on the day before the night; the delivery is two days after
        came_of_it = nothing[2:][told_of].mean()
        night = int(np.flatnonzero(told_of[:, 0])[0]) + 1
        told = np.array(deliveries.yields(night, TODAY).lots_of("p0", "F1", TODAY + timedelta(days=1)))
        assert (told < 0.01).mean() == pytest.approx(came_of_it, abs=0.02)
    missing = (1 - np.where(nothing, 0, deliveries.brought)).sum()
    late = (deliveries.late & ~deliveries.fails).sum()
    assert deliveries.yields(1, TODAY).comes_late == pytest.approx(late / missing, rel=0.15)
    assert (np.array(deliveries.reliable().yields(1, TODAY).brought) == 1).all()
