"""The known history as arrays of series by day, and what of it was visible at any earlier origin.

One series is one product in one warehouse. Every cell carries the first origin day at which it was known, so that
a feature computed for an origin in the past sees what that origin saw, late rows missing and superseded plans in
place. Days without a row that tell of no sale (`demand.silent_days`) are cells like the others. Sums over a city or a
warehouse are taken once and stay whole when the panel is cut down to one warehouse.
Arrays of rows by day lie in memory day after day (Fortran's order), as they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.all_cores import small_matrices_on_one_thread
from forecasting.demand.bulk_orders import bulk_orders
from forecasting.demand.hourly_profiles import HourlyProfiles, exposure
from forecasting.demand.silent_days import silent_days
from forecasting.features.closed_days import closed_days
from forecasting.features.versions import AHEAD, Versions, all_known_by, known_day_of, versions_of
from forecasting.known.calendar import FAR, Place, Workdays, places_of
from forecasting.known.events import NEVER, Events
from forecasting.known.frames import KnownAtOrigin
from forecasting.known.prices import prices_come_with_sales
from forecasting.known.units import learned_with

small_matrices_on_one_thread()  # all that computes on panels

BEHIND: Final = 28  # empty days before the first known one, so that every trailing window is whole
REMEMBERED: Final = 400  # days after the last row of a series for which it is forecast: a season that comes every year
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "city_product": ("city", "product_id"),
    "city": ("city",),
    "warehouse": ("warehouse_id",),
    "warehouse_category": ("warehouse_id", "category"),
}
PRICED_DAYS: Final = 91  # by which it is told whether prices come with what is sold
PLAN: Final = ("discount", "promoted")
WEATHER: Final = ("temperature_c", "precipitation_mm", "humidity_pct", "wind_speed", "observed")

Floats = NDArray[np.float32]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Column = NDArray[Any]  # floating, integer or bool


@dataclass(frozen=True, eq=False)
class GroupSums:
    """Sales and exposure summed over the series of each group, by day.

    `sales` and `exposure` (group, day) hold what was known by the end of its day; `late` what came after.
    """

    of_series: Index  # the group of each series
    sales: NDArray[np.float64]
    exposure: NDArray[np.float64]
    late: pd.DataFrame  # group, day, known_day, sales, exposure

    def visible(self, origin: int, days: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sales and exposure (group, day) known at the origin day, to be read only."""
        sales, exposed = self.sales[:, days], self.exposure[:, days]
        late = self.late
        if len(late):
            sales, exposed = sales.copy("F"), exposed.copy("F")
            came = late[(late["known_day"] <= origin) & (late["day"] >= days.start) & (late["day"] < days.stop)]
            at = (came["group"].to_numpy(), came["day"].to_numpy() - days.start)
            np.add.at(sales, at, came["sales"].to_numpy())
            np.add.at(exposed, at, came["exposure"].to_numpy())
        return sales, exposed


@dataclass(frozen=True, eq=False)
class Panel:
    """Series by day. Day index 0 is `first_day`; `last` is the origin day, the last one with sales."""

    first_day: pd.Timestamp
    last: int
    series: pd.DataFrame  # warehouse_id, product_id, city, category, subcategory, unit, introduced; sorted by ids
    sales: Floats  # series, day; 0 where nothing is known
    exposure: Floats  # series, day; 0 where nothing is known
    known_day: NDArray[np.int16]  # series, day: the first origin day at which the cell was known
    plans: Versions  # row: series; columns PLAN
    weather: Versions  # row: warehouse; columns WEATHER
    weather_row: Index  # of each series
    groups: Mapping[str, GroupSums]
    calendars: Mapping[Place, Workdays]  # of the places of the series, in their order
    calendar_row: Index  # of each series
    listings: Index  # (n, 3): a series, the origin day from which it was known to be listed, the last that counts it
    events: Events  # of the warehouses, in the order of `weather`
    bulk_orders: pd.DataFrame  # warehouse_id, product_id, date, sales of the whole panel's days that tell of no other
    prices_with_sales: NDArray[np.bool_]  # of each series, whether prices come with what its warehouse sells
    log_factors: Floats | None = None  # series, day: sales are divided by their exponential; None: they are as sold
    whole: Panel | None = None  # what this is a part of
    recent_errors: dict[int, tuple[object, object]] = field(default_factory=dict)  # forecasting.model.recent_errors's
    adjusted_by: dict[int, tuple[object, Panel]] = field(default_factory=dict)  # forecasting.model.calendar_effects's

    @classmethod
    def of(cls, known: KnownAtOrigin, profiles: HourlyProfiles) -> Panel:
        """All that is known at the origin, as arrays."""
        days = known.history.days
        past = (days["date"] <= known.origin_day).to_numpy()
        history = known.history.where(past)
        days = history.days
        if days.empty:
            raise ValueError(f"no sales are known at {known.origin}: nothing to forecast from")
        first = days["date"].min() - pd.Timedelta(days=BEHIND)
        last = (known.origin_day - first).days
        series, row, listed = _series(days, known)
        day = (days["date"] - first).dt.days.to_numpy()
        exposed = exposure(history, known.products, profiles)
        shape = (len(series), last + 1)
        sales, seen = (np.zeros(shape, dtype=np.float32, order="F") for _ in range(2))
        known_day = np.full(shape, NEVER, order="F")
        sales[row, day] = np.where(exposed > 0, days["sales"].to_numpy(dtype=np.float32), 0)
        seen[row, day] = exposed
        known_day[row, day] = known_day_of(days["known_at"], known, last)
        warehouses = pd.unique(series["warehouse_id"])
        weather_row = pd.Index(warehouses).get_indexer(pd.Index(series["warehouse_id"]))
        silent, at, told = silent_days(sales, known_day, weather_row)
        seen[silent, at], known_day[silent, at] = 1, told
        events = _events(known, [str(name) for name in warehouses], first, last)
        closed = _closed(events, weather_row, sales, known_day <= last)
        sales[closed], seen[closed] = 0, 0
        plans = versions_of(
            known.promotions, "known_at", PLAN, series[["warehouse_id", "product_id"]], first, last, known
        )
        calendars, calendar_row = _calendars(series, known.warehouses, first, last + 1 + AHEAD + FAR)
        expected_more = _more_expected(plans, list(calendars.values()), calendar_row, events, weather_row, last)
        bulk = bulk_orders(sales, seen, known_day, expected_more)
        set_aside = _set_aside(bulk, sales, series, first)
        sales[bulk], seen[bulk] = 0, 0
        return cls(
            first,
            last,
            series,
            sales,
            seen,
            known_day,
            plans,
            versions_of(
                known.weather, "issued_at", WEATHER, pd.DataFrame({"warehouse_id": warehouses}), first, last, known
            ),
            weather_row,
            {name: _group_sums(series, keys, sales, seen, known_day) for name, keys in GROUPS.items()},
            calendars,
            calendar_row,
            _listings(listed, known, first, last),
            events,
            set_aside,
            _prices_with_sales(plans, sales, weather_row, last),
        )

    @cached_property
    def attributes(self) -> Mapping[str, tuple[Index, Sequence[str]]]:
        """Of category and subcategory: which of the names each series has (-1: none), and the names."""
        found = {column: pd.factorize(self.series[column]) for column in ("category", "subcategory")}
        return {column: (which, list(names)) for column, (which, names) in found.items()}

    def where(self, keep: NDArray[np.bool_]) -> Panel:
        """Some of the series (bool, n); the sums over groups stay those of all."""
        if keep.all():
            return self
        kept = np.flatnonzero(keep)
        return replace(
            self,
            series=self.series.iloc[kept].reset_index(drop=True),
            sales=self.sales.T.take(kept, 1).T,
            exposure=self.exposure.T.take(kept, 1).T,
            known_day=self.known_day.T.take(kept, 1).T,
            plans=self.plans.rows(kept),
            weather_row=self.weather_row[kept],
            calendar_row=self.calendar_row[kept],
            listings=_of_rows(self.listings, kept, len(keep)),
            prices_with_sales=self.prices_with_sales[kept],
            log_factors=None if self.log_factors is None else self.log_factors.T.take(kept, 1).T,
            groups={name: replace(sums, of_series=sums.of_series[kept]) for name, sums in self.groups.items()},
            whole=self.whole or self,
        )

    def of_warehouses(self, warehouse_ids: Collection[str]) -> Panel:
        """The series of some warehouses, still among their cities' sums. Raises ValueError for one that has none."""
        ids = self.series["warehouse_id"]
        keep = ids.isin(list(warehouse_ids)).to_numpy()
        if missing := sorted(set(warehouse_ids) - set(ids[keep])):
            raise ValueError(
                f"warehouse {missing[0]} has no sales known at the origin and no product listed: nothing to forecast"
            )
        return self.where(keep)

    def day(self, index: int) -> pd.Timestamp:
        """The date of a day index."""
        return self.first_day + pd.Timedelta(days=index)

    def index(self, day: pd.Timestamp) -> int:
        """The day index of a date."""
        return int((pd.Timestamp(day) - self.first_day).days)

    def rows_of(self, part: Panel) -> NDArray[np.bool_]:
        """Which series a part of the panel holds."""
        ids = ["warehouse_id", "product_id"]
        held = pd.MultiIndex.from_frame(self.series[ids]).isin(pd.MultiIndex.from_frame(part.series[ids]))
        return np.asarray(held, dtype=bool)

    def with_log_factors(self, log_factors: Floats) -> Panel:
        """The panel with sales divided by the exponential of factors (series, day), and its sums."""
        sales = (self.sales / np.exp(log_factors[:, : self.sales.shape[1]])).astype(np.float32)
        sales = np.asfortranarray(sales)
        sums = {
            name: _group_sums(self.series, keys, sales, self.exposure, self.known_day) for name, keys in GROUPS.items()
        }
        return replace(
            self, sales=sales, groups=sums, log_factors=np.asfortranarray(log_factors), recent_errors={}, adjusted_by={}
        )

    @property
    def days_with_calendar(self) -> int:
        """How many days, from day 0 on, the calendars hold."""
        return len(next(iter(self.calendars.values())).names)

    def by_calendar(self, of: Callable[[Workdays], Column]) -> Column:
        """What `of` a calendar gives for all series (series), of each series' own calendar."""
        found = [of(workdays) for workdays in self.calendars.values()]
        return found[0] if len(found) == 1 else np.stack(found)[self.calendar_row, np.arange(len(self.series))]

    @cached_property
    def special_days(self) -> NDArray[np.bool_]:
        """The days (n) that are a festival or a worked weekend day somewhere."""
        special: NDArray[np.bool_] = np.any([of.festival | of.make_up for of in self.calendars.values()], axis=0)
        return special

    @cached_property
    def known_by(self) -> NDArray[np.int16]:
        """The first origin day at which all that came to be known of each day (n) was known."""
        return all_known_by(self.known_day)

    @cached_property
    def offered_from(self) -> NDArray[np.int16]:
        """The first origin day at which each series (n) had sales known of a day up to it."""
        day = np.arange(self.known_day.shape[1], dtype=np.int16)
        first: NDArray[np.int16] = np.maximum(self.known_day, day).min(axis=1)
        return first

    def offered(self, origin: int) -> NDArray[np.bool_]:
        """Which series had sales known at the origin day."""
        return self.offered_from <= origin

    def expected(self, origin: int) -> NDArray[np.bool_]:
        """Which series are forecast from an origin day: those with sales known by then, of the last `REMEMBERED` days,
        those that a price is planned for, and those listed."""
        planned = self.plans.known_day[:, :, origin + 1 : origin + 1 + AHEAD] <= origin
        sold = self.offered(origin)
        if origin > REMEMBERED:
            sold = sold & (self.days_listed(origin, slice(origin + 1 - REMEMBERED, origin + 1)) > 0)
        expected: NDArray[np.bool_] = sold | planned.any(axis=(0, 2))
        series, known, until = self.listings.T
        expected[series[(known <= origin) & (origin <= until)]] = True
        return expected

    def days_listed(self, origin: int, days: slice) -> Index:
        """On how many of the days each series had sales known at the origin day, be it 0, in stock or not."""
        listed: Index = np.count_nonzero(self.known_day[:, days] <= origin, axis=1)
        return listed

    def visible(self, origin: int, days: slice) -> tuple[Floats, Floats]:
        """Sales and exposure (series, day) as known at the origin day, to be read only."""
        if (self.known_by[days] <= origin).all():
            return self.sales[:, days], self.exposure[:, days]
        seen = self.known_day[:, days] <= origin
        return np.where(seen, self.sales[:, days], 0), np.where(seen, self.exposure[:, days], 0)


def _series(days: pd.DataFrame, known: KnownAtOrigin) -> tuple[pd.DataFrame, Index, Index]:
    """The series with their attributes, sorted by ids, the series of each row, and that of each row listed."""
    pair = ["warehouse_id", "product_id"]
    ids = [days[pair]] if known.listed is None else [days[pair], known.listed[pair]]
    lately = known.origin_day - pd.Timedelta(days=BEHIND)
    planned = known.promotions.loc[known.promotions["date"] > lately, pair].drop_duplicates()
    known_ids = planned["warehouse_id"].isin(known.warehouses["warehouse_id"])
    known_ids &= planned["product_id"].isin(known.products["product_id"])
    named = pd.concat([*ids, planned[known_ids]], ignore_index=True)
    w_code, w_names = pd.factorize(named["warehouse_id"], sort=True)
    p_code, p_names = pd.factorize(named["product_id"], sort=True)
    row, code = pd.factorize(w_code.astype(np.int64) * len(p_names) + p_code, sort=True)
    series = pd.DataFrame({"warehouse_id": w_names[code // len(p_names)], "product_id": p_names[code % len(p_names)]})
    for frame, key in ((known.warehouses, "warehouse_id"), (known.products, "product_id")):
        if missing := sorted(set(series[key]) - set(frame[key])):
            raise ValueError(f"sales or listings name {key} {missing[:5]}, which the {key[:-3]}s frame does not")
    series = series.merge(known.warehouses[["warehouse_id", "city"]], on="warehouse_id", how="left")
    attributes = ["product_id", "category", "subcategory", "unit", "introduced"]
    products = known.products[attributes].assign(unit=learned_with(known.products))
    series = series.merge(products, on="product_id", how="left")
    return series, row[: len(days)], row[len(days) : sum(map(len, ids))]


def _calendars(
    series: pd.DataFrame, warehouses: pd.DataFrame, first: pd.Timestamp, days: int
) -> tuple[dict[Place, Workdays], Index]:
    """The calendars of all places that have series, and which of them each series has."""
    names = pd.Series(places_of(warehouses), index=pd.Index(warehouses["warehouse_id"]), dtype=object)
    row, places = pd.factorize(names.reindex(series["warehouse_id"]))
    return {place: Workdays.of(first, days, place) for place in places}, row.astype(np.intp)


def _events(known: KnownAtOrigin, warehouse_ids: Sequence[str], first: pd.Timestamp, last: int) -> Events:
    """The events known of these warehouses."""
    if known.events is None or known.events.empty:
        return Events.none(len(warehouse_ids))
    cities = known.warehouses.set_index("warehouse_id")["city"].reindex(pd.Index(warehouse_ids))
    known_day = known_day_of(known.events["known_at"], known, last)
    return Events.of(known.events, known_day, first, warehouse_ids, list(cities))


def _closed(events: Events, warehouse_of: Index, sales: Floats, known: Flags) -> Flags:
    """The cells (series, day) of days on which their warehouse did no business."""
    count, days = int(warehouse_of.max()) + 1, sales.shape[1]
    sold, seen = np.zeros((count, days)), np.zeros((count, days), dtype=bool)
    for day in range(days):
        sold[:, day] = np.bincount(warehouse_of, sales[:, day], count)
        seen[:, day] = np.bincount(warehouse_of, known[:, day], count) > 0
    told = np.zeros((count, days), dtype=bool)
    for at in np.flatnonzero(events.closed & events.known_at(days - 1)):
        told[events.here[at], max(events.first[at], 0) : max(events.last[at] + 1, 0)] = True
    return np.asfortranarray(closed_days(sold, seen, told)[warehouse_of])


def _prices_with_sales(plans: Versions, sales: Floats, warehouse: Index, last: int) -> NDArray[np.bool_]:
    """Whether prices come with what each series' warehouse sells, from the last days."""
    days = slice(max(0, last + 1 - PRICED_DAYS), last + 1)
    return prices_come_with_sales(plans.visible(last, days)[:, :, 0] > 0, sales[:, days] > 0, warehouse)


def _more_expected(
    plans: Versions,
    calendars: Sequence[Workdays],
    calendar_row: Index,
    events: Events,
    weather_row: Index,
    last: int,
) -> Flags:
    """The cells (series, day) of days of which more is expected anyway: in a promotion, on a festival or an event or
    the day before, as known on the day."""
    day = np.arange(last + 1)
    known = plans.known_day[:, :, : last + 1] <= day
    values = plans.values[:, :, : last + 1]
    promoted = np.any(known & ((values[..., 0] < 1) | (values[..., 1] > 0)), axis=0)
    special = np.stack([of.festival | of.make_up for of in calendars])[calendar_row]
    held = events.known_at(day)
    on = (events.on(day) | events.on(day + 1)) & held
    of_shop = np.einsum("ew,ed->wd", events.here.astype(np.int32), on.astype(np.int32)) > 0
    expected: Flags = promoted | special[:, : last + 1] | special[:, 1 : last + 2] | of_shop[weather_row]
    return expected


def _set_aside(bulk: Flags, sales: Floats, series: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Panel.bulk_orders of the cells marked."""
    row, day = np.nonzero(bulk)
    found = series[["warehouse_id", "product_id"]].iloc[row].reset_index(drop=True)
    return found.assign(date=first + pd.to_timedelta(day, unit="D"), sales=sales[row, day])


def _listings(row: Index, known: KnownAtOrigin, first: pd.Timestamp, last: int) -> Index:
    """Panel.listings of the rows listed, whose series are given."""
    if known.listed is None or not len(row):
        return np.empty((0, 3), dtype=np.intp)
    until = (known.listed["until"] - first).dt.days.to_numpy()
    return np.stack([row, known_day_of(known.listed["known_at"], known, last), until], axis=1).astype(np.intp)


def _of_rows(listings: Index, kept: Index, count: int) -> Index:
    """The listings of the series kept, out of `count`, with their new numbers."""
    at = np.full(count, -1)
    at[kept] = np.arange(len(kept))
    series = at[listings[:, 0]]
    return np.column_stack([series, listings[:, 1:]])[series >= 0].astype(np.intp)


def _group_sums(
    series: pd.DataFrame, keys: Sequence[str], sales: Floats, exposed: Floats, known_day: NDArray[np.int16]
) -> GroupSums:
    of_series = np.asarray(series.groupby(list(keys), sort=True).ngroup(), dtype=np.int64)
    count = int(of_series.max()) + 1
    day = np.arange(sales.shape[1])
    on_time = known_day <= day
    row, late_day = np.nonzero((known_day > day) & (known_day < NEVER))
    late = pd.DataFrame(
        {
            "group": of_series[row],
            "day": late_day,
            "known_day": known_day[row, late_day],
            "sales": sales[row, late_day],
            "exposure": exposed[row, late_day],
        }
    )

    def summed(values: Floats) -> NDArray[np.float64]:
        timely = np.where(on_time, values, 0)
        total = np.empty((count, len(day)), order="F")
        for d in day:
            total[:, d] = np.bincount(of_series, timely[:, d], count)
        return total

    return GroupSums(of_series, summed(sales), summed(exposed), late)
