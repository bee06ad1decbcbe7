"""The rule that stops a trial, held to every fall of the coins and to trials of which nothing comes."""

from itertools import product

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from warehouse.worth.trials.stopping import ALPHA, Contrasts, decided, shown, spent

SEED = 11


def contrasts(by_period: list[list[float]], scale: float = 0.0, coins: str = "own") -> Contrasts:
    """Each contrast with a coin of its own, or those of a pair (its place in a period) with one."""
    rows = [(v, p, n) for p, values in enumerate(by_period) for n, v in enumerate(values)]
    value, period, place = map(np.array, zip(*rows, strict=True))
    coin = np.arange(len(rows)) if coins == "own" else place
    return Contrasts(value.astype(float), np.ones(len(rows)), coin, period, scale)


def share_as_large(seen: Contrasts) -> float:
    """The share of all falls of the coins whose sum is as large as the one that was: every fall, one by one."""
    coins = sorted(set(seen.coin.tolist()))
    mine = abs(float(seen.value.sum()))
    as_large = 0
    for fall in product((-1.0, 1.0), repeat=len(coins)):
        signs = dict(zip(coins, fall, strict=True))
        other = sum(signs[int(c)] * float(v) for c, v in zip(seen.coin, seen.value, strict=True))
        as_large += abs(other) >= mine - 1e-9
    return float(as_large / 2 ** len(coins))


values = st.floats(-5, 5).map(lambda v: round(v, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=6, max_size=10), st.floats(0, 2))
def test_one_look_rejects_when_few_falls_of_the_coins_show_as_much(some: list[float], shift: float) -> None:
    # given contrasts of which the share of all falls that show as much lies clear of the error rate
    seen = contrasts([[v + shift for v in some]])
    share = share_as_large(seen)
    assume(abs(share - ALPHA) > 0.025)
    # when they are looked at once, then the drawn falls say what all of them say
    assert decided(seen, lengths=[1], seed=SEED) == (share <= ALPHA)


def test_five_pairs_that_stay_in_their_arms_can_show_nothing() -> None:
    # given five pairs in which the challenger is far better in every period, with a coin a pair
    seen = contrasts([[1.0, 1.1, 0.9, 1.2, 0.8]] * 6, coins="of the pair")
    # then 2 of 32 falls show as much, which is more than the error rate
    assert share_as_large(seen) == 2 / 32
    assert not decided(seen, [6] * 6, SEED)
    told = shown(seen, [6] * 6, SEED)
    assert (told.lowest, told.highest) == (None, None)


def test_a_challenger_that_changes_nothing_wins_no_more_often_than_the_rate_over_all_looks() -> None:
    # given trials of five wild contrasts a period, of unlike sizes that hang together, whose signs are coins
    dice = np.random.default_rng(3)
    trials, called = 1500, 0
    for number in range(trials):
        sizes = np.exp(dice.normal(0, 1.5, 5)) * np.abs(dice.standard_t(1.5, (5, 5)).cumsum(axis=0))
        signs = dice.integers(0, 2, (5, 5)) * 2 - 1
        looks = (sizes * signs).tolist()
        called += any(decided(contrasts(looks[: n + 1]), [5] * 5, number) for n in range(5))
    # then a winner is called in no more of them than the rate and what chance adds
    assert called / trials <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / trials)
    assert called / trials >= 0.02  # the rate is used


by_periods = st.lists(st.lists(values, min_size=5, max_size=5), min_size=3, max_size=4)


@settings(max_examples=25, deadline=None)
@given(by_periods, st.floats(0.5, 3), st.floats(-4, 4))
def test_effect_and_interval_move_with_the_contrasts(some: list[list[float]], scale: float, shift: float) -> None:
    # given contrasts, and the same with a shift, and with the other sign
    seen = contrasts(some, scale)
    moved = contrasts([[v + shift for v in of_period] for of_period in some], scale)
    other = contrasts([[-v for v in of_period] for of_period in some], scale)
    # when they are looked at
    told, told_moved, told_other = (shown(one, [4] * 4, SEED) for one in (seen, moved, other))
    # then what is told moves and turns with them
    off = 1e-3 * (scale + 10)
    assert abs(told_moved.effect - told.effect - shift) < off
    assert abs(told_other.effect + told.effect) < off
    for one, turned in ((told.lowest, told_other.highest), (told.highest, told_other.lowest)):
        assert (one is None) == (turned is None)
        assert one is None or turned is None or abs(one + turned) < off


@settings(max_examples=25, deadline=None)
@given(by_periods, st.floats(0.5, 3), st.floats(0, 4))
def test_a_winner_is_called_where_the_interval_leaves_zero_out(
    some: list[list[float]], scale: float, shift: float
) -> None:
    # given contrasts, when they are looked at
    told = shown(contrasts([[v + shift for v in of_period] for of_period in some], scale), [4] * 4, SEED)
    # then the effect lies in its interval, and zero does not where a winner is called
    low = -np.inf if told.lowest is None else told.lowest
    high = np.inf if told.highest is None else told.highest
    assert low - 1e-9 <= told.effect <= high + 1e-9
    if told.decided:
        assert not low < 0 < high


def test_one_warehouse_whose_cold_store_failed_does_not_decide() -> None:
    # given a challenger that is a little better everywhere, and one contrast that a failure made enormous
    usual = [0.03, 0.025, 0.035, 0.03, 0.028]
    seen = contrasts([usual, usual, [*usual[:4], -20.0]], scale=0.01)
    told = shown(seen, [3] * 3, SEED)
    # then the winner is called, by about what the others show
    assert told.decided
    assert 0.025 < told.effect < 0.032


def test_what_may_be_spent_grows_to_the_rate_and_no_further() -> None:
    shares = [spent(share) for share in (-1.0, 0.0, 0.25, 0.5, 1.0, 2.0)]
    assert shares == [0.0, 0.0, ALPHA / 16, ALPHA / 4, ALPHA, ALPHA]
