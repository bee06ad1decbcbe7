"""Rosters bettered one move at a time."""

from dataclasses import replace

import numpy as np
import pytest

from tests.bench.couriers.worlds import World
from warehouse.couriers.days import courier_days
from warehouse.couriers.judging import Judge
from warehouse.couriers.one_move import moved
from warehouse.couriers.plan import possible_work
from warehouse.couriers.rostering import roster_of
from warehouse.couriers.terms import CourierTerms, Crowd, Employed

TERMS = CourierTerms(employed=Employed(1.0, 2.0, 99.0, at_most=6), crowd=Crowd(pool=4, acceptance=0.5))
WORLD = World("an evening", np.array([3.0, 6.0, 4.0, 2.0, 0.0]), TERMS)


@pytest.fixture
def judge():
    day = WORLD.planned_day()
    return Judge(courier_days(day, TERMS, 0.2), possible_work(day, TERMS), TERMS.promise)


def few():
    return courier_days(WORLD.planned_day(), TERMS, 0.2, 2)


def roster(judge, taken, asked=0):
    return roster_of(judge.work, np.full(len(judge.work.shifts), taken), np.full(5, asked))


@pytest.mark.parametrize(("taken", "asked"), [(0, 0), (0, 2), (1, 0), (1, 2)])
def test_from_too_few_and_from_too_many_the_promise_is_kept_at_less(judge, taken, asked):
    start = judge.judged(roster(judge, taken, asked))

    best = moved(judge, few(), 1, start, most=80)

    # then
    assert best.rank < start.rank
    assert best.rank[0] == 0
    assert best.roster.employed.max() <= TERMS.employed.at_most
    assert (best.roster.asked <= judge.work.crowd).all()


def test_no_more_work_and_no_more_are_asked_for_than_there_are_where_more_would_be_better():
    day, terms = WORLD.planned_day(), replace(TERMS, employed=replace(TERMS.employed, at_most=1), crowd=Crowd(pool=2))
    few_of_them = Judge(courier_days(day, terms, 0.2), possible_work(day, terms), terms.promise)

    best = moved(few_of_them, few(), 1, few_of_them.judged(roster(few_of_them, 0)), most=80)

    assert best.rank[0] > 0
    assert best.roster.employed.max() == 1
    assert best.roster.asked.max() == 1


def test_what_is_found_is_judged_as_it_would_be_by_itself(judge):
    best = moved(judge, few(), 1, judge.judged(roster(judge, 1)), most=20)

    alone = judge.judged(best.roster)
    assert alone.rank == best.rank
    assert alone.lateness.own.tolist() == best.lateness.own.tolist()


def test_of_two_rosters_that_keep_the_promise_the_cheaper_is_better_and_any_is_that_keeps_it(judge):
    nobody, some, all_of_them = (judge.judged(roster(judge, taken, 2)) for taken in (0, 1, 2))

    assert some.rank < all_of_them.rank
    assert all_of_them.rank < nobody.rank
