"""Rosters beside every roster of a small day."""

from itertools import product

import highspy
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from warehouse.couriers.rostering import LATE_COSTS, LateOrders, Work, cheapest_roster, covering_roster
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


def every_roster(most_crowd):
    for counts in product(range(4), repeat=4):
        employed = sum(count * shift.working(4) for count, shift in zip(counts, SHIFTS, strict=True))
        if employed.max() > 3:
            continue
        for asked in product(range(most_crowd + 1), repeat=4):
            cost = sum(30 * count * shift.paid_hours for count, shift in zip(counts, SHIFTS, strict=True))
            yield cost + 25 * sum(asked), employed, np.array(asked)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_a_covering_roster_costs_what_the_cheapest_of_all_costs(needed):
    found = covering_roster(np.array(needed), work())

    best = min(cost for cost, employed, asked in every_roster(2) if (employed + asked >= needed).all())
    assert (found.employed + found.asked >= needed).all()
    assert found.cost <= 1.01 * best + 1e-6


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(1.0, 6.0), min_size=4, max_size=4), st.floats(0.5, 4.0))
def test_a_roster_lets_no_more_be_late_than_may_be_at_the_least_cost_of_all(orders, may_be_late):
    # given: lateness that halves with each courier, which no mixture of numbers undercuts by much
    curves = [order * 0.5 ** np.arange(7) for order in orders]
    late = LateOrders([np.arange(7)] * 4, curves, curves, may_be_late, np.full(4, 99.0))

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
    curves = [np.array([0.2, 0.0]), *[np.array([5.0, 0.0])] * 3]
    anything, strictly = (
        LateOrders([np.arange(2)] * 4, curves, curves, 0.3, np.array([least, 9.0, 9.0, 9.0])) for least in (9.0, 0.1)
    )

    assert (cheapest_roster(anything, work()).employed + cheapest_roster(anything, work()).asked)[0] == 0
    assert (cheapest_roster(strictly, work()).employed + cheapest_roster(strictly, work()).asked)[0] == 1


def test_who_cannot_be_had_is_missing():
    found = covering_roster(np.full(4, 9), work(crowd=1, at_most=1))

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
    covering_roster(np.array([1, 1, 1, 1]), work())
    highs = silent_highs(threads=THREADS + 1)
    model = highspy.HighsLp()
    model.num_col_ = 1
    model.col_cost_, model.col_lower_, model.col_upper_ = [1.0], [1.0], [2.0]
    highs.passModel(model)

    with pytest.raises(RuntimeError, match="HiGHS ended with an error"):
        run(highs)
