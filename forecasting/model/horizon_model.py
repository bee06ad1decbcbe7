"""What forecasts one reach of horizons, tomorrow or the days after it: a mean, how likely a day without demand is, a
spread, and the shape of the errors.

A day is without demand with some probability, and else its demand scatters around a mean (a hurdle model: Mullahy 1986,
J. Econometrics 33, 341-365). The errors are those of the *hold-out mean*, which was fitted without the last days, so
that the distribution is calibrated out of sample; it stays with the model, so that a warehouse can measure itself
against it later. A mean and a spread cost a fraction of seven quantile models, and cannot cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.panel import Floats, Panel
from forecasting.known.frames import QUANTILES
from forecasting.model.all_days import AllDays
from forecasting.model.error_shapes import LEAST_SPREAD, ErrorShapes, RecentErrorShapes
from forecasting.model.mean_models import MeanModel, Smoothed, mean_of
from forecasting.model.recent_errors import ErrorPersistence, RecentErrors, recent_errors_of
from forecasting.model.regression import Regression
from forecasting.model.trees import Trees

MOST_ZERO: Final = 0.98  # probability of a day without demand; keeps the mean of the other days finite
MEANS: Final = ("hold_out_mean", "mean")
BESIDE: Final = ("zero", "spread")  # trees beside the means


@dataclass(frozen=True, eq=False)
class HorizonModel:
    """All that was learned for one reach of horizons.

    losses: of each rung of the ladder on the hold-out days, mean Tweedie deviance over that of the lowest rung;
    `mean` is of the best.
    """

    hold_out_mean: MeanModel  # fitted without the hold-out days
    mean: MeanModel
    zero: Trees | None  # log odds of a day without demand; None: there are next to none
    spread: Trees
    shapes: ErrorShapes
    persistence: ErrorPersistence  # of recent errors
    level_pull: float  # of a warehouse's level towards the region's, in training rows; infinite: all the way
    spread_pull: float
    losses: Mapping[str, float]
    all_days: AllDays | None = None  # None: no day was cut short

    def factor_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The all-days factor (n) of rows of features: demand on all days over demand on days seen whole."""
        none = np.ones(len(values), dtype=np.float32)
        return none if self.all_days is None else self.all_days.factor_of(values, names)

    def spread_of(self, values: Floats, names: Sequence[str]) -> Floats:
        """The expected relative error of rows of features, on days with demand."""
        return np.maximum(self.spread.predict(values, names), LEAST_SPREAD)

    def zero_of(self, values: Floats, names: Sequence[str]) -> Floats | None:
        """The probability (n) of a day without demand; None where that is not told apart."""
        return None if self.zero is None else probability_of(self.zero, values, names)

    def quantiles(
        self,
        mean: Floats,
        spread: Floats,
        zero: Floats | None,
        unit: NDArray[np.object_],
        recent: RecentErrorShapes | None = None,
    ) -> Floats:
        """The quantiles (n, 7) of demand, never negative and never crossing."""
        above, level = mean, None
        if zero is not None:
            above = mean / (1 - zero)
            level = ((np.array(QUANTILES) - zero[:, None]) / (1 - zero[:, None])).astype(np.float32)
        error = self.shapes.at(above, unit, level)
        if recent is not None:
            weight = np.float32(recent.weight)
            error = (1 - weight) * error + weight * recent.shapes.at(above, unit, level)
        quantiles: Floats = np.maximum(above[:, None] * (1 + spread[:, None] * error), 0)
        return quantiles if level is None else np.where(level <= 0, np.float32(0), quantiles)

    def recent_errors(
        self, panel: Panel, least_exposure: float, codes: Mapping[str, Mapping[str, int]], *, hold_out: bool = False
    ) -> RecentErrors:
        """What the mean, or the hold-out mean, forecast of each day of the panel on its eve, and what came."""
        model = self.hold_out_mean if hold_out else self.mean

        def predict(values: Floats, names: Sequence[str], scale: Floats) -> tuple[Floats, Floats, Floats]:
            zero = self.zero_of(values, names)
            none = np.zeros(len(scale), dtype=np.float32)
            return mean_of(model, values, names, scale), self.spread_of(values, names), none if zero is None else zero

        return recent_errors_of(panel, model, predict, codes, least_exposure)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        """JSON-ready values, and LightGBM texts by name."""
        texts: dict[str, str] = {}
        kept: dict[str, Any] = {
            "shapes": self.shapes.to_dict(),
            "persistence": {name: str(value) for name, value in asdict(self.persistence).items()},
            "level_pull": str(self.level_pull),  # JSON knows no infinity
            "spread_pull": str(self.spread_pull),
            "losses": dict(self.losses),
        }
        for name in (*MEANS, *BESIDE):
            model = getattr(self, name)
            regression = model.on if isinstance(model, Trees) else model if isinstance(model, Regression) else None
            kept[name] = {
                "kind": type(model).__name__,
                "regression": None if regression is None else asdict(regression),
            }
            if isinstance(model, Trees):
                texts |= model.to_texts(name)
        kept["all_days"] = None
        if self.all_days is not None:
            kept["all_days"], of_all_days = self.all_days.to_parts()
            texts |= of_all_days
        return kept, texts

    @classmethod
    def from_parts(cls, kept: Mapping[str, Any], texts: Mapping[str, str]) -> HorizonModel:
        """The model that `to_parts` took apart."""
        models = {name: _model(name, kept[name], texts) for name in (*MEANS, *BESIDE)}
        return cls(
            **models,
            shapes=ErrorShapes.from_dict(kept["shapes"]),
            persistence=ErrorPersistence(**{name: float(value) for name, value in kept["persistence"].items()}),
            level_pull=float(kept["level_pull"]),
            spread_pull=float(kept["spread_pull"]),
            losses=kept["losses"],
            all_days=AllDays.from_parts(kept["all_days"], texts) if kept["all_days"] else None,
        )


def _model(name: str, kept: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    regression = None if kept["regression"] is None else Regression(**kept["regression"])
    if kept["kind"] == Trees.__name__:
        return Trees.from_texts(name, texts, regression)
    if kept["kind"] == Regression.__name__:
        return regression
    return Smoothed() if kept["kind"] == Smoothed.__name__ else None


def probability_of(zero: Trees, values: Floats, names: Sequence[str]) -> Floats:
    """The probability (n) of a day without demand, from its log odds."""
    chance: Floats = (1 / (1 + np.exp(-zero.raw(values, names)))).astype(np.float32)
    return np.minimum(chance, np.float32(MOST_ZERO))
