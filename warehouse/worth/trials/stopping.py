"""When a trial may stop and what it has shown by then: a group-sequential randomisation test, and the interval that its
inversion gives.

A period's contrast of a pair of warehouses (challenger - champion) would have had the other sign had the coin of the
design fallen the other way. If the challenger changes nothing, the contrasts that were seen are as likely as those with
any other fall of the coins, whatever their distribution, their size or how days hang together; so the share of falls
that show as much is the error rate itself, with however few warehouses (Fisher; for stopping early, after Lan and
DeMets 1983, each look spends a part of it: as Kim and DeMets 1987, `ALPHA` x share of the length ** 2). The length may
change on the way, as long as no sign decides it (`lengthening`). Sums are of Huber's scores, since a cold store that
fails in a warehouse says nothing about the challenger. An effect lies in the interval of a look if the contrasts less
the effect are not rejected there: a repeated confidence interval (Jennison and Turnbull 1989), which holds whenever one
stops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

ALPHA: Final = 0.05  # of trials of a challenger that changes nothing, this share may call a winner
FALLS: Final = 2_000  # of the coins, the one that fell among them
SPENT_AS: Final = 2.0  # the power of the share of the length
HUBER: Final = 1.345  # scales beyond which a contrast counts no further: 95% efficient where errors are normal
FARTHEST: Final = 64.0  # scales from the effect within which an end of its interval is looked for
BISECTIONS: Final = 24
SAME: Final = 1e-9  # sums that differ by less are one


@dataclass(frozen=True, eq=False)
class Contrasts:
    """What was seen so far, a row a contrast: challenger - champion, as a share of what is usual.

    value   the contrast
    weight  how much it counts
    coin    the number of the coin that decided its sign; several may rest on one
    period  the number of the period it is of, from 0
    scale   how far contrasts lie from zero, by the days before the trial; 0: not known, each counts as it is
    """

    value: Floats
    weight: Floats
    coin: Whole
    period: Whole
    scale: float


@dataclass(frozen=True)
class Shown:
    """What a trial shows at a look: the effect as a share of what is usual, and its interval (None: no end)."""

    effect: float
    lowest: float | None
    highest: float | None
    decided: bool


def spent(share: float) -> float:
    """How much of the error rate may be spent up to a share (0..1) of the stated length."""
    return float(ALPHA * min(max(share, 0.0), 1.0) ** SPENT_AS)


def decided(seen: Contrasts, lengths: Sequence[int], seed: int, effect: float = 0.0) -> bool:
    """Whether the last look rejects that the challenger changes a figure by so much; `lengths` as `shown` has them."""
    falls = _falls(int(seen.coin.max()) + 1, seed)
    return _rejected_at_last(_sums(seen, effect, falls, int(seen.period.max()) + 1), lengths)


def shown(seen: Contrasts, lengths: Sequence[int], seed: int) -> Shown:
    """What is shown at the end of the last period seen. `lengths`: for each look so far, how many periods the trial was
    then to take."""
    falls = _falls(int(seen.coin.max()) + 1, seed)
    looks = int(seen.period.max()) + 1

    def kept(effect: float) -> bool:
        return not _rejected_at_last(_sums(seen, effect, falls, looks), lengths)

    centre = _effect(seen)
    return Shown(centre, _end(kept, centre, -1.0, seen), _end(kept, centre, 1.0, seen), not kept(0.0))


def _falls(coins: int, seed: int) -> Floats:
    """Coins x falls of +1 and -1; the first fall is the one that was. A coin falls as it fell at earlier looks."""
    fallen = [np.random.default_rng([seed, coin]).integers(0, 2, FALLS) * 2.0 - 1.0 for coin in range(coins)]
    falls = np.array(fallen)
    falls[:, 0] = 1.0
    return falls


def _scores(seen: Contrasts, effect: float) -> Floats:
    off = seen.value - effect
    limit = HUBER * seen.scale
    return seen.weight * (np.clip(off, -limit, limit) if limit > 0 else off)


def _sums(seen: Contrasts, effect: float, falls: Floats, looks: int) -> Floats:
    """Looks x falls: the sum of all scores up to each look."""
    by_coin = np.zeros((looks, len(falls)))
    np.add.at(by_coin, (seen.period, seen.coin), _scores(seen, effect))
    summed: Floats = np.cumsum(by_coin, axis=0) @ falls
    return summed


def _rejected_at_last(sums: Floats, lengths: Sequence[int]) -> bool:
    """Whether the last look rejects the fall that was. Each look rejects of the falls that are left those with the
    largest sums, as many as may be spent by then; equal sums are all rejected, or none."""
    size = np.abs(sums)
    left = np.ones(sums.shape[1], dtype=bool)
    limit = np.inf
    for look, of_look in enumerate(size):
        may = int(spent((look + 1) / lengths[look]) * left.size) - int((~left).sum())
        limit = np.inf
        if 0 < may < left.sum():
            largest_left = float(np.partition(of_look[left], -may - 1)[-may - 1])
            limit = largest_left + SAME * (1.0 + largest_left)
        left &= of_look <= limit
    return bool(size[-1, 0] > limit)


def _effect(seen: Contrasts) -> float:
    """Where the scores add up to zero: Huber's estimate of the middle."""
    low, high = float(seen.value.min()), float(seen.value.max())
    for _ in range(2 * BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _scores(seen, middle).sum() > 0 else (low, middle)
    return (low + high) / 2


def _end(kept: Callable[[float], bool], centre: float, way: float, seen: Contrasts) -> float | None:
    """The farthest effect from the centre that is not rejected; None where none is as far as one looks."""
    step = max(seen.scale, float(np.abs(seen.value - centre).max()), SAME)
    inside, outside = 0.0, step
    while kept(centre + way * outside):
        if outside > FARTHEST * step:
            return None
        inside, outside = outside, 2 * outside
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(centre + way * middle) else (inside, middle)
    return centre + way * outside
