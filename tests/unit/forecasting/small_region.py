"""A small region whose true demand is known: six warehouses in two cities, products in kilograms and pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.frames import KnownAtOrigin, SalesHistory, end_of_day

FIRST = pd.Timestamp("2026-03-02")
DAYS = 110
TRAINED_TO = FIRST + pd.Timedelta(days=DAYS - 15)
HOURLY = np.array([0] * 6 + [2, 5, 8, 11, 9, 7, 5, 5, 6, 8, 9, 7, 5, 4, 4, 3, 2, 0], dtype=float)
HOURLY /= HOURLY.sum()
ZONE = "Asia/Shanghai"


@dataclass(frozen=True, eq=False)
class Region:
    """All frames up to the last day, whenever each row became known, and the demand behind them."""

    history: SalesHistory
    promotions: pd.DataFrame
    weather: pd.DataFrame
    products: pd.DataFrame
    warehouses: pd.DataFrame
    demand: NDArray[np.float64]  # by row of the history

    def at_end_of(self, day: pd.Timestamp) -> KnownAtOrigin:
        return KnownAtOrigin.at(
            end_of_day(day, ZONE),
            history=self.history,
            promotions=self.promotions,
            weather=self.weather,
            products=self.products,
            warehouses=self.warehouses,
            zone=ZONE,
        )

    def only(self, keep: NDArray[np.bool_]) -> Region:
        return replace(self, history=self.history.where(keep), demand=self.demand[keep])


def small_region(seed: int = 7, warehouses: int = 6, products: int = 14, days: int = DAYS) -> Region:
    rng = np.random.default_rng(seed)
    shape = (warehouses, products, days)
    dates = pd.date_range(FIRST, periods=days)
    level = rng.lognormal(0.8, 0.9, (1, products, 1)) * rng.lognormal(0, 0.4, (warehouses, 1, 1))
    weekend = np.where(dates.day_of_week >= 5, 1.35, 1.0)
    promoted = rng.random(shape) < 0.12
    discount = np.where(promoted, 0.8, 1.0)
    mean = level * weekend * np.where(promoted, 1.6, 1.0)
    pieces = np.arange(products) % 2 == 1
    in_kg = rng.gamma(4.0, mean / 4.0)
    in_pieces = rng.poisson(rng.gamma(6.0, mean / 6.0))
    demand = np.where(pieces[None, :, None], in_pieces, np.round(in_kg, 3))
    hourly = demand[..., None] * HOURLY
    gone_from = np.where(rng.random(shape) < 0.3, rng.integers(9, 22, shape), 24)
    in_stock = (np.arange(24) < gone_from[..., None]).astype(np.int8)
    hourly = (hourly * in_stock).astype(np.float32)
    w_ids = np.array([f"w{i}" for i in range(warehouses)])
    p_ids = np.array([f"p{i:02d}" for i in range(products)])
    w, p, d = (axis.ravel() for axis in np.meshgrid(np.arange(warehouses), np.arange(products), dates, indexing="ij"))
    ids = {"warehouse_id": pd.Series(w_ids[w], dtype="str"), "product_id": pd.Series(p_ids[p], dtype="str"), "date": d}
    day_ended = (pd.Series(d) + pd.Timedelta(days=1)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
    booked = day_ended - pd.Timedelta(days=2)
    sold = hourly.sum(axis=3, dtype=np.float64).ravel()
    return Region(
        SalesHistory(
            pd.DataFrame(ids | {"sales": sold, "known_at": day_ended}),
            hourly.reshape(-1, 24),
            in_stock.reshape(-1, 24),
        ),
        pd.DataFrame(ids | {"discount": discount.ravel(), "promoted": promoted.ravel(), "known_at": booked}),
        _weather(w_ids, dates, rng),
        pd.DataFrame(
            {
                "product_id": p_ids,
                "category": np.where(np.arange(products) % 3 == 0, "fruit", "leaf vegetables"),
                "subcategory": np.where(np.arange(products) % 4 == 0, None, "everyday"),
                "unit": np.where(pieces, "piece", "kg"),
                "introduced": pd.Series([pd.NaT] * products, dtype="datetime64[us]"),
            }
        ),
        pd.DataFrame({"warehouse_id": w_ids, "city": np.where(np.arange(warehouses) % 2 == 0, "north", "south")}),
        demand.ravel().astype(float),
    )


def scarce(region: Region, cover: float = 1.1, seed: int = 3) -> Region:
    """The same demand where stock is `cover` times what each series sells on a mean day of a month, give or take: it
    sells out on the days on which much is wanted."""
    rng = np.random.default_rng(seed)
    days = region.history.days
    usual = pd.Series(region.demand).groupby([days["warehouse_id"], days["product_id"]]).transform("mean").to_numpy()
    stock = cover * usual * rng.lognormal(0, 0.2, len(usual))
    wanted = region.demand[:, None] * HOURLY.cumsum()
    gone = np.minimum(wanted, stock[:, None])
    hourly = np.diff(gone, axis=1, prepend=0).astype(np.float32)
    sold = days.assign(sales=hourly.sum(axis=1, dtype=np.float64))
    return replace(region, history=SalesHistory(sold, hourly, (wanted < stock[:, None]).astype(np.int8)))


def _weather(w_ids: NDArray[np.str_], dates: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """Each day observed once, and foretold on the two days before."""
    parts = []
    for ahead in (0, 1, 2):
        frame = pd.DataFrame({"warehouse_id": np.repeat(w_ids, len(dates)), "date": np.tile(dates, len(w_ids))})
        for name in ("temperature_c", "precipitation_mm", "humidity_pct", "wind_speed"):
            frame[name] = rng.normal(15, 4, len(frame))
        ended = (frame["date"] + pd.Timedelta(days=1)).dt.tz_localize(ZONE).dt.tz_convert("UTC")
        frame["issued_at"] = ended - pd.Timedelta(days=ahead)
        frame["observed"] = ahead == 0
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def selling(region: Region, factor: NDArray[np.float64]) -> Region:
    """The region with sales multiplied by a factor (warehouse, product, day)."""
    history = region.history
    rows = factor.ravel()
    days = history.days.assign(sales=history.days["sales"] * rows)
    hourly = (history.hourly_sales * rows[:, None]).astype(np.float32)
    return replace(region, history=replace(history, days=days, hourly_sales=hourly))
