"""What shoppers would take if nothing ever ran out: the expected demand of each day and its draws by the hour.

Expected demand is a product of effects (level, weekday, festival, weather, promotion, drift); a day's total scatters
around it as a negative binomial, its hours as Poisson counts that share the day's gamma factor. All in portions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.cities import city_of
from data.sample.extent import Extent
from data.sample.promotions import Promotions, uplift
from data.sample.shopping_days import ShoppingDays
from data.sample.streams import stream
from data.sample.weather import SimulatedWeather

# FreshRetailNet: mean sales of an in-stock hour, as a share of the day. An evening hour is in stock on days of little
# demand more often than on others, so evenings want more than it shows: with EVENING, what is sold peaks as there, at
# 09:00 with 10.6% and at 16:00 with 8.0% of the day.
_IN_STOCK = np.array(
    [
        *(0.0089, 0.0048, 0.0028, 0.0021, 0.0028, 0.0105, 0.0301, 0.0551, 0.0829, 0.0943, 0.0881, 0.0658),
        *(0.0527, 0.0510, 0.0611, 0.0808, 0.0880, 0.0664, 0.0460, 0.0361, 0.0311, 0.0190, 0.0127, 0.0071),
    ]
)
EVENING = 1.12  # from 16:00 on
HOURLY = _IN_STOCK * np.where(np.arange(24) >= 16, EVENING, 1.0)
HOURLY /= HOURLY.sum()


@dataclass(frozen=True)
class Drift:
    """What nobody can know ahead: a first-order autoregression `values` (day, warehouse or 1, product or 1; log) that
    `stays` so much from a day to the next, with that standard deviation (`spread`)."""

    values: NDArray[np.float64]
    stays: float
    spread: float


@dataclass(frozen=True)
class Demand:
    """`expected` portions (day, warehouse, product), 0 before a product is introduced, its `drifts` among them;
    `evenness` (product), the shape of the gamma scatter; `hourly` (warehouse, 2, hour), shares of a workday and of a
    day off."""

    expected: NDArray[np.float32]
    drifts: Sequence[Drift]
    evenness: NDArray[np.float64]
    hourly: NDArray[np.float64]
    day_off: NDArray[np.bool_]

    def draw(self, day: int, random: Generator) -> NDArray[np.int32]:
        """One day's demand in portions (warehouse, product, hour)."""
        scatter = random.gamma(self.evenness, 1 / self.evenness, self.expected.shape[1:])
        by_day = self.expected[day] * scatter
        by_hour = by_day[:, :, None] * self.hourly[:, int(self.day_off[day]), None, :]
        return np.asarray(random.poisson(by_hour), np.int32)


def expect_demand(
    extent: Extent,
    catalogue: Catalogue,
    calendar: ShoppingDays,
    weather: SimulatedWeather,
    promotions: Promotions,
) -> Demand:
    """The region's demand, planned days after `until` among them."""
    random = stream(extent.seed, "demand")
    days, warehouses, products = len(extent.all_days), extent.warehouses, len(catalogue.products)
    weekend, warmth, rain = catalogue.habits.T

    appetite = np.log([city_of(number).appetite for number in range(warehouses)])
    level = np.log(catalogue.level) + appetite[:, None] + random.normal(0, 0.3, (warehouses, products))
    shopping = calendar.weekly[:, None] * weekend + calendar.festive[:, None]
    warmer = (weather.temperature_c[:days] - 18) / 10
    wetter = np.log1p(weather.precipitation_mm[:days]) / np.log1p(20)
    elasticity = np.clip(random.normal(1.7, 0.4, products), 0.6, 3.0)
    promoted = uplift(promotions, elasticity)

    expected = level[None] + shopping[:, None, :] + warmer[:, :, None] * warmth + wetter[:, :, None] * rain
    expected += promoted - _lost_to_siblings(catalogue, promoted)
    drifts = (
        _drift(random, days, (warehouses, products), stays=0.8, spread=0.08),
        _drift(random, days, (1, products), stays=0.98, spread=0.12),
        _drift(random, days, (warehouses, 1), stays=0.3, spread=0.05),
    )
    for drift in drifts:
        expected += drift.values
    since = np.arange(days)[:, None] - catalogue.introduced
    known = np.clip(0.35 + 0.65 * since / 14, 0.35, 1.0)  # shoppers find a new product within two weeks
    expected = np.exp(expected) * np.where(since >= 0, known, 0.0)[:, None, :]

    return Demand(
        expected=expected.astype(np.float32),
        drifts=drifts,
        evenness=np.exp(random.uniform(np.log(7), np.log(30), products)),
        hourly=_hourly_shares(random, warehouses),
        day_off=calendar.day_off,
    )


def _drift(random: Generator, days: int, shape: tuple[int, int], *, stays: float, spread: float) -> Drift:
    """Started in its steady state."""
    steps = random.standard_normal((days, *shape))
    steps[1:] *= np.sqrt(1 - stays**2)
    for day in range(1, days):
        steps[day] += stays * steps[day - 1]
    return Drift(steps * spread, stays, spread)


def _lost_to_siblings(catalogue: Catalogue, promoted: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the promotions of a subcategory take from its other products (log)."""
    lost = np.zeros_like(promoted)
    subcategories = np.array([product.subcategory for product in catalogue.products])
    for name in dict.fromkeys(subcategories.tolist()):
        members = np.flatnonzero(subcategories == name)
        taken = np.maximum(promoted[:, :, members], 0)
        lost[:, :, members] = 0.3 * (taken.sum(2, keepdims=True) - taken) / max(len(members), 1)
    return lost


def _hourly_shares(random: Generator, warehouses: int) -> NDArray[np.float64]:
    """Each warehouse's own day, a little earlier or later than the mean; mornings start later on days off."""
    hours = np.arange(24)
    morning = np.exp(-((hours - 8) ** 2) / 8)
    noon = np.exp(-((hours - 12) ** 2) / 12)
    shares = np.empty((warehouses, 2, 24))
    for warehouse in range(warehouses):
        own = HOURLY * np.exp(random.normal(0, 0.05, 24))
        shares[warehouse, 0] = own * (1 + 0.06 * morning)
        shares[warehouse, 1] = own * (1 - 0.10 * morning + 0.12 * noon)
    shares /= shares.sum(2, keepdims=True)
    return shares
