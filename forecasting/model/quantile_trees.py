"""Quantiles of demand by trees of their own, beside those that scatter around the mean.

Errors of held-out days tell how demand scatters as a whole; what makes one day's demand scatter otherwise than
another's, a price, a weekday, a wet week, only many training rows tell. So small trees learn each quantile of scaled
demand from all of them, on what a regression says of prices where rows are few (quantile regression: Koenker & Bassett
1978, Econometrica 46, 33-50). Neither way is best everywhere, and their average often beats both (Vincentization:
Lichtendahl, Grushka-Cockayne & Winkler 2013, Management Science 59, 1594-1611): held-out days decide between them.
Six levels are learned; the seventh lies on a straight line over the normal score between its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from forecasting.all_cores import on_all_cores
from forecasting.features.panel import Floats
from forecasting.features.training_rows import TrainingRows
from forecasting.known.frames import QUANTILES
from forecasting.model.regression import Regression
from forecasting.model.trees import SHARED, Trees
from forecasting.statistics.quantile_curve import SCORES

# That they are fitted to: sorting errors for their quantiles takes most of the time. Fewer tell well enough whether
# trees are worth it, but 15,000 and 20,000 lose 0.2% more (vegetables, four quarters).
MOST_ROWS: Final = 30_000
MOST_ROWS_TRIED: Final = 10_000
LEARNED: Final = (0, 1, 2, 3, 4, 6)  # of the QUANTILES; near 0, where many a day lies, none is left out
ROUNDS: Final = 60
LEARNING_RATE: Final = 0.16  # FreshRetailNet: 0.13 loses 0.1%, 0.1 loses 0.4% more
LEAVES: Final = 7  # measured on vegetables, two quarters before the last: 15 and 31 lose up to 2% more
SHARES: Final = (0.0, 0.5, 1.0)  # of these quantiles in what is told, that are tried


@dataclass(frozen=True, eq=False)
class QuantileTrees:
    """Trees of each of the LEARNED quantiles; `share` is the weight of what they tell beside the quantiles around the
    mean (0..1). Those grown on a regression multiply what it says."""

    of_level: tuple[Trees, ...]
    on: Regression | None = None
    share: float = 1.0

    @classmethod
    def fit(
        cls,
        matrix: lgb.Dataset,
        rows: TrainingRows,
        chosen: NDArray[np.intp],
        on: Regression | None,
        seed: int,
        most_rows: int = MOST_ROWS,
    ) -> QuantileTrees:
        """Fitted to the chosen training rows, to so many of them at most, of which `matrix` holds the features of all,
        on a regression if given."""
        if len(chosen) > most_rows:
            chosen = np.sort(np.random.default_rng(seed).choice(chosen, most_rows, replace=False))
        scale = rows.scale[chosen]
        if on is not None:
            scale = scale * on.predict(rows.features[chosen], rows.names)
        data = matrix.subset(chosen.tolist()).construct()
        data.set_label(rows.demand[chosen] / scale)
        data.set_field("weight", scale)  # a unit missed is a unit, of a fast product as of a slow one
        least = min(200, max(20, len(chosen) // 500))
        parameters = {
            "num_leaves": LEAVES,
            "learning_rate": LEARNING_RATE,
            "min_data_in_leaf": least,
            "feature_fraction": 0.3,
        }

        def fitted(level: float) -> Trees:
            wanted = {"objective": "quantile", "alpha": level, "seed": seed}
            return Trees.of(lgb.train(SHARED | parameters | wanted, data, ROUNDS))

        return cls(tuple(fitted(QUANTILES[at]) for at in LEARNED), on)

    def predict(self, values: Floats, names: Sequence[str]) -> Floats:
        """The quantiles (n, 7) over the level, of rows of features by their names; they do not cross."""
        found = on_all_cores(lambda trees: trees.raw(values, names), self.of_level)
        quantiles = _between(np.maximum(np.sort(np.stack(found, axis=1), axis=1), 0)).astype(np.float32)
        return quantiles if self.on is None else quantiles * self.on.predict(values, names)[:, None]

    def to_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        """JSON-ready values, and LightGBM texts by name."""
        texts: dict[str, str] = {}
        for at, trees in zip(LEARNED, self.of_level, strict=True):
            texts |= trees.to_texts(_name(at))
        return {"share": self.share, "regression": None if self.on is None else asdict(self.on)}, texts

    @classmethod
    def from_parts(cls, kept: Mapping[str, Any], texts: Mapping[str, str]) -> QuantileTrees:
        """The trees that `to_parts` took apart."""
        on = None if kept["regression"] is None else Regression(**kept["regression"])
        return cls(tuple(Trees.from_texts(_name(at), texts) for at in LEARNED), on, kept["share"])


def best_share(demand: Floats, around_mean: Floats, of_trees: Floats) -> float:
    """The share of the trees' quantiles (n, 7) that loses least beside those around the mean, from demand (n) that
    neither has seen; the lower one where shares do alike."""

    def loss(share: float) -> float:
        quantiles = (1 - share) * around_mean + share * of_trees
        missed = demand[:, None] - quantiles
        return float(np.maximum(np.array(QUANTILES) * missed, (np.array(QUANTILES) - 1) * missed).mean())

    return min(SHARES, key=loss)


def _between(learned: NDArray[np.float64]) -> NDArray[np.float64]:
    """All QUANTILES (n, 7) from the LEARNED ones (n, 6)."""
    known = SCORES[list(LEARNED)]
    right = np.clip(np.searchsorted(known, SCORES), 1, len(known) - 1)
    share = (SCORES - known[right - 1]) / (known[right] - known[right - 1])
    quantiles: NDArray[np.float64] = (1 - share) * learned[:, right - 1] + share * learned[:, right]
    return quantiles


def _name(at: int) -> str:
    return f"quantile_{1000 * QUANTILES[at]:.0f}"
