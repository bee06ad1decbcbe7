"""The sample region as a world to be played, and what its truth tells those who may know it."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.sample.cities import TIMEZONE
from data.sample.playable import News, PlayableRegion, make_playable_region, write_past
from data.sample.shelves import REJECTED_AT_RECEIPT
from data.sample.streams import stream
from data.sample.true_demand import TrueDemand
from warehouse.purchasing.simulation.deliveries import Reliability, draw_deliveries
from warehouse.purchasing.simulation.world import Goods, World

Floats = NDArray[np.float64]

FORESEEN_DAYS = 14  # as far as forecasts reach
DRAWS = 2048  # of each day's distribution; a power of two, as plans' scenarios are
USUAL_RELIABILITY = Reliability()
AHEAD = 15  # days after the last one played of which demand is drawn, for who knows it


@dataclass(frozen=True)
class SampleSize:
    """How large the region is, for how long there is history and how long it is played; the same, the same days."""

    until: date
    seed: int = 1
    warehouses: int = 3
    products: int = 60
    history: int = 120
    days: int = 74
    freshest_first: float = 0.0  # the share of customers who take the freshest

    def make(self) -> "SampleWorld":
        """The world of that size. Raises ValueError for one that cannot be made."""
        return SampleWorld.of(self)


@dataclass(frozen=True, eq=False)
class SampleWorld:
    """The region, what is to be played of it, and the draws of its truth."""

    size: SampleSize
    region: PlayableRegion
    world: World

    @classmethod
    def of(cls, size: SampleSize, reliability: Reliability = USUAL_RELIABILITY) -> "SampleWorld":
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
            Goods(one.product_id, one.category, one.portion, one.shelf_life_days, one.list_price, size.freshest_first)
            for one in region.catalogue.products
        ]
        days = region.extent.all_days[first : first + size.days]
        wanted = region.wanted(size.days + AHEAD)
        return cls(size, region, World(days, region.extent.warehouse_ids, goods, wanted, deliveries))

    def write_past(self, connection: Connection) -> None:
        """Writes what is known in the evening before the first day."""
        write_past(connection, self.region)

    @property
    def timezone(self) -> str:
        """All warehouses share one clock."""
        return TIMEZONE

    def write_news(self, connection: Connection, after: datetime, until: datetime) -> None:
        """Writes what became known between two moments: weather, promotions."""
        self._news.write_until(connection, until, after)

    @cached_property
    def _news(self) -> News:
        return News(self.region)

    def sold_before(self, days: int) -> Floats:
        """What was sold on the last days of the past: day, warehouse, product."""
        first = self.region.first
        sold: Floats = self.region.shelves.sold[max(first - days, 0) :].sum(axis=3) * self.region.catalogue.portion
        return sold

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
