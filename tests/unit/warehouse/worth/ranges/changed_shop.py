"""Shops whose days are known by hand: every product of a category earns and wastes so much a day, and changes from a
day on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from warehouse.worth.ranges.known_changes import KnownChanges

FIRST = pd.Timestamp("2026-01-05")
BEFORE = 182  # days
WEEKS = 28
Amount = Callable[[int], float]  # of a day by its number


@dataclass(frozen=True)
class Sold:
    """A product in a warehouse: money a day that it earns and wastes."""

    warehouse_id: str
    category: str
    product_id: str
    margin: Amount
    waste: Amount
    since: int = 0


@dataclass(frozen=True)
class Change:
    """A change of a product, named by its product and warehouse."""

    warehouse_id: str
    product_id: str
    category: str
    day: int = BEFORE
    reviewed: bool = True
    name: str = ""


def always(amount: float) -> Amount:
    """The same every day."""
    return lambda day: amount


def until(day: int, amount: float, then: float = 0.0) -> Amount:
    """So much up to before a day, and something else from it on."""
    return lambda at: amount if at < day else then


def known(goods: Iterable[Sold], changes: Sequence[Change], days: int = BEFORE + WEEKS) -> KnownChanges:
    """The frames of a shop."""
    rows = [
        (
            one.warehouse_id,
            one.category,
            one.product_id,
            FIRST + pd.Timedelta(days=day),
            one.margin(day),
            one.waste(day),
        )
        for one in goods
        for day in range(one.since, days)
    ]
    frame = pd.DataFrame(rows, columns=["warehouse_id", "category", "product_id", "date", "margin", "waste"])
    cells = frame.groupby(["warehouse_id", "category", "date"], as_index=False)[["margin", "waste"]].sum()
    of = pd.DataFrame(
        [
            (one.name or one.product_id, one.warehouse_id, one.product_id, one.category,
             FIRST + pd.Timedelta(days=one.day), WEEKS, one.reviewed)
            for one in changes
        ],
        columns=["change", "warehouse_id", "product_id", "category", "first", "days", "reviewed"],
    )  # fmt: skip
    lines = frame.merge(of[["warehouse_id", "product_id"]].drop_duplicates())
    return KnownChanges(cells.assign(known_days=1.0), lines.drop(columns="category"), of)
