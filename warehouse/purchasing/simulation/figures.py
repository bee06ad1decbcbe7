"""A policy's days as figures, with intervals by a paired bootstrap: weeks and products are drawn again, the same for
every policy, so differences between policies lose what all met together.

Weeks are drawn whole, since stock goes on from day to day. Waste is of all that came, by stage, so that stages add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from warehouse.purchasing.simulation.played import Played

Floats = NDArray[np.float64]

WEEK: Final = 7
DRAWS: Final = 1000
RATIOS: Final = (
    "waste_share",
    "receipt_waste_share",
    "shelf_waste_share",
    "fill_rate",
    "purchase_accuracy_day",
    "purchase_accuracy_week",
    "purchase_accuracy_warehouse_day",
    "days_of_supply",
    "shortage_promised",
    "waste_promised",
)
PROFIT: Final = "profit"


@dataclass(frozen=True, eq=False)
class Weights:
    """How often each day and product counts: draw x day, draw x product."""

    day: Floats
    product: Floats

    @classmethod
    def once(cls, days: int, products: int) -> "Weights":
        """Every day and product once."""
        return cls(np.ones((1, days)), np.ones((1, products)))

    @classmethod
    def drawn(cls, days: int, products: int, draws: int = DRAWS, seed: int = 0) -> "Weights":
        """Weeks and products drawn with replacement."""
        random = default_rng(seed)
        week = np.arange(days) // WEEK
        weeks = int(week[-1]) + 1
        by_week = random.multinomial(weeks, np.full(weeks, 1 / weeks), draws).astype(float)
        by_product = random.multinomial(products, np.full(products, 1 / products), draws).astype(float)
        return cls(by_week[:, week], by_product)

    def total(self, values: Floats) -> Floats:
        """By draw, the weighted sum of values by day and product."""
        sums: Floats = np.einsum("rd,dp,rp->r", self.day, values, self.product, optimize=True)
        return sums


@dataclass(frozen=True, eq=False)
class Scored:
    """A policy's days as the parts of its figures, by day and product.

    delivers  day, product: whether anybody delivers the product on that day; a delivery covers the days up to the next
    """

    played: Played
    delivers: NDArray[np.bool_]

    @cached_property
    def parts(self) -> Mapping[str, tuple[Floats, Floats]]:
        """By ratio its numerator and denominator; accuracies are 1 - what their parts come to."""
        it = self.played
        came, wanted = it.came.sum(1), it.wanted.sum(1)
        bought, demanded = self._by_delivery(it.accepted), self._by_delivery(it.wanted)
        by_week, demanded_by_week = _by_week(it.accepted.sum(1)), _by_week(wanted)
        return {
            "waste_share": ((it.rejected + it.expired).sum(1), came),
            "receipt_waste_share": (it.rejected.sum(1), came),
            "shelf_waste_share": (it.expired.sum(1), came),
            "fill_rate": (it.sold.sum(1), wanted),
            "purchase_accuracy_day": (np.abs(bought.sum(1) - demanded.sum(1)), demanded.sum(1)),
            "purchase_accuracy_week": (np.abs(by_week - demanded_by_week), demanded_by_week),
            "purchase_accuracy_warehouse_day": (np.abs(bought - demanded).sum(1), demanded.sum(1)),
            "days_of_supply": (it.left.sum(1), wanted),
            "shortage_promised": (it.promised_short.sum(1), wanted - it.sold.sum(1)),
            "waste_promised": (it.promised_waste.sum(1), it.expired.sum(1)),
        }

    def ratio(self, name: str, weights: Weights, products: NDArray[np.bool_] | None = None) -> Floats:
        """By draw, a ratio over all or some products; NaN where there is nothing to divide by."""
        part, whole = self.parts[name]
        if products is not None:
            part, whole = part * products, whole * products
        above, below = weights.total(part), weights.total(whole)
        found = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
        return 1 - found if name.startswith("purchase_accuracy") else found

    def profit(self, weights: Weights) -> Floats:
        """By draw, the money earned."""
        return weights.total(self.played.profit.sum(1))

    def _by_delivery(self, values: Floats) -> Floats:
        """Values (day, warehouse, product) summed over the days that each delivery covers, on its first day; days
        before the first delivery are left out."""
        sums = np.zeros_like(values)
        for product in range(values.shape[2]):
            first = np.flatnonzero(self.delivers[:, product])
            if len(first):
                sums[first, :, product] = np.add.reduceat(values[:, :, product], first, axis=0)
        return sums


def _by_week(values: Floats) -> Floats:
    """Values (day, product) summed over the weeks, on the first day of each."""
    sums = np.zeros_like(values)
    first = np.arange(0, len(values), WEEK)
    sums[first] = np.add.reduceat(values, first, axis=0)
    return sums


@dataclass(frozen=True)
class Figure:
    """A figure with the 95% interval of its bootstrap."""

    value: float
    low: float
    high: float


def figures(
    scored: Sequence[Scored], leaf: NDArray[np.bool_], seed: int = 0, draws: int = DRAWS
) -> dict[str, dict[str, Figure]]:
    """By policy and name: the ratios of all and of `leaf` products (`..._leaf`), profit, profit over the naive buyer's
    (`gain`) and the share of what true distributions would gain over it (`gain_share`), where these were played."""
    days, products = scored[0].delivers.shape
    once, drawn = Weights.once(days, products), Weights.drawn(days, products, draws, seed)
    found: dict[str, dict[str, tuple[Floats, Floats]]] = {}
    for one in scored:
        both = found[one.played.policy] = {}
        for name in RATIOS:
            both[name] = one.ratio(name, once), one.ratio(name, drawn)
            both[f"{name}_leaf"] = one.ratio(name, once, leaf), one.ratio(name, drawn, leaf)
        both[PROFIT] = one.profit(once), one.profit(drawn)
    for both in found.values():
        if (start := found.get("naive")) is not None:
            both["gain"] = _apart(both[PROFIT], start[PROFIT])
            if (most := found.get("marginal-true")) is not None:
                reached = _apart(most[PROFIT], start[PROFIT])
                both["gain_share"] = both["gain"][0] / reached[0], both["gain"][1] / reached[1]
    return {
        policy: {name: _figure(value, values) for name, (value, values) in both.items()}
        for policy, both in found.items()
    }


def _apart(ours: tuple[Floats, Floats], theirs: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return ours[0] - theirs[0], ours[1] - theirs[1]


def _figure(value: Floats, values: Floats) -> Figure:
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Figure(float(value[0]), float(low), float(high))
