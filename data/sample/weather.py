"""The weather of each city, day by day, and what the forecasts of the fourteen days before said about it.

Seasonal normals with departures that last for days; a forecast's error grows with its horizon and is built up from
the day before the event backwards, so that later forecasts of the same day are better and related to earlier ones.
Error sizes follow what national services publish: about 1.2 C a day ahead, 3 C a week ahead, rain missed or
invented ever more often. Further ahead than a week forecasts of rain become no worse: there is little left to lose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from data.sample.cities import city_of
from data.sample.extent import FORETOLD_DAYS, WARM_UP_DAYS, Extent
from data.sample.streams import stream
from data.sample.temperatures import tenths

HORIZONS = FORETOLD_DAYS
ISSUED_AT_HOUR = 20  # local: after the evening's model run, before the day ends
Columns = tuple[str, date, datetime, bool, float, float, float, float]


@dataclass(frozen=True)
class SimulatedWeather:
    """Arrays (weather day, warehouse), past `until` too: temperature C, rain mm, humidity %, wind (Beaufort)."""

    temperature_c: NDArray[np.float64]
    precipitation_mm: NDArray[np.float64]
    humidity_pct: NDArray[np.float64]
    wind_level: NDArray[np.float64]


def simulate_weather(extent: Extent) -> SimulatedWeather:
    """What the weather was, and what it will turn out to be in the days foretold."""
    days = extent.weather_days
    draws = _drawn(extent)
    shape = (len(days), extent.warehouses)
    cities = [city_of(number) for number in range(extent.warehouses)]
    # months' means, joined from the middle of one month to the next
    position = np.array([(day.month - 1) + (day.day - 15) / 30.4 for day in days])
    before = np.floor(position).astype(int)
    share = (position - before)[:, None]
    monthly = np.array([city.temperature_c for city in cities], float).T
    normal = monthly[before % 12] * (1 - share) + monthly[(before + 1) % 12] * share
    wet_share = np.array([city.rainy_days for city in cities], float).T[[day.month - 1 for day in days]] / 30

    swing = np.clip(np.abs(monthly - monthly.mean(0)).max(0) / 4, 1.5, 3.5)  # continental cities swing more
    departure = np.empty(shape)
    wet = np.empty(shape, bool)
    departure[0] = swing * draws.shock[0]
    wet[0] = draws.chance[0] < wet_share[0]
    for day in range(1, shape[0]):
        departure[day] = 0.72 * departure[day - 1] + 0.69 * swing * draws.shock[day]
        # rain comes in spells: likelier after a wet day, with the month's share of wet days kept
        follows = wet_share[day] + np.where(wet[day - 1], 0.25 * (1 - wet_share[day]), -0.25 * wet_share[day])
        wet[day] = draws.chance[day] < follows
    rain = np.where(wet, np.minimum(draws.rain, 120.0) + 0.2, 0.0)
    return SimulatedWeather(
        temperature_c=tenths(normal + departure - np.where(wet, 1.2, 0.0)),
        precipitation_mm=np.asarray(np.round(rain, 1), float),
        humidity_pct=np.asarray(np.round(np.clip(62 + 20 * wet + 7 * draws.damper, 20, 100)), float),
        wind_level=np.asarray(np.round(np.clip(draws.wind, 0.5, 8), 1), float),
    )


@dataclass(frozen=True)
class _Draws:
    """What chance brings to each day and warehouse."""

    shock: NDArray[np.float64]
    chance: NDArray[np.float64]
    rain: NDArray[np.float64]
    damper: NDArray[np.float64]
    wind: NDArray[np.float64]


def _drawn(extent: Extent) -> _Draws:
    """Draws of all weather days. Those past the planned days come from a stream of their own: what was sold depends on
    the weather, and must not depend on how far it is foretold."""
    planned, whole = len(extent.all_days), len(extent.weather_days)
    parts = []
    for name, days in (("weather", planned), ("weather past the planned days", whole - planned)):
        random, shape = stream(extent.seed, name), (days, extent.warehouses)
        parts.append(
            (
                random.standard_normal(shape),
                random.random(shape),
                random.gamma(0.75, 12.0, shape),
                random.standard_normal(shape),
                random.gamma(6.0, 0.4, shape),
            )
        )
    return _Draws(*(np.concatenate(both) for both in zip(*parts, strict=True)))


def weather_rows(extent: Extent, weather: SimulatedWeather) -> Iterator[Columns]:
    """Rows of the table weather: for each day what was forecast 14 days to 1 day ahead, then what was observed."""
    random = stream(extent.seed, "weather forecasts")
    shape = (HORIZONS, *weather.temperature_c.shape)
    # errors of horizon 1, 2, ... are sums of steps: a random walk backwards in time
    warmer = np.cumsum(random.standard_normal(shape) * 1.1, axis=0)
    damper = np.cumsum(random.standard_normal(shape) * 4.0, axis=0)
    windier = np.cumsum(random.standard_normal(shape) * 0.3, axis=0)
    amount = np.exp(np.cumsum(random.standard_normal(shape) * 0.35, axis=0))
    days_of_a_week = np.minimum(np.arange(HORIZONS), 6)[:, None, None] / 6
    overlooked = random.random(shape) < 0.08 + 0.37 * days_of_a_week
    invented = random.random(shape) < 0.04 + 0.18 * days_of_a_week
    drizzle = random.gamma(0.8, 5.0, shape)

    observed = weather.precipitation_mm
    rain = np.where(observed > 0, np.where(overlooked, 0.0, observed * amount), np.where(invented, drizzle, 0.0))
    temperature = tenths(weather.temperature_c + warmer)
    humidity = np.round(np.clip(weather.humidity_pct + damper, 15, 100), 0)
    wind = np.round(np.clip(weather.wind_level + windier, 0, 10), 1)
    rain = np.round(np.minimum(rain, 150), 1)

    for number, warehouse_id in enumerate(extent.warehouse_ids):
        for day in range(WARM_UP_DAYS, len(extent.weather_days)):
            date_of = extent.weather_days[day]
            for horizon in range(HORIZONS, 0, -1):
                if day - horizon >= extent.simulated_days:
                    continue  # it will be issued after the last evening
                at = (horizon - 1, day, number)
                issued_at = extent.moment(extent.weather_days[day - horizon], ISSUED_AT_HOUR)
                values = (float(temperature[at]), float(rain[at]), float(humidity[at]), float(wind[at]))
                yield warehouse_id, date_of, issued_at, False, *values
            if day < extent.simulated_days:
                seen = (day, number)
                yield (
                    warehouse_id,
                    date_of,
                    extent.end_of(date_of),
                    True,
                    float(weather.temperature_c[seen]),
                    float(weather.precipitation_mm[seen]),
                    float(weather.humidity_pct[seen]),
                    float(weather.wind_level[seen]),
                )
