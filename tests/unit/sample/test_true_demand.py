"""The true distribution against the region's own sampler: the days that follow an evening, drawn again and again."""

from datetime import date

import numpy as np
import pytest

from data.sample.playable import PlayableRegion, make_playable_region
from data.sample.shoppers import Demand, Drift
from data.sample.true_demand import TrueDemand

FIRST, DAYS = 50, 4


@pytest.fixture(scope="module")
def region() -> PlayableRegion:
    return make_playable_region(date(2026, 3, 1), seed=5, warehouses=2, products=7, history=40, days=10)


def drawn_again(demand: Demand, draws: int) -> np.ndarray:
    """Draws (warehouse, product, day, draw) by the region's sampler, its drifts going on from where they stood."""
    random = np.random.default_rng(2)
    known = TrueDemand(demand).without_drifts
    found = []
    for _ in range(draws):
        values = np.zeros((DAYS, *known.shape[1:]))
        for drift in demand.drifts:
            now = drift.values[FIRST - 1]
            for day in range(DAYS):
                now = drift.stays * now + drift.spread * np.sqrt(1 - drift.stays**2) * random.standard_normal(now.shape)
                values[day] += now
        expected = (known[FIRST : FIRST + DAYS] * np.exp(values)).astype(np.float32)
        one = Demand(expected, (), demand.evenness, demand.hourly, demand.day_off[FIRST : FIRST + DAYS])
        found.append(np.stack([one.draw(day, random).sum(axis=2) for day in range(DAYS)]))
    return np.stack(found).transpose(2, 3, 1, 0)


def test_days_are_drawn_as_the_regions_sampler_draws_them(region: PlayableRegion) -> None:
    ours = TrueDemand(region.demand).paths(FIRST, DAYS, 8192, np.random.default_rng(1)).astype(float)
    theirs = drawn_again(region.demand, 1500)
    sells = theirs.mean(axis=3) > 0.5
    assert sells.any()
    assert ours.mean(axis=3)[sells] == pytest.approx(theirs.mean(axis=3)[sells], rel=0.08)
    for level in (0.1, 0.5, 0.9):
        quantiles = np.quantile(ours, level, axis=3), np.quantile(theirs, level, axis=3)
        assert np.abs(quantiles[0] - quantiles[1])[sells].max() <= 1 + 0.1 * quantiles[1].max()
    # what goes on from a day to the next goes together
    sums = ours.sum(axis=2).var(axis=2)[sells.all(axis=2)], theirs.sum(axis=2).var(axis=2)[sells.all(axis=2)]
    assert sums[0].sum() == pytest.approx(sums[1].sum(), rel=0.1)


def test_it_knows_nothing_that_comes_about_after_the_evening(region: PlayableRegion) -> None:
    demand = region.demand
    later = tuple(_otherwise_from(drift, FIRST) for drift in demand.drifts)
    moved = sum(drift.values for drift in later) - sum(drift.values for drift in demand.drifts)
    other = Demand(
        (demand.expected * np.exp(moved)).astype(np.float64), later, demand.evenness, demand.hourly, demand.day_off
    )
    one, same = (TrueDemand(each).paths(FIRST, DAYS, 64, np.random.default_rng(3)) for each in (demand, other))
    assert (np.abs(one - same) <= 1).all()  # a rounding apart
    assert (one == same).mean() > 0.99


def _otherwise_from(drift: Drift, day: int) -> Drift:
    values = drift.values.copy()
    values[day:] += 1.0
    return Drift(values, drift.stays, drift.spread)
