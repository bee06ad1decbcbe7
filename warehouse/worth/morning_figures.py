"""The figures of the morning report, each from sums: what it is called, whether more is better, and its formula. This
is the one place that says how a figure is made of what was added up; docs/morning.md says it in words.

A figure is None where there is nothing to divide by: nobody knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warehouse.worth.measures import Measures

DAYS_OF_A_YEAR: Final = 365


class Kind(StrEnum):
    """What a figure's number is."""

    SHARE = "share"
    MONEY = "money"
    UNITS = "units"
    COUNT = "count"
    DAYS = "days"
    TIMES = "times"  # a year
    MINUTES = "minutes"
    METRES = "metres"


class Better(StrEnum):
    """Which way a figure should go."""

    HIGHER = "higher"
    LOWER = "lower"
    NEAR_ZERO = "near_zero"
    NEITHER = "neither"


@dataclass(frozen=True)
class Figure:
    """A figure of the report. Money, and what is made of it, is told by currency."""

    name: str
    kind: Kind
    better: Better
    value: Callable[[Measures], float | None]
    by_currency: bool = False
    of_warehouses: bool = False  # of no product
    by_supplier: bool = False  # of what came and what became of it, so that whose it was is known


def ratio(part: float, whole: float) -> float | None:
    """None where there is nothing to divide by."""
    return part / whole if whole > 0 else None


def accuracy(off: float, whole: float) -> float | None:
    """1 - what was off / the whole."""
    found = ratio(off, whole)
    return None if found is None else 1 - found


def thrown_away(sums: Measures) -> float:
    """Waste of all stages, units."""
    return sums.rejected_receipt + sums.rejected_dispatch + sums.expired + sums.damaged + sums.thrown_otherwise


FIGURES: Final = (
    Figure("short_money", Kind.MONEY, Better.LOWER, lambda m: m.short_money, by_currency=True),
    Figure("waste_money", Kind.MONEY, Better.LOWER, lambda m: m.waste_money, by_currency=True, by_supplier=True),
    Figure(
        "earned",
        Kind.SHARE,
        Better.HIGHER,
        lambda m: accuracy(m.short_money + m.waste_money, m.wanted_money),
        by_currency=True,
    ),
    Figure("fill_rate", Kind.SHARE, Better.HIGHER, lambda m: ratio(m.met, m.demand)),
    Figure("purchase_accuracy", Kind.SHARE, Better.HIGHER, lambda m: accuracy(m.bought_off, m.demanded)),
    Figure("wape", Kind.SHARE, Better.LOWER, lambda m: ratio(m.forecast_off, m.forecast_demand)),
    Figure(
        "wpe", Kind.SHARE, Better.NEAR_ZERO, lambda m: ratio(m.forecast_mean - m.forecast_demand, m.forecast_demand)
    ),
    Figure("waste", Kind.SHARE, Better.LOWER, lambda m: ratio(thrown_away(m), m.came), by_supplier=True),
    Figure("waste_receipt", Kind.SHARE, Better.LOWER, lambda m: ratio(m.rejected_receipt, m.came), by_supplier=True),
    Figure(
        "waste_shelf",
        Kind.SHARE,
        Better.LOWER,
        lambda m: ratio(m.expired + m.damaged + m.thrown_otherwise, m.came),
        by_supplier=True,
    ),
    Figure("waste_dispatch", Kind.SHARE, Better.LOWER, lambda m: ratio(m.rejected_dispatch, m.came), by_supplier=True),
    Figure("complained", Kind.SHARE, Better.LOWER, lambda m: ratio(m.complained, m.came), by_supplier=True),
    Figure("expired", Kind.SHARE, Better.LOWER, lambda m: ratio(m.expired, m.came), by_supplier=True),
    Figure("damaged", Kind.SHARE, Better.LOWER, lambda m: ratio(m.damaged, m.came), by_supplier=True),
    Figure("thrown_otherwise", Kind.SHARE, Better.LOWER, lambda m: ratio(m.thrown_otherwise, m.came), by_supplier=True),
    Figure("marked_down", Kind.SHARE, Better.NEITHER, lambda m: ratio(m.marked_down, m.came), by_supplier=True),
    Figure("given_away", Kind.SHARE, Better.NEITHER, lambda m: ratio(m.given_away, m.came), by_supplier=True),
    Figure(
        "stock_turns",
        Kind.TIMES,
        Better.HIGHER,
        lambda m: None if not m.stock_money else DAYS_OF_A_YEAR * m.stock_sold_money / m.stock_money,
        by_currency=True,
    ),
    Figure(
        "days_of_supply",
        Kind.DAYS,
        Better.LOWER,
        lambda m: ratio(m.stock_money, m.stock_sold_money),
        by_currency=True,
    ),
    Figure("edited", Kind.SHARE, Better.NEITHER, lambda m: ratio(m.edited, m.suggested)),
    Figure("edits_nearer", Kind.SHARE, Better.HIGHER, lambda m: ratio(m.edits_nearer, m.edits_judged)),
    Figure("units_nearer", Kind.UNITS, Better.HIGHER, lambda m: m.units_nearer if m.edits_judged else None),
    Figure("alarms", Kind.COUNT, Better.LOWER, lambda m: m.alarms, of_warehouses=True),
    Figure("minutes_outside", Kind.MINUTES, Better.LOWER, lambda m: m.minutes_outside, of_warehouses=True),
    Figure("metres_promised", Kind.METRES, Better.NEITHER, lambda m: m.metres_promised, of_warehouses=True),
    Figure("metres_saved", Kind.METRES, Better.HIGHER, lambda m: m.metres_saved, of_warehouses=True),
    Figure(
        "promise_kept", Kind.SHARE, Better.HIGHER, lambda m: ratio(m.orders_in_time, m.orders_told), of_warehouses=True
    ),
    Figure(
        "promise_planned",
        Kind.SHARE,
        Better.NEITHER,
        lambda m: ratio(m.planned_in_time, m.orders_planned),
        of_warehouses=True,
    ),
    Figure(
        "minutes_to_door",
        Kind.MINUTES,
        Better.LOWER,
        lambda m: ratio(m.minutes_waited, m.orders_told),
        of_warehouses=True,
    ),
    Figure(
        "handovers_told", Kind.SHARE, Better.HIGHER, lambda m: ratio(m.orders_told, m.orders_due), of_warehouses=True
    ),
)
BY_NAME: Final = {figure.name: figure for figure in FIGURES}
