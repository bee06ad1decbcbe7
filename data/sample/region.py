"""The sample region: ten warehouses of a fresh-food shop, simulated from a seed and written into an empty database.

Everything follows from one simulation of demand and shelves, so that sales, availability, lots, waste, inspections and
orders agree with each other. It is written in one transaction, and is the same to the byte for the same arguments.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from data import tables
from data.bulk import write_rows
from data.sample.catalogue import make_catalogue
from data.sample.coolers import cooler_rows
from data.sample.extent import WARM_UP_DAYS, Extent
from data.sample.farms import found_farms, offer_rows, tier_rows
from data.sample.floor import lay_out_floors
from data.sample.handovers import Order, handover_rows
from data.sample.names import NAME, name_rows
from data.sample.orders import Line, order_rows
from data.sample.promotions import plan_promotions, promotion_rows
from data.sample.receipts import Receipts
from data.sample.replenishment import Buyers, arrange_sourcing
from data.sample.rows import (
    AVAILABILITY,
    INSPECTION,
    LOT,
    OFFER,
    ORDER_LINE,
    PRODUCT,
    PROMOTION,
    PURCHASE_ORDER,
    PURCHASE_ORDER_EVENT,
    SALES,
    SLOT,
    WAREHOUSE,
    WEATHER,
    ZONE,
    availability_rows,
    demand_rows,
    highest_numbers,
    product_rows,
    sales_rows,
    supplier_rows,
    warehouse_rows,
)
from data.sample.sensors import reading_rows
from data.sample.shelves import run_shelves
from data.sample.shoppers import expect_demand
from data.sample.shopping_days import shopping_days
from data.sample.weather import simulate_weather, weather_rows

Progress = Callable[[str, int, int], None]


class RegionNotEmpty(RuntimeError):
    """There are warehouses in the database already; the sample region is made in an empty one."""


@dataclass(frozen=True)
class SampleSummary:
    """What was made: the days told of, rows by table, and the share of demand that was sold."""

    first_day: date
    until: date
    rows: dict[str, int]
    fill_rate: float


def generate_sample_region(
    engine: Engine,
    *,
    until: date,
    seed: int = 1,
    warehouses: int = 10,
    products: int = 300,
    days: int = 180,
    progress: Progress | None = None,
) -> SampleSummary:
    """Fills a migrated, empty database with `days` days of a region that end on `until` (inclusive): all or nothing.

    `progress(step, done, of)` is called as the steps are done. Raises ValueError for a size that cannot be made and
    RegionNotEmpty where there are warehouses already."""
    extent = Extent(until=until, seed=seed, warehouses=warehouses, products=products, days=days)
    steps = _Steps(progress)
    with engine.execution_options(freshfront_writes=True).begin() as connection:
        if connection.execute(select(tables.WarehouseRow.warehouse_id).limit(1)).first():
            raise RegionNotEmpty("the database holds warehouses already; the sample region needs an empty one")
        rows, fill_rate = _simulate_and_write(connection, extent, steps)
    return SampleSummary(extent.told_days[0], until, rows, fill_rate)


class _Steps:
    """Tells how far it is: simulating is the first step, then each table."""

    OF = 28

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done = progress, 0

    def done(self, step: str) -> None:
        self._done += 1
        if self._progress:
            self._progress(step, self._done, self.OF)


def _simulate_and_write(connection: Connection, extent: Extent, steps: _Steps) -> tuple[dict[str, int], float]:
    catalogue = make_catalogue(extent)
    calendar = shopping_days(extent.all_days)
    weather = simulate_weather(extent)
    promotions = plan_promotions(extent, catalogue)
    demand = expect_demand(extent, catalogue, calendar, weather, promotions)
    farms = found_farms(extent, catalogue)
    sourcing = arrange_sourcing(extent, catalogue, farms)
    steps.done("demand")
    buyers = Buyers(extent, catalogue, calendar, promotions, demand, farms, sourcing)
    shelves = run_shelves(extent, catalogue, demand, farms, sourcing, buyers)
    steps.done("shelves")
    floor = lay_out_floors(extent, catalogue, shelves)
    receipts = Receipts(extent, catalogue, farms, sourcing, shelves)
    orders, lines = receipts.orders_under_way()

    written: dict[str, int] = {}

    def write(entity: type[tables.Base], rows: Iterable[Sequence[Any]], columns: str | None = None) -> None:
        table: Table = entity.metadata.tables[entity.__tablename__]
        names = columns.split() if columns else [column.name for column in table.columns]
        written[table.name] = write_rows(connection, table, names, rows, on_conflict="fail")
        steps.done(table.name)

    write(tables.WarehouseRow, warehouse_rows(extent), WAREHOUSE)
    write(tables.ProductRow, product_rows(catalogue), PRODUCT)
    write(tables.SupplierRow, supplier_rows(farms), "supplier_id name kind city address language")
    write(tables.OfferRow, offer_rows(extent, catalogue, farms), OFFER)
    write(tables.OfferTierRow, tier_rows(catalogue, farms), "offer_id min_quantity unit_price")
    write(
        tables.ZoneRow,
        floor.zones,
        ZONE,
    )
    write(tables.LimitRow, floor.limits, "zone_id valid_from low_c high_c low_delay_minutes high_delay_minutes")
    write(tables.FloorPointRow, floor.points, "warehouse_id point x_m y_m")
    write(tables.SlotRow, floor.slots, SLOT)
    write(tables.SensorRow, floor.sensors, "sensor_id zone_id name")
    write(tables.ActuatorRow, cooler_rows(floor), "actuator_id zone_id kind name topic rule")
    write(tables.NameRow, name_rows(extent, catalogue, farms, floor), NAME)
    write(tables.WeatherRow, weather_rows(extent, weather), WEATHER)
    write(tables.PromotionRow, promotion_rows(extent, catalogue, promotions), PROMOTION)
    write(tables.DailySalesRow, sales_rows(extent, catalogue, shelves), SALES)
    write(tables.DailyAvailabilityRow, availability_rows(extent, catalogue, shelves), AVAILABILITY)
    write(tables.TrueDemandRow, demand_rows(extent, catalogue, shelves), "warehouse_id product_id date demand")
    made: list[Order] = []
    write(tables.OrderLineRow, _noting(order_rows(extent, catalogue, promotions, shelves), made), ORDER_LINE)
    write(tables.HandoverRow, handover_rows(extent, weather, made), "warehouse_id order_id delivered_at known_at")
    write(tables.LotRow, receipts.lots(), LOT)
    write(tables.InspectionRow, receipts.inspections(), INSPECTION)
    write(tables.PurchaseOrderRow, orders, PURCHASE_ORDER)
    write(tables.PurchaseOrderNumberRow, highest_numbers(orders))
    write(tables.PurchaseOrderLineRow, lines, "purchase_order_id line_no product_id quantity unit_price")
    write(tables.PurchaseOrderEventRow, receipts.placed_and_sent(orders), PURCHASE_ORDER_EVENT)
    write(tables.ReadingRow, reading_rows(extent, floor), "sensor_id taken_at temperature_c known_at")
    told = slice(WARM_UP_DAYS, None)
    return written, float(shelves.sold[told].sum() / shelves.demanded[told].sum())


def _noting(lines: Iterable[Line], made: list[Order]) -> Iterator[Line]:
    """The order lines as they come; each order is noted at its first one."""
    for line in lines:
        order_id, line_no, warehouse_id, _, ordered_at, *_ = line
        if line_no == 1:
            made.append((warehouse_id, order_id, ordered_at))
        yield line
