"""What one courier more or fewer changes, beside days that are played with and without."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.couriers.worlds import World
from warehouse.couriers.days import courier_days
from warehouse.couriers.needed import couriers_needed
from warehouse.couriers.one_changed import one_changed
from warehouse.couriers.playing import lateness
from warehouse.couriers.shifts import Shift
from warehouse.couriers.staffing import Staffing, as_numbers

DAY = np.array([3.0, 6.0, 12.0, 15.0, 12.0, 8.0, 5.0, 3.0])


def days_of(part=0.2, mean=DAY):
    world = World("a day", mean, dispersion=0.05, day_dispersion=0.02)
    return courier_days(world.planned_day(), world.terms, part)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(6, 11), min_size=8, max_size=8), st.integers(0, 7))
def test_what_one_more_does_is_what_days_with_it_find(numbers, half_hour):
    # given
    days, staffing = days_of(), as_numbers(np.array(numbers))

    # when
    found = one_changed(days, staffing, part=1)

    # then: the same days with one more
    with_one = Staffing([*staffing.shifts, Shift(half_hour, half_hour + 1)], staffing.asked)
    more = lateness(days, with_one).own - lateness(days, staffing).own
    assert found.gained_of_day[half_hour] == pytest.approx(max(-more.sum(), 0), abs=1e-9)
    assert found.gained_of_own[half_hour] == pytest.approx(max(-more[half_hour], 0), abs=1e-9)


def test_what_one_fewer_does_is_what_days_find_where_another_comes_after_or_one_rests():
    """Who stays away for half an hour finishes the trip first: another would be there sooner, who rests later."""
    days, staffing = days_of(1.0), as_numbers(np.full(8, 9))

    found = one_changed(days, staffing, part=1)

    halfway = 0.0
    for half_hour in range(1, 7):
        for shifts in ([Shift(0, half_hour), Shift(half_hour + 1, 8)], [Shift(0, 8, half_hour, half_hour + 1)]):
            fewer = lateness(days, Staffing([*shifts, *[Shift(0, 8)] * 8], staffing.asked))
            halfway += (fewer.own.sum() - lateness(days, staffing).own.sum()) / 2
    assert found.lost_of_day[1:7].sum() == pytest.approx(halfway, rel=0.3)


def test_parts_share_what_they_do_among_their_half_hours():
    days, staffing = days_of(), as_numbers(np.full(8, 8))

    single, double = (one_changed(days, staffing, part) for part in (1, 2))

    # then: about as much in all, and more evenly
    assert double.gained_of_day.sum() == pytest.approx(single.gained_of_day.sum(), rel=0.4)


def test_nobody_can_be_missed_where_nobody_is():
    found = one_changed(days_of(), as_numbers(np.zeros(8, np.int64)), part=1)

    assert not found.lost_of_day.any()
    assert found.gained_of_day[0] > 1


def test_couriers_needed_keep_the_share_in_each_half_hour_and_one_fewer_does_not():
    # given
    days = days_of(1.0)

    # when
    needed = couriers_needed(days, 0.95)

    # then: in the busiest half hour, with those before as they are
    shares = lateness(days, as_numbers(needed)).shares
    fewer = np.where(np.arange(8) == 3, needed - 1, needed)
    assert shares.min() > 0.92
    assert lateness(days, as_numbers(fewer)).shares[3] < 0.95


def test_nobody_is_needed_where_nobody_orders():
    # given: nothing from the third half hour on
    needed = couriers_needed(days_of(mean=np.array([4.0, 4.0, 0.0, 0.0, 0.0])), 0.95)

    assert needed[0] > 0
    assert needed[-1] == 0


def test_where_a_rush_ends_at_once_fewer_are_needed_at_once():
    needed = couriers_needed(days_of(mean=np.array([20.0, 20.0, 20.0, 0.5, 0.5, 0.5])), 0.95)

    assert needed[:3].min() > 8
    assert needed[4:].max() <= 3


def test_where_no_number_of_couriers_is_enough_somebody_is_needed_who_delivers():
    # given: a promise that not even who leaves at once keeps, of any order
    world = World("too far", np.full(4, 3.0))
    days = courier_days(world.planned_day(), world.terms, 0.05)
    never = type(days)(days.orders, days.trips, promise=1.0, seed=days.seed)

    assert couriers_needed(never, 0.95).tolist() == [1, 1, 1, 1]
