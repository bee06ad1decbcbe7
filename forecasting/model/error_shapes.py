"""The shape of the forecast errors: quantiles of the standardised error, by unit and volume, out of sample.

A training measures it on its hold-out days. With every day that passes afterwards the errors of that day replace some
of those, so that two weeks later the shape is that of the last two weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.panel import Floats
from forecasting.known.frames import QUANTILES

LEAST_SPREAD: Final = 0.02  # relative error; keeps errors over it finite
VOLUME_BANDS: Final = 10  # at most; equally many errors in each
LEAST_ERRORS: Final = 500  # in a band: 25 lie beyond q05 and q95 each


@dataclass(frozen=True)
class ErrorShape:
    """Quantiles of the standardised error (demand / mean - 1) / spread at some log means; in between interpolated."""

    log_mean: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]  # band x QUANTILES

    def at(self, mean: Floats) -> Floats:
        """The standardised quantiles (n, 7) at each mean."""
        x = np.log(mean)
        columns = [np.interp(x, self.log_mean, column) for column in zip(*self.quantiles, strict=True)]
        return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True)
class ErrorShapes:
    """A shape for each unit; a unit that was not among the errors takes the first."""

    by_unit: Mapping[str, ErrorShape]

    @classmethod
    def of(cls, mean: Floats, error: Floats, unit: NDArray[np.object_]) -> ErrorShapes:
        """From standardised errors (n), at least one, with the mean forecast and the unit of each."""
        log_mean = np.log(mean)
        shapes = {}
        for name in sorted(set(unit)):
            rows = np.flatnonzero(unit == name)
            by_volume = rows[np.argsort(log_mean[rows], kind="stable")]
            bands = np.array_split(by_volume, min(VOLUME_BANDS, max(1, len(rows) // LEAST_ERRORS)))
            shapes[str(name)] = ErrorShape(
                tuple(float(np.median(log_mean[band])) for band in bands),
                tuple(tuple(float(q) for q in np.quantile(error[band], QUANTILES)) for band in bands),
            )
        return cls(shapes)

    def at(self, mean: Floats, unit: NDArray[np.object_]) -> Floats:
        """The standardised quantiles (n, 7) at each mean."""
        result = np.empty((len(mean), len(QUANTILES)), dtype=np.float32)
        for name in np.unique(unit.astype(str)):
            rows = np.flatnonzero(unit == name)
            shape = self.by_unit.get(str(name)) or next(iter(self.by_unit.values()))
            result[rows] = shape.at(mean[rows])
        return result


@dataclass(frozen=True)
class RecentErrorShapes:
    """Shapes of the errors made after a training, and their weight beside those measured in it (0..1)."""

    shapes: ErrorShapes
    weight: float
