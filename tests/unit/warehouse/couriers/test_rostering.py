"""Rosters beside every roster of a small day."""

from itertools import product

import highspy
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from warehouse.couriers.rostering import LATE_COSTS, LateOrders, Work, cheapest_roster
from warehouse.couriers.shifts import Shift, possible_shifts
from warehouse.couriers.terms import Employed
from warehouse.silent_highs import THREADS, run, silent_highs

SHIFTS = [Shift(0, 2), Shift(1, 3), Shift(2, 4), Shift(0, 4)]


def work(*, crowd=2, at_most=3, reliability=1.0):
    return Work(
        SHIFTS,
        np.array([30.0 * shift.paid_hours for shift in SHIFTS]),
        at_most,
        np.full(4, crowd),
        np.full(4, 25.0),
        reliability,
    )


def numbers(several):
    return np.tile(np.arange(float(several)), (4, 1))


def every_roster(most_crowd):
    for counts in product(range(4), repeat=4):
        employed = sum(count * shift.working(4) for count, shift in zip(counts, SHIFTS, strict=True))
        if employed.max() > 3:
            continue
        for asked in product(range(most_crowd + 1), repeat=4):
            cost = sum(30 * count * shift.paid_hours for count, shift in zip(counts, SHIFTS, strict=True))
            yield cost + 25 * sum(asked), employed, np.array(asked)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(1.0, 6.0), min_size=4, max_size=4), st.floats(0.5, 4.0))
def test_a_roster_lets_no_more_be_late_than_may_be_at_the_least_cost_of_all(orders, may_be_late):
    # given: lateness that halves with each courier, which no mixture of numbers undercuts by much
    curves = np.array([order * 0.5 ** np.arange(7) for order in orders])
    late = LateOrders(numbers(7), curves, curves, may_be_late, np.full(4, 99.0))

    # when
    found = cheapest_roster(late, work())

    # then
    def lateness(employed, asked):
        return sum(curve[int(number)] for curve, number in zip(curves, employed + asked, strict=True))

    within = [cost for cost, employed, asked in every_roster(2) if lateness(employed, asked) <= may_be_late]
    assume(within)
    beyond = max(lateness(found.employed, found.asked) - may_be_late, 0.0)
    assert beyond <= 25 / (LATE_COSTS * 30)  # less than anybody's half hour costs
    assert found.cost + beyond * LATE_COSTS * 30 <= 1.01 * min(within) + 1e-6


def test_the_least_share_of_a_half_hour_is_kept_even_where_the_day_could_do_without():
    # given: a half hour with few orders
    curves = np.array([[0.2, 0.0], *[[5.0, 0.0]] * 3])
    anything, strictly = (
        LateOrders(numbers(2), curves, curves, 0.3, np.array([least, 9.0, 9.0, 9.0])) for least in (9.0, 0.1)
    )

    assert (cheapest_roster(anything, work()).employed + cheapest_roster(anything, work()).asked)[0] == 0
    assert (cheapest_roster(strictly, work()).employed + cheapest_roster(strictly, work()).asked)[0] == 1


def test_who_cannot_be_had_is_missing():
    # given: nine are looked at, and with fewer everything would be late
    late = LateOrders(numbers(1) + 9, np.zeros((4, 1)), np.zeros((4, 1)), 0.0, np.zeros(4))

    found = cheapest_roster(late, work(crowd=1, at_most=1))

    assert found.employed.tolist() == [1, 1, 1, 1]
    assert (found.asked == 1).all()


@pytest.mark.parametrize(("hours", "breaks"), [(4.0, 0), (6.0, 1), (8.0, 1)])
def test_long_shifts_rest_about_the_middle_and_are_not_paid_for_it(hours, breaks):
    rules = Employed(hours, hours, break_after_hours=6.0, break_minutes=30)

    shifts = possible_shifts(rules, 14, 46)

    assert {shift.paid_hours for shift in shifts} == {hours - 0.5 * breaks}
    assert {shift.end - shift.first for shift in shifts} == {2 * hours}
    assert min(shift.first for shift in shifts) == 14
    assert max(shift.end for shift in shifts) == 46
    for shift in shifts:
        assert shift.working(48).sum() == 2 * hours - breaks
        assert shift.working(48)[shift.first] == shift.working(48)[shift.end - 1] == 1


def test_a_run_that_works_nothing_out_is_an_error_and_no_roster_of_zeros():
    # given: threads that are already there, and a run that asks for another number
    nothing = np.zeros((4, 2))
    cheapest_roster(LateOrders(numbers(2), nothing, nothing, 0.0, np.zeros(4)), work())
    highs = silent_highs(threads=THREADS + 1)
    model = highspy.HighsLp()
    model.num_col_ = 1
    model.col_cost_, model.col_lower_, model.col_upper_ = [1.0], [1.0], [2.0]
    highs.passModel(model)

    with pytest.raises(RuntimeError, match="HiGHS ended with an error"):
        run(highs)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_day_s_roster_costs_little_more_than_no_roster_could_cost_less_than(seed):
    # given: a day with a rush, lateness that halves with each courier for four orders
    dice = np.random.default_rng(seed)
    orders = 4 + 20 * np.exp(-(((np.arange(30) - dice.uniform(8, 22)) / 4) ** 2))
    curves = orders[:, None] * 0.5 ** (4 * np.arange(25) / orders[:, None])
    late = LateOrders(np.tile(np.arange(25.0), (30, 1)), curves, curves, 0.1 * orders.sum(), 0.2 * orders)
    shifts = possible_shifts(Employed(), 0, 30)
    day = Work(shifts, np.array([30 * one.paid_hours for one in shifts]), 60, np.full(30, 8), np.full(30, 22.5), 0.9)

    # when
    found = cheapest_roster(late, day)

    # then
    there = found.employed + 0.9 * found.asked
    own = np.array([np.interp(number, np.arange(25), curve) for number, curve in zip(there, curves, strict=True)])
    assert own.sum() <= 0.1 * orders.sum() + 0.01
    assert (own <= 0.2 * orders + 0.01).all()
    assert found.bound - 1e-6 <= found.cost <= 1.03 * found.bound
