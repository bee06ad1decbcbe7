"""The sample region as a world to be played, and what its truth tells those who may know it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.sample.playable import News, PlayableRegion, make_playable_region, write_past
from data.sample.shelves import REJECTED_AT_RECEIPT
from data.sample.streams import stream
from data.sample.true_demand import TrueDemand
from forecasting.known.frames import QUANTILE_COLUMNS
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.simulation.deliveries import Reliability, draw_deliveries
from warehouse.purchasing.simulation.world import Goods, World

Floats = NDArray[np.float64]

FORESEEN_DAYS = 14  # as far as forecasts reach
DRAWS = 2048  # of each day's distribution; a power of two, as plans' scenarios are
LEVELS = tuple(int(name[1:]) / 100 for name in QUANTILE_COLUMNS)
USUAL_RELIABILITY = Reliability()
AHEAD = 15  # days after the last one played of which demand is drawn, for who knows it


@dataclass(frozen=True)
class Size:
    """How large the region is, for how long there is history and how long it is played; the same, the same days."""

    until: date
    seed: int = 1
    warehouses: int = 3
    products: int = 60
    history: int = 120
    days: int = 74


@dataclass(frozen=True, eq=False)
class SampleWorld:
    """The region, what is to be played of it, and the draws of its truth."""

    size: Size
    region: PlayableRegion
    world: World

    @classmethod
    def of(cls, size: Size, reliability: Reliability = USUAL_RELIABILITY) -> "SampleWorld":
        """The world of that size. Raises ValueError for one that cannot be made."""
        region = make_playable_region(
            size.until,
            seed=size.seed,
            warehouses=size.warehouses,
            products=size.products,
            history=size.history,
            days=size.days,
        )
        ids = [product.product_id for product in region.catalogue.products]
        wrong, farms = region.shelves.wrong * REJECTED_AT_RECEIPT, region.farms
        rejected = {
            (ids[product], farms.suppliers[supplier][0]): float(share)
            for product, supplier, share in zip(farms.product, farms.supplier, wrong, strict=True)
        }
        first = region.first
        deliveries = draw_deliveries(
            stream(size.seed, "deliveries to who plays"),
            size.days,
            region.extent.warehouse_ids,
            ids,
            rejected,
            reliability,
        )
        goods = [
            Goods(one.product_id, one.category, one.portion, one.shelf_life_days, one.list_price)
            for one in region.catalogue.products
        ]
        days = region.extent.all_days[first : first + size.days]
        wanted = region.wanted(size.days + AHEAD)
        return cls(size, region, World(days, region.extent.warehouse_ids, goods, wanted, deliveries))

    def write_past(self, connection: Connection) -> None:
        """Writes what is known in the evening before the first day."""
        write_past(connection, self.region)

    @cached_property
    def news(self) -> News:
        """What becomes known as the days go by."""
        return News(self.region)

    def delivers(self) -> NDArray[np.bool_]:
        """Day played, product: whether anybody delivers it then."""
        first = self.region.first
        brings: NDArray[np.bool_] = self.region.sourcing.offer[first : first + self.size.days] >= 0
        return brings

    def lowest_prices(self) -> Floats:
        """By product, the lowest price of a unit that any offer has."""
        farms = self.region.farms
        lowest = np.full(len(self.world.goods), np.inf)
        np.minimum.at(lowest, farms.product, farms.prices.min(axis=1))
        return lowest

    def introduced(self, day: int) -> NDArray[np.bool_]:
        """By product, whether it is on sale on a day played."""
        on_sale: NDArray[np.bool_] = self.region.catalogue.introduced <= self.region.first + day
        return on_sale

    def distribution(self, day: int) -> Floats:
        """Draws of what is wanted on the days from a day played on, for who knows all up to the evening before, in the
        product's unit: warehouse, product, day, draw."""
        random = np.random.default_rng([self.size.seed, day])
        paths = TrueDemand(self.region.demand).paths(self.region.first + day, FORESEEN_DAYS, DRAWS, random)
        in_units: Floats = paths * self.region.catalogue.portion[:, None, None]
        return in_units

    def come_true(self, day: int) -> Floats:
        """What will be wanted on the days from a day played on: warehouse, product, day, one draw."""
        wanted = self.world.wanted[day : day + FORESEEN_DAYS].sum(axis=3)
        in_units: Floats = wanted.transpose(1, 2, 0)[..., None] * self.region.catalogue.portion[:, None, None]
        return in_units


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
