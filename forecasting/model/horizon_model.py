"""What forecasts one reach of horizons, tomorrow or the days after it: a mean, and the distribution around it.

Demand scatters around the mean as it did around the *hold-out mean*, which was fitted without the last days; that one
stays with the model, so that a warehouse can measure itself against it later. Where held-out days say so, quantiles by
trees of their own count beside that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.panel import Floats, Panel
from forecasting.model.all_days import AllDays
from forecasting.model.error_shapes import RecentErrorShapes
from forecasting.model.mean_models import MeanModel, Smoothed, mean_of
from forecasting.model.quantile_trees import QuantileTrees
from forecasting.model.recent_errors import ErrorPersistence, RecentErrors, recent_errors_of
from forecasting.model.regression import Regression
from forecasting.model.scatter import Scatter
from forecasting.model.trees import Trees

MEANS: Final = ("hold_out_mean", "mean")
BESIDE: Final = ("by_trees", "all_days")  # not every model has them


@dataclass(frozen=True, eq=False)
class HorizonModel:
    """All that was learned for one reach of horizons.

    losses: of each rung of the ladder on the hold-out days, mean Tweedie deviance over that of the lowest rung;
    `mean` is of the best. learned_since: `mean` over the hold-out mean on those days, of all warehouses alike: what it
    has learned of them.
    """

    hold_out_mean: MeanModel  # fitted without the hold-out days
    mean: MeanModel
    scatter: Scatter
    persistence: ErrorPersistence  # of recent errors
    level_pull: float  # of a warehouse's level towards the region's, in training rows; infinite: all the way
    spread_pull: float
    losses: Mapping[str, float]
    learned_since: float = 1.0
    by_trees: QuantileTrees | None = None  # None: those around the mean lose no more
    all_days: AllDays | None = None  # None: no day was cut short

    def factor_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The all-days factor (n) of rows of features: demand on all days over demand on days seen whole."""
        none = np.ones(len(values), dtype=np.float32)
        return none if self.all_days is None else self.all_days.factor_of(values, names)

    def quantiles(
        self,
        mean: Floats,
        over_level: Floats,
        wide: Floats,
        unit: NDArray[np.object_],
        values: Floats,
        names: Sequence[str],
        recent: RecentErrorShapes | None = None,
    ) -> Floats:
        """The quantiles (n, 7) of demand around means (n), of rows of features; never negative and never crossing.

        `over_level` (n): what the mean model predicts of the rows. `wide` (n): by how much more than in the region
        demand scatters."""
        spread, zero = self.scatter.spread_of(values, names) * wide, self.scatter.zero_of(values, names)
        around = self.scatter.quantiles(mean, spread, zero, unit, recent)
        if self.by_trees is None:
            return around
        # the trees tell quantiles over the level: what corrects the mean since, and widens the scatter, holds for them
        of_mean = self.by_trees.predict(values, names) / over_level[:, None]
        told = np.maximum(mean[:, None] * (1 + (of_mean - 1) * wide[:, None]), 0)
        share = np.float32(self.by_trees.share)
        both: Floats = ((1 - share) * around + share * told).astype(np.float32)
        return both

    def recent_errors(
        self, panel: Panel, least_exposure: float, codes: Mapping[str, Mapping[str, int]], *, hold_out: bool = False
    ) -> RecentErrors:
        """What the mean, or the hold-out mean, forecast of each day of the panel on its eve, and what came."""
        model = self.hold_out_mean if hold_out else self.mean

        def predict(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats, Floats]:
            zero, spread = self.scatter.zero_of(values, names), self.scatter.spread_of(values, names)
            none = np.zeros(len(scale), dtype=np.float32)
            return mean_of(model, values, names, scale), spread, none if zero is None else zero

        return recent_errors_of(panel, model, predict, codes, least_exposure)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        """JSON-ready values, and LightGBM texts by name."""
        of_scatter, texts = self.scatter.to_parts()
        kept: dict[str, Any] = {
            "scatter": of_scatter,
            "persistence": {name: str(value) for name, value in asdict(self.persistence).items()},
            "level_pull": str(self.level_pull),  # JSON knows no infinity
            "spread_pull": str(self.spread_pull),
            "losses": dict(self.losses),
            "learned_since": self.learned_since,
        }
        for name in MEANS:
            model = getattr(self, name)
            regression = model.on if isinstance(model, Trees) else model if isinstance(model, Regression) else None
            kept[name] = {
                "kind": type(model).__name__,
                "regression": None if regression is None else asdict(regression),
            }
            if isinstance(model, Trees):
                texts |= model.to_texts(name)
        for name in BESIDE:
            part: QuantileTrees | AllDays | None = getattr(self, name)
            kept[name], own = (None, {}) if part is None else part.to_parts()
            texts |= own
        return kept, texts

    @classmethod
    def from_parts(cls, kept: Mapping[str, Any], texts: Mapping[str, str]) -> HorizonModel:
        """The model that `to_parts` took apart."""
        return cls(
            hold_out_mean=_model("hold_out_mean", kept["hold_out_mean"], texts),
            mean=_model("mean", kept["mean"], texts),
            scatter=Scatter.from_parts(kept["scatter"], texts),
            persistence=ErrorPersistence(**{name: float(value) for name, value in kept["persistence"].items()}),
            level_pull=float(kept["level_pull"]),
            spread_pull=float(kept["spread_pull"]),
            losses=kept["losses"],
            learned_since=kept.get("learned_since", 1.0),  # models of before do not tell
            by_trees=QuantileTrees.from_parts(kept["by_trees"], texts) if kept["by_trees"] else None,
            all_days=AllDays.from_parts(kept["all_days"], texts) if kept["all_days"] else None,
        )


def _model(name: str, kept: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    regression = None if kept["regression"] is None else Regression(**kept["regression"])
    if kept["kind"] == Trees.__name__:
        return Trees.from_texts(name, texts, regression)
    if kept["kind"] == Regression.__name__:
        return regression
    return Smoothed() if kept["kind"] == Smoothed.__name__ else None
