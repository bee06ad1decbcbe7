"""The distribution around a mean: quantiles of the scatter, of trees of their own, or both."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from forecasting.features.features import codes_of
from forecasting.features.panel import Panel
from forecasting.features.training_rows import training_rows
from forecasting.known.frames import KnownAtOrigin
from forecasting.model.region_model import RegionModel

OF_MEAN = np.array([0.1, 0.3, 0.6, 0.9, 1.2, 1.8, 2.5], dtype=np.float32)  # what the trees tell, over the mean


@dataclass(frozen=True)
class TreesThatTell:
    """Quantiles over the level that are OF_MEAN of what the model's mean is over the level."""

    of: Any
    share: float

    def predict(self, values: np.ndarray, names: list[str]) -> np.ndarray:
        return self.of.predict(values, names)[:, None] * OF_MEAN


def quantiles_with(region_model: RegionModel, known: KnownAtOrigin, share: float, wide: float) -> tuple[Any, Any]:
    """The means of some rows, half more than the model's own, and the quantiles around them."""
    panel = Panel.of(known, region_model.profiles)
    rows = training_rows(panel, [panel.last], (1,), 0.95, codes_of(known.products))
    assert region_model.near is not None
    by_trees = TreesThatTell(region_model.near.mean, share) if share else None
    model = replace(region_model.near, by_trees=by_trees)
    over_level = model.mean.predict(rows.features, rows.names)
    mean = over_level * rows.scale * np.float32(1.5)
    unit = panel.series["unit"].to_numpy(dtype=object)[rows.series]
    widths = np.full(len(rows), wide, dtype=np.float32)
    return mean[:, None], model.quantiles(mean, over_level, widths, unit, rows.features, rows.names)


def test_what_trees_tell_moves_with_the_mean_and_widens_with_the_scatter(
    region_model: RegionModel, known: KnownAtOrigin
) -> None:
    for wide in (1.0, 1.4):
        mean, quantiles = quantiles_with(region_model, known, share=1.0, wide=wide)

        assert quantiles == pytest.approx(mean * np.maximum(1 + (OF_MEAN - 1) * wide, 0), rel=1e-4)


def test_both_ways_are_averaged_by_their_share(region_model: RegionModel, known: KnownAtOrigin) -> None:
    _, around = quantiles_with(region_model, known, share=0.0, wide=1.0)
    mean, both = quantiles_with(region_model, known, share=0.5, wide=1.0)

    assert both == pytest.approx((around + mean * OF_MEAN) / 2, rel=1e-4)
    assert (np.diff(both, axis=1) >= 0).all()
