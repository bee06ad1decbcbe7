"""The sample region's rows, table by table: warehouses, products, suppliers, sales, availability, true demand.

`..._rows` are in the order of the columns of the name beside them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import repeat
from typing import Any

from data import tables
from data.sample.catalogue import Catalogue
from data.sample.cities import TIMEZONE, city_of
from data.sample.extent import WARM_UP_DAYS, Extent
from data.sample.farms import Farms
from data.sample.shelves import Shelves

WAREHOUSE = "warehouse_id name city timezone latitude longitude opened_on address"
PRODUCT = (
    "product_id name category subcategory band unit volume_l shelf_life_days list_price introduced_on weight_kg "
    "humidity_low_pct humidity_high_pct ethylene odour allergens raw_meat"
)
ZONE = "zone_id warehouse_id name band x_m y_m width_m depth_m humidity_low_pct humidity_high_pct"
SLOT = "slot_id warehouse_id zone_id x_m y_m distance_m volume_l product_id aisle bay level max_weight_kg pick_face"
OFFER = (
    "offer_id supplier_id product_id pack_size min_quantity daily_capacity lead_time_days delivery_weekdays "
    "valid_from valid_until known_at"
)
WEATHER = "warehouse_id date issued_at observed temperature_c precipitation_mm humidity_pct wind_level"
PROMOTION = "warehouse_id product_id starts_on known_at ends_on discount promoted"
SALES = "warehouse_id product_id date known_at sales hourly_sales"
AVAILABILITY = "warehouse_id product_id date known_at in_stock_hours"
ORDER_LINE = "order_id line_no warehouse_id product_id ordered_at quantity unit_price known_at"
LOT = (
    "lot_id warehouse_id product_id supplier_id received_at expires_on quantity_received quantity_on_hand unit_cost "
    "known_at counted_at"
)
INSPECTION = (
    "inspection_id stage supplier_id product_id warehouse_id lot_id inspected_at inspected_quantity "
    "accepted_quantity defect known_at"
)
PURCHASE_ORDER = "purchase_order_id number plan_id supplier_id warehouse_id delivery_date ordered_at ordered_by sent_at"
PURCHASE_ORDER_EVENT = "order_event_id purchase_order_id kind happened_at known_at by"


def highest_numbers(orders: Iterable[Sequence[Any]]) -> list[tuple[date, int]]:
    """The highest number by the day that a purchase order's name tells."""
    highest: dict[date, int] = {}
    for _, name, *_ in orders:
        _, day, number = name.split("-")
        highest[date.fromisoformat(day)] = max(highest.get(date.fromisoformat(day), 0), int(number))
    return sorted(highest.items())


def warehouse_rows(extent: Extent) -> Iterator[tuple[Any, ...]]:
    """Rows of the table warehouses."""
    for number, warehouse_id in enumerate(extent.warehouse_ids):
        city = city_of(number)
        opened_on = extent.first_day - timedelta(days=365 + 97 * number)
        name = f"{city.name} {city.district}"
        address = f"Front warehouse {warehouse_id}, {city.district} District, {city.name}"
        yield warehouse_id, name, city.name, TIMEZONE, city.latitude, city.longitude, opened_on, address


def supplier_rows(farms: Farms) -> Iterator[tuple[Any, ...]]:
    """The names of the sample region are English, and so are its purchase orders."""
    for supplier_id, name, kind, place in farms.suppliers:
        yield supplier_id, name, kind, place, f"{name}, {place}", tables.Language.EN


def product_rows(catalogue: Catalogue) -> Iterator[tuple[Any, ...]]:
    """Rows of the table products."""
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
            product.weight_kg,
            *product.humidity_pct,
            product.ethylene,
            product.odour,
            product.allergens,
            product.raw_meat,
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


def sales_rows(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Iterator[tuple[Any, ...]]:
    """Rows of the table of sales by day, of the days told of."""
    days = extent.all_days[: extent.simulated_days]
    known_at = [extent.end_of(day) for day in days]
    for warehouse, product, warehouse_id, product_id, first in _told(extent, catalogue):
        # portions are quarters of a unit or more, so that 32-bit floats hold them and their sums exactly
        hourly = (shelves.sold[first:, warehouse, product] * catalogue.portion[product]).astype("<f4")
        kept, width = hourly.tobytes(), hourly.shape[1] * 4
        blobs = (kept[at : at + width] for at in range(0, len(kept), width))
        sales = hourly.sum(1).tolist()
        yield from zip(repeat(warehouse_id), repeat(product_id), days[first:], known_at[first:], sales, blobs)


def availability_rows(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Iterator[tuple[Any, ...]]:
    """Rows of the table of hours in stock by day, of the days told of."""
    days = extent.all_days[: extent.simulated_days]
    known_at = [extent.end_of(day) for day in days]
    for warehouse, product, warehouse_id, product_id, first in _told(extent, catalogue):
        in_stock = shelves.in_stock[first:, warehouse, product].tolist()
        yield from zip(repeat(warehouse_id), repeat(product_id), days[first:], known_at[first:], in_stock)


def demand_rows(extent: Extent, catalogue: Catalogue, shelves: Shelves) -> Iterator[tuple[Any, ...]]:
    """Rows of the table of true demand by day, of the days told of."""
    days = extent.all_days[: extent.simulated_days]
    for warehouse, product, warehouse_id, product_id, first in _told(extent, catalogue):
        demand = (shelves.demanded[first:, warehouse, product] * catalogue.portion[product]).tolist()
        yield from zip(repeat(warehouse_id), repeat(product_id), days[first:], demand)
