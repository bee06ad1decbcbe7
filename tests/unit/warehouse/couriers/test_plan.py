from dataclasses import replace

import numpy as np
import pytest

from tests.bench.couriers.worlds import World, as_played
from warehouse.couriers.ahead import is_short, least_ahead
from warehouse.couriers.days import courier_days
from warehouse.couriers.held import promise_held
from warehouse.couriers.plan import plan_staffing, possible_work
from warehouse.couriers.playing import lateness, played
from warehouse.couriers.staffing import as_numbers
from warehouse.couriers.terms import CourierTerms, Crowd, Delivery, Employed, Promise
from warehouse.couriers.travel import Travel

MEAN = np.array([*[3.0] * 4, 8.0, 12.0, 14.0, 10.0, *[5.0] * 6, 0.0, 0.0])
TERMS = CourierTerms(employed=Employed(2.0, 4.0, break_after_hours=4.0))


def world(terms=TERMS, mean=MEAN, rain=(0, 0)):
    return World("an evening", mean, terms, dispersion=0.02, day_dispersion=0.01, rain=rain)


def test_a_plan_keeps_its_promise_where_it_is_played_event_by_event():
    # given
    evening = world()

    # when
    plan = plan_staffing(evening.planned_day(), TERMS)

    # then: within two points of what is promised
    assert evening.share_in_time(*as_played(plan), days=150, seed=5) == pytest.approx(0.95, abs=0.02)
    assert plan.lateness.share >= 0.95 - 0.005


def test_a_plan_costs_no_more_than_covering_what_is_needed():
    # given: a promise that nobody has to keep to the letter
    plan = plan_staffing(world().planned_day(), TERMS)
    strict = replace(TERMS, promise=replace(TERMS.promise, share=0.99))

    assert plan.roster.cost < plan_staffing(world().planned_day(), strict).roster.cost
    assert plan.roster.cost < plan.needed.sum() / 2 * TERMS.crowd.cost_per_hour


def test_rain_needs_more_couriers():
    dry, wet = (plan_staffing(world(rain=rain).planned_day(), TERMS) for rain in ((0, 0), (0, 16)))

    assert wet.needed.sum() > dry.needed.sum()
    assert wet.roster.cost > dry.roster.cost


def test_a_surge_needs_more_couriers():
    usual, surge = (plan_staffing(world(mean=MEAN * more).planned_day(), TERMS) for more in (1.0, 1.5))

    assert surge.needed.max() > usual.needed.max()
    assert surge.roster.cost > usual.roster.cost


@pytest.mark.parametrize("busy", [slice(0, 3), slice(6, 9), slice(13, 16)])
def test_a_shop_that_opens_for_less_than_a_shift_pays_for_a_whole_one(busy):
    # given: orders of an hour and a half, shifts of four hours, no crowd
    mean = np.zeros(16)
    mean[busy] = 6.0
    terms = CourierTerms(crowd=Crowd(pool=0))

    # when
    plan = plan_staffing(world(terms, mean).planned_day(), terms)

    # then
    assert plan.lateness.share >= 0.95 - 0.001
    assert {shift.paid_hours for shift, _ in plan.roster.shifts} == {4.0}


def test_where_couriers_are_short_a_longer_promise_is_held():
    # given: three couriers at once, no crowd
    few = replace(TERMS, employed=replace(TERMS.employed, at_most=3), crowd=Crowd(pool=0))

    # when
    day = world(few, MEAN * 0.6).planned_day()
    plan = plan_staffing(day, few)

    # then
    assert plan.roster.employed.max() == 3
    assert plan.lateness.share < 0.95
    held = promise_held(played(courier_days(day, few), plan.staffing), few.promise)
    assert held is not None
    assert held > 45


def test_with_enough_couriers_a_promise_no_longer_than_asked_is_held():
    plan = plan_staffing(world().planned_day(), TERMS)

    assert promise_held(plan.played, TERMS.promise) == 45


@pytest.mark.parametrize("promise", [{"share": 1.0}, {"share": 0.8, "least_share": 0.9}, {"minutes": 0}])
def test_a_promise_that_cannot_be_is_refused(promise):
    with pytest.raises(ValueError, match=r"promise|shares"):
        Promise(**promise)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (lambda: CourierTerms(Promise(20), Delivery(preparation_minutes=20.0)), "leaves none to ride in after 20"),
        (lambda: Delivery(radius_km=50.0, speed_kmh=1e-9), "the ride to the edge of 50 km takes"),
        (lambda: Employed(1.0, 4.0, break_after_hours=1.0, break_minutes=40), r"a break \(40 minutes\) is shorter"),
    ],
)
def test_terms_by_which_nobody_could_ride_are_refused(terms, why):
    with pytest.raises(ValueError, match=why):
        terms()


@pytest.mark.parametrize(
    ("planned", "least"),
    [(0.98, 0.85), (0.95, 0.85), (0.90, 0.80), (None, 0.85)],
)
def test_hours_that_were_planned_at_less_are_short_at_less(planned, least):
    assert least_ahead(planned, Promise()) == pytest.approx(least)


def test_a_shortage_ends_only_where_the_share_holds_by_a_little_more():
    assert is_short(0.849, 0.85, was_short=False)
    assert not is_short(0.86, 0.85, was_short=False)
    assert is_short(0.86, 0.85, was_short=True)
    assert not is_short(0.88, 0.85, was_short=True)
    assert not is_short(None, 0.85, was_short=True)


@pytest.mark.parametrize("mean", [0.3, 1.0])
def test_a_promise_that_one_courier_keeps_all_day_is_not_planned_without_anybody(mean):
    # given: two hours to deliver in, so nobody is missed who is away for half an hour
    terms = CourierTerms(promise=Promise(minutes=120))

    plan = plan_staffing(world(terms, np.full(20, mean)).planned_day(), terms)

    assert plan.lateness.share >= terms.promise.share - 0.001
    assert plan.roster.cost < 2 * 10 * terms.crowd.cost_per_hour


def test_the_crowd_is_dearer_by_the_clock_also_where_it_jumps():
    # given: clocks go from 02:00 to 03:00, and the hour from 03:00 on is dear
    terms = CourierTerms(crowd=Crowd(cost_per_hour=40.0, dear_hours=(3,), dear_factor=1.5))
    day = world(terms, np.full(8, 3.0)).planned_day()
    clock = replace(day, hour=np.array([0, 0, 1, 1, 3, 3, 4, 4]))

    assert possible_work(clock, terms).crowd_cost.tolist() == [20, 20, 20, 20, 30, 30, 20, 20]
    assert possible_work(day, terms).crowd_cost.tolist() == [20, 20, 20, 20, 20, 20, 30, 30]


def test_where_nothing_takes_time_a_trip_still_takes_some():
    # given: a matrix of zeros and terms of zeros
    at_once = Delivery(preparation_minutes=0, preparation_spread=0, loading_minutes=0, handover_minutes=0)
    day = replace(world(mean=np.full(8, 3.0)).planned_day(), travel=Travel(np.zeros((2, 2)), np.array([0.0, 1.0])))

    found = lateness(courier_days(day, CourierTerms(delivery=at_once)), as_numbers(np.ones(8, np.int64)))

    assert found.share == pytest.approx(1.0)
