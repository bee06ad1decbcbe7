"""When the orders of the last days were at the door: prepared and carried within half an hour mostly, later in the rush
and in rain; now and then a courier forgets to say so."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from data.sample.extent import ZONE, Extent
from data.sample.shoppers import HOURLY
from data.sample.streams import stream
from data.sample.weather import SimulatedWeather

Order = tuple[str, str, datetime]  # warehouse, order, when it was made
LEAST_MINUTES: Final = 12.0  # prepared, loaded, ridden to the next street
EVENNESS: Final = 5.0  # shape of what comes beyond these
USUAL_MINUTES: Final = 16.5
RUSH: Final = 0.2  # how much slower in the busiest hour
WET_MM: Final = 5.0  # from which rides are slow
RAIN: Final = 0.15
FORGOTTEN: Final = 0.005


def handover_rows(extent: Extent, weather: SimulatedWeather, orders: Iterable[Order]) -> Iterator[tuple[object, ...]]:
    """Rows of the table handovers of orders; those that are on their way when the region ends have none."""
    random = stream(extent.seed, "handovers")
    number = {warehouse_id: place for place, warehouse_id in enumerate(extent.warehouse_ids)}
    ends = extent.end_of(extent.until)
    rush = 1 + RUSH * HOURLY / HOURLY.max()
    for warehouse_id, order_id, ordered_at in orders:
        there = ordered_at.astimezone(ZONE)
        day = (there.date() - extent.first_day).days
        wet = weather.precipitation_mm[day, number[warehouse_id]] > WET_MM
        beyond = random.gamma(EVENNESS, USUAL_MINUTES / EVENNESS) * rush[there.hour] * (1 + RAIN * wet)
        told = random.random() >= FORGOTTEN
        delivered_at = ordered_at + timedelta(seconds=round((LEAST_MINUTES + beyond) * 60))
        if told and delivered_at < ends:
            yield warehouse_id, order_id, delivered_at, delivered_at
