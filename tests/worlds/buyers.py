"""Who restocks a made world: buyers with rules of their own, none of whom knows the demand that was missed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.model.all_days_forecasts import of_all_days
from forecasting.model.region_model import RegionModel, train_region_model
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import forecast_panel, panel_of, train_warehouse_models
from tests.worlds.world import Counts, Floats, World

Buyer = Callable[[World], NDArray[np.integer]]
LOOKED_BACK = 14  # days
LEAST_EXPOSURE = 0.3


def constant_stock(world: World) -> Counts:
    """Fills the shelf every evening up to the same number, a mean day and a half."""
    return _up_to(1.45 * world.level, world)


def up_to_the_mean(world: World) -> Counts:
    """Fills the shelf up to what an hour in stock sold lately, for a whole day."""
    return _up_to(1.15 * believed(world), world)


def plenty(world: World) -> Counts:
    """Fills the shelf up to four usual days, so that hardly anything runs out."""
    return _up_to(4 * world.level, world)


def erratic(world: World) -> Counts:
    """As `up_to_the_mean`, give or take a half, and on one day in ten nothing at all."""
    random = np.random.default_rng([7, world.day])
    scattered = believed(world) * random.lognormal(0.1, 0.45, world.shape)
    return np.where(random.random(world.shape) < 0.1, 0, _up_to(scattered, world))


def believed(world: World) -> Floats:
    """Portions a day that each product sells, as sales over hours in stock of the last days say; at first its level."""
    days = slice(max(0, world.day - LOOKED_BACK), world.day)
    sold = world.sold[days].sum(axis=(0, 3))
    exposed = (world.in_stock[days] @ (np.ones(24) / 24)).sum(axis=0)
    weight = 2.0  # days that the first impression counts for
    level: Floats = (sold + weight * world.level) / (exposed + weight)
    return level


def _up_to(wanted: Floats, world: World) -> Counts:
    ordered: Counts = np.maximum(np.maximum(np.rint(wanted), 1).astype(np.int64) - world.stock, 0)
    return ordered


class OrderingByForecasts:
    """Fills the shelf every evening up to a quantile of tomorrow's forecast, by models that are trained every week:
    what its own orders cut short is what it learns from. `forecasts` are those made so far, one frame an evening."""

    def __init__(self, settings: TrainingSettings, *, fresh: str = "q75", lasting: str = "q90") -> None:
        self._settings, self._columns = settings, {True: fresh, False: lasting}
        self._region_model: RegionModel | None = None
        self.forecasts: list[pd.DataFrame] = []

    def __call__(self, world: World) -> Counts:
        """The order of an evening, in portions."""
        known = world.known()
        if self._region_model is None or (world.day - self._trained_on) % 7 == 0:
            self._region_model, self._trained_on = train_region_model(known, self._settings), world.day
            self._models = train_warehouse_models(known, self._region_model)
        panel = panel_of(known, self._region_model)
        found = of_all_days(forecast_panel(panel, self._models, self._region_model, panel.last, [1]))
        self.forecasts.append(found)
        by_series = found.sort_values(["warehouse_id", "product_id"])
        fresh = world.life <= 2
        quantity = np.where(
            fresh, *(by_series[self._columns[kind]].to_numpy().reshape(world.shape) for kind in (True, False))
        )
        return _up_to(quantity / world.portion, world)
