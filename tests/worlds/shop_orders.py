"""Shops whose orders come by a known law: a day's level, a shock of the whole day, a shape over the clock, and chance.

Orders come as a Cox process: level x weekday x slow trend x promotions x the day's gamma factor, times the shape of the
clock (half hours, which every shop bends and some close), as Poisson counts that a gamma factor of each half hour may
bunch. Nothing is shared with the code under test or with the sample region, whose orders are dealt from sales.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.orders.known_orders import KnownOrders

FIRST: Final = pd.Timestamp("2026-03-02")  # a Monday, with no holiday of the place within the weeks played
WEEK: Final = np.array([0.95, 0.93, 0.92, 0.97, 1.08, 1.25, 1.15])

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Make:
    """Gamma shapes of what whole days and half hours scatter by (infinite: nothing), how much demand moves the day (the
    standard deviation of its logarithm), orders a day, and the clock."""

    day: float = 150.0
    half_hour: float = np.inf
    moved: float = 0.12
    foretold: float = 0.04  # by how much the forecast of demand misses it
    orders: float = 500.0
    zone: str = "Europe/Berlin"
    country: str = "DE"
    opens: int = 13  # the first slot with business: 06:30
    shuts: int = 45


STEADY: Final = Make()
BUNCHED: Final = Make(day=60.0, half_hour=8.0)
BUSY: Final = Make(day=100.0, orders=3000.0)
QUIET: Final = Make(orders=80.0)


@dataclass(frozen=True, eq=False)
class ShopOrders:
    """`orders` (shop, day, 48) as they came, `expected` (the same) before chance, `lines` (shop, day) that demand makes
    and `foretold` of it."""

    make: Make
    orders: Counts
    expected: Floats
    lines: Floats
    foretold: Floats

    @classmethod
    def lived(cls, make: Make, *, seed: int, shops: int, days: int) -> ShopOrders:
        """Some weeks of some shops."""
        random = np.random.default_rng(seed)
        level = make.orders * random.lognormal(0, 0.4, (shops, 1))
        trend = np.exp(random.normal(0, 0.002, (shops, 1)) * np.arange(days))
        moved = np.exp(make.moved * random.standard_normal((shops, days)))
        usual = level * trend * WEEK[np.arange(days) % 7] * moved
        shape = _shape(random, make, shops)[:, np.newaxis] * np.ones((1, days, 1))
        expected = usual[:, :, np.newaxis] * shape
        mean = expected * _factor(random, make.day, (shops, days, 1)) * _factor(random, make.half_hour, expected.shape)
        lines_an_order = random.uniform(3, 7, (shops, 1))
        lines = usual * lines_an_order
        foretold = lines * np.exp(make.foretold * random.standard_normal(lines.shape))
        return cls(make, random.poisson(mean), expected, lines, foretold)

    def known(self, last: int, *, demand: bool = True, ahead: int = 3, foreseen_since: int = 0) -> KnownOrders:
        """What is known when day number `last` is over."""
        shops, days = self.lines.shape
        ids = [f"S{shop:02d}" for shop in range(shops)]
        shop, day, slot = np.nonzero(self.orders[:, : last + 1])
        counts = pd.DataFrame(
            {
                "warehouse_id": np.array(ids, dtype=object)[shop],
                "date": FIRST + pd.to_timedelta(day, unit="D"),
                "slot": slot,
                "orders": self.orders[shop, day, slot],
            }
        )
        of = np.arange(min(last + 1 + ahead, days))
        foreseen = of >= foreseen_since
        told = np.where(foreseen, self.foretold[:, of], self.lines[:, of])
        lines = pd.DataFrame(
            {
                "warehouse_id": np.repeat(np.array(ids, dtype=object), len(of)),
                "date": np.tile(FIRST + pd.to_timedelta(of, unit="D"), shops),
                "lines": told.ravel(),
                "foreseen": np.tile(foreseen, shops),
                "hidden": np.nan,
            }
        )
        warehouses = pd.DataFrame({"warehouse_id": ids, "city": "north", "country": self.make.country})
        lines = lines if demand else lines[:0]
        return KnownOrders(counts, lines, warehouses, self.make.zone, FIRST + pd.Timedelta(days=last))

    def without(self, shop: int, days: slice) -> ShopOrders:
        """The same, but a feed that told nothing of some days of a shop."""
        orders = self.orders.copy()
        orders[shop, days] = 0
        return replace(self, orders=orders)


def _shape(random: np.random.Generator, make: Make, shops: int) -> Floats:
    slot = np.arange(48)
    bumps = np.exp(-((slot - 21) ** 2) / 40) + 0.9 * np.exp(-((slot - 36) ** 2) / 30) + 0.25
    own = bumps * np.exp(random.normal(0, 0.15, (shops, 48)))
    own[:, : make.opens] = own[:, make.shuts :] = 0
    shares: Floats = own / own.sum(axis=1, keepdims=True)
    return shares


def _factor(random: np.random.Generator, shape: float, size: tuple[int, ...]) -> Floats:
    return np.ones(size) if np.isinf(shape) else random.gamma(shape, 1 / shape, size)
