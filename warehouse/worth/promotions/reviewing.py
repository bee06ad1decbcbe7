"""Reviews promotions that are over: what each did in each warehouse, beside what was planned and what would have been.

Demand of its days is compared with what would have sold without it (`usual_demand.py`), and so is that of the week
after, which lacks what was bought ahead. Siblings lose what they sold less than usual (`siblings.py`), waste counts
beyond the usual, and all of it comes to money (`run_money.py`).
"""

from typing import Final

import numpy as np
import pandas as pd

from warehouse.worth.promotions.day_grid import Bools, DayGrid, Doubles
from warehouse.worth.promotions.known_days import KnownDays
from warehouse.worth.promotions.planned import planned_of_runs
from warehouse.worth.promotions.run_money import margins_of_runs, waste_of_runs
from warehouse.worth.promotions.runs import RUN, Runs
from warehouse.worth.promotions.siblings import siblings_of_runs
from warehouse.worth.promotions.usual_demand import UsualDemand

REVIEWED: Final = (
    "days",  # of the promotion
    "known_days",  # of them, of which demand is known
    "days_after",  # of the fortnight after it, up to the product's next promotion, those of which demand is known
    "demand",  # of the known days, recovered demand of hours without stock among it
    "sold",
    "usual",  # what would have sold without it; NaN: too little is known, and so is all that rests on it
    "usual_error",  # one standard deviation of it
    "alike",  # how alike such errors are in several warehouses, 0..1
    "planned_days",  # of which it is known what the forecast that orders were made from made of the promotion
    "planned",  # forecast of them
    "planned_usual",  # what it would have been without the promotion
    "ahead",  # bought ahead: what the week after lacked
    "ahead_error",
    "siblings",  # what siblings sold less; NaN: there are none
    "siblings_error",
    "wasted",  # units thrown away after it, beyond the usual
    "margin",  # money earned by what was sold; NaN, as all money, where the list price is not known
    "usual_margin",  # what would have been earned by what would have sold
    "ahead_money",
    "own_error",  # one standard deviation of usual_margin and ahead_money together
    "sibling_money",
    "sibling_money_error",
    "waste_money",  # beyond the usual, from the first day to the fortnight after
    "waste_error",
)


def review(known: KnownDays) -> pd.DataFrame:
    """A row for each run to be reviewed that has a day whose demand is known: RUN, REVIEWED, by warehouse, product and
    first day. The lines must hold a day."""
    grid = DayGrid.of(known)
    usual = UsualDemand.of(grid)
    runs = Runs.of(usual, known.runs, known.taken)
    on, ahead, series, scatter = runs.on, runs.ahead, runs.series, usual.scatter[runs.series]
    list_price = runs.frame["product_id"].map(known.products.set_index("product_id")["list_price"]).to_numpy(float)
    error = scatter * np.sqrt(_count(on) * runs.of_run)
    rows = runs.frame.assign(
        days=(runs.frame["ends_on"] - runs.frame["starts_on"]).dt.days + 1.0,
        known_days=_count(on),
        days_after=_count(runs.after),
        demand=_sum(grid.demand[series], on),
        sold=_sum(grid.sums["sold"][series], on),
        usual=_sum(runs.usual, on),
        usual_error=error,
        alike=runs.alike,
        ahead=_sum(runs.usual - grid.demand[series], ahead),
        ahead_error=scatter * np.sqrt(_count(ahead) * runs.of_both),
        **planned_of_runs(known.plans, grid, series, on),
        **siblings_of_runs(grid, series, on, runs.usual, error, runs.siblings, known.taken),
        **margins_of_runs(grid, series, list_price, runs.frame["discount"].to_numpy(float), on, runs.usual),
        **waste_of_runs(grid, series, grid.place(runs.frame["starts_on"]), on, runs.after, runs.usual),
    )
    rows["ahead_money"] = rows["ahead"] * rows["usual_unit"]
    rows["own_error"] = rows["usual_unit"].abs() * scatter * np.sqrt(_count(on | ahead) * runs.of_both)
    rows["sibling_money"] = rows["siblings"] * rows["sibling_margin"]
    rows["sibling_money_error"] = rows["siblings_error"] * rows["sibling_margin"]
    told = rows["reviewed"] & (rows["known_days"] > 0)
    return rows.loc[told, [*RUN, *REVIEWED]].reset_index(drop=True)


def _count(days: Bools) -> Doubles:
    count: Doubles = days.sum(axis=1).astype(float)
    return count


def _sum(values: Doubles, days: Bools) -> Doubles:
    """By run; NaN where the value of one of the days is."""
    result: Doubles = np.where(days, values, 0.0).sum(axis=1)
    return result
