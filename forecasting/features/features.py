"""The features of the trees: one row per series, origin day and horizon, all of it visible at the origin.

Every quantity is relative to the series' own trailing level, its *scale*, so that one model learns from a slow product
in a small warehouse and a fast one in a large warehouse alike. Beside its own sales a series has the sums of its
product in the city, of its city, its warehouse and its category there: with some weeks of about 55 products per
warehouse, that is where most of the signal lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.features.panel import BEHIND, GROUPS, Column, Floats, Index, Panel
from forecasting.known.calendar import Workdays
from forecasting.known.prices import unknown_prices
from forecasting.known.seen_whole import SEEN_WHOLE

WINDOW: Final = BEHIND  # trailing days looked at: four of each weekday
HALF_LIFE: Final = 10.0  # days; of the weights in the scale: docs/forecasting.md
SIBLING_DAYS: Final = 1.0  # weight of the siblings' level in the scale, in days of own exposure: docs/new-products.md
LEAST_SCALE: Final = 0.02  # units a day
UNKNOWN_VARIATION: Final = 1.0  # relative, of a series with less than two days: that of what sells now and then
NEAR: Final = 3  # days from a festival
PRICE_STEP: Final = 0.02
PRICES: Final = np.arange(0.3, 1 + PRICE_STEP / 2, PRICE_STEP)  # over the list price, at which levels are told apart
SAME_PRICE: Final = 0.04  # difference of price at which a past day weighs half
ALIKE: Final = np.exp2(-np.abs(PRICES[:, None] - PRICES) / SAME_PRICE)
# Which way demand goes with a feature of the price: the higher the price, the less
MONOTONE: Final[Mapping[str, int]] = {
    "discount": -1, "discount_change": -1, "discount_change_7": -1, "discount_change_1": -1,
    "category_discount": 1, "at_price": 1,
}  # fmt: skip
SPREAD_FEATURES: Final = (
    "log_scale", "horizon", "variation", "zero_share", "exposure_28", "exposure_0", "own_7", "own_14", "same_kind",
    "weekday", "discount", "discount_change", "promoted", "promoted_28", "subcategory",
)  # fmt: skip

Columns = dict[str, Column]
Doubles = NDArray[np.float64]


def codes_of(products: pd.DataFrame) -> dict[str, dict[str, int]]:
    """A number for each category and subcategory, in the order of their names."""
    return {
        column: {str(name): code for code, name in enumerate(sorted(products[column].dropna().unique()))}
        for column in ("category", "subcategory")
    }


def scale_of(panel: Panel, origin: int) -> Floats:
    """Each series' level at an origin day, in its unit a day: sales per exposure, the latest days counting most.

    A series with little history leans on its siblings: its product in the city's other warehouses, at this
    warehouse's share of them (1 where it has sold nothing yet), and where there are none its category in the warehouse,
    and at last all products in the city, or in all.
    """
    days = slice(origin - WINDOW + 1, origin + 1)
    sales, exposed = panel.visible(origin, days)
    recent = np.exp2(-np.arange(WINDOW - 1, -1, -1) / HALF_LIFE).astype(np.float32)
    siblings = _sibling_level(panel, origin, days)
    own = (sales.sum(axis=1) + siblings) / (exposed.sum(axis=1) + 1)
    lately = (sales * recent).sum(axis=1), (exposed * recent).sum(axis=1)
    level = (lately[0] + SIBLING_DAYS * own) / (lately[1] + SIBLING_DAYS)
    scale: Floats = np.maximum(level, LEAST_SCALE).astype(np.float32)
    return scale


def features(
    panel: Panel, origin: int, horizon: int, scale: Floats, codes: Mapping[str, Mapping[str, int]]
) -> tuple[Floats, list[str]]:
    """The features (series x columns) of an origin day for the day `horizon` days later, and their names."""
    days = slice(origin - WINDOW + 1, origin + 1)
    target = origin + horizon
    columns: Columns = {"log_scale": np.log(scale), "horizon": np.full(len(scale), horizon)}
    columns |= _own_sales(panel, origin, target, days, scale)
    for name in GROUPS:
        columns |= _group_sales(panel, name, origin, target, days, scale)
    columns |= _calendar(panel, origin, target)
    columns |= _plans(panel, origin, target, days, scale)
    columns |= _weather(panel, origin, target)
    for column in ("category", "subcategory"):
        columns[column] = _coded(*panel.attributes[column], codes[column])
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns.values()], axis=1), list(columns)


def _coded(which: Index, names: Sequence[str], codes: Mapping[str, int]) -> Floats:
    """The code of each series' name, `which` of the names it is; NaN where there is none (-1)."""
    return np.array([*(codes.get(name, np.nan) for name in names), np.nan], dtype=np.float32)[which]


def _sibling_level(panel: Panel, origin: int, days: slice) -> NDArray[np.float64]:
    levels, seen = {}, {}
    for name in GROUPS:
        sums = panel.groups[name]
        sales, exposed = sums.visible(origin, days)
        levels[name] = (sales.sum(axis=1) / np.maximum(exposed.sum(axis=1), 0.5))[sums.of_series]
        seen[name] = (exposed.sum(axis=1) > 0)[sums.of_series]
        everywhere = sales.sum() / max(exposed.sum(), 0.5)
    has_share = (levels["city"] > 0) & seen["warehouse"]
    share = np.where(has_share, levels["warehouse"] / np.maximum(levels["city"], 1e-9), 1.0)
    product = levels["city_product"] * share
    level: NDArray[np.float64] = np.where(product > 0, product, levels["warehouse_category"])
    nothing_alike = (level <= 0) & ~seen["city_product"] & ~seen["warehouse_category"]
    return np.where(nothing_alike, np.where(seen["city"], levels["city"], everywhere), level)


def _same_weekday(of: Workdays, origin: int, target: int) -> list[int]:
    """The days of the window that are like the target's weekday, latest first; where there are none, those a whole
    number of weeks before it."""
    like = of.like
    same = [day for day in range(origin, origin - WINDOW, -1) if like[day] == like[target]]
    return same or [day for day in range(target - 7, origin - WINDOW, -7) if day <= origin]


def _same_kind(of: Workdays, origin: int, target: int) -> list[int]:
    """The days of the window that rest, or work, as the target does."""
    rest = of.rest
    return [day for day in range(origin - WINDOW + 1, origin + 1) if rest[day] == rest[target]]


def _own_sales(panel: Panel, origin: int, target: int, days: slice, scale: Floats) -> Columns:
    sales, exposed = panel.visible(origin, days)
    at = -(origin - WINDOW + 1)  # from a day index to a column of the window

    def relative(chosen: list[int]) -> Floats:
        level: Floats = (sales[:, chosen].sum(axis=1) / scale + 1) / (exposed[:, chosen].sum(axis=1) + 1)
        return level

    columns: Columns = {f"own_{n}": relative(list(range(WINDOW - n, WINDOW))) for n in (3, 7, 14, 28)}
    for back in range(4):
        seen = exposed[:, -1 - back] > 0
        columns[f"day_{back}"] = np.where(seen, sales[:, -1 - back] / scale, np.nan)

    def latest_alike(of: Workdays) -> Floats:
        day = _same_weekday(of, origin, target)[0] + at
        seen = exposed[:, day]
        latest: Floats = np.where(seen > 0.3, sales[:, day] / np.maximum(seen, 0.3) / scale, np.nan)
        return latest

    columns["same_weekday"] = panel.by_calendar(
        lambda of: relative([day + at for day in _same_weekday(of, origin, target)])
    )
    columns["week_ago"] = panel.by_calendar(latest_alike)
    columns["same_kind"] = panel.by_calendar(lambda of: relative([day + at for day in _same_kind(of, origin, target)]))
    known = np.maximum((exposed > 0).sum(axis=1), 1)
    mean = sales.sum(axis=1) / known
    variation = np.sqrt(np.maximum((sales**2).sum(axis=1) / known - mean**2, 0)) / scale
    columns["variation"] = np.where((exposed > 0).sum(axis=1) > 1, variation, UNKNOWN_VARIATION)
    columns["zero_share"] = ((sales == 0) & (exposed > 0.5)).sum(axis=1) / known
    columns["exposure_0"] = exposed[:, -1]
    columns["exposure_7"] = exposed[:, -7:].mean(axis=1)
    columns["exposure_28"] = exposed.mean(axis=1)
    columns["whole_days_14"] = (exposed[:, -14:] >= SEEN_WHOLE).mean(axis=1)
    return columns


def _group_sales(panel: Panel, name: str, origin: int, target: int, days: slice, scale: Floats) -> Columns:
    sums = panel.groups[name]
    sales, exposed = sums.visible(origin, days)
    base = np.maximum(sales.sum(axis=1) / np.maximum(exposed.sum(axis=1), 0.5), 1e-3)
    at = -(origin - WINDOW + 1)
    unseen = exposed.sum(axis=1) == 0  # a new group: as ever, as far as anybody knows
    chosen = [list(range(WINDOW - n, WINDOW)) for n in (1, 3, 7)]
    for of in panel.calendars.values():
        chosen += [[day + at for day in alike(of, origin, target)] for alike in (_same_weekday, _same_kind)]
    marked = np.zeros((WINDOW, len(chosen)))  # day, column: the days whose level it is
    for column, of_days in enumerate(chosen):
        marked[of_days, column] = 1
    level = (sales @ marked) / np.maximum(exposed @ marked, 0.5) / base[:, None]
    level[unseen] = 1
    relative = level[sums.of_series]

    columns: Columns = {f"{name}_{n}": relative[:, column] for column, n in enumerate((1, 3, 7))}
    series, of_calendar = np.arange(len(relative)), 3 + 2 * panel.calendar_row
    columns[f"{name}_same_weekday"] = relative[series, of_calendar]
    columns[f"{name}_same_kind"] = relative[series, of_calendar + 1]
    if name in ("city_product", "warehouse_category"):
        columns[f"{name}_level"] = np.where(unseen[sums.of_series], 0, np.log(base)[sums.of_series] - np.log(scale))
    return columns


def _calendar(panel: Panel, origin: int, target: int) -> Columns:
    of_place = [_calendar_of(of, target) for of in panel.calendars.values()]
    return {name: np.array([values[name] for values in of_place])[panel.calendar_row] for name in of_place[0]}


def _calendar_of(of: Workdays, target: int) -> dict[str, float]:
    return {
        "weekday": of.like[target],
        "rest": of.rest[target],
        "rest_before": of.rest[target - 1],
        "days_to_rest": of.days_to_rest[target],
        "festival": of.festival[target],
        # further away a date would only be a name for itself
        "days_to_festival": min(of.days_to_festival[target], NEAR),
        "days_since_festival": min(of.days_since_festival[target], NEAR),
        "make_up": of.make_up[target],
    }


def _plans(panel: Panel, origin: int, target: int, days: slice, scale: Floats) -> Columns:
    plan = panel.plans.visible(origin, slice(origin - WINDOW + 1, target + 1))
    promoted = np.nan_to_num(plan[:, :, 1])
    price, told = prices_of(plan[:, [*range(WINDOW), -1]], panel.prices_with_sales)
    sold = panel.offered(origin)
    columns: Columns = {
        "discount": np.where(told[:, -1], price[:, -1], np.nan),
        "discount_change": price[:, -1] / price[:, :WINDOW].mean(axis=1),
        "discount_change_7": price[:, -1] / price[:, WINDOW - 7 : WINDOW].mean(axis=1),
        "discount_change_1": price[:, -1] / price[:, WINDOW - 1],
        "promoted": promoted[:, -1],
        "promoted_7": promoted[:, WINDOW - 7 : WINDOW].mean(axis=1),
        "promoted_28": promoted[:, :WINDOW].mean(axis=1),
        "warehouse_promoted": _mean_by(panel.groups["warehouse"].of_series, promoted[:, -1], sold),
        "category_discount": _mean_by(panel.groups["warehouse_category"].of_series, price[:, -1], sold) / price[:, -1],
    }
    return columns | _at_price(panel, origin, price, days, scale)


def prices_of(plan: Floats, with_sales: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Price / list price (series, day) of plans (series, day, PLAN), and whether it is told. Of a day whose price is
    unknown it is the last one known before; of the first days the first one. The last day is the one to come.

    `with_sales` (series): prices come with what is sold."""
    discount = plan[:, :, 0]
    told = discount > 0
    unknown = unknown_prices(told, ~np.isnan(plan[:, :, 1]), with_sales)
    price = np.where(told, discount, 1).astype(np.float32)
    some = np.flatnonzero(unknown.any(axis=1) & ~unknown[:, :-1].all(axis=1))
    known = np.where(unknown[some], -1, np.arange(unknown.shape[1]))
    first = (known >= 0).argmax(axis=1)[:, None]
    latest = np.maximum(np.maximum.accumulate(known, axis=1), first)
    price[some] = np.take_along_axis(price[some], latest, axis=1)
    return price, told


def _at_price(panel: Panel, origin: int, price: Floats, days: slice, scale: Floats) -> Columns:
    """What the product in the city sold in the window on days with prices like the last one, and what the series itself
    sold on days with prices like the one planned (the last of `price`), so that a lower price never means less."""
    place = np.clip((price - PRICES[0]) / PRICE_STEP, 0, len(PRICES) - 1)
    cell = (np.arange(len(price))[:, None] * len(PRICES) + np.rint(place[:, :WINDOW]).astype(np.intp)).T.ravel()
    shape = len(price), len(PRICES)

    def by_price(sales: Floats, exposed: Floats, base: Floats) -> Doubles:
        sold, seen = (
            np.bincount(cell, of_day.T.ravel(), shape[0] * shape[1]).astype(np.float64).reshape(shape)
            for of_day in (sales, exposed)
        )
        return _level_by_price(sold / base[:, None], seen)

    sums = panel.groups["city_product"]
    sales, exposed = (part.astype(np.float32).T.take(sums.of_series, 1).T for part in sums.visible(origin, days))
    base = np.maximum(sales.sum(axis=1) / np.maximum(exposed.sum(axis=1), 0.5), 1e-3)
    return {
        "at_price": _interpolated(_falling(by_price(*panel.visible(origin, days), scale)), place[:, -1]),
        "city_product_at_last_price": _interpolated(by_price(sales, exposed, base), place[:, WINDOW - 1]),
    }


def _level_by_price(sales: Doubles, exposed: Doubles) -> Doubles:
    """The level (n, PRICES) at each price, from relative sales and exposure by price (n, PRICES), the like counting
    too, leaning on 1 by one day's worth."""
    level: Doubles = (sales @ ALIKE + 1) / (exposed @ ALIKE + 1)
    return level


def _falling(level: Doubles) -> Doubles:
    """Levels (n, PRICES) that never rise with the price: halfway between the least such that are nowhere below the
    given ones and the greatest that are nowhere above."""
    above = np.maximum.accumulate(level[:, ::-1], axis=1)[:, ::-1]
    falling: Doubles = (above + np.minimum.accumulate(level, axis=1)) / 2
    return falling


def _interpolated(by_price: Doubles, place: Floats) -> Doubles:
    """Values (n) of rows (n, PRICES) at a place between their columns."""
    low = np.minimum(place.astype(np.intp), by_price.shape[1] - 2)
    row, share = np.arange(len(by_price)), place - low
    between: Doubles = (1 - share) * by_price[row, low] + share * by_price[row, low + 1]
    return between


def _weather(panel: Panel, origin: int, target: int) -> Columns:
    """The weather as last known for the target day, which is a forecast or nothing, and that of the origin day."""
    known = panel.weather.visible(origin, slice(origin - 6, target + 1))
    columns: Columns = {}
    for at, name in enumerate(("temperature", "precipitation", "humidity", "wind")):
        columns[f"{name}_target"] = known[panel.weather_row, -1, at]
    week = np.nan_to_num(known[:, :7, 0]).sum(axis=1) / np.maximum((~np.isnan(known[:, :7, 0])).sum(axis=1), 1)
    columns["warmer_than_week"] = (known[:, 6, 0] - week)[panel.weather_row]
    return columns


def _mean_by(group: NDArray[np.intp], values: Floats, counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The mean over the series of each group that count; over all where none does."""
    count = int(group.max()) + 1
    counts = counted | (np.bincount(group, counted, count) == 0)[group]
    return (np.bincount(group, values * counts, count) / np.maximum(np.bincount(group, counts, count), 1))[group]
