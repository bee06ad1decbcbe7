"""The sample region up to an evening, and what will come after it: a world in which somebody else buys from then on.

Shoppers, promotions, weather and farms are drawn once, for all days. What the region's own buyers did is written up to
the evening; what becomes known later is handed out day by day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from data import tables
from data.bulk import write_rows
from data.sample.catalogue import Catalogue, make_catalogue
from data.sample.extent import Extent
from data.sample.farms import Farms, found_farms, offer_rows, tier_rows
from data.sample.promotions import Promotions, plan_promotions, promotion_rows
from data.sample.receipts import Receipts
from data.sample.replenishment import Buyers, Sourcing, arrange_sourcing
from data.sample.rows import (
    AVAILABILITY,
    INSPECTION,
    LOT,
    OFFER,
    PRODUCT,
    PROMOTION,
    PURCHASE_ORDER,
    PURCHASE_ORDER_EVENT,
    SALES,
    WAREHOUSE,
    WEATHER,
    availability_rows,
    highest_numbers,
    product_rows,
    sales_rows,
    supplier_rows,
    warehouse_rows,
)
from data.sample.shelves import Shelves, run_shelves
from data.sample.shoppers import Demand, expect_demand
from data.sample.shopping_days import shopping_days
from data.sample.streams import stream
from data.sample.weather import SimulatedWeather, simulate_weather, weather_rows

AFTERWARDS = 16  # days after the last one played that a forecast may look at


@dataclass(frozen=True, eq=False)
class PlayableRegion:
    """`extent` covers all days, `past` those up to the evening from which on somebody else buys."""

    extent: Extent
    past: Extent
    catalogue: Catalogue
    promotions: Promotions
    weather: SimulatedWeather
    demand: Demand
    farms: Farms
    sourcing: Sourcing
    shelves: Shelves

    @property
    def first(self) -> int:
        """The number of the first day after the evening."""
        return self.past.simulated_days

    def wanted(self, days: int) -> NDArray[np.int32]:
        """What shoppers want on the first days after the evening (day, warehouse, product, hour), in portions."""
        draws = stream(self.extent.seed, "sales")
        drawn = [self.demand.draw(day, draws) for day in range(self.first + days)]
        return np.stack(drawn[self.first :])


def make_playable_region(
    evening: date, *, seed: int, warehouses: int, products: int, history: int, days: int
) -> PlayableRegion:
    """A region with `history` days up to an evening, and `days` days after it to be played. Raises ValueError for a
    size that cannot be made."""
    past = Extent(until=evening, seed=seed, warehouses=warehouses, products=products, days=history)
    more = days + AFTERWARDS
    extent = replace(past, until=evening + timedelta(days=more), days=history + more)
    catalogue = make_catalogue(extent)
    calendar = shopping_days(extent.all_days)
    weather = simulate_weather(extent)
    promotions = plan_promotions(extent, catalogue)
    demand = expect_demand(extent, catalogue, calendar, weather, promotions)
    farms = found_farms(extent, catalogue)
    sourcing = arrange_sourcing(extent, catalogue, farms)
    buyers = Buyers(extent, catalogue, calendar, promotions, demand, farms, sourcing)
    shelves = run_shelves(past, catalogue, demand, farms, sourcing, buyers)
    return PlayableRegion(extent, past, catalogue, promotions, weather, demand, farms, sourcing, shelves)


def write_past(connection: Connection, region: PlayableRegion) -> None:
    """Writes what is known at the end of the evening into a migrated, empty database."""

    def write(entity: type[tables.Base], rows: Iterable[Sequence[Any]], columns: str) -> None:
        write_rows(connection, _table(entity), columns.split(), rows, on_conflict="fail")

    extent, catalogue, farms, shelves = region.past, region.catalogue, region.farms, region.shelves
    receipts = Receipts(extent, catalogue, farms, region.sourcing, shelves)
    orders, lines = receipts.orders_under_way()
    write(tables.WarehouseRow, warehouse_rows(extent), WAREHOUSE)
    write(tables.ProductRow, product_rows(catalogue), PRODUCT)
    write(tables.SupplierRow, supplier_rows(farms), "supplier_id name kind city address language")
    write(tables.OfferRow, offer_rows(extent, catalogue, farms), OFFER)
    write(tables.OfferTierRow, tier_rows(catalogue, farms), "offer_id min_quantity unit_price")
    write(tables.DailySalesRow, sales_rows(extent, catalogue, shelves), SALES)
    write(tables.DailyAvailabilityRow, availability_rows(extent, catalogue, shelves), AVAILABILITY)
    write(tables.LotRow, receipts.lots(), LOT)
    write(tables.InspectionRow, receipts.inspections(), INSPECTION)
    write(tables.PurchaseOrderRow, orders, PURCHASE_ORDER)
    write(tables.PurchaseOrderNumberRow, highest_numbers(orders), "order_date highest")
    write(tables.PurchaseOrderLineRow, lines, "purchase_order_id line_no product_id quantity unit_price")
    write(tables.PurchaseOrderEventRow, receipts.placed_and_sent(orders), PURCHASE_ORDER_EVENT)
    News(region).write_until(connection, extent.end_of(extent.until))


class News:
    """Weather and promotions of all days, handed out as they become known."""

    def __init__(self, region: PlayableRegion) -> None:
        promotions = promotion_rows(region.extent, region.catalogue, region.promotions)
        self._kinds = (
            _Kind(tables.WeatherRow, WEATHER, 2, list(weather_rows(region.extent, region.weather))),
            _Kind(tables.PromotionRow, PROMOTION, 3, list(promotions)),
        )

    def write_until(self, connection: Connection, moment: datetime, after: datetime | None = None) -> None:
        """Writes what became known by a moment, and `after` another where one is given."""
        for kind in self._kinds:
            known = ((row[kind.known_at], row) for row in kind.rows)
            news = [row for at, row in known if at <= moment and (after is None or at > after)]
            write_rows(connection, _table(kind.entity), kind.columns.split(), news, on_conflict="fail")


@dataclass(frozen=True)
class _Kind:
    """Rows of a table, and which of their columns says when each became known."""

    entity: type[tables.Base]
    columns: str
    known_at: int
    rows: Sequence[Sequence[Any]]


def _table(entity: type[tables.Base]) -> Table:
    return entity.metadata.tables[entity.__tablename__]
