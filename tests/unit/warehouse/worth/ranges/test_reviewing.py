"""What changes of ranges came to, in shops where every amount is known by hand, and in shops of chance."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.worth.ranges.changed_shop import BEFORE, WEEKS, Change, Sold, always, known, until
from warehouse.worth.ranges.came import Decision, Part, came_to
from warehouse.worth.ranges.known_changes import KnownChanges
from warehouse.worth.ranges.reviewing import review

RETIRED = Change("W1", "kale", "leaf")
KALE = Sold("W1", "leaf", "kale", until(BEFORE, 10.0), until(BEFORE, 30.0))
CHARD = Sold("W1", "leaf", "chard", until(BEFORE, 50.0, 54.0), until(BEFORE, 5.0, 6.0))
ELSEWHERE = (
    Sold("W1", "dairy", "milk", always(80.0), always(2.0)),
    Sold("W2", "leaf", "chard", always(40.0), always(3.0)),
    Sold("W2", "dairy", "milk", always(70.0), always(1.0)),
)


def only(known_days: KnownChanges, change: str = "kale") -> Part:
    """The one part of a change."""
    (part,) = review(known_days)[change]
    assert part is not None
    return part


def test_what_leaves_loses_its_margin_saves_its_waste_and_lets_its_siblings_earn() -> None:
    part = only(known([KALE, CHARD, *ELSEWHERE], [RETIRED]))

    assert (part.margin, part.waste) == pytest.approx((-10.0 * WEEKS, -30.0 * WEEKS))
    assert (part.siblings_margin, part.siblings_waste) == pytest.approx((4.0 * WEEKS, 1.0 * WEEKS))
    came = came_to([Decision([part])])
    assert came.money == pytest.approx((30 - 10 + 4 - 1) * WEEKS)
    assert (came.margin, came.waste_saved) == pytest.approx((-6.0 * WEEKS, 29.0 * WEEKS))
    assert came.low == pytest.approx(came.high), "nothing scatters in this shop"
    assert (part.last - part.first).days == WEEKS - 1


def test_the_first_of_its_category_that_never_came_came_to_nothing() -> None:
    # given a product that was to be tried beside kale's end, of a category of which no day is known there
    tried = Change("W2", "saffron", "spice")
    beside = review(known([KALE, CHARD, *ELSEWHERE], [RETIRED, tried]))

    (part,) = beside["saffron"]
    assert part is not None
    assert (part.margin, part.waste, part.siblings_margin, part.siblings_waste) == (0.0, 0.0, 0.0, 0.0)
    assert part.warehouse_id == "W2"
    assert beside["kale"] == review(known([KALE, CHARD, *ELSEWHERE], [RETIRED]))["kale"], "and disturbs no other"


def test_what_customers_do_everywhere_is_not_the_decisions_merit() -> None:
    # given: from the day on everything sells half as much again, of which no decision is the cause
    more = [
        Sold("W1", "leaf", "chard", until(BEFORE, 50.0, 75.0), always(5.0)),
        *(replace(one, margin=until(BEFORE, one.margin(0), 1.5 * one.margin(0))) for one in ELSEWHERE),
    ]
    part = only(known([KALE, *more], [RETIRED]))

    assert part.siblings_margin == pytest.approx(0.0, abs=1e-9)
    assert part.margin == pytest.approx(-15.0 * WEEKS), "it would have sold half as much again itself"


def test_what_is_tried_earns_what_it_earns_less_what_its_siblings_lose() -> None:
    tried = Sold("W1", "leaf", "cress", always(9.0), always(2.0), since=BEFORE)
    loses = Sold("W1", "leaf", "chard", until(BEFORE, 50.0, 47.0), always(5.0))
    part = only(known([tried, loses, *ELSEWHERE], [Change("W1", "cress", "leaf")]), "cress")

    assert (part.margin, part.waste, part.siblings_margin) == pytest.approx((9.0 * WEEKS, 2.0 * WEEKS, -3.0 * WEEKS))


def test_what_siblings_gain_is_shared_by_the_margin_that_each_has_set_free() -> None:
    sorrel = Sold("W1", "leaf", "sorrel", until(BEFORE, 30.0), always(0.0))
    parts = review(known([KALE, sorrel, CHARD, *ELSEWHERE], [RETIRED, Change("W1", "sorrel", "leaf")]))
    kale, other = (parts[name][0] for name in ("kale", "sorrel"))

    assert kale is not None
    assert other is not None
    assert (kale.siblings_margin, other.siblings_margin) == pytest.approx((1.0 * WEEKS, 3.0 * WEEKS))
    assert kale.together == other.together


def test_a_change_soon_after_another_is_told_from_the_weeks_before_both() -> None:
    # given: sorrel leaves two weeks after kale, and chard gains 4 from each
    chard = Sold("W1", "leaf", "chard", lambda day: 50.0 + 4 * (day >= BEFORE) + 4 * (day >= BEFORE + 14), always(5.0))
    sorrel = Sold("W1", "leaf", "sorrel", until(BEFORE + 14, 10.0), always(0.0))
    changes = [RETIRED, Change("W1", "sorrel", "leaf", BEFORE + 14)]
    parts = review(known([KALE, sorrel, chard, *ELSEWHERE], changes, BEFORE + 14 + WEEKS))
    kale, other = (parts[name][0] for name in ("kale", "sorrel"))

    assert kale is not None
    assert other is not None
    assert kale.siblings_margin == pytest.approx(6.0 * WEEKS * 2 / 3), "of 6 a day it has set two thirds free"
    assert other.siblings_margin == pytest.approx(8.0 * WEEKS / 2)


def test_what_leaves_after_the_weeks_that_are_told_shares_nothing_of_what_siblings_gained_in_them() -> None:
    # given: cress earns less from kale's last day on, and leaves when kale's weeks are over, soon after sorrel
    chard = Sold("W1", "leaf", "chard", lambda day: 50.0 + 4 * (day >= BEFORE) + 4 * (day >= BEFORE + 20), always(5.0))
    sorrel = Sold("W1", "leaf", "sorrel", until(BEFORE + 20, 10.0), always(0.0))
    cress = Sold("W1", "leaf", "cress", lambda day: 30.0 if day < BEFORE else 20.0 * (day < BEFORE + 40), always(0.0))
    changes = [RETIRED, Change("W1", "sorrel", "leaf", BEFORE + 20), Change("W1", "cress", "leaf", BEFORE + 40)]
    kale = only(known([KALE, sorrel, cress, chard, *ELSEWHERE], changes, BEFORE + 40 + WEEKS))

    gained = 4.0 * WEEKS + 4.0 * 8
    assert kale.siblings_margin == pytest.approx(gained * WEEKS / (WEEKS + 8)), "sorrel has been gone for eight days"


def test_of_a_short_history_half_is_left_to_tell_errors_from() -> None:
    begins = 100
    kale = replace(KALE, margin=until(begins, 10.0), waste=until(begins, 30.0))
    chard = replace(CHARD, margin=until(begins, 50.0, 54.0), waste=always(5.0))
    part = only(known([kale, chard, *ELSEWHERE], [replace(RETIRED, day=begins)], begins + WEEKS))

    assert (part.margin, part.siblings_margin) == pytest.approx((-10.0 * WEEKS, 4.0 * WEEKS))


def test_weeks_before_an_earlier_change_are_not_usual() -> None:
    # given: what left eight weeks before has made chard sell more since
    chard = Sold("W1", "leaf", "chard", lambda day: 50.0 + 7 * (day >= BEFORE - 56) + 4 * (day >= BEFORE), always(5.0))
    sorrel = Sold("W1", "leaf", "sorrel", until(BEFORE - 56, 10.0), always(0.0))
    earlier = Change("W1", "sorrel", "leaf", BEFORE - 56, reviewed=False)

    assert only(known([KALE, sorrel, chard, *ELSEWHERE], [RETIRED, earlier])).siblings_margin == pytest.approx(
        4 * WEEKS
    )


def test_cells_that_changed_too_are_no_comparison() -> None:
    # given: in the only other warehouse the same product leaves on the same day, and its chard gains 10
    there = [
        Sold("W2", "leaf", "kale", until(BEFORE, 10.0), always(0.0)),
        Sold("W2", "leaf", "chard", until(BEFORE, 40.0, 50.0), always(3.0)),
    ]
    goods = [KALE, CHARD, *(one for one in ELSEWHERE if one.category == "dairy"), *there]
    both = [replace(RETIRED, name="here"), Change("W2", "kale", "leaf", name="there")]
    here, other = (only(known(goods, both), name) for name in ("here", "there"))

    assert (here.siblings_margin, other.siblings_margin) == pytest.approx((4.0 * WEEKS, 10.0 * WEEKS))


def test_nothing_is_told_of_what_too_little_is_known_of() -> None:
    assert review(known([KALE, CHARD, *ELSEWHERE], [replace(RETIRED, day=27)], 27 + WEEKS)) == {"kale": [None]}
    days_lacking = known([KALE, CHARD, *ELSEWHERE], [RETIRED], BEFORE + 20)
    assert review(days_lacking) == {"kale": [None]}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1.0, 50.0), min_size=2, max_size=4), st.floats(0.01, 100.0), st.integers(0, 1_000))
def test_shares_add_up_to_what_siblings_did_and_money_has_no_unit(
    margins: list[float], factor: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    noise = random.normal(60.0, 5.0, BEFORE + WEEKS)

    def parts(times: float) -> list[Part]:
        leaving = [
            Sold("W1", "leaf", f"P{at}", until(BEFORE, times * one), always(times)) for at, one in enumerate(margins)
        ]
        chard = Sold("W1", "leaf", "chard", lambda day: times * float(noise[day]), always(0.0))
        goods = [*leaving, chard, Sold("W1", "dairy", "milk", always(times * 80.0), always(0.0))]
        found = review(known(goods, [Change("W1", one.product_id, "leaf") for one in leaving]))
        return [part for of in found.values() for part in of if part is not None]

    ones, scaled = parts(1.0), parts(factor)

    assert len(ones) == len(margins)
    alone = review(known(
        [Sold("W1", "leaf", "P0", until(BEFORE, 1.0), always(0.0)),
         Sold("W1", "leaf", "chard", lambda day: float(noise[day]), always(0.0)),
         Sold("W1", "dairy", "milk", always(80.0), always(0.0))], [Change("W1", "P0", "leaf")]
    ))["P0"][0]  # fmt: skip
    assert alone is not None
    assert sum(one.siblings_margin for one in ones) == pytest.approx(alone.siblings_margin, abs=1e-6)
    for one, more in zip(ones, scaled, strict=True):
        assert more.siblings_margin == pytest.approx(factor * one.siblings_margin, abs=1e-6 * factor)
        assert more.own_error == pytest.approx(factor * one.own_error, abs=1e-6 * factor)


def test_intervals_hold_what_came_as_often_as_they_say() -> None:
    """Shops in which nothing but chance moves what siblings earn: what came is minus what the product earned."""
    held = told = 0
    for seed in range(40):
        random = np.random.default_rng([seed, 11])
        days = BEFORE + WEEKS
        goods, changes, truth = [], [], {}
        for warehouse in ("W1", "W2", "W3"):
            for category in ("leaf", "dairy", "fruit", "root"):
                weather = random.gamma(20.0, 1 / 20.0, days)
                for product in ("a", "b", "c", "d"):
                    drawn = random.poisson(8.0 * weather).astype(float)
                    leaves = product == "a" and category in ("leaf", "root")
                    name = f"{warehouse} {category}"
                    if leaves:
                        truth[name] = -float(drawn[BEFORE:].sum())
                        drawn[BEFORE:] = 0.0
                        changes.append(Change(warehouse, f"{category}-a", category, name=name))
                    amounts = drawn.tolist()
                    goods.append(
                        Sold(warehouse, category, f"{category}-{product}", lambda day, of=amounts: of[day], always(0.0))
                    )
        parts = review(known(goods, changes))
        for name, true in truth.items():
            (part,) = parts[name]
            assert part is not None
            came = came_to([Decision([part])])
            held += came.low <= true <= came.high
            told += 1

    assert told == 240
    assert 0.91 <= held / told <= 0.99
