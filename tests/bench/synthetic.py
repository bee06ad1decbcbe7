"""A region without stock-outs, made from a seed, on which the forecasting benchmark compares costs.

Expected demand, in portions, is a product of: a level by product and warehouse (log-normal; one product in seven is
intermittent and sells less than once a day), a weekday by product (weekends 5 to 50% more), a trend by product (up to
a third up or down in a year), slow autoregressive drifts (product in the region, product in the warehouse, warehouse),
and promotions: of one product in a city for a week from a Monday on, at 70 to 90% of its price, demand growing by the
price to the power of -1.7 and a tenth for being shown. Days scatter around it as a negative binomial. Half of the
products are sold by the piece, half in portions of half a kilogram. No festivals and no weather: neither side is given
any. Promotions are planned 14 days ahead. The hours of a day are fixed shares of it, and every hour is in stock.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEED = 20261122
LAST_DAY = "2026-06-07"  # no festival in its week
AHEAD = 7  # last days, which are forecast
PLANNED_BEFORE = 14  # days
PER_CITY = 5  # warehouses
CATEGORIES = 7
HOURS = np.array([0] * 6 + [2, 5, 8, 11, 9, 7, 5, 5, 6, 8, 9, 7, 5, 4, 4, 3, 2, 0], dtype=np.float64)


@dataclass(frozen=True)
class Size:
    """How much is made."""

    warehouses: int
    products: int
    days: int


def make(size: Size, seed: int = SEED) -> pd.DataFrame:
    """A row a warehouse, product and day, in that order.

    Columns: warehouse_id, product_id, city, category, subcategory, unit, date, sales (kg or pieces), discount,
    promoted, expected (the mean that sales were drawn from).
    """
    rng = np.random.default_rng(seed)
    shape = (size.warehouses, size.products, size.days)
    dates = pd.date_range(end=LAST_DAY, periods=size.days)
    intermittent = rng.random(size.products) < 1 / 7
    level = np.where(intermittent, rng.uniform(0.1, 0.9, size.products), rng.lognormal(2.0, 0.8, size.products))
    log = np.log(level)[:, None] + np.zeros(shape)
    log += rng.normal(0, 0.3, (size.warehouses, 1, 1)) + rng.normal(0, 0.25, (size.warehouses, size.products, 1))
    weekend = rng.uniform(0.05, 0.4, (size.products, 1))
    weekday = rng.normal(0, 0.05, (size.products, 7))
    log += weekday[:, dates.day_of_week] + weekend * (dates.day_of_week >= 5)
    log += rng.uniform(-0.3, 0.3, (size.products, 1)) * (np.arange(size.days) - size.days) / 365
    log += drift(rng, (1, size.products), size.days, 0.98, 0.10)
    log += drift(rng, (size.warehouses, size.products), size.days, 0.90, 0.08)
    log += drift(rng, (size.warehouses, 1), size.days, 0.50, 0.05)
    city = np.arange(size.warehouses) // PER_CITY
    discount = promotions(rng, int(city.max()) + 1, size.products, dates)[city]
    promoted = discount < 1
    log += -1.7 * np.log(discount) + np.log(1.1) * promoted
    evenness = rng.uniform(7, 30, (size.products, 1))
    expected = np.exp(log)
    portions = rng.poisson(expected * rng.gamma(evenness, 1 / evenness, shape))
    pieces = np.arange(size.products) % 2 == 1
    portion = np.where(pieces, 1.0, 0.5)[:, None]
    ids = np.arange(size.products)
    return pd.DataFrame(
        {
            "warehouse_id": spread([f"W{n:02d}" for n in range(size.warehouses)], shape, 0),
            "product_id": spread([f"P{n:03d}" for n in ids], shape, 1),
            "city": spread([f"C{n}" for n in city], shape, 0),
            "category": spread([f"K{n}" for n in ids % CATEGORIES], shape, 1),
            "subcategory": spread([f"K{n % CATEGORIES}-{n % (3 * CATEGORIES)}" for n in ids], shape, 1),
            "unit": spread(["piece" if piece else "kg" for piece in pieces], shape, 1),
            "date": np.broadcast_to(dates.to_numpy(), shape).ravel(),
            "sales": (portions * portion).ravel(),
            "discount": discount.ravel(),
            "promoted": promoted.ravel(),
            "expected": (expected * portion).ravel(),
        }
    )


def drift(
    rng: np.random.Generator, shape: tuple[int, int], days: int, stays: float, deviation: float
) -> NDArray[np.float64]:
    """A first-order autoregression by day with that standard deviation, started in its steady state."""
    steps = rng.standard_normal((*shape, days)) * deviation
    steps[..., 1:] *= np.sqrt(1 - stays**2)
    for day in range(1, days):
        steps[..., day] += stays * steps[..., day - 1]
    return steps


def promotions(rng: np.random.Generator, cities: int, products: int, dates: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Price over list price (city, product, day): one product and week in twelve is promoted."""
    week = (dates - dates[0] + pd.Timedelta(days=int(dates[0].day_of_week))).days // 7
    shape = (cities, products, int(week.max()) + 1)
    by_week = np.where(rng.random(shape) < 1 / 12, np.round(rng.uniform(0.7, 0.9, shape), 2), 1.0)
    return by_week[:, :, week]


def spread(names: list[str], shape: tuple[int, ...], axis: int) -> NDArray[np.object_]:
    """Names along one axis, repeated over the others."""
    along = [1] * len(shape)
    along[axis] = shape[axis]
    return np.broadcast_to(np.array(names, dtype=object).reshape(along), shape).ravel()


def main() -> None:
    """Write a region of the size asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    for name in ("warehouses", "products", "days"):
        asked.add_argument(name, type=int)
    args = asked.parse_args()
    make(Size(args.warehouses, args.products, args.days)).to_parquet(args.file, index=False)


if __name__ == "__main__":
    main()
