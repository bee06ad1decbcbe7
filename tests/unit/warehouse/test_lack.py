"""What is lacking where lots are accepted unevenly, against every scenario counted by itself."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import forecasts, needs_of, offer, products
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.result_curve import Worth, result_curve

SCENARIOS = 64
LOTS = st.lists(st.floats(0, 4), min_size=1, max_size=16).filter(lambda lots: sum(lots) > 0.5)


def lacking(seed: int) -> Lack:
    dice = np.random.default_rng(seed)
    in_cover = np.sort(dice.gamma(2, 10, SCENARIOS))
    return Lack(in_cover, np.sort(in_cover + dice.gamma(2, 5, SCENARIOS)), outlives_cover=True)


@given(st.integers(0, 99), LOTS)
def test_every_lot_comes_in_as_many_scenarios(seed: int, lots: list[float]) -> None:
    comes = lacking(seed).from_lots(sorted(lots)).comes
    assert comes is not None
    for share in set(lots):
        assert abs((comes == share).sum() - SCENARIOS * lots.count(share) / len(lots)) < 2


@given(st.integers(0, 99), LOTS, st.floats(0, 80))
def test_a_result_is_what_scenarios_earn_one_by_one(seed: int, lots: list[float], usable: float) -> None:
    lack = lacking(seed).from_lots(sorted(lots))
    price, cost = 10.0, 6.0
    earned = [
        price * min(come * usable, demand) - cost * come * usable + cost * max(min(come * usable, ever) - demand, 0)
        for demand, ever, come in zip(lack.in_cover, lack.in_life, lack.comes, strict=True)
    ]
    # what does not sell in the covered days but before it expires saves its cost later
    slow = float(np.mean(earned))
    curve = result_curve(lack, Worth(price, 0.0), cost)
    assert curve.at(usable) == pytest.approx(slow, abs=1e-6 + 1e-9 * usable)


def test_lots_that_are_alike_change_nothing() -> None:
    lack = lacking(1)
    plain, alike = (result_curve(one, Worth(10, 0.1), 6) for one in (lack, lack.from_lots((1.0, 1.0))))
    for usable in range(0, 60, 5):
        assert alike.at(usable) == pytest.approx(plain.at(usable))


@given(st.integers(0, 99), LOTS, st.floats(0, 40))
def test_what_is_left_after_a_purchase_is_each_scenarios_own(seed: int, lots: list[float], usable: float) -> None:
    lack = lacking(seed).from_lots(sorted(lots))
    left = lack.after(usable)
    assert left.short(0.0) == pytest.approx(lack.short(usable))
    assert left.short(5.0) <= lack.short(usable) + 1e-9


@pytest.mark.parametrize("failed", [1, 4, 5, 16])
@pytest.mark.parametrize("met", [0.0, 0.5, 0.8, 0.95])
def test_the_few_lots_that_fail_meet_what_is_lacking_in_the_mean_over_needs(failed: int, met: float) -> None:
    # given demand of which most is met already, so that little is lacking but in a few scenarios
    demand = np.sort(np.random.default_rng(2).gamma(4, 5, 256))
    lacks = np.maximum(demand - np.quantile(demand, met), 0)
    lots = (0.0,) * failed + (1.0,) * (256 - failed)
    short = [
        Lack(lacks, np.full(256, np.inf), outlives_cover=True, turn=turn).from_lots(lots).short(1e6)
        for turn in range(256)
    ]
    assert np.mean(short) == pytest.approx(failed / 256 * lacks.mean())


def test_so_do_those_of_what_is_bought_beside_something_else() -> None:
    # given 4 of 256 lots fail of what is bought after 20 units of another supplier
    demand = np.sort(np.random.default_rng(2).gamma(4, 5, 256))
    lots = (0.0,) * 4 + (1.0,) * 252
    lacks = [Lack(demand, np.full(256, np.inf), outlives_cover=True, turn=turn).after(20) for turn in range(256)]
    short = [lack.from_lots(lots).short(1e6) for lack in lacks]
    assert np.mean(short) == pytest.approx(4 / 256 * np.maximum(demand - 20, 0).mean())


def test_needs_begin_to_spread_lots_at_other_scenarios() -> None:
    names = [f"p{number}" for number in range(40)]
    demand = pd.concat([forecasts(*[20.0] * 3, product_id=name) for name in names])
    needs = needs_of([offer(f"o-{name}", product_id=name) for name in names], demand, products(product_ids=names))
    turns = np.array([need.lack.turn % 256 for need in needs])
    assert len(set(turns.tolist())) > 25
    assert 90 < turns.mean() < 165


def test_uneven_lots_are_spread_evenly_over_demand() -> None:
    # given lots of which every second does not come at all
    comes = lacking(3).from_lots((0.0, 2.0)).comes
    assert comes is not None
    assert [comes[part : part + 8].mean() for part in range(0, SCENARIOS, 8)] == pytest.approx([1.0] * 8)


FAILS: Final = (0.0,) * 8 + (1.0,) * 56  # one delivery of eight


def lasting(seed: int) -> Lack:
    """What is lacking of what keeps, until the next delivery and until the one after it."""
    dice, lack = np.random.default_rng(seed), lacking(seed)
    until_next = np.sort((lack.in_cover + dice.permutation(lack.in_life)) / 2 + 10)
    return replace(lack, if_next_fail=np.stack([until_next, until_next + 15, until_next + 30]))


@given(st.integers(0, 99), st.floats(0, 40))
def test_what_is_missed_counts_the_next_deliverys_days_as_often_as_that_fails(seed: int, usable: float) -> None:
    turned = [replace(lasting(seed), turn=turn).from_lots(FAILS) for turn in range(SCENARIOS)]
    assert all(lack.run is not None and (lack.run == 1).mean() == 1 / 8 for lack in turned)
    lack, next_fails = lasting(seed), lasting(seed).if_next_fail
    assert next_fails is not None
    comes, then_none = (float(np.maximum(demand - usable, 0).mean()) for demand in (lack.in_cover, next_fails[0]))
    fails = 1 / 8 * float(lack.in_cover.mean())
    either = fails + (1 - 2 / 8) * comes + 1 / 8 * then_none  # the next is seen to fail where this one comes
    assert np.mean([one.missed(usable) for one in turned]) == pytest.approx(either, rel=0.03, abs=0.1)
    assert turned[0].short(usable) == lasting(seed).from_lots(None).from_lots(FAILS).short(usable)


def test_what_never_fails_misses_what_is_short() -> None:
    lack = lasting(1).from_lots((0.9, 1.1))
    assert lack.missed(7.0) == lack.short(7.0)


@given(st.integers(0, 99), st.floats(0, 40))
def test_what_is_missed_after_a_purchase_is_what_it_leaves(seed: int, usable: float) -> None:
    lack = lasting(seed).from_lots(FAILS)
    assert lack.after(usable).from_lots(FAILS).missed(0.0) == pytest.approx(lack.missed(usable), rel=0.1, abs=0.5)
