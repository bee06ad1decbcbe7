"""The queue of a day beside days that are played event by event."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.bench.couriers.worlds import World
from warehouse.couriers.coming_back import with_their_pace
from warehouse.couriers.needed import couriers_needed
from warehouse.couriers.plan import courier_chain
from warehouse.couriers.shifts import Shift
from warehouse.couriers.terms import CourierTerms, Crowd
from warehouse.couriers.through_the_day import Staffing, lateness, one_changed

DAY = np.array([3.0, 6.0, 12.0, 15.0, 12.0, 8.0, 5.0, 3.0])


def chain_of(mean=DAY, *, dispersion=0.0, day_dispersion=0.0):
    world = World("a day", mean, dispersion=dispersion, day_dispersion=day_dispersion)
    return courier_chain(world.planned_day(), world.terms)


def late_of(world, staffing):
    """What a staffing lets come too late of a world's day, where couriers come back as its own do."""
    return lateness(with_their_pace(courier_chain(world.planned_day(), world.terms), staffing), staffing)


def employed(*numbers):
    return Staffing(np.array(numbers), np.zeros(len(numbers), np.int64))


@pytest.mark.parametrize("number", [9, 10, 11])
def test_the_share_in_time_is_that_of_days_played_event_by_event(number):
    # given: the same couriers throughout a day with a rush
    world = World("a rush", DAY, dispersion=0.03, day_dispersion=0.0)
    found = late_of(world, employed(*[number] * 8))

    # when: eight hundred such days are played
    played = world.share_in_time([Shift(0, 12)] * number, [], days=800, seed=3)

    # then: within two points
    assert found.share == pytest.approx(played, abs=0.02)


def test_a_crowd_that_does_not_always_turn_up_is_that_of_days_played_event_by_event():
    # given: five employed, and of six asked for two thirds turn up
    terms = CourierTerms(crowd=Crowd(reliability=2 / 3))
    world = World("a crowd", np.concatenate([DAY, [0.0, 0.0]]), terms, dispersion=0.0, day_dispersion=0.0)
    found = late_of(world, Staffing(np.full(10, 5), np.full(10, 6), terms.crowd.reliability))

    played = world.share_in_time([Shift(0, 12)] * 5, [6] * 10, days=600, seed=4)

    assert found.share == pytest.approx(played, abs=0.02)


def test_days_that_scatter_together_are_later_than_days_that_scatter_apart():
    apart = lateness(chain_of(dispersion=0.1), employed(*[9] * 8)).share
    together = lateness(chain_of(dispersion=0.1, day_dispersion=0.1), employed(*[9] * 8)).share
    even = lateness(chain_of(), employed(*[9] * 8)).share

    assert together < apart < even


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(7, 11), min_size=8, max_size=8), st.integers(0, 7), st.integers(-2, 2))
@example([7] * 8, 7, -1)  # who is there in the last half hour stays
def test_what_one_changed_half_hour_does_is_what_a_run_with_it_finds(numbers, half_hour, more):
    # given
    chain = chain_of(dispersion=0.05, day_dispersion=0.02)
    number = max(numbers[half_hour] + more, 0)

    # when
    now, changed = one_changed(chain, employed(*numbers), around=2)
    row = int(np.flatnonzero(changed.numbers[half_hour] == number)[0])

    # then: but for the length of the chain's steps, and orders of more than a half hour before
    numbers[half_hour] = number
    then = lateness(chain, employed(*numbers))
    assert changed.day[half_hour][row] == pytest.approx(then.own.sum() - now.own.sum(), rel=0.1, abs=0.1)
    assert changed.own[half_hour][row] == pytest.approx(then.own[half_hour], rel=0.05, abs=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(5, 11), min_size=8, max_size=8), st.integers(0, 7))
def test_one_more_courier_for_the_rest_of_the_day_lets_no_more_be_late(numbers, half_hour):
    """Not so for a half hour: who leaves as it gets busy took orders one by one that would have gone together."""
    chain = chain_of(dispersion=0.05)
    with_more = [number + (at >= half_hour) for at, number in enumerate(numbers)]

    before, after = lateness(chain, employed(*numbers)), lateness(chain, employed(*with_more))

    assert after.own.sum() <= before.own.sum() + 1e-9


def test_couriers_needed_keep_the_share_in_each_half_hour_and_one_fewer_does_not():
    # given
    chain = chain_of(dispersion=0.03)

    # when
    needed = couriers_needed(chain, 0.95)

    # then: in the busiest half hour, with those before as they are
    shares = lateness(chain, employed(*needed)).shares
    fewer = np.where(np.arange(8) == 3, needed - 1, needed)
    assert shares.min() > 0.93
    assert lateness(chain, employed(*fewer)).shares[3] < 0.95


def test_nobody_is_needed_where_nobody_orders():
    # given: nothing from the third half hour on
    needed = couriers_needed(chain_of(np.array([4.0, 4.0, 0.0, 0.0, 0.0])), 0.95)

    assert needed[0] > 0
    assert needed[-1] == 0


def test_an_order_that_nobody_can_take_is_late():
    found = lateness(chain_of(), employed(*[0] * 8))

    assert found.share == pytest.approx(0.0, abs=1e-6)
