"""Promotions with their days, and what would have sold on each of them without: arrays by run, which is a promotion of
a product in a warehouse, and by (run, day)."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd

from warehouse.worth.promotions.day_grid import AHEAD_DAYS, DAYS_AFTER, SERIES, Bools, DayGrid, Doubles, Index
from warehouse.worth.promotions.siblings import SiblingDays, pressure
from warehouse.worth.promotions.usual_demand import (
    Placebos,
    Span,
    UsualDemand,
    correlation,
    runs_by_span,
    squared_errors,
)

RUN: Final = (*SERIES, "starts_on", "ends_on", "discount", "promoted")


@dataclass(frozen=True, eq=False)
class Runs:
    """All promotions that touch the grid, by warehouse, product and first day."""

    frame: pd.DataFrame  # RUN, reviewed
    series: Index
    on: Bools  # its days of which demand is known
    after: Bools  # such days of the DAYS_AFTER after it, up to the first on which the product is promoted
    ahead: Bools  # of them those within AHEAD_DAYS
    usual: Doubles  # what would have sold on each day without it; NaN: too little is known
    of_run: Doubles  # squared error on its days, in units of independent days (run)
    of_both: Doubles  # the same with the week after
    alike: float  # how alike such errors are in several warehouses, 0..1
    siblings: SiblingDays

    @classmethod
    def of(cls, demand: UsualDemand, runs: pd.DataFrame, taken: float) -> Self:
        """Those of `runs` (RUN, reviewed) that touch the days of a series; `taken` as in `KnownDays`."""
        grid = demand.grid
        touches = (grid.place(runs["ends_on"]) >= 0) & (grid.place(runs["starts_on"]) < grid.demand.shape[1])
        frame = runs[touches & (grid.rows(runs) >= 0)].sort_values([*SERIES, "starts_on"], ignore_index=True)
        series = grid.rows(frame)
        begin, end = grid.place(frame["starts_on"]), grid.place(frame["ends_on"])
        on, after = _days(grid, series, begin, end)
        spans = [Span(int(one), int(other)) for one, other in zip(begin, end, strict=True)]
        usual, placebos = _by_span(demand, spans, series)
        place = {span: n for n, span in enumerate(placebos)}
        of_span = np.array([place[span] for span in spans], dtype=np.intp)
        lacking = np.nan_to_num(taken) * pressure(grid, series, on, usual)
        day = np.arange(on.shape[1])
        return cls(
            frame=frame,
            series=series,
            on=on,
            after=after,
            ahead=after & (day <= end[:, None] + AHEAD_DAYS),
            usual=usual,
            of_run=squared_errors([one.of_run for one in placebos.values()])[of_span],
            of_both=squared_errors([one.with_week_after for one in placebos.values()])[of_span],
            alike=correlation([one.of_run for one in placebos.values()], grid.product),
            siblings=SiblingDays.of(demand, spans, series, lacking),
        )


def _days(grid: DayGrid, series: Index, begin: Index, end: Index) -> tuple[Bools, Bools]:
    """The known days of each run, and those after it: none of a promotion that overlaps it and goes on for longer."""
    day = np.arange(grid.demand.shape[1])
    on, over = (day >= begin[:, None]) & (day <= end[:, None]), day > end[:, None]
    until_next = np.cumsum(grid.promoted[series] & over, axis=1) == 0
    known = grid.known[series]
    return known & on, known & over & until_next & (day <= end[:, None] + DAYS_AFTER)


def _by_span(demand: UsualDemand, spans: list[Span], series: Index) -> tuple[Doubles, dict[Span, Placebos]]:
    """By run what would have sold, by span its placebos."""
    usual = np.full((len(spans), demand.grid.demand.shape[1]), np.nan)
    placebos: dict[Span, Placebos] = {}
    for span, at in runs_by_span(spans).items():
        expected = demand.expected(span)
        placebos[span] = Placebos.of(demand, expected, span)
        usual[at] = expected[series[at]]
    return usual, placebos
