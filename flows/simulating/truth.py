"""A world's truth as a plan takes it: as forecasts that are kept, and as the scenarios that it draws."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.frames import QUANTILE_COLUMNS
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.simulation.world import World

Floats = NDArray[np.float64]

LEVELS = tuple(int(name[1:]) / 100 for name in QUANTILE_COLUMNS)


def as_forecasts(draws: Floats, world: World, day: int, on_sale: NDArray[np.bool_]) -> pd.DataFrame:
    """Draws (warehouse, product, day, draw) as forecasts are kept: warehouse_id, product_id, date, q05..q95, mean."""
    warehouses, products, days, _ = draws.shape
    quantiles = np.quantile(draws, LEVELS, axis=3)
    index = np.indices((warehouses, products, days)).reshape(3, -1)
    dates = np.datetime64(world.days[day]) + np.arange(days)
    frame = pd.DataFrame(
        {
            "warehouse_id": np.array(world.warehouse_ids)[index[0]],
            "product_id": np.array([goods.product_id for goods in world.goods])[index[1]],
            "date": dates[index[2]],
            **{name: quantiles[at].ravel() for at, name in enumerate(QUANTILE_COLUMNS)},
            "mean": draws.mean(axis=3).ravel(),
        }
    )
    known: pd.DataFrame = frame.loc[on_sale[index[1]]]
    return known


def drawn_from(draws: Floats, world: World) -> Callable[[str], DrawDemand]:
    """By warehouse, a plan's scenarios from draws (warehouse, product, day, draw) of the days from its order date on.

    Each day's distribution is that of all draws, in even steps; which scenario is high on which day is that of the
    first draws, so a few hundred scenarios tell a distribution as well as thousands. Days past the last take the last
    one's."""
    rows = {goods.product_id: row for row, goods in enumerate(world.goods)}

    def of_warehouse(warehouse_id: str) -> DrawDemand:
        here = draws[list(world.warehouse_ids).index(warehouse_id)]

        def draw(product_ids: Sequence[str], quantiles: Floats, mean: Floats, scenarios: int, seed: int) -> Floats:
            chosen = here[[rows[name] for name in product_ids]]
            days = quantiles.shape[1]
            if (more := days - chosen.shape[1]) > 0:
                chosen = np.concatenate([chosen, np.repeat(chosen[:, -1:], more, axis=1)], axis=1)
            return in_even_steps(chosen[:, :days], scenarios)

        return draw

    return of_warehouse


def in_even_steps(draws: Floats, scenarios: int) -> Floats:
    """So many draws of the last axis, ranked as the first of them and spread as all."""
    available = draws.shape[-1]
    if available <= scenarios:
        return np.repeat(draws, -(-scenarios // available), axis=-1)[..., :scenarios]
    ranks = draws[..., :scenarios].argsort(axis=-1, kind="stable").argsort(axis=-1)
    levels = (np.arange(scenarios) + 0.5) / scenarios
    steps = np.sort(draws, axis=-1)[..., (levels * available).astype(int)]
    return np.take_along_axis(steps, ranks, axis=-1)
