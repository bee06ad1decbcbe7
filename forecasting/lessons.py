"""What a training learns from: past days whose demand is known, each seen from an origin before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.features import features, scale_of
from forecasting.panel import Floats, Panel

TWEEDIE_POWER = 1.3  # demand varies as mean ** 1.3, between counts (1) and a fixed relative error (2)


@dataclass(frozen=True, eq=False)
class Lessons:
    """One row a series, target day and horizon of which the demand is known."""

    features: Floats
    names: list[str]
    demand: Floats  # the product's unit
    scale: Floats  # the series' level at the origin, same unit
    weight: Floats
    series: NDArray[np.intp]  # row of the panel
    target: NDArray[np.intp]  # day index
    horizon: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.demand)

    def where(self, keep: NDArray[np.bool_]) -> Lessons:
        """The lessons marked in `keep` (bool, n)."""
        return Lessons(
            self.features[keep],
            self.names,
            self.demand[keep],
            self.scale[keep],
            self.weight[keep],
            self.series[keep],
            self.target[keep],
            self.horizon[keep],
        )

    def by_origin(self) -> list[tuple[NDArray[np.intp], int, int]]:
        """Rows, origin day and horizon of the lessons that were seen from the same origin at the same horizon."""
        pairs = sorted(set(zip(self.target.tolist(), self.horizon.tolist(), strict=True)))
        return [
            (np.flatnonzero((self.target == target) & (self.horizon == ahead)), target - ahead, ahead)
            for target, ahead in pairs
        ]


def lessons(
    panel: Panel,
    targets: Sequence[int],
    horizons: Sequence[int],
    least_exposure: float,
    codes: Mapping[str, Mapping[str, int]],
) -> Lessons:
    """Lessons of the target days (indices), each seen from its horizons.

    Only days with at least `least_exposure` of their demand visible teach; their demand is sales / exposure.
    A lesson weighs scale ** (2 - power), as the Tweedie likelihood of unscaled demand has it.
    """
    parts = []
    names: list[str] = []
    for target, horizon in _seen_from(targets, horizons):
        origin = target - horizon
        told = np.flatnonzero((panel.exposure[:, target] >= least_exposure) & panel.offered(origin))
        if not len(told):
            continue
        scale = scale_of(panel, origin)
        values, names = features(panel, origin, horizon, scale, codes)
        demand = panel.sales[told, target] / panel.exposure[told, target]
        parts.append((values[told], demand, scale[told], told, np.full(len(told), target), np.full(len(told), horizon)))
    if not parts:
        nothing = np.empty(0, dtype=np.float32)
        none = np.empty(0, dtype=np.intp)
        return Lessons(nothing.reshape(0, 0), names, nothing, nothing, nothing, none, none, none)
    values, demand, scale, series, target_day, ahead = (np.concatenate(p) for p in zip(*parts, strict=True))
    weight = scale ** np.float32(2 - TWEEDIE_POWER)
    return Lessons(values, names, demand, scale, weight, series, target_day, ahead)


def _seen_from(targets: Sequence[int], horizons: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Every target day from the first horizon, which most is decided on, and from one of the others by turns: as much
    as the trees need, at a fraction of the rows."""
    first, *others = sorted(horizons)
    for target in targets:
        yield target, first
        if others:
            yield target, others[target % len(others)]
