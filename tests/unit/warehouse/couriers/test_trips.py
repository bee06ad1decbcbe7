import numpy as np
import pytest

from warehouse.couriers.terms import Delivery
from warehouse.couriers.travel import Travel, straight_lines
from warehouse.couriers.trips import trips

EXACT = Delivery(preparation_spread=0, handover_spread=0, batch=1)


def test_a_trip_is_loading_riding_there_handing_over_and_riding_back():
    # given: everybody lives six minutes away, and it is nine back
    ways = Travel(np.array([[0.0, 6.0], [9.0, 0.0]]), np.array([0.0, 1.0]))

    # when
    alone = trips(ways, EXACT)

    # then: 1 + 6 + 3 + 9, and the order is there after 10
    assert np.unique(alone.away).tolist() == [19.0]
    assert np.unique(alone.over).tolist() == [10.0]


def test_straight_lines_are_as_long_on_average_as_over_an_even_disc():
    ways = straight_lines(radius_km=3.0, detour=1.0, speed_kmh=60.0)

    # then: the mean distance to the middle of a disc is two thirds of its radius
    assert ways.minutes[0] @ ways.share == pytest.approx(2.0, rel=0.01)


def test_orders_that_leave_together_take_less_than_apart_and_arrive_later():
    together = trips(straight_lines(3.0, 1.3, 18.0), Delivery(batch=3))

    per_order = together.away.mean(axis=1) / np.arange(1, 4)
    to_door = [together.over[count - 1][np.isfinite(together.over[count - 1])].mean() for count in (1, 2, 3)]
    assert (np.diff(per_order) < 0).all()
    assert (np.diff(to_door) > 0).all()
    assert np.isfinite(together.over).sum(axis=2).tolist() == [[count] * together.over.shape[1] for count in (1, 2, 3)]


def test_the_nearest_is_ridden_to_first():
    # given: two streets in one direction, five minutes apart
    ways = Travel(np.array([[0.0, 5.0, 10.0], [5.0, 0.0, 5.0], [10.0, 5.0, 0.0]]), np.array([0.0, 0.5, 0.5]))

    both = trips(
        ways, Delivery(preparation_spread=0, loading_minutes=0, handover_minutes=0, handover_spread=0, batch=2)
    )

    # then: out and back, never forth and back between them
    assert set(np.unique(both.away[1])) == {10.0, 20.0}


@pytest.mark.parametrize(
    ("minutes", "share"),
    [
        (np.zeros((2, 3)), np.array([0.0, 1.0])),
        (np.array([[0.0, -1.0], [1.0, 0.0]]), np.array([0.0, 1.0])),
        (np.zeros((2, 2)), np.array([1.0, 0.0])),
    ],
)
def test_ways_that_cannot_be_are_refused(minutes, share):
    with pytest.raises(ValueError, match=r"places need|0 or more"):
        Travel(minutes, share)
