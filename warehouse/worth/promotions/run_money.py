"""What a promotion came to in money: what was earned by what was sold at the promoted price, what would have been
earned at the usual one, and what was thrown away beyond the usual.

A unit's margin and cost are those of the morning report, as they were on the product's days; a product whose list
price is not known has no promoted price either, and so no money.
"""

import numpy as np

from warehouse.worth.promotions.day_grid import USUAL_BEFORE, Bools, DayGrid, Doubles, Index


def unit_margins(grid: DayGrid) -> Doubles:
    """List price less cost by series, over all days; NaN where nothing was wanted."""
    return _ratio(grid.sums["wanted_money"].sum(axis=1), grid.demand.sum(axis=1))


def margins_of_runs(
    grid: DayGrid, series: Index, list_price: Doubles, discount: Doubles, on: Bools, usual: Doubles
) -> dict[str, Doubles]:
    """By run: `margin` earned, `usual_margin` that would have been, `usual_unit`, what a unit of usual demand earns: of
    what is wanted as large a share is sold as on usual days. `list_price`, `discount` by run."""
    unit = unit_margins(grid)[series]
    promoted = unit - list_price * (1.0 - discount)
    met, demand = (np.where(grid.usual, grid.sums[name], 0.0).sum(axis=1) for name in ("met", "demand"))
    usual_unit = np.where(np.isfinite(promoted), unit * _ratio(met, demand)[series], np.nan)
    return {
        "margin": _sum(grid.sums["sold"][series], on) * promoted,
        "usual_margin": _sum(usual, on) * usual_unit,
        "usual_unit": usual_unit,
    }


def waste_of_runs(
    grid: DayGrid, series: Index, first: Index, on: Bools, after: Bools, usual: Doubles
) -> dict[str, Doubles]:
    """By run: `wasted` units after it beyond the usual, `waste_money` from its first day on, and `waste_error`, one
    standard deviation of it; `first` is the column of its first day. The usual is that of the usual days before, for
    as much demand."""
    day = np.arange(on.shape[1])
    before = grid.usual[series] & (day < first[:, None]) & (day >= first[:, None] - USUAL_BEFORE)
    demand = _sum(grid.demand[series], before)
    money, units = (grid.sums[name][series] for name in ("waste_money", "thrown"))
    usual_money, usual_units = (_ratio(_sum(values, before), demand) for values in (money, units))
    number, days = before.sum(axis=1), (on | after).sum(axis=1)
    mean = _ratio(_sum(money, before), number.astype(float))
    scatter = np.sqrt(_ratio(_sum(np.square(money - mean[:, None]), before), number - 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        error = scatter * np.sqrt(days + days**2 / number)
    return {
        "wasted": _sum(units, after) - usual_units * _sum(usual, after),
        "waste_money": _sum(money, on | after) - usual_money * _sum(usual, on | after),
        "waste_error": error,
    }


def _sum(values: Doubles, days: Bools) -> Doubles:
    result: Doubles = np.where(days, values, 0.0).sum(axis=1)
    return result


def _ratio(part: Doubles, whole: Doubles) -> Doubles:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Doubles = np.where(whole > 0, part / whole, np.nan)
    return result
