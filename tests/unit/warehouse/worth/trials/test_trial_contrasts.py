"""What a trial compares, held to sums that go through the days one by one."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.worth.trials.contrasts import Before, Days, contrasts
from warehouse.worth.trials.design import Arm, Design, Kind

NAMES = ["A", "B", "C", "D"]
PAIRS = [("A", "B"), ("C", "D")]
FIRST = date(2026, 1, 5)
HISTORY, PERIODS = 42, 3
BEGINS = FIRST + timedelta(days=HISTORY)


def made(seed: int, noise: float = 0.1) -> Days:
    dice = np.random.default_rng(seed)
    length = HISTORY + 14 * PERIODS
    whole = np.exp(dice.normal(0, 1, (4, 1)) + dice.normal(0, 0.3, (4, length)))
    rate = dice.uniform(0.5, 0.9, (4, 1)) * (1 + noise * dice.standard_normal((4, length)))
    return Days(NAMES, FIRST, rate * whole, whole)


def history(days: Days) -> Days:
    return Days(NAMES, FIRST, days.part[:, :HISTORY], days.whole[:, :HISTORY])


def design(kind: Kind, seed: int) -> Design:
    return Design(kind, BEGINS, 7, 2, PERIODS, PERIODS, PAIRS, seed)


def by_hand(days: Days, laid: Design, pair: tuple[str, str], period: int) -> float:
    """Day by day: each warehouse's figure in each arm as a share of its usual one, challenger less champion."""
    of_arm: dict[Arm, list[float]] = {arm: [] for arm in Arm}
    for name in pair:
        row = NAMES.index(name)
        usual = sum(days.part[row, :HISTORY]) / sum(days.whole[row, :HISTORY])
        for arm in Arm:
            part = whole = 0.0
            for n in range(14):
                day = BEGINS + timedelta(days=14 * period + n)
                if laid.arm(name, day) is arm and laid.counts(day):
                    part += days.part[row, HISTORY + 14 * period + n]
                    whole += days.whole[row, HISTORY + 14 * period + n]
            if whole:
                of_arm[arm].append(part / whole / usual)
    mean = {arm: sum(values) / len(values) for arm, values in of_arm.items()}
    return mean[Arm.CHALLENGER] - mean[Arm.CHAMPION]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 10_000))
def test_a_contrast_is_what_the_days_say_less_what_the_period_before_told(kind: Kind, seed: int) -> None:
    # given days and what was before them
    days, laid = made(seed), design(kind, seed)
    before = Before.of(history(days), PAIRS, kind, 7, 2)
    seen = contrasts(days, laid, before, range(PERIODS))
    assert seen is not None
    assert len(seen.value) == PERIODS * len(PAIRS)
    for value, at, period in zip(seen.value, [0, 1] * PERIODS, seen.period, strict=True):
        # then each is the one by hand, less the share of the last one of the history that it tells
        sign = 1 if laid.arm(PAIRS[at][0], BEGINS + timedelta(days=14 * int(period))) is Arm.CHALLENGER else -1
        wanted = by_hand(days, laid, PAIRS[at], int(period)) - sign * before.told * before.past[at, -1]
        assert abs(value - wanted) < 1e-9


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 10_000), st.floats(-0.2, 0.2))
def test_an_effect_is_found_whole_where_nothing_else_happens(kind: Kind, seed: int, effect: float) -> None:
    # given warehouses with a figure each, which the challenger changes; in a switchback all have a better first week
    days, laid = made(seed, noise=0.0), design(kind, seed)
    part = days.part.copy()
    if kind is Kind.SWITCHBACK:
        part[:, HISTORY : HISTORY + 7] *= 1.3
    for row, name in enumerate(NAMES):
        for n in range(14 * PERIODS):
            if laid.arm(name, BEGINS + timedelta(days=n)) is Arm.CHALLENGER:
                part[row, HISTORY + n] += effect * days.part[row, HISTORY + n]
    # when they are compared
    seen = contrasts(
        Days(NAMES, FIRST, part, days.whole), laid, Before.of(history(days), PAIRS, kind, 7, 2), range(PERIODS)
    )
    # then every contrast is the effect
    assert seen is not None
    assert np.allclose(seen.value, effect, atol=1e-9)


def test_a_pair_counts_by_how_much_is_usually_its_own() -> None:
    days = made(3)
    before = Before.of(history(days), PAIRS, Kind.PAIRED, 7, 2)
    own = [days.part[:2, :HISTORY].sum(), days.part[2:, :HISTORY].sum()]
    assert np.allclose(before.weight, np.array(own) / sum(own))


def test_a_pair_of_which_an_arm_has_no_known_day_is_left_out_of_that_period() -> None:
    # given a warehouse of which nothing is known in the first period
    days = made(3)
    days.part[0, HISTORY : HISTORY + 14] = np.nan
    seen = contrasts(days, design(Kind.SWITCHBACK, 1), Before.of(history(days), PAIRS, Kind.SWITCHBACK, 7, 2), range(2))
    # then its pair has no contrast there, and the others have theirs
    assert seen is not None
    assert list(zip(seen.period.tolist(), seen.coin.tolist(), strict=True)) == [(0, 1), (1, 2), (1, 3)]


def test_nothing_known_is_no_contrast() -> None:
    days = made(3)
    before = Before.of(history(days), PAIRS, Kind.SWITCHBACK, 7, 2)
    days.part[:, HISTORY:] = np.nan
    assert contrasts(days, design(Kind.SWITCHBACK, 1), before, range(PERIODS)) is None


def test_what_stays_of_a_contrast_is_taken_off_by_the_period_before() -> None:
    # given a history whose contrasts are the same in every period, as of a pair that drifted apart
    days = made(4, noise=0.0)
    part = days.part.copy()
    part[0, 14:] *= 1.2
    before = Before.of(Days(NAMES, FIRST, part[:, :HISTORY], days.whole[:, :HISTORY]), PAIRS, Kind.PAIRED, 7, 2)
    # then much of a contrast is told by the one before
    assert before.past.shape == (2, 3)
    earlier, later = before.past[0, :2], before.past[0, 1:]
    assert abs(before.told - np.clip((earlier * later).sum() / (earlier**2).sum(), -1, 1)) < 1e-9
