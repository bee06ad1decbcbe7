"""Stock that is there and stock on order, by the last day on which each may be dispatched."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import LONGEST_LIFE_DAYS, Cover
from warehouse.purchasing.need.periods import Periods
from warehouse.purchasing.outcomes.failing import Failing, failing_in, spread, worst_first
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StockToCome:
    """Products (p), periods, days from the order date on (t) and last usable days counted from it (t + 1 columns, the
    last for what outlives all days); the product's unit.

    there     p x (t + 1): in stock at the moment of the decision
    arrivals  p x periods x (t + 1): what is expected to arrive at the start of each period
    comes     p x periods x s: in scenarios, what does, as shares of that
    periods   the time looked at
    drawn     p: by supplier, how its deliveries were drawn, in their order
    """

    there: Floats
    arrivals: Floats
    comes: Floats
    periods: Periods
    drawn: Sequence[Mapping[str, Sequence["Drawn"]]]

    def only(self, rows: slice) -> "StockToCome":
        """Of these products."""
        return StockToCome(self.there[rows], self.arrivals[rows], self.comes[rows], self.periods, self.drawn[rows])

    def fails_on(self, day: int, row: int, scenarios: Ints) -> dict[str, Floats]:
        """By supplier of whom something of a product is under way up to a day, the chance that what it brings on that
        day fails, in these scenarios: what it brings then already fails with it."""
        found = {}
        for supplier_id, deliveries in self.drawn[row].items():
            before = [one for one in deliveries if one.arrives <= day]
            if before:
                found[supplier_id] = before[-1].fails_on(day)[scenarios]
        return found

    def arrivals_up_to(self, day: int) -> Floats:
        """Arrivals (p x periods x (t + 1)) of the days up to and including `day`."""
        until = self.arrivals.copy()
        until[:, self.periods.day_of > day] = 0
        return until

    @property
    def arriving(self) -> Floats:
        """p x t x s: what arrives on each day, of whatever age."""
        total = np.zeros((len(self.there), self.periods.days, self.comes.shape[2]))
        of_period = self.arrivals.sum(axis=2)
        for period, day in enumerate(self.periods.day_of):
            if of_period[:, period].any():
                total[:, day] += of_period[:, period, None] * self.comes[:, period]
        return total


@dataclass(frozen=True, eq=False)
class Drawn:
    """A delivery under way: the day it arrives, counted from the order date on, and in which scenarios it failed."""

    arrives: int
    failed: Flags
    failing: Failing

    def fails_on(self, day: int) -> Floats:
        """The chances of a failure by scenario, of the next delivery of its supplier, or of this on its own day."""
        return self.failed.astype(float) if day == self.arrives else self.failing.after(self.failed)


@dataclass(frozen=True)
class Stock:
    """Lots that are there, and what is under way: what is ordered as it is expected to be accepted, what another
    warehouse gives as it lies there. Of stock so much is `kept` by product (0..1; absent: all): the rest will be
    rejected before dispatch or complained about."""

    lots: Sequence[StockLot]
    on_order: Sequence[OnOrder]
    kept: Mapping[str, float] = field(default_factory=dict)


def stock_to_come(
    stock: Stock,
    covers: Sequence[Cover],
    order_date: date,
    periods: Periods,
    settings: PlanSettings = USUAL,
) -> StockToCome:
    """Lots that have expired, and orders that arrive after these days or their own last, do not count; an overdue order
    arrives now, and today is the first day of its life. How much of each comes does not depend on demand."""
    days = periods.days
    rows = {cover.product_id: row for row, cover in enumerate(covers)}
    there = np.zeros((len(covers), days + 1))
    arrivals = np.zeros((len(covers), len(periods.day_of), days + 1))
    scattered = np.zeros((*arrivals.shape[:2], settings.scenarios))
    drawn: list[defaultdict[str, list[Drawn]]] = [defaultdict(list) for _ in covers]
    dice = np.random.default_rng(settings.seed)
    for lot in stock.lots:
        if lot.product_id in rows and lot.usable_on(order_date):
            last = days if lot.last_day is None else min((lot.last_day - order_date).days, days)
            there[rows[lot.product_id], last] += float(lot.quantity) * stock.kept.get(lot.product_id, 1.0)
    for order in sorted(stock.on_order, key=lambda order: order.delivery_date):
        arrives = (order.delivery_date - order_date).days
        if order.product_id in rows and arrives < days:
            row = rows[order.product_id]
            last = min(_last_usable(order, covers[row].life_days, order_date), days)
            if last < max(arrives, 0):
                continue
            period = periods.at(arrives, order.hour)
            kept = stock.kept.get(order.product_id, 1.0) if order.last_day is not None else 1.0
            arrivals[row, period, last] += float(order.quantity) * kept
            if order.lots is not None:
                share = _in_scenarios(
                    order, arrives, drawn[row][order.supplier_id], dice.permutation(settings.scenarios)
                )
                scattered[row, period] += float(order.quantity) * (share - 1)
    expected = arrivals.sum(axis=2)[:, :, None]
    comes = np.divide(scattered, expected, out=scattered, where=expected > 0)
    comes += 1
    return StockToCome(there, arrivals, comes, periods, drawn)


def _last_usable(order: OnOrder, life_days: int | None, order_date: date) -> int:
    """The last day, counted from the order date on, on which what arrives may be dispatched."""
    if order.last_day is not None:
        return (order.last_day - order_date).days
    if life_days is None:
        return LONGEST_LIFE_DAYS
    return max((order.delivery_date - order_date).days, 0) + life_days - 1


def _in_scenarios(order: OnOrder, arrives: int, drawn: list[Drawn], number: Ints) -> Floats:
    """The share that comes in each scenario: every one of the lots as often, in the order of a number. The delivery
    goes on failing where that `drawn` before it failed."""
    fails = None
    if order.failing is not None:
        fails = failing_in(drawn[-1].fails_on(arrives) if drawn else order.failing.chance, number)
        drawn.append(Drawn(arrives, fails, order.failing))
    return spread(np.asarray(order.lots), worst_first(fails, number))
