"""Forecasts that drift: told as what they are, and not where they err as ever."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.bench.feeds.errors import added, framed, made, made_by_category
from warehouse.worth.drift.drifting import FORECASTS, LOOK_BACK_DAYS, Drift, drifted
from warehouse.worth.drift.sequential import REFERENCE_DAYS, WATCHED_DAYS, moved_up

ALLOWED = 1 / (365 * len(Drift))
LAST = made(1, LOOK_BACK_DAYS, 0.3)["date"].max().date()


@pytest.mark.parametrize(
    ("column", "factor", "what", "seen"),
    [
        ("forecast_demand", 1.4, Drift.TOO_LOW, 1 / 1.4 - 1),
        ("forecast_demand", 0.7, Drift.TOO_HIGH, 1 / 0.7 - 1),
        ("forecast_off", 2.5, Drift.FURTHER_OFF, 0.75),
    ],
)
def test_two_weeks_of_other_errors_are_told_as_what_they_are(
    column: str, factor: float, what: Drift, seen: float
) -> None:
    days = made(1, LOOK_BACK_DAYS, 0.3)
    days.loc[days.index[-14:], column] *= factor

    (one,) = [one for one in drifted(days, LAST) if one.what == what]

    assert (one.feed, one.last) == (FORECASTS, LAST)
    assert abs((one.first - (LAST - timedelta(days=13))).days) <= 3
    assert one.seen == pytest.approx(seen, abs=0.1)
    assert one.usual == pytest.approx(0.3 if what is Drift.FURTHER_OFF else 0.0, abs=0.05)
    assert one.chance <= ALLOWED


def test_what_was_usual_before_a_drift_knows_nothing_of_it() -> None:
    days = made(1, LOOK_BACK_DAYS, 0.3)
    days.loc[days.index[-14:], "forecast_demand"] *= 1.4
    changed = days.copy()
    changed.loc[changed.index[-WATCHED_DAYS:], "forecast_mean"] *= 0.9

    usual, still = ([one.usual for one in drifted(of, LAST) if one.what == Drift.TOO_LOW] for of in (days, changed))
    assert len(usual) == 1
    assert still == usual


@pytest.mark.parametrize("seed", range(10))
def test_forecasts_that_err_as_ever_are_not_told(seed: int) -> None:
    assert drifted(made(seed, LOOK_BACK_DAYS, 0.4), LAST) == []


def test_a_single_day_however_far_off_is_no_drift() -> None:
    days = made(1, LOOK_BACK_DAYS, 0.3)
    days.loc[days.index[-1], "forecast_demand"] *= 50

    assert drifted(days, LAST) == []


def test_of_forecasts_that_are_known_for_too_short_nothing_is_said() -> None:
    days = made(1, LOOK_BACK_DAYS, 0.3)
    days.loc[days.index[-14:], "forecast_demand"] *= 2

    assert drifted(days, LAST) != []
    assert drifted(days.iloc[-WATCHED_DAYS - REFERENCE_DAYS // 2 :], LAST) == []


def test_days_without_a_known_forecast_say_nothing() -> None:
    # given: a drift, and of every fourth day nothing is known
    days = made(1, LOOK_BACK_DAYS, 0.3)
    days.loc[days.index[-14:], "forecast_demand"] *= 1.6
    sums = ["forecast_demand", "forecast_mean", "forecast_off"]
    gaps = days.copy()
    gaps.loc[gaps.index[::4], sums] = 0.0

    assert [one.what for one in drifted(gaps, LAST)] == [one.what for one in drifted(days, LAST)] == [Drift.TOO_LOW]


def test_a_warehouse_without_any_error_is_not_told() -> None:
    level = np.full(LOOK_BACK_DAYS, 10.0)

    assert drifted(framed(level, level, np.zeros(LOOK_BACK_DAYS)), LAST) == []


@pytest.mark.parametrize("level", [20.0, 300.0, 3000.0])
def test_evidence_is_seldom_above_a_number_where_nothing_has_changed(level: float) -> None:
    # given: series of independent days, each looked at once
    rng = np.random.default_rng(7)
    evidence = [moved_up(rng.normal(size=LOOK_BACK_DAYS)).evidence for _ in range(2000)]

    assert np.mean(np.array(evidence) >= level) <= 1 / level + 3 * np.sqrt(1 / level / len(evidence))


def test_days_that_hang_together_are_weaker_evidence_than_days_by_themselves() -> None:
    # given: the same move in a series whose usual has slow ups and downs of the same spread, and in one of single days
    rng = np.random.default_rng(5)
    single = rng.normal(size=LOOK_BACK_DAYS)
    slow = np.convolve(rng.normal(size=LOOK_BACK_DAYS + 13), np.ones(14) / np.sqrt(14), "valid")
    for series in (single, slow):
        series[:] = (series - series.mean()) / series.std()
        series[-WATCHED_DAYS:] = 1.5

    assert moved_up(slow).evidence < moved_up(single).evidence / 100


@pytest.mark.parametrize("category", ["category 0", "category 5"])
def test_a_category_that_drifts_alone_is_told_as_such(category: str) -> None:
    # given: eight categories of unequal size, of which one sells half as much again for three weeks
    parts = made_by_category(5, LOOK_BACK_DAYS, 0.3)
    whole = added(parts.values())
    assert drifted(whole, LAST, parts) == []
    parts[category].loc[parts[category].index[-21:], "forecast_demand"] *= 2

    of_it = [one for one in drifted(added(parts.values()), LAST, parts) if one.category is not None]

    assert {(one.category, one.what) for one in of_it} == {(category, Drift.TOO_LOW)}
    assert of_it[0].chance <= ALLOWED / 9
    assert not of_it[0].goes_on_in(replace(of_it[0], category="another"))


def test_the_more_is_looked_at_the_less_likely_is_what_is_told() -> None:
    # given: of a warehouse what would be so less than once a year, but not ten times as seldom
    days = made(1, LOOK_BACK_DAYS, 0.3)
    days.loc[days.index[-14:], "forecast_demand"] *= 1.28
    (one,) = drifted(days, LAST)
    assert ALLOWED / 10 < one.chance <= ALLOWED

    assert drifted(days, LAST, {str(n): made(n, LOOK_BACK_DAYS, 0.3) for n in range(100, 109)}) == []
