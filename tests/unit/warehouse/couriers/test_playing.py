"""Days played side by side, beside days worked out by hand and beside days that are played event by event."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.couriers.worlds import World
from warehouse.couriers.days import courier_days
from warehouse.couriers.orders import DrawnOrders
from warehouse.couriers.playing import Days, lateness, played
from warehouse.couriers.shifts import Shift
from warehouse.couriers.staffing import Staffing, as_numbers
from warehouse.couriers.terms import CourierTerms, Crowd, Delivery, Promise
from warehouse.couriers.trips import Trips

DAY = np.array([3.0, 6.0, 12.0, 15.0, 12.0, 8.0, 5.0, 3.0])
NOBODY_ASKED = np.zeros(4, np.int64)


def by_hand(*ready, half_hours=4, away=20.0, together=30.0):
    """A day of orders that are placed as they become ready; trips of 20 minutes with one, of 30 with two."""
    at = np.array([*ready, *[np.inf] * 3])[None]
    slot = np.where(np.isfinite(at), np.minimum(np.nan_to_num(at, posinf=0) // 30, half_hours - 1), half_hours)
    over = np.array([[[away / 2, np.inf]], [[together / 3, 2 * together / 3]]])
    trips = Trips(np.array([[away], [together]]), over)
    orders = DrawnOrders(at, at, slot.astype(np.int64), np.zeros(at.shape, np.int64), half_hours)
    return Days(orders, [trips] * half_hours, promise=25.0)


def arrivals(days, *shifts):
    over = played(days, Staffing(list(shifts), NOBODY_ASKED)).over
    return over[np.isfinite(days.orders.placed)].tolist()


def test_one_courier_takes_who_waits_together_as_soon_as_back():
    # first alone, back at 20; the next two leave together then, back at 50
    assert arrivals(by_hand(0.0, 5.0, 10.0, 70.0), Shift(0, 4)) == [10.0, 30.0, 40.0, 80.0]


def test_who_is_free_first_goes_and_orders_that_are_ready_later_go_with_another():
    assert arrivals(by_hand(0.0, 5.0, 10.0), Shift(0, 4), Shift(0, 4)) == [10.0, 15.0, 30.0]


def test_who_has_been_free_for_longest_goes():
    # given: the first is back at 82, the second at 45; an order at 92, and one after the second's shift has ended
    days = by_hand(0.0, 5.0, 42.0, 92.0, 125.0, half_hours=6, away=40.0)

    over = played(days, Staffing([Shift(0, 6), Shift(0, 4)], np.zeros(6, np.int64))).over

    assert over[np.isfinite(over)].tolist() == [20.0, 25.0, 62.0, 112.0, 145.0]


def test_who_begins_later_takes_what_has_waited_and_who_has_ended_takes_nothing_more():
    # the first courier finishes a trip after the shift's end; the second begins at 60
    assert arrivals(by_hand(25.0, 40.0), Shift(0, 1), Shift(2, 4)) == [35.0, 70.0]


def test_a_rest_that_begins_late_ends_later():
    # rests from 30 on, but is back at 45 only: until 75
    assert arrivals(by_hand(25.0, 50.0), Shift(0, 4, 1, 2)) == [35.0, 85.0]


def test_who_is_there_in_the_last_half_hour_stays_until_all_is_delivered():
    assert arrivals(by_hand(100.0, 101.0, 102.0, 103.0), Shift(0, 4)) == [110.0, 130.0, 140.0, 160.0]


def test_what_nobody_takes_never_arrives_and_is_late():
    days = by_hand(5.0, 65.0)

    assert arrivals(days, Shift(0, 1)) == [15.0, np.inf]
    assert lateness(days, Staffing([], NOBODY_ASKED)).share == 0.0
    assert lateness(days, Staffing([Shift(0, 1)], NOBODY_ASKED)).shares.tolist() == [1.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("number", [9, 10, 11])
def test_the_share_in_time_is_that_of_days_played_event_by_event(number):
    # given: the same couriers throughout a day with a rush
    world = World("a rush", DAY, dispersion=0.03, day_dispersion=0.0)
    found = lateness(courier_days(world.planned_day(), world.terms), as_numbers(np.full(8, number)))

    # when: four hundred such days are played
    event_by_event = world.share_in_time([Shift(0, 12)] * number, [], days=400, seed=3)

    assert found.share == pytest.approx(event_by_event, abs=0.01)


@pytest.mark.parametrize(
    ("mean", "numbers"),
    [
        ([1.0, 6.0, 2.0, 1.0, 0.0, 0.0], [1, 4, 4, 2, 1, 1]),  # a rush that couriers come for
        ([4.0, 4.0, 4.0, 4.0, 0.0, 0.0], [3] * 6),  # few, from nobody away on
        ([3.0, 6.0, 10.0, 12.0, 6.0, 3.0, 0.0, 0.0], [6] * 8),  # too few for an hour
    ],
)
@pytest.mark.parametrize(
    "terms",
    [
        CourierTerms(),
        CourierTerms(Promise(30), Delivery(radius_km=1.0, batch=1, preparation_minutes=4)),
        CourierTerms(Promise(120), Delivery(radius_km=6.0, batch=5)),
    ],
    ids=["usual", "short trips", "long promise"],
)
def test_each_half_hour_is_as_late_as_where_it_is_played_event_by_event(mean, numbers, terms):
    world = World("a day", np.array(mean), terms, dispersion=0.0, day_dispersion=0.0)
    staffing = as_numbers(np.array(numbers))

    found = lateness(courier_days(world.planned_day(), terms), staffing)
    event_by_event = world.share_in_time(list(staffing.shifts), [], days=300, seed=21)

    # then: where hardly anything arrives in time both are near nothing
    assert found.share == pytest.approx(event_by_event, abs=0.02)


def test_a_crowd_that_does_not_always_turn_up_is_that_of_days_played_event_by_event():
    # given: five employed who rest, and of six asked for two thirds turn up
    terms = CourierTerms(crowd=Crowd(reliability=2 / 3))
    world = World("a crowd", np.concatenate([DAY, [0.0, 0.0]]), terms, dispersion=0.0, day_dispersion=0.0)
    shifts = [Shift(0, 10, 3 + number % 3, 4 + number % 3) for number in range(6)]
    found = lateness(courier_days(world.planned_day(), terms), Staffing(shifts, np.full(10, 6), 2 / 3))

    event_by_event = world.share_in_time([Shift(s.first, 12, s.rests, s.works_again) for s in shifts], [6] * 10, 400, 4)

    assert found.share == pytest.approx(event_by_event, abs=0.015)


def test_days_that_scatter_together_are_later_than_days_that_scatter_apart():
    def share(dispersion, of_day):
        world = World("a day", DAY, dispersion=dispersion, day_dispersion=of_day)
        return lateness(courier_days(world.planned_day(), world.terms), as_numbers(np.full(8, 9))).share

    assert share(0.1, 0.1) < share(0.1, 0.0) < share(0.0, 0.0)


def test_who_rests_is_not_taken_for_one_of_the_crowd_who_stays_away_meanwhile():
    days = by_hand(25.0, 50.0)
    crowd, rests = Staffing([], np.array([1, 0, 1, 1])), Staffing([Shift(0, 4, 1, 2)], NOBODY_ASKED)

    assert np.array_equal(played(days, rests, played(days, crowd)).over, played(days, rests).over)


NUMBERS = st.lists(st.integers(0, 6), min_size=8, max_size=8)


@settings(max_examples=25, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(0, 7), st.integers(0, 7))
def test_a_day_that_is_played_beside_another_is_the_day_by_itself(numbers, asked, changed, number):
    # given: a day that was played, and one that differs in one half hour
    world = World("a day", DAY, dispersion=0.1, day_dispersion=0.05)
    days = courier_days(world.planned_day(), world.terms, 0.02)
    before = Staffing(as_numbers(np.array(numbers)).shifts, np.array(asked), 0.7)
    numbers[changed], asked[changed] = number, number
    after = Staffing(as_numbers(np.array(numbers)).shifts, np.array(asked), 0.7)

    # when
    beside = played(days, after, played(days, before))

    # then
    assert np.array_equal(beside.over, played(days, after).over)
    assert all(
        np.array_equal(one[1], other[1]) for one, other in zip(beside.began, played(days, after).began, strict=True)
    )
