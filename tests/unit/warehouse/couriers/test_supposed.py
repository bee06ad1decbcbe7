"""A day's couriers if it rained, if more were ordered, or if some of them were ill."""

from dataclasses import replace

import numpy as np
import pytest

from warehouse.couriers.days import CourierDay
from warehouse.couriers.held import promise_held
from warehouse.couriers.orders import DayOrders
from warehouse.couriers.plan import plan_staffing
from warehouse.couriers.shifts import Shift
from warehouse.couriers.supposed import Supposed, as_supposed, kept, without_the_ill
from warehouse.couriers.terms import CourierTerms, Crowd, Employed

DAY = CourierDay(DayOrders(np.array([3.0, 6.0, 8.0, 6.0, 3.0, 0.0]), np.zeros(6)), np.zeros(6, dtype=bool))
TERMS = CourierTerms(crowd=Crowd(pool=10, acceptance=0.5, rain_acceptance=0.6, reliability=1.0, rain_factor=2.0))
SHIFTS = [Shift(0, 6)] * 5
ASKED = np.array([0, 0, 4, 4, 0, 0])


def test_more_orders_fewer_couriers_and_rain_each_let_more_come_too_late():
    as_it_is = kept(DAY, TERMS, SHIFTS, ASKED)
    busier = kept(as_supposed(DAY, Supposed(surge=(1, 4), orders=1.5)), TERMS, SHIFTS, ASKED)
    wetter = kept(as_supposed(DAY, Supposed(rain=(1, 4))), TERMS, SHIFTS, ASKED)
    fewer = kept(DAY, TERMS, without_the_ill(DAY, SHIFTS, 2), ASKED)

    for supposed in (busier, wetter, fewer):
        assert supposed.lateness.share < as_it_is.lateness.share - 0.01
        assert (supposed.there - supposed.needed).sum() < (as_it_is.there - as_it_is.needed).sum()
        assert supposed.held_minutes is None or supposed.held_minutes >= as_it_is.held_minutes
    assert busier.orders.tolist() == [3.0, 9.0, 12.0, 9.0, 3.0, 0.0]
    assert fewer.there.tolist() == [3, 3, 7, 7, 3, 3]


@pytest.mark.parametrize("minutes", [45, 15])
def test_as_things_are_a_plan_keeps_what_it_says(minutes: int):
    employed = Employed(1.0, 2.0, break_after_hours=2.0)
    terms = replace(TERMS, promise=replace(TERMS.promise, minutes=minutes), employed=employed)
    plan = plan_staffing(DAY, terms)

    as_it_is = kept(DAY, terms, plan.staffing.shifts, plan.roster.asked)

    assert as_it_is.lateness.shares.tolist() == plan.lateness.shares.tolist()
    assert as_it_is.needed.tolist() == plan.needed.tolist()
    assert as_it_is.held_minutes == promise_held(plan.played, terms.promise)
    assert as_it_is.cost == pytest.approx(plan.roster.cost)


def test_in_rain_fewer_of_the_crowd_come_and_each_costs_more():
    # given: in rain three of ten say yes, at twice the cost
    wetter = kept(as_supposed(DAY, Supposed(rain=(2, 3))), TERMS, SHIFTS, ASKED)

    assert wetter.there.tolist() == [5, 5, 5 + 3, 5 + 4, 5, 5]
    employed, half_hour = 5 * 3 * TERMS.employed.cost_per_hour, TERMS.crowd.cost_per_hour / 2
    assert wetter.cost == pytest.approx(employed + 3 * 2 * half_hour + 4 * half_hour)


def test_who_of_the_crowd_does_not_turn_up_is_not_paid():
    half_turn_up = replace(TERMS, crowd=replace(TERMS.crowd, reliability=0.5))

    assert kept(DAY, half_turn_up, [], ASKED).cost == pytest.approx(8 * 0.5 * TERMS.crowd.cost_per_hour / 2)


def test_those_are_ill_during_whose_shifts_most_is_ordered():
    early, midday, all_day = Shift(0, 2), Shift(1, 4), Shift(0, 6)

    assert sorted(without_the_ill(DAY, [early, midday, all_day], 1)) == [early, midday]
    assert without_the_ill(DAY, [early, midday, all_day], 2) == [early]
    assert without_the_ill(DAY, [early], 3) == []


def test_couriers_who_rest_are_not_there_meanwhile():
    resting = kept(DAY, TERMS, [*SHIFTS, Shift(0, 6, 2, 3)], np.zeros(6, np.int64))

    assert resting.there.tolist() == [6, 6, 5, 6, 6, 6]


def test_where_nothing_is_supposed_the_day_is_as_it_was():
    same = as_supposed(replace(DAY, rain=np.array([False, True, False, False, False, False])), Supposed())

    assert same.rain.tolist() == [False, True, False, False, False, False]
    assert same.orders.mean.tolist() == DAY.orders.mean.tolist()
