"""Which arm a warehouse's day is in: balanced by warehouse, weekday and pair, and the same whenever it is asked."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.worth.trials.design import Arm, Design, Kind, paired_by_history

FIRST = date(2026, 3, 4)


def design(kind: Kind = Kind.SWITCHBACK, weeks: int = 1, washout: int = 2, seed: int = 5, periods: int = 3) -> Design:
    return Design(kind, FIRST, weeks * 7, washout, periods, periods, [("A", "B"), ("C", "D")], seed)


def days_of(laid: Design) -> list[date]:
    return [laid.first + timedelta(days=n) for n in range((laid.last - laid.first).days + 1)]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 2), st.integers(0, 6), st.integers(0, 2**31), st.integers(1, 4))
def test_every_warehouse_has_each_weekday_as_often_in_either_arm(
    weeks: int, washout: int, seed: int, periods: int
) -> None:
    # given a switchback
    laid = design(weeks=weeks, washout=washout, seed=seed, periods=periods)
    for name in laid.warehouses:
        # when the days that count are counted by arm and weekday
        seen = Counter((laid.arm(name, day), day.weekday()) for day in days_of(laid) if laid.counts(day))
        # then both arms have the same
        for weekday in range(7):
            assert seen[Arm.CHAMPION, weekday] == seen[Arm.CHALLENGER, weekday]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 2**31))
def test_the_two_of_a_pair_are_never_in_the_same_arm(kind: Kind, seed: int) -> None:
    laid = design(kind, seed=seed)
    for day in days_of(laid):
        for one, other in laid.pairs:
            assert other is not None
            assert {laid.arm(one, day), laid.arm(other, day)} == set(Arm)


def test_arms_stay_in_a_paired_trial_and_change_in_a_switchback() -> None:
    of_paired = {design(Kind.PAIRED).arm("A", day) for day in days_of(design(Kind.PAIRED))}
    assert len(of_paired) == 1
    laid = design()
    by_block = [laid.arm("A", FIRST + timedelta(days=7 * block)) for block in range(6)]
    for first, second in zip(by_block[::2], by_block[1::2], strict=True):
        assert {first, second} == set(Arm)


def test_arms_fall_as_they_did_when_trials_that_run_were_begun() -> None:
    # given a seed by which the first warehouse begins with the challenger in the first and in the third period
    laid = design(seed=7)
    blocks = [FIRST + timedelta(days=7 * block) for block in range(6)]
    # then it changes sides within each period, and the other one of its pair has what it has not
    a, b = Arm.CHALLENGER, Arm.CHAMPION
    assert [laid.arm("A", day) for day in blocks] == [a, b, b, a, a, b]
    assert [laid.arm("B", day) for day in blocks] == [b, a, a, b, b, a]


def test_coins_fall_either_way_and_by_the_seed() -> None:
    first = [design(seed=seed).arm("A", FIRST) for seed in range(400)]
    again = [design(seed=seed).arm("A", FIRST) for seed in range(400)]
    assert first == again
    assert 150 < Counter(first)[Arm.CHALLENGER] < 250


def test_the_first_days_of_a_block_count_for_neither_arm() -> None:
    counted = [n for n, day in enumerate(days_of(design(periods=1))) if design(periods=1).counts(day)]
    assert counted == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13]
    paired = design(Kind.PAIRED, periods=1)
    assert [n for n, day in enumerate(days_of(paired)) if paired.counts(day)] == list(range(2, 14))


def test_nobody_has_an_arm_outside_the_trial() -> None:
    laid = design()
    assert laid.last == FIRST + timedelta(days=41)
    assert laid.arm("A", FIRST - timedelta(days=1)) is None
    assert laid.arm("A", laid.last) is not None
    assert laid.arm("A", laid.last + timedelta(days=1)) is None
    assert laid.arm("Z", FIRST) is None


def test_warehouses_that_moved_together_stand_in_pairs() -> None:
    # given two pairs that went the same way, and one that went alone
    weeks = np.array([[1.0, 2, 3], [3, 2, 1], [1, 2, 3.1], [3, 2, 1.1], [9, 9, 9]])
    # then they are found, and the odd one stays alone
    assert paired_by_history(["A", "B", "C", "D", "E"], weeks) == [("A", "C"), ("B", "D"), ("E", None)]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"block_days": 5}, "whole weeks"),
        ({"washout_days": 7}, "leaves nothing"),
        ({"periods": 0}, "a period"),
        ({"periods": 2}, "at most 1"),
        ({"kind": Kind.PAIRED, "pairs": [("A", None)]}, "needs another"),
    ],
)
def test_a_design_that_cannot_be_is_refused(changed: dict[str, object], why: str) -> None:
    laid: dict[str, object] = {
        **{"kind": Kind.SWITCHBACK, "first": FIRST, "block_days": 7, "washout_days": 2},
        **{"periods": 1, "most": 1, "pairs": [("A", "B")], "seed": 1},
    }
    with pytest.raises(ValueError, match=why):
        Design(**(laid | changed))  # type: ignore[arg-type]
