"""Boosted trees as this project fits and reads them: LightGBM on one thread, several models averaged, read by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from forecasting.all_cores import on_all_cores
from forecasting.features.panel import Floats
from forecasting.model.mean_models import TREES
from forecasting.model.regression import Regression

ROWS_AT_ONCE: Final = 20_000  # read by one thread: fewer are read faster than a thread starts
SHARED: Final[dict[str, Any]] = {
    "num_threads": 1,
    "verbose": -1,
    "max_bin": 127,
    "bin_construct_sample_cnt": 50_000,  # some 400 rows a bin place its edges well enough; more take longer to sort
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True, eq=False)
class Trees:
    """Fitted LightGBM models with a logarithmic link, whose (geometric) mean counts; read by feature name. Those grown
    on a regression multiply what it says."""

    boosters: tuple[lgb.Booster, ...]
    names: tuple[str, ...]
    on: Regression | None = None
    rung: str = TREES

    @classmethod
    def of(cls, *boosters: lgb.Booster, on: Regression | None = None) -> Trees:
        """Boosters with the feature names that they carry, all the same."""
        return cls(boosters, tuple(boosters[0].feature_name()), on)

    def to_texts(self, name: str) -> dict[str, str]:
        """LightGBM's texts by name and number; the regression is kept elsewhere."""
        return {f"{name}_{at}": booster.model_to_string() for at, booster in enumerate(self.boosters)}

    @classmethod
    def from_texts(cls, name: str, texts: Mapping[str, str], on: Regression | None = None) -> Trees:
        """The trees that `to_texts` wrote, in the order in which they were grown: sums of floats depend on it."""
        numbered = re.compile(rf"{re.escape(name)}_\d+")
        count = sum(numbered.fullmatch(text) is not None for text in texts)
        return cls.of(*(lgb.Booster(model_str=texts[f"{name}_{at}"]) for at in range(count)), on=on)

    def predict(self, values: Floats, names: Sequence[str]) -> Floats:
        """One number a row of `values`, whose columns are `names`."""
        log = self.raw(values, names)
        if self.on is not None:
            log = log + self.on.log(values, names)
        predicted: Floats = np.exp(log).astype(np.float32)
        return predicted

    def raw(self, values: Floats, names: Sequence[str]) -> NDArray[np.float64]:
        """The mean output (n) of the boosters alone, before the link."""
        data = values if list(names) == list(self.names) else columns_of(values, names, self.names)
        parts = np.array_split(data, max(1, len(data) // ROWS_AT_ONCE))
        return np.concatenate(on_all_cores(self._logs, parts))

    def _logs(self, data: Floats) -> NDArray[np.float64]:
        logs = [np.asarray(booster.predict(data, raw_score=True, num_threads=1)) for booster in self.boosters]
        mean: NDArray[np.float64] = np.mean(logs, axis=0, dtype=np.float64)
        return mean


def spread_parameters(rows: int) -> dict[str, Any]:
    """How trees of the expected relative error are fitted to so many rows."""
    return {
        "objective": "tweedie",
        "tweedie_variance_power": 1.5,
        "num_leaves": 31,
        "learning_rate": 0.2,
        "min_data_in_leaf": min(500, max(20, rows // 200)),
        "feature_fraction": 0.6,
    }


def columns_of(values: Floats, names: Sequence[str], chosen: Sequence[str]) -> Floats:
    """Some of the columns of `values` (n, names), in the order asked for."""
    return values.take([list(names).index(name) for name in chosen], 1)
