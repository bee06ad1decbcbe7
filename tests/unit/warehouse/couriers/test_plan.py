from dataclasses import replace

import numpy as np
import pytest

from tests.bench.couriers.worlds import World, as_played
from warehouse.couriers.ahead import is_short, least_ahead
from warehouse.couriers.held import promise_held
from warehouse.couriers.plan import plan_staffing
from warehouse.couriers.terms import CourierTerms, Crowd, Delivery, Employed, Promise

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
    assert plan.lateness.share >= 0.95 - 0.001


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
    held = promise_held(day, few, plan.staffing)
    assert held is not None
    assert held > 45


def test_with_enough_couriers_a_promise_no_longer_than_asked_is_held():
    plan = plan_staffing(world().planned_day(), TERMS)

    assert promise_held(world().planned_day(), TERMS, plan.staffing) == 45


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
