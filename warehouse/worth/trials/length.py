"""How long a trial must be to find an effect, from what its contrasts were while nothing was compared; and which design
finds it soonest.

The error of the estimate is that of Huber's (mean of squared scores / squared share that is not cut off), by pairs in
what stays from period to period and what does not. A history is short, so the error is taken at the upper end of what
it may be (Browne 1995): else every other trial would be too short. What the looks on the way cost is drawn, what the
few contrasts cost is Student's t.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm, t

from warehouse.worth.trials.contrasts import Before, Days
from warehouse.worth.trials.design import Kind, Pair, paired_by_history
from warehouse.worth.trials.stopping import ALPHA, HUBER, spent

Floats = NDArray[np.float64]

EFFECT: Final = 0.03  # that a trial is to find
CHANCE: Final = 0.8  # with which it is to find it at the stated length
SURE: Final = 0.9  # that the error is no larger than assumed
LONGEST: Final = 26  # periods; of two weeks: a year
LENGTHENED: Final = 2.0  # times the stated length that a trial takes at most
DRAWN: Final = 40_000
LEAST_FALLS: Final = 2 / ALPHA  # fewer falls of the coins, and nothing could ever be shown


@dataclass(frozen=True)
class Noise:
    """The variance of the estimated effect: what stays however long a trial takes, and what each period's coin adds,
    each at the upper end of what it may be; and how many contrasts of a period count as if they weighed alike."""

    stays: float
    of_period: float
    alike: float
    kind: Kind

    def error(self, periods: int) -> float:
        """The standard error after some periods."""
        return float(np.sqrt(self.stays + self.of_period / periods))

    def coins(self, periods: int) -> float:
        """How many coins decide, as if they weighed alike."""
        return self.alike * (periods if self.kind is Kind.SWITCHBACK else 1)


@dataclass(frozen=True)
class Proposal:
    """A design with the number of periods that find the effect (None: not within LONGEST), how many it takes at most
    where it turns out noisier than its history, and the effect that is found within LONGEST."""

    kind: Kind
    block_days: int
    pairs: Sequence[Pair]
    periods: int | None
    most: int
    finds: float


def noise_of(before: Before, kind: Kind) -> Noise:
    """What the history says of the error."""
    rest, weight = before.rest, before.weight[:, None]
    limit = HUBER * before.scale
    known = np.isfinite(rest)
    counted = np.where(known, rest, 0.0)
    scores = np.clip(counted, -limit, limit)
    inside = float((weight * (known & (np.abs(counted) <= limit))).sum() / max((weight * known).sum(), 1e-12))
    own = scores / inside if inside > 0 else scores
    count = np.maximum(known.sum(axis=1), 1)
    alike = 1.0 / float((before.weight**2).sum())
    share = float(
        (before.weight**2).sum() ** 2 / (before.weight**4).sum()
    )  # pairs, as if their variances weighed alike
    all_of_it = float((before.weight**2 * (own**2).sum(axis=1) / count).sum())
    if kind is Kind.SWITCHBACK:
        return Noise(0.0, _at_most(all_of_it, share * float(count.mean())), alike, kind)
    means = own.sum(axis=1) / count
    within = ((own - means[:, None]) ** 2 * known).sum(axis=1) / np.maximum(count - 1, 1)
    of_period = float((before.weight**2 * within).sum())
    stays = max(all_of_it - of_period, 0.0)
    return Noise(
        _at_most(stays, share), _at_most(of_period, share * float(np.maximum(count - 1, 1).mean())), alike, kind
    )


def periods_to_find(noise: Noise, effect: float = EFFECT, longest: int = LONGEST) -> int | None:
    """The fewest periods after which the effect is found with CHANCE; None where it is not within the longest."""
    return next((n for n in range(1, longest + 1) if effect_found(noise, n) <= effect), None)


def effect_found(noise: Noise, periods: int) -> float:
    """The effect that is found with CHANCE within some periods; infinite where nothing can be."""
    coins = noise.coins(periods)
    if 2.0 ** min(coins, 60.0) < LEAST_FALLS or coins <= 2:
        return float("inf")
    few = float(t.ppf(1 - ALPHA / 2, coins - 1) / norm.ppf(1 - ALPHA / 2))
    return few * _drift(periods) * noise.error(periods)


def best_design(history: Days, washout_days: int, block_days: Sequence[int], effect: float = EFFECT) -> Proposal:
    """Of switchbacks in blocks of so many days and the paired trial, the one that finds an effect in the fewest days;
    where none does, the one that finds the smallest within the longest."""
    found = []
    pairs = paired_by_history(history.warehouses, _by_week(history))
    for kind, days in [*((Kind.SWITCHBACK, days) for days in block_days), (Kind.PAIRED, block_days[0])]:
        if history.length < 2 * days:
            continue
        if kind is Kind.PAIRED and any(other is None for _, other in pairs):
            continue
        noise = noise_of(Before.of(history, pairs, kind, days, washout_days), kind)
        longest = LONGEST * block_days[0] // days
        periods = periods_to_find(noise, effect, longest)
        most = min(ceil(LENGTHENED * periods), longest) if periods else longest
        found.append(Proposal(kind, days, pairs, periods, most, effect_found(noise, longest)))
    if not found:
        raise ValueError(f"{history.length} days are too few to plan a trial from")
    return min(found, key=lambda one: (one.periods is None, (one.periods or 0) * one.block_days, one.finds))


def _by_week(history: Days) -> Floats:
    """Warehouses x weeks: each week's figure as a share of what is usual there, 1 where it is not known."""
    weeks = history.length // 7
    begin = history.length - weeks * 7
    found = np.ones((len(history.warehouses), weeks))
    for row, name in enumerate(history.warehouses):
        usual = history.usual(name)
        for week in range(weeks):
            which = np.zeros(history.length, dtype=bool)
            which[begin + week * 7 : begin + week * 7 + 7] = True
            of_week = history.ratio(name, which) / usual
            found[row, week] = of_week if np.isfinite(of_week) else 1.0
    return found


def _at_most(variance: float, degrees: float) -> float:
    """The variance that a true one exceeds with 1 - SURE, where so much was measured."""
    degrees = max(degrees, 1.0)
    return variance * degrees / float(chi2.ppf(1 - SURE, degrees))


@cache
def _drift(periods: int) -> float:
    """Standard errors that an effect must measure at the end to be rejected at one of the looks with CHANCE, if sums of
    contrasts were normal."""
    dice = np.random.default_rng(5)
    steps = dice.standard_normal((DRAWN, periods))
    at_look = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, periods + 1))
    limits = _limits(at_look)
    grown = np.sqrt(np.arange(1, periods + 1) / periods)
    low, high = 2.0, 6.0
    for _ in range(20):
        middle = (low + high) / 2
        found = (np.abs(at_look + middle * grown) > limits).any(axis=1).mean()
        low, high = (middle, high) if found < CHANCE else (low, middle)
    return high


def _limits(at_look: Floats) -> Floats:
    left = np.ones(len(at_look), dtype=bool)
    limits = np.full(at_look.shape[1], np.inf)
    for look in range(at_look.shape[1]):
        size = np.abs(at_look[:, look])
        may = int(spent((look + 1) / at_look.shape[1]) * len(left)) - int((~left).sum())
        if may > 0:
            limits[look] = np.partition(size[left], -may - 1)[-may - 1]
            left &= size <= limits[look]
    return limits
