"""What is known at an origin of a region's orders: counts by half hour, and what demand each day has or will have.

Half hours are those of the warehouse's clock, 48 a day: slot 0 begins at 00:00, slot 47 at 23:30. Demand is told in
order lines: units wanted over the units that a line usually has, so that kilograms and pieces add up. Where the demand
of the days to come is not known, every day counts as one and orders are forecast from themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.calendar import Workdays, places_of
from forecasting.known.frames import WAREHOUSE_COLUMNS, KnownLaterError, check_columns

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SLOTS: Final = 48
LOOKED_BACK: Final = 56  # days: eight of each weekday
LEAST_TOLD: Final = 0.5  # of what a day usually has: below it the day was not told whole, or was no usual one
MOST_HIDDEN: Final = 0.2  # of demand out of stock beyond what is usual: such a day does not tell who would have come

ORDER_COUNT_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "date": "day",
    "slot": "number",  # 0..47
    "orders": "number",  # a slot without a row had none
}
DAY_DEMAND_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "date": "day",  # past days, and those to come
    "lines": "number",  # order lines that the day's demand makes
    "foreseen": "bool",  # as it was forecast before the day; else as it was recovered from sales
    "hidden": "number",  # the share of demand that was out of stock; NaN: not known
}


@dataclass(frozen=True, eq=False)
class KnownOrders:
    """Counts (ORDER_COUNT_COLUMNS) of days up to `last_day`, the last local day that was over at the origin, and the
    demand of days (DAY_DEMAND_COLUMNS) before and after it. The warehouses (WAREHOUSE_COLUMNS) share the clock `zone`.

    Raises FrameError for frames without these columns, KnownLaterError for counts of a later day."""

    counts: pd.DataFrame
    demand: pd.DataFrame
    warehouses: pd.DataFrame
    zone: str
    last_day: pd.Timestamp

    def __post_init__(self) -> None:
        check_columns(self.counts, ORDER_COUNT_COLUMNS, "order counts")
        check_columns(self.demand, DAY_DEMAND_COLUMNS, "day demand")
        check_columns(self.warehouses, WAREHOUSE_COLUMNS, "warehouses")
        latest = self.counts["date"].max()
        if len(self.counts) and latest > self.last_day:
            raise KnownLaterError(f"order counts: of {latest:%Y-%m-%d}, after {self.last_day:%Y-%m-%d}")


@dataclass(frozen=True, eq=False)
class OrderDays:
    """The same as arrays: warehouses x days, of which the first `past` are over, x slots.

    orders  (w, past, 48)
    lines   (w, days), of each day what its demand is told as; 1 throughout where `leaning` (w) is false
    told    (w, past), whether the day's orders can be learned from
    foreseen (w, past), whether its lines are as they were forecast
    like    (w, days), the weekday that it is like; rest (w, days), whether it is a day of rest
    """

    warehouse_ids: list[str]
    days: pd.DatetimeIndex
    past: int
    orders: Floats
    lines: Floats
    told: Flags
    foreseen: Flags
    leaning: Flags
    like: NDArray[np.intp]
    rest: Flags

    @classmethod
    def of(cls, known: KnownOrders, ahead: int) -> OrderDays:
        """The last LOOKED_BACK days, and `ahead` days to come."""
        ids = sorted(known.warehouses["warehouse_id"].astype(str))
        days = pd.date_range(known.last_day - pd.Timedelta(days=LOOKED_BACK - 1), periods=LOOKED_BACK + ahead)
        orders = np.zeros((len(ids), LOOKED_BACK, SLOTS))
        row, day, kept = _places(known.counts, ids, days[:LOOKED_BACK])
        slot, count = (known.counts[name].to_numpy()[kept] for name in ("slot", "orders"))
        np.add.at(orders, (row, day, slot.astype(np.intp)), count)
        lines, hidden = (np.full((len(ids), len(days)), np.nan) for _ in range(2))
        foreseen = np.zeros((len(ids), len(days)), dtype=bool)
        row, day, kept = _places(known.demand, ids, days)
        lines[row, day] = known.demand["lines"].to_numpy(dtype=float)[kept]
        hidden[row, day] = known.demand["hidden"].to_numpy(dtype=float)[kept]
        foreseen[row, day] = known.demand["foreseen"].to_numpy(dtype=bool)[kept]
        leaning = np.isfinite(lines[:, LOOKED_BACK:]).all(axis=1)
        lines[~leaning] = 1.0
        like, rest = _kinds_of_days(known.warehouses, ids, days)
        told = _told(orders.sum(axis=2), lines[:, :LOOKED_BACK], hidden[:, :LOOKED_BACK])
        seen = foreseen[:, :LOOKED_BACK] & leaning[:, None]
        return cls(ids, days, LOOKED_BACK, orders, lines, told, seen, leaning, like, rest)


def _told(orders: Floats, lines: Floats, hidden: Floats) -> Flags:
    """Whether a day (w, past) can be learned from: its feed was whole, and no more was out of stock than usually."""
    counted = (orders > 0) & (np.nan_to_num(lines) > 0)
    ratio = np.where(counted, orders / np.where(counted, lines, 1), np.nan)
    told = counted & (np.nan_to_num(ratio) >= LEAST_TOLD * _median(ratio))
    return np.asarray(told & ~(hidden > _median(hidden) + MOST_HIDDEN), dtype=bool)


def _median(values: Floats) -> Floats:
    """By row (n, 1), of what is known; 0 where nothing is."""
    return np.array([[np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else 0.0] for row in values])


def _places(
    frame: pd.DataFrame, ids: list[str], days: pd.DatetimeIndex
) -> tuple[NDArray[np.intp], NDArray[np.intp], Flags]:
    """Warehouse and day of those rows that are of one of each, and which rows these are."""
    row = pd.Index(ids).get_indexer(pd.Index(frame["warehouse_id"].astype(str)))
    day = (frame["date"] - days[0]).dt.days.to_numpy().astype(np.intp)
    kept = (row >= 0) & (day >= 0) & (day < len(days))
    return row[kept], day[kept], kept


def _kinds_of_days(warehouses: pd.DataFrame, ids: list[str], days: pd.DatetimeIndex) -> tuple[NDArray[np.intp], Flags]:
    """By warehouse and day, the weekday that it is like, and whether it is a day of rest there."""
    place = dict(zip(warehouses["warehouse_id"].astype(str), places_of(warehouses), strict=True))
    of_place = {one: Workdays.of(days[0], len(days), one) for one in set(place.values())}
    like = np.array([of_place[place[name]].like for name in ids], dtype=np.intp).reshape(len(ids), len(days))
    return like, np.array([of_place[place[name]].rest for name in ids], dtype=bool).reshape(len(ids), len(days))
