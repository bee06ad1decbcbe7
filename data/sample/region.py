"""The sample region: ten warehouses of a fresh-food shop, simulated from a seed and written into an empty database.

Everything follows from one simulation of demand and shelves, so that sales, availability, lots, waste, inspections and
orders agree with each other. It is written in one transaction, and is the same to the byte for the same arguments.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from data import tables
from data.bulk import write_rows
from data.sample.catalogue import Catalogue, make_catalogue
from data.sample.cities import TIMEZONE, city_of
from data.sample.coolers import cooler_rows
from data.sample.extent import WARM_UP_DAYS, Extent
from data.sample.farms import Farms, found_farms, offer_rows, tier_rows
from data.sample.floor import lay_out_floors
from data.sample.orders import order_rows
from data.sample.promotions import plan_promotions, promotion_rows
from data.sample.receipts import Receipts
from data.sample.replenishment import Buyers, arrange_sourcing
from data.sample.sensors import reading_rows
from data.sample.shelves import Shelves, run_shelves
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

    OF = 25

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

    write(tables.WarehouseRow, _warehouse_rows(extent), _WAREHOUSE)
    write(tables.ProductRow, _product_rows(catalogue), _PRODUCT)
    write(tables.SupplierRow, _supplier_rows(farms), "supplier_id name kind city address language")
    write(tables.OfferRow, offer_rows(extent, catalogue, farms), _OFFER)
    write(tables.OfferTierRow, tier_rows(catalogue, farms), "offer_id min_quantity unit_price")
    write(tables.ZoneRow, floor.zones, "zone_id warehouse_id name band x_m y_m width_m depth_m")
    write(tables.LimitRow, floor.limits, "zone_id valid_from low_c high_c low_delay_minutes high_delay_minutes")
    write(tables.SlotRow, floor.slots, "slot_id warehouse_id zone_id x_m y_m distance_m volume_l product_id")
    write(tables.SensorRow, floor.sensors, "sensor_id zone_id name")
    write(tables.ActuatorRow, cooler_rows(floor), "actuator_id zone_id kind name topic rule")
    write(tables.WeatherRow, weather_rows(extent, weather), _WEATHER)
    write(tables.PromotionRow, promotion_rows(extent, catalogue, promotions), _PROMOTION)
    write(tables.DailySalesRow, _sales_rows(extent, catalogue, shelves), _SALES)
    write(tables.DailyAvailabilityRow, _availability_rows(extent, catalogue, shelves), _AVAILABILITY)
    write(tables.TrueDemandRow, _demand_rows(extent, catalogue, shelves), "warehouse_id product_id date demand")
    write(tables.OrderLineRow, order_rows(extent, catalogue, promotions, shelves), _ORDER_LINE)
    write(tables.LotRow, receipts.lots(), _LOT)
    write(tables.InspectionRow, receipts.inspections(), _INSPECTION)
    write(tables.PurchaseOrderRow, orders, _PURCHASE_ORDER)
    write(tables.PurchaseOrderNumberRow, _highest_numbers(orders))
    write(tables.PurchaseOrderLineRow, lines, "purchase_order_id line_no product_id quantity unit_price")
    write(tables.PurchaseOrderEventRow, receipts.placed_and_sent(orders), _PURCHASE_ORDER_EVENT)
    write(tables.ReadingRow, reading_rows(extent, floor), "sensor_id taken_at temperature_c known_at")
    told = slice(WARM_UP_DAYS, None)
    return written, float(shelves.sold[told].sum() / shelves.demanded[told].sum())


_WAREHOUSE = "warehouse_id name city timezone latitude longitude opened_on address"
_PRODUCT = "product_id name category subcategory band unit volume_l shelf_life_days list_price introduced_on"
_OFFER = (
    "offer_id supplier_id product_id pack_size min_quantity daily_capacity lead_time_days delivery_weekdays "
    "valid_from valid_until known_at"
)
_WEATHER = "warehouse_id date issued_at observed temperature_c precipitation_mm humidity_pct wind_level"
_PROMOTION = "warehouse_id product_id starts_on known_at ends_on discount promoted"
_SALES = "warehouse_id product_id date known_at sales hourly_sales"
_AVAILABILITY = "warehouse_id product_id date known_at in_stock_hours"
_ORDER_LINE = "order_id line_no warehouse_id product_id ordered_at quantity unit_price known_at"
_LOT = (
    "lot_id warehouse_id product_id supplier_id received_at expires_on quantity_received quantity_on_hand unit_cost "
    "known_at counted_at"
)
_INSPECTION = (
    "inspection_id stage supplier_id product_id warehouse_id lot_id inspected_at inspected_quantity "
    "accepted_quantity defect known_at"
)
_PURCHASE_ORDER = (
    "purchase_order_id number plan_id supplier_id warehouse_id delivery_date ordered_at ordered_by sent_at"
)
_PURCHASE_ORDER_EVENT = "order_event_id purchase_order_id kind happened_at known_at by"


def _highest_numbers(orders: Iterable[Sequence[Any]]) -> list[tuple[date, int]]:
    """The highest number by the day that a purchase order's name tells."""
    highest: dict[date, int] = {}
    for _, name, *_ in orders:
        _, day, number = name.split("-")
        highest[date.fromisoformat(day)] = max(highest.get(date.fromisoformat(day), 0), int(number))
    return sorted(highest.items())


def _warehouse_rows(extent: Extent) -> Iterator[tuple[Any, ...]]:
    for number, warehouse_id in enumerate(extent.warehouse_ids):
        city = city_of(number)
        opened_on = extent.first_day - timedelta(days=365 + 97 * number)
        name = f"{city.name} {city.district}"
        address = f"Front warehouse {warehouse_id}, {city.district} District, {city.name}"
        yield warehouse_id, name, city.name, TIMEZONE, city.latitude, city.longitude, opened_on, address


def _supplier_rows(farms: Farms) -> Iterator[tuple[Any, ...]]:
    """The names of the sample region are English, and so are its purchase orders."""
    for supplier_id, name, kind, place in farms.suppliers:
        yield supplier_id, name, kind, place, f"{name}, {place}", tables.Language.EN


def _product_rows(catalogue: Catalogue) -> Iterator[tuple[Any, ...]]:
    for product in catalogue.products:
        yield (
            product.product_id,
            product.name,
            product.category,
            product.subcategory,
            product.band,
            product.unit,
            product.volume_l,
            product.shelf_life_days,
            product.list_price,
            product.introduced_on,
        )


def _told(extent: Extent, catalogue: Catalogue) -> Iterator[tuple[int, int, str, str, int]]:
    """Numbers and ids of warehouses and products, and the first day on which the product is told of."""
    for warehouse, warehouse_id in enumerate(extent.warehouse_ids):
        for number, product in enumerate(catalogue.products):
            yield (
                warehouse,
                number,
                warehouse_id,
                product.product_id,
                max(WARM_UP_DAYS, int(catalogue.introduced[number])),
            )


def _sales_rows(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Iterator[tuple[Any, ...]]:
    days = extent.all_days[: extent.simulated_days]
    known_at = [extent.end_of(day) for day in days]
    for warehouse, product, warehouse_id, product_id, first in _told(extent, catalogue):
        # portions are quarters of a unit or more, so that 32-bit floats hold them and their sums exactly
        hourly = (shelves.sold[first:, warehouse, product] * catalogue.portion[product]).astype("<f4")
        kept, width = hourly.tobytes(), hourly.shape[1] * 4
        blobs = (kept[at : at + width] for at in range(0, len(kept), width))
        sales = hourly.sum(1).tolist()
        yield from zip(repeat(warehouse_id), repeat(product_id), days[first:], known_at[first:], sales, blobs)


def _availability_rows(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Iterator[tuple[Any, ...]]:
    days = extent.all_days[: extent.simulated_days]
    known_at = [extent.end_of(day) for day in days]
    for warehouse, product, warehouse_id, product_id, first in _told(extent, catalogue):
        in_stock = shelves.in_stock[first:, warehouse, product].tolist()
        yield from zip(repeat(warehouse_id), repeat(product_id), days[first:], known_at[first:], in_stock)


def _demand_rows(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Iterator[tuple[Any, ...]]:
    days = extent.all_days[: extent.simulated_days]
    for warehouse, product, warehouse_id, product_id, first in _told(extent, catalogue):
        demand = (shelves.demanded[first:, warehouse, product] * catalogue.portion[product]).tolist()
        yield from zip(repeat(warehouse_id), repeat(product_id), days[first:], demand)
