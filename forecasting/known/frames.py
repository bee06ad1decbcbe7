"""What forecasting reads and writes: the frames with columns and units, and the moment up to which they are known.

Everything a training or a forecast may see travels in one `KnownAtOrigin`, which holds nothing that became
known after its origin: not the sales of a later day, not a promotion booked later, not a weather value issued
later. So no feature can look ahead, whatever it computes.

Ids are strings everywhere. A *day* is a local calendar day: midnight, `datetime64`, without a zone. A
*moment* (`known_at`, `issued_at`, `origin`) is UTC with its zone attached (`pd.to_datetime(..., utc=True)`).
Quantities are in the product's own unit, kilograms say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HOURS: Final = 24
QUANTILES: Final = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
QUANTILE_COLUMNS: Final = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")

SALES_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "product_id": "id",
    "date": "day",
    "sales": "number",  # sold that day, in the product's unit
    "known_at": "moment",  # when this row became known, usually the end of its day
}
PROMOTION_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "product_id": "id",
    "date": "day",  # the day the price holds, often after the origin: a plan
    "discount": "number",  # price / list price; 1 is full price, NaN unknown
    "promoted": "bool",  # in an announced promotion
    "known_at": "moment",  # when it was planned
}
WEATHER_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "date": "day",
    "temperature_c": "number",  # mean of the day
    "precipitation_mm": "number",  # sum of the day
    "humidity_pct": "number",
    "wind_speed": "number",  # any unit, the same throughout
    "issued_at": "moment",  # an observation: at or after the end of its day; a forecast: before
    "observed": "bool",
}
PRODUCT_COLUMNS: Final[Mapping[str, str]] = {
    "product_id": "id",
    "category": "id",
    "subcategory": "id or none",
    "unit": "id",  # 'kg', 'piece', 'box', ...
    "introduced": "day or none",
    # and, where the last day on sale is known of any: "delisted": "day or none"; where there are units besides kg and
    # piece: "in_wholes": "bool", whether the unit is sold in whole ones only
}
# and, where the last day of business is known of any: "closed": "day or none"; where they are not all in China and keep
# the holidays of the whole country: "country" and "subdivision" (or none), codes of ISO 3166
WAREHOUSE_COLUMNS: Final[Mapping[str, str]] = {"warehouse_id": "id", "city": "id"}
LISTED_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "product_id": "id",
    "until": "day",  # the last day on which it counts as listed
    "known_at": "moment",  # when it became known that the warehouse will sell the product
}
RANGE_COLUMNS: Final[Mapping[str, str]] = {
    "warehouse_id": "id",
    "product_id": "id",
    "sold_from": "day or none",  # the first day on which the warehouse buys the product for whoever may come
    "sold_until": "day or none",  # the last one
    "known_at": "moment",  # of several rows of a warehouse and product the one known last counts
}
EVENT_COLUMNS: Final[Mapping[str, str]] = {
    "event_id": "id",  # of several rows of one event the one known last counts
    "name": "id",  # the same every year
    "kind": "id",  # 'fair', 'school holidays', ...
    "first_day": "day",
    "last_day": "day",
    "warehouse_id": "id or none",  # where; without it and a city everywhere
    "city": "id or none",
    "closed": "bool",  # no business on these days
    "cancelled": "bool",
    "known_at": "moment",
}
FORECAST_COLUMNS: Final = (
    "warehouse_id",
    "product_id",
    "date",  # the day forecast
    "origin",  # the last day whose sales were known, midnight
    *QUANTILE_COLUMNS,  # demand in the product's unit, never negative, never crossing
    "mean",
    "model",  # what made it: 'lightgbm', 'regression', 'exponential_smoothing' or 'ended'
)
ALL_DAYS_QUANTILES: Final = tuple(f"all_days_{name}" for name in QUANTILE_COLUMNS)
# Forecasts of days seen whole, the only ones that can be scored: quantiles and mean are of such days.
SEEN_WHOLE_COLUMNS: Final = (
    *FORECAST_COLUMNS,
    "all_days_factor",  # mean demand on all days over that on days seen whole
    *ALL_DAYS_QUANTILES,  # demand on all days, as QUANTILE_COLUMNS
)
HOURLY_FORECAST_COLUMNS: Final = (
    "warehouse_id",
    "product_id",
    "date",  # the day forecast
    "hour",  # 0-23: local time [hour:00, hour+1:00)
    "origin",  # the last day whose sales were known, midnight
    *QUANTILE_COLUMNS,  # demand of the hour in the product's unit, never negative, never crossing
    "mean",  # the 24 of a day add up to the day's mean
)


class FrameError(ValueError):
    """A frame does not have the columns, types or sizes that this module names."""


class KnownLaterError(ValueError):
    """Something that became known after the origin was offered to a training or a forecast."""


@dataclass(frozen=True, eq=False)
class SalesHistory:
    """Sales and availability by warehouse, product and day, one row each.

    `days` has the columns of `SALES_COLUMNS`, at most one row per warehouse, product and day. A day on
    which nothing was sold is a row with sales 0; what a day without a row says `forecasting.demand.silent_days` tells.
    Row i of `hourly_sales` (float32, n x 24, the product's unit) and of `in_stock` (int8, n x 24: 1 in stock,
    0 out of stock, -1 unknown) belongs to row i of `days`; hour h is local time [h:00, h+1:00).
    A row of NaN in `hourly_sales` says that only the day's total is known.
    """

    days: pd.DataFrame
    hourly_sales: NDArray[np.float32]
    in_stock: NDArray[np.int8]

    def __post_init__(self) -> None:
        check_columns(self.days, SALES_COLUMNS, "sales history")
        expected = (len(self.days), HOURS)
        for name, hours in (("hourly_sales", self.hourly_sales), ("in_stock", self.in_stock)):
            if hours.shape != expected:
                raise FrameError(f"sales history: {name} has shape {hours.shape}, expected {expected}")

    def __len__(self) -> int:
        return len(self.days)

    @classmethod
    def of_days(cls, days: pd.DataFrame) -> SalesHistory:
        """A history of which only the days' totals are known: no hours, no availability."""
        hourly = np.full((len(days), HOURS), np.nan, dtype=np.float32)
        return cls(days, hourly, np.full((len(days), HOURS), -1, dtype=np.int8))

    def where(self, keep: NDArray[np.bool_]) -> SalesHistory:
        """The rows marked in `keep` (bool, n)."""
        if keep.all():
            return self
        return self.take(np.flatnonzero(keep))

    def take(self, rows: NDArray[np.intp]) -> SalesHistory:
        """Some of the rows, by their numbers."""
        return SalesHistory(self.days.iloc[rows].reset_index(drop=True), self.hourly_sales[rows], self.in_stock[rows])

    def as_of(self, origin: pd.Timestamp) -> SalesHistory:
        """What of it was known at the origin (a moment, UTC)."""
        return self.where((self.days["known_at"] <= origin).to_numpy())


@dataclass(frozen=True, eq=False)
class KnownAtOrigin:
    """Everything that a training or a forecast may see, and nothing that became known after `origin`.

    Build it with `at`, which leaves out what is later. Building it directly with something later raises
    `KnownLaterError`, so holding one is proof. Frames have the columns of `PROMOTION_COLUMNS`,
    `WEATHER_COLUMNS`, `PRODUCT_COLUMNS` and `WAREHOUSE_COLUMNS`; promotions and weather may be empty, and may
    hold days after the origin as long as the plan or the weather forecast was known by then.
    Of several rows for the same day the one known last counts. A warehouse will sell what it has a price planned for,
    and what `listed` (LISTED_COLUMNS, optional) names, also where it has not sold it yet. `events` (EVENT_COLUMNS,
    optional) are what makes its days other than usual. `ranges` (RANGE_COLUMNS, optional) say from when until when it
    sells a product.
    """

    origin: pd.Timestamp
    history: SalesHistory
    promotions: pd.DataFrame
    weather: pd.DataFrame
    products: pd.DataFrame
    warehouses: pd.DataFrame
    zone: str  # of the warehouses: an IANA name
    listed: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    ranges: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if self.origin.tzinfo is None:
            raise FrameError(f"origin {self.origin} has no zone; moments are UTC")
        check_columns(self.promotions, PROMOTION_COLUMNS, "promotions")
        check_columns(self.weather, WEATHER_COLUMNS, "weather")
        check_columns(self.products, PRODUCT_COLUMNS, "products")
        check_columns(self.warehouses, WAREHOUSE_COLUMNS, "warehouses")
        if self.listed is not None:
            check_columns(self.listed, LISTED_COLUMNS, "listed")
        if self.events is not None:
            check_columns(self.events, EVENT_COLUMNS, "events")
        if self.ranges is not None:
            check_columns(self.ranges, RANGE_COLUMNS, "ranges")
        for what, moments in (
            ("sales history", self.history.days["known_at"]),
            ("promotions", self.promotions["known_at"]),
            ("weather", self.weather["issued_at"]),
            *(() if self.listed is None else (("listed", self.listed["known_at"]),)),
            *(() if self.events is None else (("events", self.events["known_at"]),)),
            *(() if self.ranges is None else (("ranges", self.ranges["known_at"]),)),
        ):
            if (moments > self.origin).any():
                raise KnownLaterError(f"{what}: a row became known at {moments.max()}, after {self.origin}")

    @classmethod
    def at(
        cls,
        origin: pd.Timestamp,
        *,
        history: SalesHistory,
        promotions: pd.DataFrame,
        weather: pd.DataFrame,
        products: pd.DataFrame,
        warehouses: pd.DataFrame,
        zone: str,
        listed: pd.DataFrame | None = None,
        events: pd.DataFrame | None = None,
        ranges: pd.DataFrame | None = None,
    ) -> KnownAtOrigin:
        """What was known at the origin (a moment, UTC) out of everything that is known now."""
        return cls(
            origin,
            history.as_of(origin),
            promotions[promotions["known_at"] <= origin],
            weather[weather["issued_at"] <= origin],
            products,
            warehouses,
            zone,
            None if listed is None else listed[listed["known_at"] <= origin],
            None if events is None else events[events["known_at"] <= origin],
            None if ranges is None else ranges[ranges["known_at"] <= origin],
        )

    @property
    def local_time(self) -> pd.Timestamp:
        """The origin by the clocks of the zone, without the zone."""
        return self.origin.tz_convert(self.zone).tz_localize(None)

    @property
    def origin_day(self) -> pd.Timestamp:
        """The last local day that had wholly passed at the origin."""
        return self.local_time.normalize() - pd.Timedelta(days=1)

    def at_end_of(self, day: pd.Timestamp) -> KnownAtOrigin:
        """What was known when `day` was the origin day, at this origin's time of day."""
        earlier = self.local_time - (self.origin_day - day)
        # a time that clocks left out is the next that they showed; of one shown twice the first
        moment = earlier.tz_localize(self.zone, nonexistent="shift_forward", ambiguous=True)
        return self.before(moment.tz_convert("UTC"))

    def before(self, origin: pd.Timestamp) -> KnownAtOrigin:
        """What was known at an earlier origin."""
        return KnownAtOrigin.at(
            origin,
            history=self.history,
            promotions=self.promotions,
            weather=self.weather,
            products=self.products,
            warehouses=self.warehouses,
            zone=self.zone,
            listed=self.listed,
            events=self.events,
            ranges=self.ranges,
        )


def in_one(regions: Sequence[KnownAtOrigin]) -> KnownAtOrigin:
    """What is known of several regions, at least one, for who looks at past days alone: the origin and the zone are
    those of the region that knows most, and by them a day of another is over that is not over there."""
    latest = max(regions, key=lambda known: (known.origin, known.origin_day))
    if len(regions) == 1:
        return latest
    histories = [known.history for known in regions]
    listed = [known.listed for known in regions if known.listed is not None]
    ranges = [known.ranges for known in regions if known.ranges is not None]
    return replace(
        latest,
        history=SalesHistory(
            pd.concat([history.days for history in histories], ignore_index=True),
            np.concatenate([history.hourly_sales for history in histories]),
            np.concatenate([history.in_stock for history in histories]),
        ),
        promotions=pd.concat([known.promotions for known in regions], ignore_index=True),
        weather=pd.concat([known.weather for known in regions], ignore_index=True),
        warehouses=pd.concat([known.warehouses for known in regions], ignore_index=True),
        listed=pd.concat(listed, ignore_index=True) if listed else None,
        ranges=pd.concat(ranges, ignore_index=True) if ranges else None,
    )


def end_of_day(day: pd.Timestamp, zone: str) -> pd.Timestamp:
    """The moment (UTC) at which a local day has passed: the origin whose `origin_day` it is."""
    return (pd.Timestamp(day).normalize() + pd.Timedelta(days=1)).tz_localize(zone).tz_convert("UTC")


def check_columns(frame: pd.DataFrame, columns: Mapping[str, str], what: str) -> None:
    """Raise `FrameError` unless the frame has these columns, with days and moments typed as such."""
    if missing := [name for name in columns if name not in frame.columns]:
        raise FrameError(f"{what}: columns {missing} are missing")
    for name, kind in columns.items():
        dtype = frame[name].dtype
        if kind == "moment" and not (isinstance(dtype, pd.DatetimeTZDtype) and str(dtype.tz) == "UTC"):
            raise FrameError(f"{what}: {name} is {dtype}, expected moments in UTC (pd.to_datetime(..., utc=True))")
        if kind.startswith("day") and not _is_day(dtype):
            raise FrameError(f"{what}: {name} is {dtype}, expected local days (datetime64 without a zone)")


def _is_day(dtype: object) -> bool:
    return isinstance(dtype, np.dtype) and np.issubdtype(dtype, np.datetime64)
