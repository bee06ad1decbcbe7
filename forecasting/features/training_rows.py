"""What a training learns from: past days whose demand is known, each seen from an origin before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.features.features import features, scale_of
from forecasting.features.panel import Floats, Panel

PARTS = 3  # of the series, by how far ahead a day is seen from beside the first horizon
TWEEDIE_POWER = 1.3  # demand varies as mean ** 1.3, between counts (1) and a fixed relative error (2)


@dataclass(frozen=True, eq=False)
class TrainingRows:
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

    def where(self, keep: NDArray[np.bool_]) -> TrainingRows:
        """The lessons marked in `keep` (bool, n)."""
        return TrainingRows(
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


def training_rows(
    panel: Panel,
    targets: Sequence[int],
    horizons: Sequence[int],
    least_exposure: float,
    codes: Mapping[str, Mapping[str, int]],
    first_origin: int = 0,
) -> TrainingRows:
    """Lessons of the target days (indices), each seen from the first horizon and, by part of the series, from others.

    Only days with at least `least_exposure` of their demand visible teach; their demand is sales / exposure.
    A lesson weighs scale ** (2 - power), as the Tweedie likelihood of unscaled demand has it. None is seen from before
    `first_origin` (day index).
    """
    parts = []
    names: list[str] = []
    lot = _lots(panel)
    for target, horizon, part in _seen_from(targets, horizons):
        origin = target - horizon
        if origin < first_origin:
            continue
        asked = True if part is None else (lot + target) % PARTS == part
        observed = np.flatnonzero((panel.exposure[:, target] >= least_exposure) & panel.offered(origin) & asked)
        if not len(observed):
            continue
        scale = scale_of(panel, origin)
        values, names = features(panel, origin, horizon, scale, codes)
        demand = panel.sales[observed, target] / panel.exposure[observed, target]
        parts.append(
            (
                values[observed],
                demand,
                scale[observed],
                observed,
                np.full(len(observed), target),
                np.full(len(observed), horizon),
            )
        )
    if not parts:
        nothing = np.empty(0, dtype=np.float32)
        none = np.empty(0, dtype=np.intp)
        return TrainingRows(nothing.reshape(0, 0), names, nothing, nothing, nothing, none, none, none)
    values, demand, scale, series, target_day, ahead = (np.concatenate(p) for p in zip(*parts, strict=True))
    weight = scale ** np.float32(2 - TWEEDIE_POWER)
    return TrainingRows(values, names, demand, scale, weight, series, target_day, ahead)


def _seen_from(targets: Sequence[int], horizons: Sequence[int]) -> Iterable[tuple[int, int, int | None]]:
    """Target days, horizons and the part of the series seen so: all from the first horizon, which most is decided on,
    and a part each from a near, a middle and a far one of the others, by turns.

    Were all series of a day seen from one horizon, what happened on that day would be learned as that horizon's. Where
    a part has 3 horizons (10 days ahead in all) a series sees one of them only, and others the rest.
    """
    first, *others = sorted(horizons)
    for target in targets:
        yield target, first, None
        for part, some in enumerate(np.array_split(others, PARTS)):
            if len(some):
                yield target, int(some[target % len(some)]), part


def _lots(panel: Panel) -> NDArray[np.intp]:
    """A number below PARTS for each series, drawn from its ids: the same in the whole panel and in a part of it."""
    ids = panel.series[["warehouse_id", "product_id"]]
    return (pd.util.hash_pandas_object(ids, index=False).to_numpy() % PARTS).astype(np.intp)
