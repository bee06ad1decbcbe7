"""How a day's demand falls on its hours, and so which share of it fell into the hours in stock: the exposure.

The share of an hour is learned from days almost wholly in stock, as sales made there over sales expected there;
a day cut short would show the hour in which it sold out, which is a busy one by that very fact, and none after
it. Profiles go by category and kind of day (work or rest), and optionally warehouse, product and weekday adjust them.
Each is pulled towards the coarser one as far as its evidence leaves open (forecasting.statistics.credibility).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.calendar import Place, PlacesOfWarehouses
from forecasting.known.frames import HOURS, SalesHistory
from forecasting.statistics.credibility import pulled_cells

ANY = ""  # the profile over all categories, for one that has none of its own
# Exposure from which on profiles are learned from a day. Lower than SEEN_WHOLE: the share of an hour needs that hour in
# stock, not the whole day.
ALMOST_WHOLE = 0.9
ROUNDS = 4  # the sums of a day's hidden hours settle within these
CHUNK = 200_000  # rows worked on at a time
IN_CACHE = 20_000  # rows whose hours the processor holds while they are added up
SAMPLE = 100_000  # rows enough for 24 shares
SAMPLE_OF_MANY = 500_000  # rows enough for the shares of some hundred warehouses and products

Doubles = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class HourlyProfiles:
    """The share of a day's demand in each hour: 24 numbers that add up to 1, by category and rest day or not.

    `warehouses`, `products` and `weekdays` (0 is Monday) hold 24 factors each that bend these shares; empty where not
    learned. `places` say which days are rest days where.
    """

    shares: Mapping[tuple[str, bool], tuple[float, ...]]
    warehouses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    products: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    weekdays: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    places: PlacesOfWarehouses = field(default_factory=PlacesOfWarehouses)

    @classmethod
    def learn(
        cls,
        history: SalesHistory,
        products: pd.DataFrame,
        warehouses: pd.DataFrame | None = None,
        *,
        bent: bool = False,
    ) -> HourlyProfiles:
        """Profiles from the rows whose hours are known; flat where there are none.

        Rest days are those of each warehouse's country; without `warehouses` China's. With `bent` each warehouse,
        product and weekday bends them too.
        """
        places = PlacesOfWarehouses.of(warehouses)
        category, rest = category_and_rest(history, products, places)
        timed = ~np.isnan(history.hourly_sales[:, 0]) & (history.days["sales"].to_numpy() > 0)
        shares: dict[tuple[str, bool], tuple[float, ...]] = {}
        for kind in (False, True):
            rows = np.flatnonzero(timed & (rest == kind))
            rough = _rate_in_stock(history, rows)
            rows = rows[(history.in_stock[rows] != 0) @ rough >= ALMOST_WHOLE]
            overall = _settled(history, rows, rough)
            shares[(ANY, kind)] = _numbers(overall)
            code, names = pd.factorize(category[rows], sort=True)
            for name, profile in zip(names, _finer(history, rows, overall, code, len(names)), strict=True):
                shares[(str(name), kind)] = _numbers(profile)
        plain = cls(shares, places=places)
        return plain._bent(history, products, np.flatnonzero(timed)) if bent else plain

    def of(self, category: str, rest: bool) -> NDArray[np.float32]:
        """The profile (24) of a category on a kind of day."""
        return np.array(self.shares.get((category, rest)) or self.shares[(ANY, rest)], dtype=np.float32)

    def of_rows(self, history: SalesHistory, products: pd.DataFrame, rows: Index) -> NDArray[np.float32]:
        """The profile (row, 24) of some rows of a history."""
        part = SalesHistory(history.days.iloc[rows], history.hourly_sales[rows], history.in_stock[rows])
        category, rest = category_and_rest(part, products, self.places)
        code, names = pd.factorize(category)
        table = np.stack([self.of(str(name), kind) for kind in (False, True) for name in names])
        result = table[code + len(names) * rest]
        for factors, keys in (
            (self.warehouses, part.days["warehouse_id"]),
            (self.products, part.days["product_id"]),
            (self.weekdays, part.days["date"].dt.day_of_week),
        ):
            if factors:
                key, found = pd.factorize(keys)
                result = result * np.array([factors.get(one, (1.0,) * HOURS) for one in found], dtype=np.float32)[key]
        shares: NDArray[np.float32] = result / result.sum(axis=1, keepdims=True)
        return shares

    def to_dict(self) -> dict[str, Any]:
        """The profiles as lists and numbers that JSON can hold."""
        return {
            "shares": [[*key, list(shares)] for key, shares in sorted(self.shares.items())],
            "warehouses": {name: list(factors) for name, factors in sorted(self.warehouses.items())},
            "products": {name: list(factors) for name, factors in sorted(self.products.items())},
            "weekdays": [[day, list(factors)] for day, factors in sorted(self.weekdays.items())],
            "usual_place": list(self.places.usual),
            "elsewhere": {name: list(place) for name, place in sorted(self.places.elsewhere.items())},
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> HourlyProfiles:
        """The profiles that `to_dict` wrote."""
        return cls(
            {(name, rest): tuple(shares) for name, rest, shares in record["shares"]},
            {name: tuple(factors) for name, factors in record["warehouses"].items()},
            {name: tuple(factors) for name, factors in record["products"].items()},
            {int(day): tuple(factors) for day, factors in record["weekdays"]},
            PlacesOfWarehouses(
                Place(*record["usual_place"]),
                {name: Place(*place) for name, place in record["elsewhere"].items()},
            ),
        )

    def _bent(self, history: SalesHistory, products: pd.DataFrame, timed: Index) -> HourlyProfiles:
        """These profiles with what warehouses, then products, then weekdays change in them."""
        if not len(timed):
            return self
        whole = timed[exposure(history, products, self)[timed] >= ALMOST_WHOLE]
        whole = some(whole, SAMPLE_OF_MANY)
        days = history.days.iloc[whole]
        warehouse, names = pd.factorize(days["warehouse_id"], sort=True)
        factors = _factors(self, history, products, whole, warehouse, len(names))
        bent = replace(self, warehouses={str(n): _numbers(f) for n, f in zip(names, factors, strict=True)})
        product, names = pd.factorize(days["product_id"], sort=True)
        factors = _factors(bent, history, products, whole, product, len(names))
        bent = replace(bent, products={str(n): _numbers(f) for n, f in zip(names, factors, strict=True)})
        factors = _factors(bent, history, products, whole, days["date"].dt.day_of_week.to_numpy(), 7)
        return replace(bent, weekdays={day: _numbers(f) for day, f in enumerate(factors)})


def exposure(history: SalesHistory, products: pd.DataFrame, profiles: HourlyProfiles) -> NDArray[np.float32]:
    """The share (0..1, n) of each row's expected sales that fell into hours in stock.

    Hours of unknown availability count as in stock.
    """
    result = np.ones(len(history), dtype=np.float32)
    short = np.flatnonzero((history.in_stock == 0).any(axis=1))
    for start in range(0, len(short), CHUNK):
        rows = short[start : start + CHUNK]
        shares = profiles.of_rows(history, products, rows)
        result[rows] = ((history.in_stock[rows] != 0) * shares).sum(axis=1)
    return np.clip(result, 0.0, 1.0)


def category_and_rest(
    history: SalesHistory, products: pd.DataFrame, places: PlacesOfWarehouses
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Category and rest day of each row."""
    days = history.days
    if days.empty:
        return np.empty(0, dtype=object), np.empty(0, dtype=bool)
    code, names = pd.factorize(days["product_id"])
    category = products.set_index("product_id")["category"].reindex(names).fillna(ANY).to_numpy(dtype=object)
    return category[code], places.rest(days)


def some(rows: Index, most: int) -> Index:
    """At most so many of the rows, the same every time; not every n-th, which may be every Tuesday."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _rate_in_stock(history: SalesHistory, rows: Index) -> Doubles:
    """Sales made per hour in stock, scaled to 1: a first guess."""
    rate = np.zeros(HOURS)
    if len(rows):
        sold = history.hourly_sales[rows].sum(axis=0, dtype=np.float64)
        rate = sold / np.maximum((history.in_stock[rows] != 0).sum(axis=0), 1)
    return rate / rate.sum() if rate.sum() > 0 else np.full(HOURS, 1 / HOURS)


def _settled(history: SalesHistory, rows: Index, profile: Doubles) -> Doubles:
    """The profile under which the hours in stock sold what was expected of them, given each day's sales."""
    rows = some(rows, SAMPLE)
    if not len(rows):
        return profile
    here = history.in_stock[rows] != 0
    made = np.where(here, history.hourly_sales[rows], 0)
    sold, of_day = made.sum(axis=0, dtype=np.float64), made.sum(axis=1, dtype=np.float64)
    weight = here.astype(np.float64)
    for _ in range(ROUNDS):
        expected = profile * ((of_day / np.maximum(weight @ profile, 1e-12)) @ weight)
        ratio = np.where(expected > 0, sold / np.maximum(expected, 1e-300), 1.0)
        profile = profile * ratio
        profile = profile / profile.sum()
    return profile


def _finer(history: SalesHistory, rows: Index, coarse: Doubles, group: Index, groups: int) -> Doubles:
    """A profile (group, 24) a group, pulled towards the coarse one."""
    sold, expected, spread = _by_group(history, rows, group, groups, coarse)
    finer = coarse * pulled_cells(sold, expected, spread)
    shares: Doubles = finer / finer.sum(axis=1, keepdims=True)
    return shares


def _factors(
    profiles: HourlyProfiles, history: SalesHistory, products: pd.DataFrame, rows: Index, group: Index, groups: int
) -> Doubles:
    """What each group sold in an hour over what the profiles expected there (group, 24), pulled towards 1."""
    sold, expected, spread = np.zeros((groups, HOURS)), np.zeros((groups, HOURS)), 0.0
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        shares = profiles.of_rows(history, products, rows[part]).astype(np.float64)
        more = _by_group(history, rows[part], group[part], groups, shares)
        sold, expected, spread = sold + more[0], expected + more[1], spread + more[2] * len(rows[part])
    return pulled_cells(sold, expected, spread / max(len(rows), 1))


def _by_group(
    history: SalesHistory, rows: Index, group: Index, groups: int, profile: Doubles
) -> tuple[Doubles, Doubles, float]:
    """Sales by group and hour in stock, what the profile (24, or row x 24) expects there given each day's sales,
    and the mean of (sold - expected)^2 / expected over the hours of single days: the variance a unit expected has."""
    sold, expected = np.zeros((groups, HOURS)), np.zeros((groups, HOURS))
    spread, cells = 0.0, 0
    for start in range(0, len(rows), IN_CACHE):
        part = rows[start : start + IN_CACHE]
        shares = profile if profile.ndim == 1 else profile[start : start + IN_CACHE]
        here = history.in_stock[part] != 0
        made = np.where(here, history.hourly_sales[part], 0).astype(np.float64)
        share = np.where(here, shares, 0)
        of_day = made.sum(axis=1, keepdims=True)
        due = share * (of_day / np.maximum(share.sum(axis=1, keepdims=True), 1e-12))
        _add_rows(sold, group[start : start + IN_CACHE], made)
        _add_rows(expected, group[start : start + IN_CACHE], due)
        expected_some = due > 0
        spread += float(((made - due) ** 2 / np.where(expected_some, due, np.inf)).sum())
        cells += int(np.count_nonzero(expected_some))
    return sold, expected, spread / max(cells, 1)


def _add_rows(sums: Doubles, group: Index, values: Doubles) -> None:
    for hour in range(HOURS):
        sums[:, hour] += np.bincount(group, values[:, hour], len(sums))


def _numbers(values: Doubles) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
