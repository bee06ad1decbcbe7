"""The shape of the forecast errors: quantiles of the standardised error, by unit and volume, out of sample.

A training measures it on its hold-out days. With every day that passes afterwards the errors of that day replace some
of those, so that two weeks later the shape is that of the last two weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from forecasting.features.panel import Floats
from forecasting.known.frames import QUANTILES

LEAST_ERROR: Final = 1e-6  # relative; a likelihood of errors that are all 0 has no maximum
LEAST_SPREAD: Final = 0.02  # relative error; keeps errors over it finite
VOLUME_BANDS: Final = 10  # at most; equally many errors in each
LEAST_ERRORS: Final = 500  # in a band: 25 lie beyond q05 and q95 each
# The levels that a shape is known at: the seven quantiles and more, since days without demand take some of them away.
LEVELS: Final = np.array(
    [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75,
     0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995]
)  # fmt: skip
AT_QUANTILES: Final = np.searchsorted(LEVELS, QUANTILES)
# What the shape is before any error is known, and how many errors that counts as: a gamma that varies by a half.
PRIOR_SHAPE: Final = 4.0
PRIOR_ERRORS: Final = 30


@dataclass(frozen=True)
class ErrorShape:
    """Quantiles of the standardised error (demand / mean - 1) / spread at some log means; in between interpolated."""

    log_mean: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]  # band x LEVELS

    def at(self, mean: Floats, level: Floats | None = None) -> Floats:
        """The standardised quantiles (n, 7) at each mean: QUANTILES, or those of each row's `level` (n, 7)."""
        x = np.log(mean)
        by_level = np.array(self.quantiles).T
        if level is None:
            columns = [np.interp(x, self.log_mean, by_level[at]) for at in AT_QUANTILES]
            return np.stack(columns, axis=1).astype(np.float32)
        all_levels = np.stack([np.interp(x, self.log_mean, column) for column in by_level], axis=1)
        above = np.clip(np.searchsorted(LEVELS, level), 1, len(LEVELS) - 1)
        share = np.clip((level - LEVELS[above - 1]) / (LEVELS[above] - LEVELS[above - 1]), 0, 1)
        low, high = (np.take_along_axis(all_levels, at, axis=1) for at in (above - 1, above))
        between: Floats = (low + share * (high - low)).astype(np.float32)
        return between


@dataclass(frozen=True)
class ErrorShapes:
    """A shape for each unit; a unit that was not among the errors takes the first."""

    by_unit: Mapping[str, ErrorShape]

    @classmethod
    def of(cls, mean: Floats, error: Floats, unit: NDArray[np.object_]) -> ErrorShapes:
        """From standardised errors (n), at least one, with the mean forecast and the unit of each."""
        log_mean = np.log(mean)
        usual = _usual_shape()
        shapes = {}
        for name in sorted(set(unit)):
            rows = np.flatnonzero(unit == name)
            by_volume = rows[np.argsort(log_mean[rows], kind="stable")]
            bands = np.array_split(by_volume, min(VOLUME_BANDS, max(1, len(rows) // LEAST_ERRORS)))
            found = []
            for band in bands:
                trust = len(band) / (len(band) + PRIOR_ERRORS)
                found.append(tuple((trust * np.quantile(error[band], LEVELS) + (1 - trust) * usual).tolist()))
            shapes[str(name)] = ErrorShape(tuple(float(np.median(log_mean[band])) for band in bands), tuple(found))
        return cls(shapes)

    def to_dict(self) -> dict[str, Any]:
        """The shapes by unit, as lists that JSON can hold."""
        return {unit: asdict(shape) for unit, shape in self.by_unit.items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ErrorShapes:
        """The shapes that `to_dict` wrote."""
        return cls(
            {
                unit: ErrorShape(tuple(shape["log_mean"]), tuple(tuple(band) for band in shape["quantiles"]))
                for unit, shape in record.items()
            }
        )

    def at(self, mean: Floats, unit: NDArray[np.object_], level: Floats | None = None) -> Floats:
        """The standardised quantiles (n, 7) at each mean: QUANTILES, or those of each row's `level` (n, 7)."""
        result = np.empty((len(mean), len(QUANTILES)), dtype=np.float32)
        for name in np.unique(unit.astype(str)):
            rows = np.flatnonzero(unit == name)
            shape = self.by_unit.get(str(name)) or next(iter(self.by_unit.values()))
            result[rows] = shape.at(mean[rows], None if level is None else level[rows])
        return result


@dataclass(frozen=True)
class RecentErrorShapes:
    """Shapes of the errors made after a training, and their weight beside those measured in it (0..1)."""

    shapes: ErrorShapes
    weight: float


@cache
def _usual_shape() -> NDArray[np.float64]:
    """Quantiles (LEVELS) of the standardised error of a gamma: over its mean absolute relative error."""
    ratio = gamma(PRIOR_SHAPE, scale=1 / PRIOR_SHAPE)
    spread = ratio.expect(lambda x: np.abs(x - 1))
    return np.asarray((ratio.ppf(LEVELS) - 1) / spread)
