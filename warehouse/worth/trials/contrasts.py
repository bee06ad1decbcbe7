"""What a trial compares: in each period and pair, what the challenger's days came to less what the champion's did, as a
share of what was usual before the trial.

Days are ratios of sums (`part` / `whole`), so a busy day counts as much as it sold. A pair's two warehouses count
alike, so that what befalls both cancels; a pair counts by how much of the money, or of the units, is usually its own.
What a pair's contrast was in the period before the trial, when there was no challenger, is taken off it in the share
that the history says it tells (CUPED; Deng et al. 2013).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.trials.design import Arm, Design, Kind, Pair
from warehouse.worth.trials.stopping import Contrasts

Floats = NDArray[np.float64]

NORMAL: Final = 1.4826  # the standard deviation of normal errors / the middle of their sizes


@dataclass(frozen=True, eq=False)
class Days:
    """Days of warehouses (rows) from `first` on (columns): `part` and `whole`, of which a figure is the ratio. NaN
    where it is not known."""

    warehouses: Sequence[str]
    first: date
    part: Floats
    whole: Floats

    @property
    def length(self) -> int:
        """How many days there are."""
        return int(self.part.shape[1])

    def since_all_known(self) -> Self:
        """The days from the first one on which every warehouse is known."""
        known = (np.isfinite(self.part) & (np.nan_to_num(self.whole) > 0)).all(axis=0)
        begin = int(known.argmax()) if known.any() else self.length
        first = date.fromordinal(self.first.toordinal() + begin)
        return type(self)(self.warehouses, first, self.part[:, begin:], self.whole[:, begin:])

    def ratio(self, warehouse_id: str, which: NDArray[np.bool_]) -> float:
        """The figure of some of a warehouse's days; NaN where none is known."""
        row = self.warehouses.index(warehouse_id)
        known = which & np.isfinite(self.part[row]) & np.isfinite(self.whole[row])
        whole = self.whole[row, known].sum()
        return float(self.part[row, known].sum() / whole) if whole > 0 else np.nan

    def usual(self, warehouse_id: str) -> float:
        """Its figure over all days; NaN where it is not above 0."""
        found = self.ratio(warehouse_id, np.ones(self.length, dtype=bool))
        return found if found > 0 else np.nan


@dataclass(frozen=True, eq=False)
class Before:
    """What the days before a trial say of its pairs.

    usual    the figure of each warehouse
    weight   of each pair, 1 together
    past     pairs x periods, the oldest first: what the contrasts were while nothing was compared, as if the first
             warehouse of the pair had had the challenger, in a switchback in the first block
    told     the share of a contrast that the one before tells
    scale    how far contrasts lie from zero after that share is taken off
    """

    usual: dict[str, float]
    weight: Floats
    past: Floats
    told: float
    scale: float

    @classmethod
    def of(cls, history: Days, pairs: Sequence[Pair], kind: Kind, block_days: int, washout_days: int) -> Self:
        """From whole periods at the end of the history. Raises ValueError where it holds none."""
        period = 2 * block_days
        count = history.length // period
        if count < 1:
            raise ValueError(f"{history.length} days hold no period of {period}")
        usual = {name: history.usual(name) for pair in pairs for name in pair if name is not None}
        begin = history.length - count * period
        past = np.array([
            [_past(history, pair, usual, kind, begin + n * period, block_days, washout_days) for n in range(count)]
            for pair in pairs
        ])  # fmt: skip
        told = _told(past)
        rest = _rest(past, told)
        known = np.abs(rest[np.isfinite(rest)])
        scale = NORMAL * float(np.median(known)) if known.size else 0.0
        return cls(usual, _weights(history, pairs), past, told, scale)

    @property
    def rest(self) -> Floats:
        """The past contrasts less what the ones before them told; without the first period, before which none is known,
        unless there is no other."""
        return _rest(self.past, self.told)


def contrasts(days: Days, design: Design, before: Before, periods: Iterable[int]) -> Contrasts | None:
    """The contrasts of some periods of a trial, all of whose days are given; None where none is known. A pair of which
    a warehouse's arm has no known day in a period has none there."""
    found = []
    for period in periods:
        for at, pair in enumerate(design.pairs):
            value = _contrast(days, design, before, at, period)
            sign = 1.0 if design.arm(pair[0], design.first_of(period)) is Arm.CHALLENGER else -1.0
            earlier = before.past[at, -1]
            value -= sign * before.told * (earlier if np.isfinite(earlier) else 0.0)
            if np.isfinite(value):
                found.append((value, before.weight[at], design.coin(at, period), period))
    if not found:
        return None
    values, weights, coins, of_periods = zip(*found, strict=True)
    return Contrasts(np.array(values), np.array(weights), np.array(coins), np.array(of_periods), before.scale)


def _contrast(days: Days, design: Design, before: Before, at: int, period: int) -> float:
    by_arm: dict[Arm, list[float]] = {Arm.CHAMPION: [], Arm.CHALLENGER: []}
    offset = (design.first - days.first).days
    within = np.zeros(days.length, dtype=bool)
    start = offset + period * design.period_days
    within[start : start + design.period_days] = True
    for name in design.pairs[at]:
        if name is None:
            continue
        arms = _arms(design, name, period)
        for arm in by_arm:
            which = within.copy()
            which[start : start + design.period_days] = [one is arm for one in arms]
            if which.any():
                by_arm[arm].append(days.ratio(name, which) / before.usual[name])
    return float(np.mean(by_arm[Arm.CHALLENGER]) - np.mean(by_arm[Arm.CHAMPION]))


def _arms(design: Design, name: str, period: int) -> list[Arm | None]:
    """A warehouse's arm on the days of a period; None on days that do not count."""
    first = design.first_of(period)
    of_block = [design.arm(name, first + timedelta(days=block * design.block_days)) for block in range(2)]
    days = [first + timedelta(days=n) for n in range(design.period_days)]
    return [of_block[n // design.block_days] if design.counts(day) else None for n, day in enumerate(days)]


def _past(
    history: Days, pair: Pair, usual: dict[str, float], kind: Kind, start: int, block_days: int, washout_days: int
) -> float:
    """A period's contrast as if the first warehouse had had the challenger, in a switchback in the first block."""

    def of(name: str, begin: int, days: int, washout: int) -> float:
        which = np.zeros(history.length, dtype=bool)
        which[begin + washout : begin + days] = True
        return history.ratio(name, which) / usual[name]

    one, other = pair
    if kind is Kind.PAIRED:
        return np.nan if other is None else of(one, start, 2 * block_days, 0) - of(other, start, 2 * block_days, 0)
    changes = [
        of(name, start, block_days, washout_days) - of(name, start + block_days, block_days, washout_days)
        for name in pair
        if name is not None
    ]
    return changes[0] if len(changes) == 1 else (changes[0] - changes[1]) / 2


def _weights(history: Days, pairs: Sequence[Pair]) -> Floats:
    rows = [[history.warehouses.index(name) for name in pair if name is not None] for pair in pairs]
    own = np.array([np.nansum(history.part[of_pair]) for of_pair in rows])
    positive: Floats = np.where(own > 0, own, 0.0)
    return positive / positive.sum() if positive.sum() > 0 else np.full(len(pairs), 1 / len(pairs))


def _told(past: Floats) -> float:
    """The regression of a period's contrasts on those of the period before, through zero."""
    earlier, later = past[:, :-1].ravel(), past[:, 1:].ravel()
    known = np.isfinite(earlier) & np.isfinite(later)
    size = float((earlier[known] ** 2).sum())
    if size <= 0:
        return 0.0
    return float(np.clip((earlier[known] * later[known]).sum() / size, -1.0, 1.0))


def _rest(past: Floats, told: float) -> Floats:
    if past.shape[1] < 2:
        return past
    earlier = np.where(np.isfinite(past[:, :-1]), past[:, :-1], 0.0)
    rest: Floats = past[:, 1:] - told * earlier
    return rest
