"""How long a trial must be by what it has seen itself, where that scatters more than the days before it did.

The length is set anew at each look from the sizes of the contrasts alone, never from their signs (blinded sample size
re-estimation: Gould and Shih 1992, Friede and Kieser 2013). If the challenger changes nothing, the coins that decide
the signs are as fair whatever the sizes are; so a length that follows from sizes leaves the randomisation test its
error rate, exactly, as each look has spent no more than the length of that look allowed. The sizes hold the effect too:
it is taken to be the one that the trial is to find, since for no other is the length promised.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.trials.contrasts import NORMAL
from warehouse.worth.trials.design import Design, Kind
from warehouse.worth.trials.length import Noise, periods_to_find
from warehouse.worth.trials.stopping import HUBER, Contrasts

Floats = NDArray[np.float64]

PLAINLY: Final = 2.5  # times how far sizes lie apart that an effect must measure to be told from them


def periods_needed(seen: Contrasts, looks: int, design: Design, effect: float) -> int:
    """How many periods the trial is to take by what was seen in its first `looks` of them: no fewer than stated, no
    more than `design.most`."""
    found = periods_to_find(noise_seen(seen, looks, design.kind, effect), effect, design.most)
    return min(max(found or design.most, design.periods, looks), design.most)


def noise_seen(seen: Contrasts, looks: int, kind: Kind, effect: float) -> Noise:
    """The variance of the estimated effect by the sizes of the contrasts of the first `looks` periods, less what the
    effect adds to them: the one that is looked for, or a larger one where sizes lie so close together that they tell
    of it. A contrast that is missing tells nothing, so that more of the others are needed."""
    off, size = seen.value, np.abs(seen.value)
    middle = float(np.median(size))
    if middle > max(effect, PLAINLY * NORMAL * float(np.median(np.abs(size - middle)))):
        off, effect = off - middle * np.sign(off), 0.0
    limit = HUBER * seen.scale if seen.scale > 0 else np.inf
    of_all = float(seen.weight.sum())
    inside = float(seen.weight[np.abs(off) <= limit].sum()) / of_all
    if inside == 0:
        return Noise(np.inf, np.inf, 1.0, kind)
    own = np.clip(off, -limit, limit) / inside
    coins = int(seen.coin.max()) + 1
    sums, weights = (np.bincount(seen.coin, one, coins).astype(float) for one in (seen.weight * own, seen.weight))
    variance = max(float((sums**2).sum() - effect**2 * (weights**2).sum()) / of_all**2, 0.0)
    alike = of_all**2 / float((weights**2).sum())
    if kind is Kind.SWITCHBACK:
        return Noise(0.0, looks * variance, alike / looks, kind)
    of_period = looks * _within(seen, own, sums, weights) / of_all**2
    return Noise(max(variance - of_period / looks, 0.0), of_period, alike, kind)


def _within(seen: Contrasts, own: Floats, sums: Floats, weights: Floats) -> float:
    """What the contrasts of a coin add to the variance of its sum by differing from period to period."""
    count = np.bincount(seen.coin, minlength=len(sums))
    means = np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
    apart = np.bincount(seen.coin, (seen.weight * (own - means[seen.coin])) ** 2, len(sums))
    return float((apart * count / np.maximum(count - 1, 1)).sum())
