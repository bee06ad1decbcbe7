"""How soon couriers come back: as their trips are long, beside days that are played event by event, and as the load
rises and falls."""

import numpy as np
import pytest

from tests.bench.couriers.worlds import World
from warehouse.couriers.coming_back import with_their_pace
from warehouse.couriers.orders import DayOrders, ready_rates
from warehouse.couriers.plan import courier_chain
from warehouse.couriers.shifts import Shift
from warehouse.couriers.terms import CourierTerms, Delivery
from warehouse.couriers.through_the_day import Staffing, lateness
from warehouse.couriers.waiting import too_late


def paced(mean, numbers, terms=CourierTerms()):  # noqa: B008 - frozen
    world = World("a day", np.array(mean), terms, dispersion=0.0, day_dispersion=0.0)
    staffing = Staffing(np.array(numbers), np.zeros(len(numbers), np.int64))
    return with_their_pace(courier_chain(world.planned_day(), world.terms), staffing), staffing


def test_where_nobody_waits_and_the_load_is_even_one_comes_back_after_a_trip_with_one_order():
    chain, _ = paced([6.0] * 8, [30] * 8)

    alone = chain.setting.trips[0].minutes[0]
    assert 1 / chain.rates[4:8, 0, 0] == pytest.approx([alone] * 4, rel=0.02)


def test_couriers_who_have_just_left_come_back_later_and_after_a_rush_sooner():
    chain, _ = paced([1.0, 1.0, 1.0, 1.0, 12.0, 1.0, 1.0, 1.0], [30] * 8)

    rates = chain.rates[:, 0, 0]
    assert rates[0] < 0.6 * rates[3], "the first trips of the day have hardly begun"
    assert rates[4] < 0.8 * rates[3], "most have just left in the rush"
    assert rates[5] > 1.2 * rates[3], "most left some time ago"


def test_where_couriers_are_far_too_few_all_take_along_what_they_can():
    chain, staffing = paced([12.0] * 8, [3] * 8)
    chain = with_their_pace(chain, staffing, turns=9)  # which come near slowly where so many wait

    with_most = chain.setting.trips[0].minutes[-1]
    assert 1 / chain.rates[5:8, 0, 1] == pytest.approx([with_most] * 3, rel=0.05)


@pytest.mark.parametrize(
    ("mean", "numbers"),
    [
        ([1.0, 6.0, 2.0, 1.0, 0.0, 0.0], [1, 4, 4, 2, 1, 1]),  # a rush that couriers come for
        ([4.0, 4.0, 4.0, 4.0, 0.0, 0.0], [3] * 6),  # few, from nobody away on
        ([3.0, 6.0, 10.0, 12.0, 6.0, 3.0, 0.0, 0.0], [6] * 8),  # too few for an hour
    ],
)
def test_a_day_that_begins_empty_or_runs_over_is_as_late_as_played_event_by_event(mean, numbers):
    # given: fewer couriers only after more, so each works in one piece
    chain, staffing = paced(mean, numbers)
    world = World("a day", np.array(mean), dispersion=0.0, day_dispersion=0.0)

    # when: six hundred such days are played
    played = world.share_in_time(_in_one_piece(numbers), [], days=600, seed=21)

    # then: within two points and a half; the chain without their pace is off by up to seven
    assert lateness(chain, staffing).share == pytest.approx(played, abs=0.025)


def _in_one_piece(numbers):
    shifts = []
    for place in range(max(numbers)):
        there = [half_hour for half_hour, number in enumerate(numbers) if number > place]
        shifts.append(Shift(there[0], there[-1] + 1))
    return shifts


def test_an_order_that_waits_is_joined_by_those_that_come_after_it():
    chain, _ = paced([6.0] * 4, [3] * 4, CourierTerms(delivery=Delivery(batch=2)))
    trips, within = chain.setting.trips[0], chain.setting.within
    beyond = 1 - trips.to_door.cumsum(axis=1)

    nobody_comes, many_come = too_late(trips, 0.0, within), too_late(trips, 50.0, within)

    # one that is first leaves alone, or with who came meanwhile; after an hour it is late whoever comes
    assert nobody_comes[0, :-1] == pytest.approx(beyond[0, within::-1])
    assert nobody_comes[1, :-1] == pytest.approx(beyond[1, within::-1])
    assert many_come[0, 2:-1] == pytest.approx(beyond[1, within - 2 :: -1])
    assert many_come[0, 0] == nobody_comes[0, 0], "who need not wait leaves alone"
    assert (many_come[:, -1] == 1).all()


def test_orders_are_ready_by_tens_of_minutes():
    # given: an even half hour, then none, and ten minutes of preparation
    found = ready_rates(DayOrders(np.array([30.0, 0.0]), np.zeros(2)), preparation_minutes=10.0)

    assert found.rate[:, :, 0, 0] * 10 == pytest.approx(np.array([[0, 10, 10], [10, 0, 0]]))
