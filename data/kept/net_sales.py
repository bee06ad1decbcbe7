"""What a day's order lines of a product come to, hour by hour, when what was returned is taken back.

A return takes back from the hours in which its own order bought, then from the day's other lines: those before it, the
nearest first, then those after it. No hour falls below zero; what the day did not sell cannot be taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from data.tables import HOURS

NOTHING = Decimal(0)


@dataclass(frozen=True)
class OrderLine:
    """A line of one day and product: bought (above 0), returned (below 0) or cancelled (0), in the product's unit.

    `hour` is the local one of `ordered_at`; None: ordered on a day before, so nobody knows when in the day it left."""

    order_id: str
    ordered_at: datetime
    hour: int | None
    quantity: Decimal


class NetSales(NamedTuple):
    """What a day's lines come to: by local hour (24), None where only the day is known; and how many returns the day's
    sales did not cover."""

    total: Decimal
    by_hour: list[Decimal] | None
    returns_beyond: int


def net_sales(lines: Sequence[OrderLine]) -> NetSales:
    """Net sales of a day; what was ordered ahead lies in the hours of the rest, in proportion."""
    kept, beyond = net_lines(lines)
    total = sum((quantity for _, quantity in kept), NOTHING)
    hours = [NOTHING] * HOURS
    for line, quantity in kept:
        if line.hour is not None:
            hours[line.hour] += quantity
    of_the_day = sum(hours, NOTHING)
    if of_the_day == total:
        return NetSales(total, hours, beyond)
    if of_the_day == 0:
        return NetSales(total, None, beyond)
    return NetSales(total, [quantity * total / of_the_day for quantity in hours], beyond)


def net_lines(lines: Sequence[OrderLine]) -> tuple[list[tuple[OrderLine, Decimal]], int]:
    """The lines that bought, each with what was not returned of it, and how many returns they did not cover."""
    bought = [line for line in lines if line.quantity > 0]
    left = [line.quantity for line in bought]
    returns = sorted((line for line in lines if line.quantity < 0), key=lambda line: (line.ordered_at, line.order_id))
    open_ = [-line.quantity for line in returns]
    for of_own_order in (True, False):  # each order gets back its own before any takes from others
        for n, returned in enumerate(returns):
            for place in _nearest_first(bought, returned):
                if not of_own_order or bought[place].order_id == returned.order_id:
                    taken = min(left[place], open_[n])
                    left[place] -= taken
                    open_[n] -= taken
    return list(zip(bought, left, strict=True)), sum(quantity > 0 for quantity in open_)


def _nearest_first(bought: Sequence[OrderLine], returned: OrderLine) -> list[int]:
    """The places of lines that a return may take back from: those before it first, each side the nearest first."""

    def distance(place: int) -> tuple[bool, float]:
        ago = (returned.ordered_at - bought[place].ordered_at).total_seconds()
        return ago < 0, abs(ago)

    return sorted(range(len(bought)), key=distance)
