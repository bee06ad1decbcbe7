"""Customer orders of the last days: the hourly sales, dealt out to baskets, so that they add up to them exactly."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import Extent
from data.sample.farms import as_price, in_units
from data.sample.promotions import Promotions
from data.sample.shelves import HOURS, Shelves
from data.sample.streams import stream

TOLD_DAYS = 14
LINES_AN_ORDER = 6
ONE_MORE = 0.3  # chance that a shopper who takes a portion takes the next one too
Line = tuple[str, int, str, str, datetime, Decimal, Decimal, datetime]


def order_rows(
    extent: Extent, catalogue: Catalogue, promotions: Promotions, shelves: Shelves, days: int = TOLD_DAYS
) -> Iterator[Line]:
    """Rows of the table order_lines, in the order of their keys."""
    random = stream(extent.seed, "orders")
    ids = [product.product_id for product in catalogue.products]
    list_price = [float(product.list_price) for product in catalogue.products]
    first = extent.simulated_days - min(days, extent.days)
    for warehouse, warehouse_id in enumerate(extent.warehouse_ids):
        for day in range(first, extent.simulated_days):
            order, line, product, portions, second = _baskets(shelves.sold[day, warehouse], random)
            date_of = extent.day(day)
            midnight = extent.moment(date_of)
            prefix = f"{warehouse_id}-{date_of:%Y%m%d}-"
            discount = promotions.discount[day, warehouse]
            price = [as_price(listed * float(share)) for listed, share in zip(list_price, discount, strict=True)]
            for number, line_no, at, count, seconds in zip(order, line, product, portions, second, strict=True):
                ordered_at = midnight + timedelta(seconds=seconds)
                quantity = in_units(count, catalogue.products[at].portion)
                order_id = f"{prefix}{number:05d}"
                yield order_id, line_no, warehouse_id, ids[at], ordered_at, quantity, price[at], ordered_at


def _baskets(
    sold: NDArray[np.uint16], random: Generator
) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
    """One warehouse's day (product, hour) as order lines: order number, line number, product, portions, second of
    the day; sorted by order and line."""
    hour, product = np.nonzero(sold.T)
    cell_portions = sold.T[hour, product].astype(np.int64)
    # portions of a cell become lines: a portion is the first of its line, or one more of the line before
    cell = np.repeat(np.arange(len(hour)), cell_portions)
    opens = random.random(len(cell)) >= ONE_MORE
    opens[np.cumsum(cell_portions) - cell_portions] = True
    starts = np.flatnonzero(opens)
    portions = np.diff(np.append(starts, len(cell)))
    cell = cell[starts]
    lines_of_cell = np.bincount(cell, minlength=len(hour))
    # an hour's orders: enough that no product comes twice in one
    lines_of_hour = np.bincount(hour[cell], minlength=HOURS)
    most = np.zeros(HOURS, np.int64)
    np.maximum.at(most, hour, lines_of_cell)
    orders_of_hour = np.maximum(-(-lines_of_hour // LINES_AN_ORDER), most)
    turn = np.arange(len(cell)) - (np.cumsum(lines_of_cell) - lines_of_cell)[cell]
    offset = (random.random(len(hour)) * orders_of_hour[hour]).astype(np.int64)[cell]
    within = (offset + turn) % np.maximum(orders_of_hour[hour[cell]], 1)

    first_order = np.cumsum(orders_of_hour) - orders_of_hour
    order = first_order[hour[cell]] + within
    # orders come at random seconds of their hour, numbered as they come
    total = int(orders_of_hour.sum())
    hour_of_order = np.repeat(np.arange(HOURS), orders_of_hour)
    second_of_order = hour_of_order * 3600 + np.sort(random.integers(0, 3600, total) + hour_of_order * 3600) % 3600
    by_order = np.lexsort((product[cell], order))
    order, portions, product = order[by_order], portions[by_order], product[cell][by_order]
    line = np.arange(len(order)) - np.searchsorted(order, order) + 1
    return order.tolist(), line.tolist(), product.tolist(), portions.tolist(), second_of_order[order].tolist()
