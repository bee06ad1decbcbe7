"""The shape of the forecast errors: their standardised quantiles, by unit and volume, from days the trees had not seen.

What a training measured on its held-back days is one fortnight's truth. With every day that passes after it, the
errors of that day take the place of one of those, so that two weeks later the shape is that of the last two weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.panel import Floats
from forecasting.known.frames import QUANTILES

BANDS: Final = 10  # of volume
LEAST_IN_BAND: Final = 500


@dataclass(frozen=True)
class ErrorShape:
    """Quantiles of the standardised error (demand / mean - 1) / spread, by log of the mean.

    Between the bands of volume they are interpolated.
    """

    log_mean: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]  # band x QUANTILES

    def at(self, mean: Floats) -> Floats:
        """The standardised quantiles (n, 7) at each mean."""
        x = np.log(mean)
        columns = [np.interp(x, self.log_mean, column) for column in zip(*self.quantiles, strict=True)]
        return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True)
class ErrorShapes:
    """A shape by unit; quantities of a unit that was never seen take the first."""

    by_unit: Mapping[str, ErrorShape]

    @classmethod
    def of(cls, mean: Floats, error: Floats, unit: NDArray[np.object_]) -> ErrorShapes:
        """From standardised errors (n), at least one, with the mean forecast and the unit of each."""
        log_mean = np.log(mean)
        shapes = {}
        for name in sorted(set(unit)):
            rows = np.flatnonzero(unit == name)
            order = rows[np.argsort(log_mean[rows], kind="stable")]
            bands = np.array_split(order, min(BANDS, max(1, len(order) // LEAST_IN_BAND)))
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
    """Shapes of days after a training, and what they count for beside those measured in it (0..1)."""

    shapes: ErrorShapes
    weight: float
