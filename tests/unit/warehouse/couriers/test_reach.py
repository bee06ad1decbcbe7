"""What can be kept of a promise at all."""

from dataclasses import replace

import numpy as np
import pytest

from warehouse.couriers.days import CourierDay, courier_days
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


def test_a_promise_out_of_all_reach_is_planned_for_the_longest_that_is_looked_at() -> None:
    far = replace(DAY, travel=Travel(np.array([[0.0, 200.0], [200.0, 0.0]]), np.array([0.0, 1.0])))

    assert in_reach(courier_days(far, CourierTerms()), Promise()).minutes == 180


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
