"""What the calendar does to demand, learned from years: weekday, season, festivals, school holidays, fairs, strikes.

Demand is a level that wanders times a factor of the calendar. The factor of a warehouse is learned from the sum of its
sales, on top of it that of each category there, and on top of that each product's own, every step by one log-linear
regression that shrinks what it cannot see clearly (`statistics.log_linear`): so a festival that a product has met twice
is mostly its category's and the warehouse's. The level beside it is a chain of straight lines, so that a year that
grows is not taken for a season. Whatever else learns works on sales divided by the factor, and its forecasts are
multiplied by that of their day: seasonal adjustment (Findley et al. 1998, J. Business & Economic Statistics 16).

Weekday and festivals are learned where sales are known for more than `LEAST_DAYS`, the season for more than
`TWO_YEARS`: of one year nobody can tell what comes back. The effects of events are learned wherever one has been.
Without either there are none, and nothing is adjusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.calendar_columns import (
    BEFORE_FESTIVAL,
    CLOSED,
    EVENT,
    EVENT_KIND,
    FESTIVAL,
    GROUPS,
    NAMED_FESTIVAL,
    SEASON,
    WEEKDAY,
    CalendarColumns,
)
from forecasting.features.occasions import known_otherwise, occasion_columns
from forecasting.features.panel import BEHIND, Floats, Panel
from forecasting.statistics.log_linear import Occurrences, fitted

LEAST_DAYS: Final = 400  # of history from which on weekday and festivals are learned
TWO_YEARS: Final = 730
LEAST_SEEN: Final = 0.3  # exposure from which a day is learned from
FEWEST_DAYS: Final = 56  # that a regression is fitted to
# Prior standard deviations of logarithms, of a warehouse. How far categories differ from it, and products from their
# category, is less; all of them are estimated anew from the data and only begin here.
PRIOR: Final[Mapping[str, float]] = {
    WEEKDAY: 0.2, SEASON: 0.15, FESTIVAL: 0.2, NAMED_FESTIVAL: 0.2, BEFORE_FESTIVAL: 0.05, CLOSED: 0.1,
    EVENT_KIND: 0.15, EVENT: 0.1,
}  # fmt: skip
OF_CATEGORY, OF_PRODUCT = 0.7, 0.35  # share of the priors
LEVEL_PRIOR: Final = 0.05  # by which the level changes from knot to knot
CONSTANT_PRIOR: Final = 10.0
KNOTS: Final = 91  # days from knot to knot of the level
# What comes once a year or so, and differs from time to time; school holidays are long enough to be learned as the
# season is.
OCCURRING: Final = (NAMED_FESTIVAL, BEFORE_FESTIVAL, CLOSED, EVENT)
LONGEST_OCCURRENCE: Final = 16  # days
SEEN_ONCE: Final = 0.5  # of an effect that counts: nothing tells yet how much of it belongs to that year
MOST: Final = 3.0  # of the logarithm of a factor

Coefficients = Mapping[str, float]  # by "group|what"
Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CalendarEffects:
    """The coefficients learned, by warehouse, by warehouse and category, by warehouse and product.

    `groups` are the groups of columns that count; "" is a warehouse that nothing is known of: the average."""

    groups: Sequence[str]
    warehouses: Mapping[str, Coefficients]
    categories: Mapping[tuple[str, str], Coefficients]
    products: Mapping[tuple[str, str], Coefficients]

    def log_factors(self, panel: Panel) -> Floats:
        """The logarithm of the factor of each series and day, days ahead too: (series, day), as known on the day."""
        result = np.zeros((panel.days_with_calendar, len(panel.series)), dtype=np.float32).T
        for rows, columns in occasion_columns(panel):
            result[rows] = self._of_rows(panel, rows, columns.of(self.groups))
        return result

    def log_factors_of_day(self, panel: Panel, origin: int, target: int) -> Floats:
        """The same of one day, as known at an origin day: (series)."""
        result = np.zeros(len(panel.series), dtype=np.float32)
        for rows, columns in occasion_columns(panel, origin):
            result[rows] = self._of_rows(panel, rows, columns.of(self.groups).at(target))[:, 0]
        return result

    def parts_of_day(self, panel: Panel, origin: int, target: int) -> dict[str, Doubles]:
        """The logarithm of one day's factor by group of columns (series each), as known at an origin day."""
        parts = {group: np.zeros(len(panel.series)) for group in self.groups}
        for rows, columns in occasion_columns(panel, origin):
            for group in self.groups:
                parts[group][rows] = self._of_rows(panel, rows, columns.of([group]).at(target))[:, 0]
        return parts

    def _of_rows(self, panel: Panel, rows: NDArray[np.intp], columns: CalendarColumns) -> Floats:
        labels = [f"{group}|{what}" for group, what in columns.labels]
        series = panel.series.iloc[rows]
        average = self.warehouses.get("", {})
        of: dict[int, list[float]] = {}
        coefficients = np.zeros((len(rows), len(labels)))
        keys = zip(series["warehouse_id"], series["category"], series["product_id"], strict=True)
        for at, (warehouse, category, product) in enumerate(keys):
            for known in (
                self.warehouses.get(warehouse, average),
                self.categories.get((warehouse, category), {}),
                self.products.get((warehouse, product), {}),
            ):
                if known and id(known) not in of:
                    of[id(known)] = [known.get(label, 0.0) for label in labels]
                if known:
                    coefficients[at] += of[id(known)]
        found: Floats = np.clip(coefficients @ columns.values.T, -MOST, MOST).astype(np.float32)
        return found

    def to_dict(self) -> dict[str, Any]:
        """The effects as lists and numbers that JSON can hold."""
        return {
            "groups": list(self.groups),
            "warehouses": dict(self.warehouses),
            "categories": [[*key, dict(of)] for key, of in self.categories.items()],
            "products": [[*key, dict(of)] for key, of in self.products.items()],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CalendarEffects:
        """The effects that `to_dict` wrote."""
        return cls(
            record["groups"],
            record["warehouses"],
            {(warehouse, name): of for warehouse, name, of in record["categories"]},
            {(warehouse, name): of for warehouse, name, of in record["products"]},
        )


def learned_effects(panel: Panel, stop: int) -> CalendarEffects | None:
    """The effects of the calendar from the days before `stop` (index) of a panel; None where there is nothing to learn
    them from."""
    days = stop - BEHIND
    events = panel.events
    seen = events.known_at(panel.last) & ~events.closed & (events.first < stop) & (events.last >= BEHIND)
    if days <= LEAST_DAYS and not seen.any():
        return None
    seasonless = tuple(group for group in GROUPS if group != SEASON)
    groups = GROUPS if days > TWO_YEARS else seasonless if days > LEAST_DAYS else (CLOSED, EVENT_KIND, EVENT)
    of_warehouse, of_category, of_product = {}, {}, {}
    warehouse, category = panel.series["warehouse_id"].to_numpy(), panel.series["category"].to_numpy()
    for rows, columns in occasion_columns(panel):
        learned = columns if days > TWO_YEARS else columns.of(seasonless)
        past = _Past.of(replace(learned, values=learned.values[BEHIND:stop]))
        for name in np.unique(warehouse[rows]):
            inside = rows[warehouse[rows] == name]
            found = _sum_fitted(panel, inside, past, np.zeros(stop - BEHIND), 1.0)
            if found is None:
                continue
            base, of_warehouse[name] = found
            for part in np.unique(category[inside].astype(str)):
                of_part = inside[category[inside].astype(str) == part]
                beside = _sum_fitted(panel, of_part, past, base, OF_CATEGORY)
                explained = base
                if beside is not None:
                    explained, of_category[name, part] = beside
                for row in of_part:
                    own = _fitted(*_demand(panel, [row], stop), past, explained, OF_PRODUCT)
                    if own is not None:
                        of_product[name, str(panel.series["product_id"].iloc[row])] = own[1]
    if not of_warehouse:
        return None
    labels = {label for of in of_warehouse.values() for label in of}
    of_warehouse[""] = {
        label: float(np.mean([of.get(label, 0.0) for of in of_warehouse.values()])) for label in sorted(labels)
    }
    return CalendarEffects(list(groups), of_warehouse, of_category, of_product)


@dataclass(frozen=True, eq=False)
class _Past:
    """The calendar of the days that are learned from; the same for all series of a place."""

    columns: CalendarColumns
    length: NDArray[np.intp]  # of the occurrence that a day (n) lies in
    times: NDArray[np.intp]
    counted: Doubles  # the share of each coefficient that counts

    @classmethod
    def of(cls, columns: CalendarColumns) -> _Past:
        """With what is derived from the columns."""
        once = columns.runs((*OCCURRING, EVENT_KIND)) == 1
        return cls(columns, *columns.occurrences(OCCURRING, LONGEST_OCCURRENCE), np.where(once, SEEN_ONCE, 1.0))


def _sum_fitted(
    panel: Panel, rows: NDArray[np.intp], past: _Past, offset: Doubles, share: float
) -> tuple[Doubles, Coefficients] | None:
    return _fitted(*_demand(panel, rows, BEHIND + len(past.length)), past, offset, share)


def _demand(panel: Panel, rows: Sequence[int] | NDArray[np.intp], stop: int) -> tuple[Doubles, Doubles]:
    """Sales (day) of some series together, and how much of what they sell could be seen (day), from BEHIND on."""
    sales = panel.sales[rows, BEHIND:stop].astype(np.float64)
    exposed = panel.exposure[rows, BEHIND:stop].astype(np.float64)
    size = sales.sum(axis=1) / np.maximum(exposed.sum(axis=1), 1)
    listed = (panel.known_day[rows, BEHIND:stop] <= panel.last).astype(np.float64)
    seen = (size @ exposed) / np.maximum(size @ listed, 1e-12)
    return sales.sum(axis=0), seen


def _fitted(
    sales: Doubles, seen: Doubles, past: _Past, offset: Doubles, share: float
) -> tuple[Doubles, Coefficients] | None:
    """The logarithm of the calendar's factor (day) with the offset, and the coefficients beside it; None where too few
    days are known."""
    used = np.flatnonzero(seen >= LEAST_SEEN)
    if len(used) < FEWEST_DAYS or sales[used].sum() <= 0:
        return None
    columns, level = past.columns, _level_columns(used)
    every = np.concatenate([columns.values[used], level, np.ones((len(used), 1))], axis=1)
    kind = np.array([GROUPS.index(group) for group, _ in columns.labels], dtype=np.intp)
    group = np.r_[kind, np.full(level.shape[1], len(GROUPS)), len(GROUPS) + 1].astype(np.intp)
    prior = [*(share * PRIOR[name] for name in GROUPS), LEVEL_PRIOR, CONSTANT_PRIOR]
    of = Occurrences(past.length[used], past.times[used])
    found = fitted(sales[used], offset[used] + np.log(seen[used]), every, group, prior, len(GROUPS) + 1, of)
    own = found[: len(columns.labels)] * past.counted
    coefficients = {f"{name}|{what}": float(b) for (name, what), b in zip(columns.labels, own, strict=True) if b}
    return offset + columns.values @ own, coefficients


def _level_columns(days: NDArray[np.intp]) -> Doubles:
    """Columns (day, knot) whose sum is any chain of straight lines from knot to knot."""
    starts = np.arange(days[0], max(days[-1], days[0] + 1), KNOTS)
    ramps: Doubles = np.clip((days[:, None] - starts[None]) / KNOTS, 0, 1).astype(np.float64)
    return ramps


def adjusted(panel: Panel, effects: CalendarEffects | None) -> Panel:
    """The panel with sales divided by the factor of their day, and its sums; the panel itself without effects, or
    where it is adjusted."""
    if effects is None or panel.log_factors is not None:
        return panel
    whole = panel.whole or panel
    if id(effects) not in whole.adjusted_by:
        whole.adjusted_by[id(effects)] = effects, whole.with_log_factors(effects.log_factors(whole))
    found = whole.adjusted_by[id(effects)][1]
    if panel.whole is None:
        return found if panel.last == found.last else replace(found, last=panel.last)
    return replace(found.where(whole.rows_of(panel)), last=panel.last)


def factors_of_day(panel: Panel, effects: CalendarEffects | None, origin: int, target: int) -> Floats:
    """By what a forecast of an adjusted panel is multiplied (series), as known at the origin day."""
    if effects is None or panel.log_factors is None:
        return np.ones(len(panel.series), dtype=np.float32)
    if known_otherwise(panel, origin, target):
        return np.exp(effects.log_factors_of_day(panel, origin, target))
    factors: Floats = np.exp(panel.log_factors[:, target])
    return factors
