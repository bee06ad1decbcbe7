"""How long a trial is stated to take, held to trials that are drawn and looked at."""

from datetime import date

import numpy as np
import pytest

from warehouse.worth.trials.contrasts import Before, Days
from warehouse.worth.trials.design import Kind, Pair
from warehouse.worth.trials.length import (
    CHANCE,
    EFFECT,
    Noise,
    best_design,
    effect_found,
    noise_of,
    periods_to_find,
)
from warehouse.worth.trials.stopping import Contrasts, decided

NAMES = [f"W{n}" for n in range(10)]
FIRST = date(2026, 1, 5)
PAIRS: list[Pair] = [(NAMES[n], NAMES[n + 1]) for n in range(0, 10, 2)]


def history(own: float, apart: float = 0.0, days: int = 84, warehouses: int = 10) -> Days:
    """Warehouses of one size with noise of their own each day, and a level that wanders."""
    dice = np.random.default_rng(2)
    wandering = apart * dice.standard_normal((warehouses, days)).cumsum(axis=1)
    part = 0.7 * (1 + own * dice.standard_normal((warehouses, days)) + wandering)
    return Days(NAMES[:warehouses], FIRST, part, np.ones((warehouses, days)))


def test_an_effect_is_found_as_often_as_promised_where_the_error_is_known() -> None:
    # given contrasts of which five a period come, each with an error of 6%, and the length stated for that error
    error = 0.06
    noise = Noise(0.0, error**2 / 5, 5.0, Kind.SWITCHBACK)
    periods = periods_to_find(noise)
    assert periods is not None
    # when trials of this length are drawn and looked at after each period
    dice, trials, found = np.random.default_rng(8), 400, 0
    for number in range(trials):
        value = EFFECT + error * dice.standard_normal((periods, 5))
        for looks in range(1, periods + 1):
            rows = looks * 5
            seen = Contrasts(
                value[:looks].ravel(), np.ones(rows), np.arange(rows), np.repeat(np.arange(looks), 5), 0.0
            )  # fmt: skip
            if decided(seen, [periods] * looks, number):
                found += 1
                break
    # then the effect is found in as many as promised, give or take chance, and not in far more
    off = 3 * np.sqrt(CHANCE * (1 - CHANCE) / trials)
    assert CHANCE - off <= found / trials <= CHANCE + 2 * off


def test_the_error_measured_is_the_upper_end_of_what_the_history_leaves_open() -> None:
    # given days with noise alone: a contrast of two weeks is the mean of two warehouses' five days less five days
    own = 0.05
    noise = noise_of(Before.of(history(own, days=840), PAIRS, Kind.SWITCHBACK, 7, 2), Kind.SWITCHBACK)
    true = own**2 * (1 / 5 + 1 / 5) / 2 / 5  # five pairs
    assert true < noise.of_period < 1.4 * true
    # when the history is short, then it leaves more open
    short = noise_of(Before.of(history(own, days=42), PAIRS, Kind.SWITCHBACK, 7, 2), Kind.SWITCHBACK)
    assert short.of_period > noise.of_period


def test_warehouses_that_stay_in_their_arm_can_show_nothing_where_they_are_few() -> None:
    assert effect_found(Noise(1e-9, 1e-9, 5.0, Kind.PAIRED), 20) == float("inf")
    assert effect_found(Noise(1e-9, 1e-9, 5.0, Kind.SWITCHBACK), 20) < EFFECT


def test_a_longer_trial_finds_less_and_a_noisier_one_takes_longer() -> None:
    noise = Noise(0.0, 0.001, 5.0, Kind.SWITCHBACK)
    found = [effect_found(noise, periods) for periods in (2, 4, 8, 16)]
    assert found == sorted(found, reverse=True)
    lengths = [periods_to_find(Noise(0.0, variance, 5.0, Kind.SWITCHBACK)) for variance in (1e-5, 1e-4, 4e-4)]
    assert None not in lengths
    assert lengths == sorted(lengths, key=lambda n: n or 0)
    assert periods_to_find(Noise(0.0, 1.0, 5.0, Kind.SWITCHBACK)) is None


def test_a_switchback_is_chosen_where_levels_wander_apart() -> None:
    proposal = best_design(history(0.04, apart=0.02), 2, (7, 14))
    assert proposal.kind is Kind.SWITCHBACK
    assert proposal.periods is not None
    assert sorted(name for pair in proposal.pairs for name in pair if name) == NAMES


def test_an_odd_warehouse_takes_part_by_itself() -> None:
    proposal = best_design(history(0.02, warehouses=5), 2, (7,))
    assert sum(other is None for _, other in proposal.pairs) == 1
    assert proposal.kind is Kind.SWITCHBACK


def test_what_no_trial_finds_is_said_with_what_it_would_find() -> None:
    proposal = best_design(history(2.0), 2, (7, 14))
    assert proposal.periods is None
    assert EFFECT < proposal.finds < 5


def test_a_history_shorter_than_a_period_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        best_design(history(0.1, days=13), 2, (7, 14))
