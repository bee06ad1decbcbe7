"""The bound for ways with three offers or more: never below the best of them, however coarse its steps are."""

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import offer
from warehouse.purchasing.allocation import mixing
from warehouse.purchasing.allocation.mixing import most_with_three
from warehouse.purchasing.allocation.problem import Option, Problem, Wanted
from warehouse.purchasing.allocation.tables import tables_of
from warehouse.purchasing.allocation.ways import Prices
from warehouse.purchasing.outcomes.curves import ResultCurve

PACKS = ["1", "1.3", "2.6", "3.7"]  # that fall between steps


@st.composite
def needs_of_farms(draw: st.DrawFn) -> Problem:
    """One need that three or four farms can meet, whose units are worth less and less."""
    slopes = sorted(draw(st.lists(st.integers(2, 16), min_size=3, max_size=3)), reverse=True)
    units = np.append(0.0, np.cumsum(draw(st.lists(st.integers(1, 6), min_size=3, max_size=3))))
    worth = ResultCurve(units, np.append(0.0, np.cumsum(np.diff(units) * slopes)), -1.0)
    farms = [
        offer(f"farm {number}", pack=draw(st.sampled_from(PACKS)), price=str(draw(st.integers(1, 9))))
        for number in range(draw(st.integers(3, 4)))
    ]
    options = [Option(0, farm, draw(st.sampled_from([1.0, 0.9])), draw(st.integers(1, 3))) for farm in farms]
    return Problem([Wanted("W", "P", date(2026, 3, 3), worth)], options)


@settings(max_examples=200, deadline=None)
@given(needs_of_farms(), st.sampled_from([6, 20, 61]))
def test_no_way_with_three_farms_earns_more_than_the_bound(problem: Problem, steps: int) -> None:
    tables = tables_of(problem)
    tiers = np.arange(len(tables.need))
    prices = Prices(tables.pack_price, np.zeros(len(tiers)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mixing, "GRID", steps)
        bound = most_with_three(tables, prices, 0, tiers)
    every = np.array(list(itertools.product(*(range(int(most) + 1) for most in tables.most))))
    every = every[(every > 0).sum(axis=1) >= 3]
    earned = tables.gain(np.zeros(len(every), np.int64), every @ tables.usable) - every @ tables.pack_price
    assert bound >= earned.max() - 1e-6
