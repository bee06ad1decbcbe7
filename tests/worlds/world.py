"""Shops whose true demand is known: what customers want by the hour, what was in stock, and so what was sold.

Demand is level x weekday x promotion x slow drift x how the whole day turned out (by product, and common to a
warehouse) x how an hour turned out, in purchases of one or several portions. Worlds differ in which of these scatter,
and in who buys (`tests.worlds.buyers`). Everything is in portions but the frames, which are in the product's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.frames import KnownAtOrigin, SalesHistory, end_of_day

FIRST: Final = pd.Timestamp("2026-03-02")  # a Monday
ZONE: Final = "Asia/Shanghai"
HOURLY: Final = np.array([0] * 6 + [3, 5, 8, 10, 9, 7, 5, 5, 6, 8, 9, 8, 6, 4, 3, 2, 2, 0], dtype=float) / 100
LIFE: Final = {"leaf vegetables": 2, "fruit": 4, "dairy": 7, "dry goods": 30}  # days on the shelf
PORTION: Final = {"leaf vegetables": 0.5, "fruit": 0.5, "dairy": 1.0, "dry goods": 1.0}  # kg or pieces

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Make:
    """How a world's demand scatters. Shapes are of gamma factors with mean 1: the smaller, the wilder; infinite: none.

    day: by product, warehouse and day; common: by warehouse and day, the same for all products; hour: by product,
    warehouse, day and hour; purchase: mean portions of one purchase (geometric, 1 or more)."""

    day: float = 12.0
    common: float = np.inf
    hour: float = np.inf
    purchase: float = 1.0


SINGLE_BUYERS: Final = Make()
HOURS_BUNCHED: Final = Make(day=30.0, hour=2.0, purchase=1.6)
DAYS_HIGH_TOGETHER: Final = Make(day=40.0, common=80.0)


class World:
    """Shelves and customers of some warehouses, day after day. `day` is the next day to come."""

    def __init__(self, make: Make, *, seed: int, warehouses: int, products: int, days: int) -> None:
        random = self._random = np.random.default_rng(seed)
        self.make, self.day, self.days = make, 0, days
        self.shape = (warehouses, products)
        self.categories = np.array(list(LIFE))[np.arange(products) % len(LIFE)]
        self.life = np.array([LIFE[name] for name in self.categories])
        self.portion = np.array([PORTION[name] for name in self.categories])
        self.level: Floats = random.lognormal(1.7, 0.9, products) * random.lognormal(0, 0.35, self.shape)
        self.promoted = _runs_of_promotions(random, (days + 1, *self.shape))
        uplift = random.uniform(1.3, 2.0, products)
        weekend = np.where(np.arange(days + 1) % 7 >= 5, 1.3, 1.0)[:, None, None]
        drift = np.exp(
            _drift(random, (days + 1, *self.shape), 0.95, 0.12) + _drift(random, (days + 1, 1, products), 0.97, 0.1)
        )
        self.expected: Floats = self.level * weekend * np.where(self.promoted, uplift, 1.0) * drift
        self.shelves: Counts = np.zeros((max(LIFE.values()), *self.shape), dtype=np.int64)  # by days left
        self.demand, self.ordered = (np.zeros((days, *self.shape), dtype=np.int64) for _ in range(2))
        self.sold = np.zeros((days, *self.shape, 24), dtype=np.int64)
        self.in_stock = np.zeros((days, *self.shape, 24), dtype=bool)

    @property
    def stock(self) -> Counts:
        """What is on the shelves and will still be good on the next day (warehouse, product)."""
        left: Counts = self.shelves.sum(axis=0)
        return left

    def live(self, ordered: NDArray[np.integer]) -> None:
        """The next day: what was ordered arrives before opening, customers come, what is too old goes."""
        today = self.day
        self.ordered[today] = ordered
        warehouse, product = np.indices(self.shape)
        self.shelves[self.life - 1, warehouse, product] += ordered
        wanted = self._wanted(today)
        opening = self.stock
        gone = np.minimum(wanted.cumsum(axis=2), opening[:, :, None])
        self.demand[today] = wanted.sum(axis=2)
        self.sold[today] = np.diff(gone, axis=2, prepend=0)
        self.in_stock[today] = gone < opening[:, :, None]
        left = gone[:, :, -1]
        for age in range(len(self.shelves)):  # the oldest first
            taken = np.minimum(self.shelves[age], left)
            self.shelves[age] -= taken
            left = left - taken
        self.shelves = np.concatenate([self.shelves[1:], np.zeros_like(self.shelves[:1])])
        self.day += 1

    def exposure(self, day: int) -> Floats:
        """The share of a usual day's demand that fell into hours in stock."""
        share: Floats = self.in_stock[day] @ HOURLY
        return share

    def known(self) -> KnownAtOrigin:
        """What is known in the evening of the last day lived."""
        days, last = self.day, FIRST + pd.Timedelta(days=self.day - 1)
        rows = self._rows(days)
        sold = (self.sold[:days] * self.portion[:, None]).astype(np.float32).reshape(-1, 24)
        ended = (rows["date"] + pd.Timedelta(days=1)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
        history = SalesHistory(
            rows.assign(sales=sold.sum(axis=1, dtype=np.float64), known_at=ended),
            sold,
            self.in_stock[:days].astype(np.int8).reshape(-1, 24),
        )
        planned = self._rows(days + 1)
        booked = (planned["date"] - pd.Timedelta(days=2)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
        promoted = self.promoted[: days + 1].ravel()
        return KnownAtOrigin.at(
            end_of_day(last, ZONE),
            history=history,
            promotions=planned.assign(discount=np.where(promoted, 0.8, 1.0), promoted=promoted, known_at=booked),
            weather=_no_weather(),
            products=self._products(),
            warehouses=pd.DataFrame({"warehouse_id": self._warehouse_ids, "city": "north"}),
            zone=ZONE,
        )

    def truth(self) -> pd.DataFrame:
        """Columns warehouse_id, product_id, date, demand (the product's unit), category, promoted, level (units a
        day), a row per product and day lived."""
        rows = self._rows(self.day)
        each = np.broadcast_to(self.level * self.portion, (self.day, *self.shape))
        return rows.assign(
            demand=(self.demand[: self.day] * self.portion).ravel(),
            category=np.broadcast_to(self.categories, (self.day, *self.shape)).ravel(),
            promoted=self.promoted[: self.day].ravel(),
            level=each.ravel(),
        )

    def _wanted(self, day: int) -> Counts:
        """Demand of a day by hour (warehouse, product, hour)."""
        make, random = self.make, self._random
        mean = self.expected[day] * _factor(random, make.day, self.shape)
        mean = (mean * _factor(random, make.common, (self.shape[0], 1)))[:, :, None] * HOURLY
        mean = mean * _factor(random, make.hour, mean.shape)
        purchases = random.poisson(mean / make.purchase)
        more = random.negative_binomial(np.maximum(purchases, 1), 1 / make.purchase) if make.purchase > 1 else 0
        wanted: Counts = purchases + np.where(purchases > 0, more, 0)
        return wanted

    def _rows(self, days: int) -> pd.DataFrame:
        dates = FIRST + pd.to_timedelta(np.arange(days), unit="D")
        day, warehouse, product = (axis.ravel() for axis in np.indices((days, *self.shape)))
        return pd.DataFrame(
            {
                "warehouse_id": pd.Series(np.array(self._warehouse_ids)[warehouse], dtype="str"),
                "product_id": pd.Series(np.array(self._product_ids)[product], dtype="str"),
                "date": dates[day],
            }
        )

    @property
    def _warehouse_ids(self) -> Sequence[str]:
        return [f"w{number:02d}" for number in range(self.shape[0])]

    @property
    def _product_ids(self) -> Sequence[str]:
        return [f"p{number:03d}" for number in range(self.shape[1])]

    def _products(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "product_id": self._product_ids,
                "category": self.categories,
                "subcategory": None,
                "unit": np.where(self.portion < 1, "kg", "piece"),
                "introduced": pd.Series([pd.NaT] * self.shape[1], dtype="datetime64[us]"),
            }
        )


def _factor(random: np.random.Generator, shape: float, size: tuple[int, ...]) -> Floats:
    return random.gamma(shape, 1 / shape, size) if np.isfinite(shape) else np.ones(size)


def _drift(random: np.random.Generator, size: tuple[int, ...], stays: float, spread: float) -> Floats:
    """A first-order autoregression along the first axis, in its steady state."""
    steps = random.standard_normal(size)
    for day in range(1, size[0]):
        steps[day] = stays * steps[day - 1] + np.sqrt(1 - stays**2) * steps[day]
    drift: Floats = spread * steps
    return drift


def _runs_of_promotions(random: np.random.Generator, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """One day in eight is promoted, in runs of four days."""
    runs = random.random((-(-size[0] // 4), *size[1:])) < 1 / 8
    return np.repeat(runs, 4, axis=0)[: size[0]]


def _no_weather() -> pd.DataFrame:
    ids = {"warehouse_id": pd.Series([], dtype="str"), "date": pd.Series([], dtype="datetime64[ns]")}
    values = {
        name: pd.Series([], dtype=float) for name in ("temperature_c", "precipitation_mm", "humidity_pct", "wind_speed")
    }
    return pd.DataFrame(ids | values).assign(
        issued_at=pd.Series([], dtype="datetime64[ns, UTC]"), observed=pd.Series([], dtype=bool)
    )
