import numpy as np
import pytest

from warehouse.couriers.terms import Delivery
from warehouse.couriers.travel import Travel, straight_lines
from warehouse.couriers.trips import evenness, trips

EXACT = Delivery(preparation_spread=0, handover_spread=0, batch=1)


def test_a_trip_is_loading_riding_there_handing_over_and_riding_back():
    # given: everybody lives six minutes away, and it is nine back
    ways = Travel(np.array([[0.0, 6.0], [9.0, 0.0]]), np.array([0.0, 1.0]))

    # when
    alone = trips(ways, EXACT)

    # then: 1 + 6 + 3 + 9, and the order is there after 10
    assert alone.minutes.tolist() == [19.0]
    assert alone.to_door[0].argmax() == 10
    assert alone.to_door[0].max() == 1.0


def test_straight_lines_are_as_long_on_average_as_over_an_even_disc():
    ways = straight_lines(radius_km=3.0, detour=1.0, speed_kmh=60.0)

    # then: the mean distance to the middle of a disc is two thirds of its radius
    assert ways.minutes[0] @ ways.share == pytest.approx(2.0, rel=0.01)


def test_orders_that_leave_together_take_less_than_apart_and_arrive_later():
    together = trips(straight_lines(3.0, 1.3, 18.0), Delivery(batch=3))

    per_order = together.minutes / np.arange(1, 4)
    to_door = together.to_door @ np.arange(together.to_door.shape[1])
    assert (np.diff(per_order) < 0).all()
    assert (np.diff(to_door) > 0).all()


def test_the_nearest_is_ridden_to_first():
    # given: two streets in one direction, five minutes apart
    ways = Travel(np.array([[0.0, 5.0, 10.0], [5.0, 0.0, 5.0], [10.0, 5.0, 0.0]]), np.array([0.0, 0.5, 0.5]))

    both = trips(
        ways, Delivery(preparation_spread=0, loading_minutes=0, handover_minutes=0, handover_spread=0, batch=2)
    )

    # then: out and back, never forth and back between them
    assert set(np.unique(both.drawn[1])) == {10.0, 20.0}


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


def test_couriers_whose_trips_take_the_same_come_back_more_evenly():
    # given: trips of 20 minutes exactly, and such that differ much
    ways = straight_lines(3.0, 1.3, 18.0)
    same = trips(Travel(np.array([[0.0, 9.0], [9.0, 0.0]]), np.array([0.0, 1.0])), EXACT)
    different = trips(ways, Delivery(batch=3))

    assert evenness(same, 37) > evenness(different, 37) >= 1
