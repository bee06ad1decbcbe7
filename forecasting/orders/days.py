"""How many orders a day brings: its demand in lines, over the lines that an order has.

Orders per line are those of the warehouse, recent days counting more, pulled towards the region's as far as its own
evidence leaves open (Buehlmann and Straub: `forecasting.statistics.credibility`); weekdays differ by what they deviate
in the region. Where no demand is known a day's lines are 1, and the same factors are the level and the week of orders.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from forecasting.orders.known_orders import Flags, Floats, OrderDays
from forecasting.statistics.credibility import pulled_ratios

HALF_LIFE: Final = 14.0  # days after which a day counts half
WEEKDAYS: Final = 7
LEAD: Final = 2  # days ahead that the level of a past day is told from: the next 48 hours reach so far


def expected_orders(days: OrderDays) -> Floats:
    """Orders expected of each day (w, days): of those to come from all that is over, of a past one from the days up to
    LEAD before it. NaN where nothing tells."""
    expected = np.full(days.lines.shape, np.nan)
    for alike in (days.leaning, ~days.leaning):
        if (days.told & alike[:, None]).any():
            expected[alike] = _of_region(days, alike)
    return expected


def _of_region(days: OrderDays, alike: Flags) -> Floats:
    """Of the warehouses that have their demand known, or of those that have not."""
    orders, told = days.orders.sum(axis=2)[alike], days.told[alike]
    lines, like = np.nan_to_num(days.lines[alike]), days.like[alike]
    together = bool(days.leaning[alike].all())  # orders per line compare, orders of shops do not
    weekday = np.ones(WEEKDAYS)
    for _ in range(2):  # what weekdays do and what levels are settle within two turns
        level = _level(orders, lines * weekday[like], told, days.past, together)
        due = (lines * weekday[like] * level[:, None])[:, : days.past]
        weekday = weekday * pulled_ratios(orders[told], due[told], like[:, : days.past][told], WEEKDAYS)
    usual = lines * weekday[like]
    expected = np.full(lines.shape, np.nan)
    for day in range(lines.shape[1]):
        seen = min(days.past, day - LEAD + 1) if day < days.past else days.past
        if seen > 0 and told[:, :seen].any():
            expected[:, day] = usual[:, day] * _level(orders, usual, told, seen, together)
    return expected


def _level(orders: Floats, usual: Floats, told: Flags, seen: int, together: bool) -> Floats:
    """Orders per line (w), from the first `seen` days; NaN where a warehouse that stands for itself has told none."""
    row, day = np.nonzero(told[:, :seen])
    weight = 0.5 ** ((seen - 1 - day) / HALF_LIFE)
    made, due = weight * orders[row, day], weight * usual[row, day]
    if together:
        of_region = made.sum() / due.sum()
        pulled: Floats = of_region * pulled_ratios(made, due * of_region, row, len(orders))
        return pulled
    known = np.bincount(row, due, len(orders))
    return np.where(known > 0, np.bincount(row, made, len(orders)) / np.where(known > 0, known, 1), np.nan)
