"""Training rows: past days seen whole, each with the features that an origin before it had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.all_cores import on_all_cores
from forecasting.features.features import features, scale_of
from forecasting.features.panel import Floats, Panel

PARTS = 3  # of the series; for each part a day gets a row from one further horizon: near, middle or far
SETTLING_DAYS = 7  # of history before the origin of a training row, at least: every weekday once
TWEEDIE_POWER = 1.3  # demand varies as mean ** 1.3, between counts (1) and a fixed relative error (2)


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """One row per series, target day and horizon."""

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
        """The rows marked in `keep` (bool, n)."""
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
        """Groups of rows with one origin and horizon: row numbers, origin day (index), horizon."""
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
    """Training rows of the target days (indices) one day ahead and, by part of the series, at further horizons.

    Only days with an exposure of `least_exposure` or more have rows; their demand is sales / exposure. A row weighs
    scale ** (2 - power), as in the Tweedie likelihood of unscaled demand. No origin lies before `first_origin` (index).
    """
    part_of = _part_of_series(panel)
    pieces = []
    for target, horizon, part in _targets_and_horizons(targets, horizons):
        in_part = True if part is None else (part_of + target) % PARTS == part
        offered = panel.offered(target - horizon)
        rows = np.flatnonzero((panel.exposure[:, target] >= least_exposure) & offered & in_part)
        if target - horizon >= first_origin and len(rows):
            pieces.append((rows, target, horizon))

    if not pieces:
        nothing = np.empty(0, dtype=np.float32)
        none = np.empty(0, dtype=np.intp)
        return TrainingRows(nothing.reshape(0, 0), [], nothing, nothing, nothing, none, none, none)
    counts = np.array([len(rows) for rows, *_ in pieces])
    ends = np.cumsum(counts)
    demand, scale = np.empty((2, ends[-1]), dtype=np.float32)

    def of_piece(at: int) -> tuple[Floats, list[str]]:
        (rows, target, horizon), here = pieces[at], slice(ends[at] - counts[at], ends[at])
        level = scale_of(panel, target - horizon)
        of_series, names = features(panel, target - horizon, horizon, level, codes)
        demand[here], scale[here] = panel.sales[rows, target] / panel.exposure[rows, target], level[rows]
        return of_series[rows], names

    first, names = of_piece(0)
    values = np.empty((ends[-1], len(names)), dtype=np.float32)  # the largest array of a training: it is there once
    values[: ends[0]] = first

    def fill(at: int) -> None:
        values[ends[at] - counts[at] : ends[at]], _ = of_piece(at)

    on_all_cores(fill, range(1, len(pieces)))
    series = np.concatenate([rows for rows, *_ in pieces])
    target_day, ahead = (np.repeat([piece[column] for piece in pieces], counts) for column in (1, 2))
    weight = scale ** np.float32(2 - TWEEDIE_POWER)
    return TrainingRows(values, names, demand, scale, weight, series, target_day, ahead)


def _targets_and_horizons(targets: Sequence[int], horizons: Sequence[int]) -> Iterable[tuple[int, int, int | None]]:
    """Target day, horizon and the part of the series (None: all) that has rows of them: all series one day ahead, by
    which most is decided, and each part at a near, a middle or a far one of the further horizons, in turn.

    With one further horizon for all series of a day, what happened on that day would be learned as an effect of that
    horizon (measured: docs/forecasting.md).
    """
    others = sorted(horizon for horizon in horizons if horizon > 1)
    for target in targets:
        if 1 in horizons:
            yield target, 1, None
        for part, some in enumerate(np.array_split(others, PARTS)):
            if len(some):
                yield target, int(some[target % len(some)]), part


def _part_of_series(panel: Panel) -> NDArray[np.intp]:
    """The part (below PARTS) of each series, drawn from its ids: the same in the whole panel and in a part of it."""
    ids = panel.series[["warehouse_id", "product_id"]]
    return (pd.util.hash_pandas_object(ids, index=False).to_numpy() % PARTS).astype(np.intp)
