"""The figures of a supplier's scorecard, each from sums: this is the one place that says how a figure is made of what
was added up; docs/suppliers.md says it in words.

A figure is NaN where there is nothing to divide by: nobody knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from warehouse.worth.morning_figures import Better, Kind
from warehouse.worth.suppliers.supplier_sums import Sums, SupplierSums

Of = Callable[[SupplierSums], Sums]
PERCENT: Final = 100.0


@dataclass(frozen=True)
class SupplierFigure:
    """A figure: a part of a whole, or what `value` says. Of a part of a whole it is known how it scatters, so whether
    it changed. `for_farm`: the supplier may see it; what we earn and lose it may not. Money is told by currency."""

    name: str
    kind: Kind
    better: Better
    part: Of
    whole: Of | None = None
    for_farm: bool = False
    by_currency: bool = False
    percent_of: Of | None = None  # `part` is money: what each percent of this costs

    def value(self, sums: SupplierSums) -> Sums:
        """By supplier."""
        if self.percent_of is not None:
            return ratio(self.part(sums), PERCENT * self.percent_of(sums))
        return self.part(sums) if self.whole is None else ratio(self.part(sums), self.whole(sums))


def ratio(part: Sums, whole: Sums) -> Sums:
    """NaN where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def cost(sums: SupplierSums) -> Sums:
    """What a supplier cost beside its price: by what did not come, came late or was rejected."""
    return sums.missing_money + sums.late_money + sums.rejected_money


def _rejected(sums: SupplierSums) -> Sums:
    return sums.rejected_receipt + sums.rejected_dispatch


def _spread(sums: SupplierSums) -> Sums:
    """The standard deviation of the yields of receipts."""
    mean = ratio(sums.yield_sum, sums.yields)
    return np.sqrt(np.maximum(ratio(sums.yield_squares, sums.yields) - mean**2, 0.0))


def _farm(name: str, better: Better, part: Of, whole: Of | None) -> SupplierFigure:
    return SupplierFigure(name, Kind.SHARE, better, part, whole, for_farm=True)


def _money(name: str, part: Of, percent_of: Of | None = None, better: Better = Better.LOWER) -> SupplierFigure:
    return SupplierFigure(name, Kind.MONEY, better, part, by_currency=True, percent_of=percent_of)


FIGURES: Final = (
    _money("cost", cost),
    SupplierFigure("cost_share", Kind.SHARE, Better.LOWER, cost, lambda s: s.bought_money, by_currency=True),
    _farm("on_time", Better.HIGHER, lambda s: s.lines_on_time, lambda s: s.lines_come),
    _farm("in_full", Better.HIGHER, lambda s: s.lines_in_full, lambda s: s.lines),
    _farm("on_time_in_full", Better.HIGHER, lambda s: s.lines_otif, lambda s: s.lines),
    _farm("missing", Better.LOWER, lambda s: s.wanted - s.arrived, lambda s: s.wanted),
    _farm("declined", Better.NEITHER, lambda s: s.declined, lambda s: s.wanted),
    _farm("late", Better.LOWER, lambda s: s.late, lambda s: s.wanted),
    _farm("accepted_origin", Better.HIGHER, lambda s: s.origin_accepted, lambda s: s.origin_inspected),
    _farm("accepted_receipt", Better.HIGHER, lambda s: s.receipt_inspected - s.rejected_receipt,
          lambda s: s.receipt_inspected),
    _farm("accepted_dispatch", Better.HIGHER, lambda s: s.dispatch_inspected - s.rejected_dispatch,
          lambda s: s.dispatch_inspected),
    _farm("complained", Better.LOWER, lambda s: s.complained, lambda s: s.came),
    _farm("yield_mean", Better.HIGHER, lambda s: s.yield_sum, lambda s: s.yields),
    _farm("yield_spread", Better.LOWER, _spread, None),
    _farm("life_left", Better.HIGHER, lambda s: s.life, lambda s: s.dated),
    SupplierFigure("price_over_tier", Kind.SHARE, Better.LOWER, lambda s: s.priced_money - s.tier_money,
                   lambda s: s.tier_money),
    SupplierFigure("price_over_best", Kind.SHARE, Better.LOWER, lambda s: s.priced_money - s.best_money,
                   lambda s: s.best_money),
    _money("bought_money", lambda s: s.bought_money, better=Better.NEITHER),
    _money("missing_money", lambda s: s.missing_money),
    _money("late_money", lambda s: s.late_money),
    _money("rejected_money", lambda s: s.rejected_money),
    _money("missing_percent_money", lambda s: s.missing_money, lambda s: ratio(s.wanted - s.arrived, s.wanted)),
    _money("late_percent_money", lambda s: s.late_money, lambda s: ratio(s.late, s.wanted)),
    _money("rejected_percent_money", lambda s: s.rejected_money, lambda s: ratio(_rejected(s), s.came)),
)  # fmt: skip
BY_NAME: Final = {figure.name: figure for figure in FIGURES}
