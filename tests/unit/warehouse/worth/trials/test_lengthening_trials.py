"""How long a trial is to take by what it has seen: sizes decide, never signs, so that the error rate holds."""

from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from warehouse.worth.trials.design import Design, Kind
from warehouse.worth.trials.length import EFFECT
from warehouse.worth.trials.lengthening import noise_seen, periods_needed
from warehouse.worth.trials.stopping import ALPHA, Contrasts, decided

PAIRS = [(f"A{n}", f"B{n}") for n in range(5)]
STATED, MOST = 3, 6
DESIGN = Design(Kind.SWITCHBACK, date(2026, 1, 5), 7, 2, STATED, MOST, PAIRS, 4)


def contrasts(
    value: np.ndarray, weight: np.ndarray | None = None, scale: float = 0.0, paired: bool = False
) -> Contrasts:
    """Periods x pairs, NaN where nothing is known; each with a coin of its own, or with that of its pair."""
    periods, pairs = value.shape
    weights = np.broadcast_to(np.ones(pairs) if weight is None else weight, value.shape)
    coin = np.broadcast_to(np.arange(pairs), value.shape) if paired else np.arange(value.size).reshape(value.shape)
    period = np.broadcast_to(np.arange(periods)[:, None], value.shape)
    known = np.isfinite(value)
    return Contrasts(value[known], weights[known], coin[known], period[known], scale)


def lengths(value: np.ndarray, looks: int) -> list[int]:
    return [periods_needed(contrasts(value[:n]), n, DESIGN, EFFECT) for n in range(1, looks + 1)]


sizes = st.floats(0, 0.3).map(lambda v: round(v, 4))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(sizes, min_size=3, max_size=3), min_size=2, max_size=3), st.lists(sizes, min_size=3, max_size=3)
)
def test_the_error_seen_is_how_far_estimates_lie_apart_over_all_falls_of_the_coins(
    some: list[list[float]], weights: list[float]
) -> None:
    # given contrasts of pairs that weigh unlike, of which each has a coin in each period, and of which none is plain
    value, weight = np.array(some), 0.1 + np.array(weights)
    middle = np.median(value)
    assume(middle <= 2 * np.median(np.abs(value - middle)))
    # when every fall of the coins is gone through
    estimates = [
        (np.array(fall).reshape(value.shape) * value * weight).sum() / (weight.sum() * len(value))
        for fall in product((-1.0, 1.0), repeat=value.size)
    ]
    # then the error seen, where no effect is taken off, is how far the estimates lie apart
    noise = noise_seen(contrasts(value, weight), len(value), Kind.SWITCHBACK, 0.0)
    assert noise.error(len(value)) == pytest.approx(np.std(estimates), abs=1e-12)
    # and an effect that all contrasts have is taken off whole
    alone = noise_seen(contrasts(np.full_like(value, EFFECT), weight), len(value), Kind.SWITCHBACK, EFFECT)
    assert alone.error(len(value)) == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.lists(sizes, min_size=15, max_size=15), st.lists(st.sampled_from([-1.0, 1.0]), min_size=15, max_size=15))
def test_no_sign_decides_the_length(some: list[float], signs: list[float]) -> None:
    value = np.array(some).reshape(3, 5)
    assert lengths(value, 3) == lengths(value * np.array(signs).reshape(3, 5), 3)


@pytest.mark.parametrize("seed", range(2))
def test_of_all_falls_of_the_coins_no_more_than_the_rate_call_a_winner_though_the_length_follows_the_sizes(
    seed: int,
) -> None:
    # given contrasts of two pairs in four periods, which scatter ever more
    dice = np.random.default_rng(seed)
    design = Design(Kind.SWITCHBACK, date(2026, 1, 5), 7, 2, 2, 4, PAIRS[:2], 4)
    value = np.abs(dice.standard_t(3, (4, 2))) * 0.015 * np.arange(1, 5)[:, None]
    length = [periods_needed(contrasts(value[:n]), n, design, EFFECT) for n in range(1, 5)]
    assert length[0] < length[-1]
    # when every fall of the coins is looked at after each period, until it is decided or its length is over
    called, falls = 0, list(product((-1.0, 1.0), repeat=value.size))
    for number, fall in enumerate(falls):
        fallen = np.array(fall).reshape(value.shape) * value
        for looks in range(1, 5):
            if decided(contrasts(fallen[:looks]), length[:looks], number):
                called += 1
                break
            if looks >= length[looks - 1]:
                break
    # then a winner is called in no more than the rate allows, and the 2,000 falls that are drawn leave open
    assert called / len(falls) <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / 2_000)


def test_a_trial_is_as_long_as_stated_while_it_is_calm_and_longer_up_to_a_limit_where_it_is_not() -> None:
    dice = np.random.default_rng(8)
    calm = EFFECT + 0.02 * dice.standard_normal((STATED, 5))
    assert lengths(calm, STATED) == [STATED] * STATED
    assert STATED < lengths(2.5 * calm, STATED)[-1] <= MOST
    assert lengths(20 * calm, STATED)[-1] == MOST
    # and where only its beginning was not, it needs less by and by
    wild, still = np.array([0.01, -0.09, 0.04, -0.11, 0.02]), np.array([0.03, 0.02, 0.04, 0.01, 0.05])
    needed = lengths(np.array([wild, still, still]), STATED)
    assert MOST == needed[0] > needed[-1] >= STATED


def test_an_effect_far_larger_than_looked_for_does_not_pass_for_scatter() -> None:
    # given contrasts that all tell of a large effect, by the coins with one sign or the other, and a freezer that fails
    dice = np.random.default_rng(3)
    for scale in (0.0, 0.02):
        value = (0.12 + 0.02 * dice.standard_normal((STATED, 5))) * (dice.integers(0, 2, (STATED, 5)) * 2 - 1)
        value[1, 1] = 0.9 if scale else 0.12
        assert periods_needed(contrasts(value, scale=scale), STATED, DESIGN, EFFECT) == STATED


def test_contrasts_that_are_missing_make_it_longer() -> None:
    dice = np.random.default_rng(2)
    whole = EFFECT + 0.045 * dice.standard_normal((STATED, 5))
    lacking = whole.copy()
    lacking[1:, :3] = np.nan
    (of_whole, of_lacking) = (
        noise_seen(contrasts(value), STATED, Kind.SWITCHBACK, EFFECT) for value in (whole, lacking)
    )
    assert of_lacking.of_period > of_whole.of_period
    assert of_lacking.coins(STATED) < of_whole.coins(STATED)


def test_one_freezer_that_fails_counts_no_further_than_it_does_for_the_effect() -> None:
    dice = np.random.default_rng(2)
    value = EFFECT + 0.02 * dice.standard_normal((STATED, 5))
    failed = value.copy()
    failed[1, 2] = -0.9
    plain, robust = (
        noise_seen(contrasts(failed, scale=scale), STATED, Kind.SWITCHBACK, EFFECT).of_period for scale in (0.0, 0.05)
    )
    calm = noise_seen(contrasts(value, scale=0.05), STATED, Kind.SWITCHBACK, EFFECT).of_period
    assert calm < robust < 0.1 * plain


def test_in_a_paired_trial_what_stays_between_pairs_is_told_from_what_each_period_adds() -> None:
    # given pairs that lie apart for good, and by the period
    dice = np.random.default_rng(5)
    periods, pairs = 40, 200
    value = 0.05 * dice.standard_normal(pairs) + 0.02 * dice.standard_normal((periods, pairs))
    noise = noise_seen(contrasts(value, paired=True), periods, Kind.PAIRED, 0.0)
    # then each is told
    assert noise.stays == pytest.approx(0.05**2 / pairs, rel=0.3)
    assert noise.of_period == pytest.approx(0.02**2 / pairs, rel=0.1)


def test_where_every_contrast_is_cut_off_it_takes_as_long_as_it_may() -> None:
    assert periods_needed(contrasts(np.array([[0.2, 0.9, 0.3, 0.5, 0.6]]), scale=0.01), 1, DESIGN, EFFECT) == MOST
