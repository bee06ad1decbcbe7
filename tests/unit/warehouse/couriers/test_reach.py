"""What can be kept of a promise at all."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from warehouse.couriers.days import LOOKED, LOOKED_SEED, CourierDay, courier_days
from warehouse.couriers.needed import couriers_needed
from warehouse.couriers.orders import DayOrders
from warehouse.couriers.plan import plan_staffing
from warehouse.couriers.reach import in_reach
from warehouse.couriers.terms import CourierTerms, Delivery, Employed, Promise
from warehouse.couriers.travel import Travel

# every customer is 10 minutes away, and nothing scatters: an order that rides alone at once arrives after 22 minutes
EXACT = Delivery(preparation_minutes=8.0, preparation_spread=0.0, loading_minutes=1.0, handover_minutes=3.0,
                 handover_spread=0.0)  # fmt: skip
AWAY = Travel(np.array([[0.0, 10.0], [10.0, 0.0]]), np.array([0.0, 1.0]))
DAY = CourierDay(DayOrders(np.full(8, 4.0), np.zeros(8)), np.zeros(8, bool), AWAY)


@pytest.mark.parametrize(("promised", "kept"), [(45, 45), (22, 22), (21, 25), (12, 25)])
def test_what_no_number_of_couriers_keeps_is_planned_for_the_shortest_time_that_can_be_kept(
    promised: int, kept: int
) -> None:
    terms = CourierTerms(Promise(minutes=promised), EXACT)

    assert in_reach(courier_days(DAY, terms), terms.promise) == replace(terms.promise, minutes=kept)


def test_a_day_without_an_order_keeps_its_promise() -> None:
    nothing = replace(DAY, orders=DayOrders(np.zeros(8), np.zeros(8)))

    assert in_reach(courier_days(nothing, CourierTerms()), Promise()) == Promise()


def test_quiet_half_hours_of_which_a_ride_alone_is_late_need_no_courier_for_each_order_of_the_day() -> None:
    # given 150 orders from 7:30 to 22:00, hardly any towards the end; of rides alone some 2% take longer than promised
    half_hour = np.arange(48)
    mean = np.where((half_hour > 14) & (half_hour < 44), np.exp(-(((half_hour - 24) / 10) ** 2)), 0.0)
    day = CourierDay(DayOrders(150 * mean / mean.sum(), np.full(48, 0.1), 0.02), np.zeros(48, bool))
    terms = CourierTerms(Promise(minutes=28))
    days = courier_days(day, terms, LOOKED, LOOKED_SEED)
    assert in_reach(days, terms.promise) == terms.promise
    # when
    needed = couriers_needed(days, 0.95)
    # then late in the evening no more are needed than in the busy hours
    assert needed.max() < 20
    assert needed[40:].max() < needed[20:30].min()


def test_what_many_orders_need_takes_no_room_for_a_courier_each() -> None:
    # given 3,000 orders, of whom everybody is 10 minutes away
    days = courier_days(replace(DAY, orders=DayOrders(np.full(8, 375.0), np.zeros(8))), CourierTerms(Promise(), EXACT))
    tracemalloc.start()
    couriers_needed(days, 0.95)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # then: 100 days of 3,000 couriers, once for each number that is tried, would be 2.4 MB times some hundreds
    assert most < 150e6


def test_who_promises_what_rides_alone_exceed_employs_no_more_than_the_shortest_promise_takes() -> None:
    # given a promise that no order keeps, and the shortest that all can keep
    terms = CourierTerms(Promise(minutes=20), EXACT, Employed(2.0, 4.0, break_after_hours=4.0))
    shortest = replace(terms, promise=Promise(minutes=25))
    # when
    plan, in_time = plan_staffing(DAY, terms), plan_staffing(DAY, shortest)
    # then the same couriers do; what is told is by the promise
    assert plan.roster.cost == in_time.roster.cost
    assert plan.needed.tolist() == couriers_needed(courier_days(DAY, shortest, 0.3, 2), 0.95).tolist()
    assert (plan.lateness.share, in_time.lateness.share) == (0.0, pytest.approx(0.95, abs=0.01))
