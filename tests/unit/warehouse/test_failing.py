"""Failures that go on: a supplier's deliveries as a chain, against chains that are walked one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, days_apart, forecasts, lot, offer, plan, products
from warehouse.purchasing.floor_steps import Buying, steps_of
from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.need.periods import Periods
from warehouse.purchasing.need.stock_to_come import Stock, stock_to_come
from warehouse.purchasing.outcomes.failing import Failing, failing_in
from warehouse.purchasing.outcomes.lack import RUNS_KEPT, Lack, _run, bits_reversed
from warehouse.purchasing.outcomes.result_curve import Worth
from warehouse.purchasing.plan_settings import USUAL
from warehouse.purchasing.quantity import Purchase
from warehouse.purchasing.simulation.deliveries import Reliability, draw_deliveries
from warehouse.purchasing.suppliers.failure_runs import FailureRuns, estimate_failure_runs
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.yields import Yields, estimate_yields

DAYS: Final = [MONDAY + timedelta(days=ahead) for ahead in range(6)]
CHANCES = st.floats(0.0, 0.3).flatmap(lambda begins: st.tuples(st.just(begins), st.floats(begins, 0.95)))


def farm(begins: float, goes_on: float, failed_last: float = 0.0) -> Yields:
    """Of a farm that is to bring something every day."""
    runs = FailureRuns((begins, goes_on), failed_last={"farm": failed_last}, due={"farm": frozenset(DAYS)})
    return Yields(failing=runs)


def walked(
    begins: float, goes_on: float, failed_last: float, walks: int = 200_000, seed: int = 7, days_long: int = len(DAYS)
) -> np.ndarray:
    """Whether each of some deliveries fails (walk x day), one after the other."""
    dice = np.random.default_rng(seed)
    failed = dice.random(walks) < failed_last
    days = []
    for _ in range(days_long):
        failed = dice.random(walks) < np.where(failed, goes_on, begins)
        days.append(failed)
    return np.stack(days, axis=1)


def ordered(yields: Yields, days: Sequence[int], quantity: int = 20, name: str = "farm") -> list[OnOrder]:
    return [
        OnOrder(
            "spinach",
            Decimal(quantity),
            DAYS[day],
            lots=yields.lots_of("spinach", name, DAYS[day]),
            supplier_id=name,
            failing=yields.failing.of(name, DAYS[day]),
        )
        for day in days
    ]


@pytest.mark.parametrize("failed_last", [0.0, 0.6, 1.0])
def test_each_delivery_fails_as_often_as_in_chains_that_are_walked(failed_last: float) -> None:
    runs = farm(0.03, 0.6, failed_last).failing
    often = walked(0.03, 0.6, failed_last).mean(axis=0)
    for day, fails in zip(DAYS, often, strict=True):
        assert runs.of("farm", day).chance == pytest.approx(fails, abs=0.004)


def test_of_a_farm_of_which_nothing_is_known_failures_are_as_likely_as_in_the_long_run() -> None:
    long_run = 0.03 / (0.03 + 0.4)
    assert farm(0.03, 0.6).failing.of("new").chance == pytest.approx(long_run)
    assert FailureRuns().of("farm", TUESDAY).chance == 0


@pytest.mark.parametrize("failed_last", [0.0, 1.0])
def test_what_is_under_way_comes_and_fails_as_paths_of_the_chain_do(failed_last: float) -> None:
    many = replace(USUAL, scenarios=4096)
    orders = ordered(farm(0.1, 0.7, failed_last), (2, 0, 1))  # in any order
    cover = Cover("spinach", False, None, 9, MONDAY, MONDAY)
    arriving = stock_to_come(Stock([], orders), [cover], MONDAY, Periods((0.0,), 4), many).arriving[0, :3]
    for path in product((False, True), repeat=3):
        chance, before = 1.0, failed_last
        for failed in path:
            fails = 0.7 * before + 0.1 * (1 - before)
            chance *= fails if failed else 1 - fails
            before = float(failed)
        often = ((arriving < 1) == np.array(path)[:, None]).all(axis=0).mean()
        assert often == pytest.approx(chance, abs=0.004)


def test_what_a_farm_brings_on_one_day_comes_or_fails_together() -> None:
    orders = ordered(farm(0.2, 0.5), (1, 1))
    cover = Cover("spinach", False, None, 9, MONDAY, MONDAY)
    arriving = stock_to_come(Stock([], orders), [cover], MONDAY, Periods((0.0,), 4)).arriving[0, 1]
    assert set(arriving.tolist()) == {0.0, 40.0}


def need_of(
    yields: Yields,
    under_way: Sequence[int],
    life: float = 30,
    there: int = 18,
    quantity: int = 20,
    farms: Sequence[str] = ("farm",),
    seed: int = 0,
) -> Need:
    """What is needed for Tuesday of goods that keep, with such orders of each farm under way."""
    orders = [order for name in farms for order in ordered(yields, under_way, quantity, name)]
    outlook = WarehouseOutlook("north", forecasts(*[20.0] * 9), [lot(str(there), None)], orders)
    (need,) = estimate_needs(
        outlook, products(life), [offer()], order_date=MONDAY, delivery_date=TUESDAY, draw=days_apart,
        settings=replace(USUAL, scenarios=2048, seed=seed),
    )  # fmt: skip
    return need


def lacks_of(yields: Yields, *, quantity: int = 20, farms: Sequence[str] = ("farm",)) -> list[Lack]:
    """What is lacking with an order under way for Monday, as scenarios may have been drawn: what comes of that, and
    from which of them on lots are spread."""
    needs = [need_of(yields, (0,), quantity=quantity, farms=farms, seed=seed) for seed in range(8)]
    return [replace(need.lack, turn=turn) for need in needs for turn in range(0, 2048, 211)]


@pytest.mark.parametrize("failed_last", [0.0, 1.0])
@pytest.mark.parametrize("quantity", [15.0, 22.0, 30.0])
def test_shortage_that_a_plan_promises_is_what_simulated_days_miss(failed_last: float, quantity: float) -> None:
    # given 18 units there, 20 under way for Monday, and an order for Tuesday of the same farm
    yields = farm(0.05, 0.6, failed_last)
    lacks = lacks_of(yields)
    dice = np.random.default_rng(3)
    fails = walked(0.05, 0.6, failed_last)
    monday, tuesday = dice.uniform(10, 30, (2, len(fails)))
    left = np.maximum(18 + np.where(fails[:, 0], 0, 20) - monday, 0)
    missed = np.maximum(tuesday - left - np.where(fails[:, 1], 0, quantity), 0).mean()
    promised = np.mean([yields.as_brought(one, "spinach", "farm", TUESDAY).short(quantity) for one in lacks])
    assert promised == pytest.approx(missed, rel=0.03)
    lots = yields.lots_of("spinach", "farm", TUESDAY)
    apart = np.mean([one.from_lots(lots).short(quantity) for one in lacks])
    assert apart < 0.97 * promised, "as if one failure had nothing to do with the next"


@pytest.mark.parametrize("failed_last", [0.0, 1.0])
@pytest.mark.parametrize(("of_farm", "of_coop"), [(11.0, 11.0), (18.0, 6.0), (6.0, 24.0)])
def test_shortage_promised_of_an_order_of_two_farms_is_what_simulated_days_miss(
    failed_last: float, of_farm: float, of_coop: float
) -> None:
    # given 18 units there, and of two farms 10 each under way for Monday and an order for Tuesday; yesterday only one
    # of them may have failed
    farms = {"farm": failed_last, "coop": 0.0}
    runs = FailureRuns((0.08, 0.7), failed_last=farms, due=dict.fromkeys(farms, frozenset(DAYS)))
    yields = Yields(failing=runs)
    lacks = lacks_of(yields, quantity=10, farms=tuple(farms))
    dice = np.random.default_rng(3)
    came = [1 - walked(0.08, 0.7, failed, seed=seed) for seed, failed in enumerate(farms.values())]
    monday, tuesday = dice.uniform(10, 30, (2, len(came[0])))
    left = np.maximum(18 + 10 * (came[0][:, 0] + came[1][:, 0]) - monday, 0)
    missed = np.maximum(tuesday - left - of_farm * came[0][:, 1] - of_coop * came[1][:, 1], 0).mean()
    usable = {"farm": of_farm, "coop": of_coop}
    together = [yields.as_brought_together(one, "spinach", usable, TUESDAY).short(of_farm + of_coop) for one in lacks]
    assert np.mean(together) == pytest.approx(missed, rel=0.03)
    # and it is what is left once each has been bought, one after the other
    first = yields.as_brought(lacks[0], "spinach", "farm", TUESDAY).after(of_farm)
    after_both = yields.as_brought(first, "spinach", "coop", TUESDAY).short(of_coop)
    assert together[0] == pytest.approx(after_both)


@settings(deadline=None, max_examples=40)  # a need is worked out for each
@given(CHANCES, st.booleans())
def test_failures_that_are_as_likely_after_a_failure_change_nothing(chances: tuple[float, float], later: bool) -> None:
    plain = farm(chances[0], chances[0])
    lots = plain.lots_of("spinach", "farm", TUESDAY)
    need = need_of(plain, (0,) if later else ())
    chained = plain.as_brought(need.lack, "spinach", "farm", TUESDAY)
    alone = replace(need.lack, fails={}).from_lots(lots)
    assert chained.comes is None or (chained.comes == alone.comes).all()
    assert chained.short(20.0) == alone.short(20.0)


@settings(deadline=None)
@given(CHANCES, st.floats(0, 0.9), st.floats(0, 1))
def test_the_longer_failures_go_on_the_less_comes_after_one(
    chances: tuple[float, float], further: float, failed_last: float
) -> None:
    begins, goes_on = chances
    longer = goes_on + (1 - goes_on) * further
    for day in DAYS:
        one, other = (farm(begins, on, failed_last) for on in (goes_on, longer))
        assert other.expected("spinach", "farm", day) <= one.expected("spinach", "farm", day) + 1e-9


@settings(deadline=None, max_examples=40)
@given(CHANCES, st.floats(0, 40))
def test_what_is_left_beside_a_farm_keeps_who_failed(chances: tuple[float, float], quantity: float) -> None:
    yields = farm(*chances, failed_last=0.5)
    bought = yields.as_brought(need_of(yields, (0,), life=5).lack, "spinach", "farm", TUESDAY)
    again = yields.as_brought(bought.after(quantity), "spinach", "farm", TUESDAY)
    # what a farm brings on the same day comes or fails with what was bought of it before
    assert again.short(10.0) == pytest.approx(bought.short(quantity + 10.0), abs=0.05)


def lasting(days: int = 5) -> Lack:
    demand = np.sort(np.random.default_rng(5).uniform(10, 30, 256))
    later = np.cumsum(np.full((days - 1, 256), 20.0), axis=0)
    return Lack(demand, np.full(256, np.inf), outlives_cover=True, if_next_fail=demand + later)


@pytest.mark.parametrize("failed_last", [0.0, 1.0])
def test_goods_that_keep_are_missed_as_long_as_failures_go_on(failed_last: float) -> None:
    # given chains after a delivery that came, as many days without one as failures last
    yields = farm(0.1, 0.6, failed_last)
    as_brought = yields.as_brought(lasting(), "spinach", "farm", MONDAY)
    lots = np.array(yields.lots_of("spinach", "farm", MONDAY))
    demand, days = lasting().in_cover, np.minimum(np.cumprod(walked(0.1, 0.6, 0.0)[:, :4], axis=1).sum(axis=1), 4)
    for quantity in (25.0, 45.0, 65.0):
        came = [np.maximum(demand + 20 * run - quantity, 0).mean() for run in range(5)]
        often = np.bincount(days, minlength=5) / len(days)
        nothing = (lots == 0).mean()
        slow = (1 - nothing) * float(np.dot(came, often)) + nothing * demand.mean()
        assert as_brought.missed(quantity) == pytest.approx(slow, rel=0.05, abs=0.15)


def brought(seed: int, days: int = 56, farms: int = 300) -> pd.DataFrame:
    """What simulated farms bring: some a day late, which is known of all but the last day."""
    names = [f"F{number:03d}" for number in range(farms)]
    rejected = {("p0", name): 0.0 for name in names}
    drawn = draw_deliveries(np.random.default_rng(seed), days, ["W1"], ["p0"], rejected, Reliability())
    frame = pd.DataFrame(
        [
            (name, 0.0 if fails or late else share, float(late and not fails))
            for at, name in enumerate(names)
            for fails, late, share in zip(drawn.fails[:, at], drawn.late[:, at], drawn.brought[:, at], strict=True)
        ],
        columns=["supplier_id", "share", "late"],
    )
    frame.loc[frame.groupby("supplier_id").tail(1).index, "late"] = float("nan")
    return frame


def test_chances_are_learned_as_they_are_and_what_comes_late_has_not_failed() -> None:
    runs = estimate_failure_runs(brought(1), comes_late=0.25)
    begins, goes_on = runs.of_all
    assert begins == pytest.approx(0.014, abs=0.002)
    assert goes_on == pytest.approx(0.55, abs=0.06)


def test_a_farm_that_brought_nothing_yesterday_may_still_come_but_is_likely_to_fail_again() -> None:
    frame = brought(2)
    last = frame.groupby("supplier_id").tail(1).set_index("supplier_id")["share"]
    runs = estimate_failure_runs(frame, comes_late=0.25)
    for name, share in last.items():
        assert runs.failed_last[str(name)] == (0.75 if share == 0 else 0.0)
    failed, came = (next(str(name) for name, share in last.items() if (share == 0) == nothing) for nothing in (1, 0))
    assert runs.of(failed).chance > 10 * runs.of(came).chance


def test_a_farms_own_failures_are_drawn_to_those_of_all() -> None:
    # given one farm that fails on three days of four, in runs, beside many that never do
    bad = ["bad"] * 40, [0.0, 0.0, 0.0, 1.0] * 10
    good = ["good"] * 400, [1.0] * 400
    frame = pd.DataFrame({"supplier_id": [*bad[0], *good[0]], "share": [*bad[1], *good[1]], "late": 0.0})
    runs = estimate_failure_runs(frame, comes_late=0.0)
    begins, goes_on = runs.by_supplier["bad"]
    plain = 30 / 440
    of_all = (9 + plain) / (9 + 399 + 1), (20 + plain) / (30 + 1)  # the chain's 39 steps, those of the others, and one
    assert runs.of_all == pytest.approx(of_all)
    assert (begins, goes_on) == pytest.approx(((9 + 10 * of_all[0]) / 19, (20 + 10 * of_all[1]) / 40))
    assert runs.by_supplier["good"][0] == pytest.approx(10 * of_all[0] / 409)


def test_what_may_still_come_says_nothing_yet_of_how_failures_go_on() -> None:
    settled = pd.DataFrame({"supplier_id": "farm", "share": [1.0, 0.0, 0.0, 1.0, 1.0, 0.0], "late": 0.0})
    open_yet = pd.DataFrame({"supplier_id": ["farm"], "share": [0.0], "late": [float("nan")]})
    known = estimate_failure_runs(settled, 0.25)
    runs = estimate_failure_runs(pd.concat([settled, open_yet], ignore_index=True), 0.25)
    assert (runs.of_all, runs.by_supplier) == (known.of_all, known.by_supplier)
    assert (known.failed_last["farm"], runs.failed_last["farm"]) == (1.0, 0.75)


def test_as_many_deliveries_fail_as_are_expected_though_no_two_scenarios_have_the_same_chance() -> None:
    chances = np.linspace(0.2, 0.4, 100)  # alone each would round to none
    assert failing_in(chances, bits_reversed(100)).sum() == round(chances.sum())
    assert failing_in(np.array([0.0, 1.0, 0.0, 1.0]), np.arange(4)).tolist() == [False, True, False, True]


def test_what_a_process_remembers_of_runs_does_not_grow_with_nights() -> None:
    # given a farm whose chances are learned anew each night, for longer than any process lives
    for night in range(RUNS_KEPT + 100):
        chance = (night + 1) / (2 * RUNS_KEPT)
        lasting().from_lots((0.0, 1.0), Failing("farm", chance, chance, 0.5))
    assert _run.cache_info().currsize <= RUNS_KEPT


def test_who_failed_yesterday_is_not_asked_where_another_can_come() -> None:
    cheap, dear = offer("cheap"), offer("dear", price="11")
    asked = {}
    for failed_last in (0.0, 1.0):
        runs = FailureRuns((0.02, 0.6), failed_last={cheap.supplier_id: failed_last, dear.supplier_id: 0.0})
        (line,) = plan([cheap, dear], yields=Yields(failing=runs))
        asked[failed_last] = line.offer_id
    assert asked == {0.0: "cheap", 1.0: "dear"}


def test_goods_that_keep_are_bought_ahead_where_failures_go_on() -> None:
    keep = products(life=60)
    lines = [
        plan([replace(offer(), supplier_id="farm")], assortment=keep, yields=farm(0.08, goes_on))[0]
        for goes_on in (0.08, 0.8)
    ]
    assert lines[1].quantity > lines[0].quantity


def test_levels_of_an_order_hold_as_many_failures_as_its_chance() -> None:
    lots = np.array(farm(0.05, 0.6, 1.0).lots_of("spinach", "farm", MONDAY))
    assert (lots == 0).mean() == pytest.approx(0.6, abs=0.002)
    assert (lots[lots > 0] == 1).all()
    all_failed = estimate_yields(
        pd.DataFrame(columns=["product_id", "supplier_id", "inspected", "accepted"]),
        pd.DataFrame({"supplier_id": ["farm"] * 5, "share": 0.2, "late": 0.0}),
    )
    assert set(all_failed.lots_of("spinach", "farm") or ()) == {0.2}


@pytest.mark.parametrize("life", [1, 2, 3, 60])
@pytest.mark.parametrize("bought", [15, 30, 55])
def test_floors_count_what_is_missed_from_a_delivery_that_comes_to_the_next_that_does(life: int, bought: int) -> None:
    yields, farms = farm(0.1, 0.6), [replace(offer(), supplier_id="farm")]
    need = need_of(yields, (), life, there=0)
    [steps] = steps_of(
        [Buying(need, farms, (Purchase(farms[0], bought, 0.0, 0.0),), Worth(16.3, 0.02))], yields, {}, np.inf
    )
    # given chains of deliveries and of days; what was bought sells until it expires, or another delivery has come
    fails = walked(0.1, 0.6, 0.0, days_long=30)[:, 1:]  # from Tuesday on, until hardly any run goes on
    demand = np.random.default_rng(4).uniform(10, 30, fails.shape)
    came_again = np.hstack([~fails[:, 1:], np.ones((len(fails), 1), bool)])
    alone = np.cumsum(np.pad(came_again, ((0, 0), (1, 0)))[:, :-1], axis=1) == 0  # no other has come up to this day
    sellable = (demand * alone)[:, :life].sum(axis=1)
    missed = (demand * alone).sum(axis=1) - np.minimum(sellable, bought)
    assert steps.counted[0] == pytest.approx(float((missed * ~fails[:, 0]).mean()), rel=0.03, abs=0.1)
