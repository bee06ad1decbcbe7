"""What siblings of promoted products sold less than usual on the promoted days.

Siblings are the products of the same subcategory and warehouse; only those that have a usual day themselves can be
compared. Their usual days lie beside other promotions of the subcategory, which take from them as well: what is usual
is raised by the share of what these added that is learned to be taken (`KnownDays.taken`). Where several of a
subcategory are promoted on a day, each takes from the others as much of what they lack as it sold more than usual.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from warehouse.worth.promotions.day_grid import Bools, DayGrid, Doubles, Index, added_up
from warehouse.worth.promotions.usual_demand import Span, UsualDemand, runs_by_span, squared_error

MOST: Final = 0.5  # of a sibling's demand, that usual days may be taken to lack
LEAST: Final = 1e-9


@dataclass(frozen=True, eq=False)
class SiblingDays:
    """Sums over the siblings that have a usual day, (run, day)."""

    lost: Doubles  # what they sold less than usual
    variance: Doubles  # of that, as of independent days

    @classmethod
    def of(cls, demand: UsualDemand, spans: Sequence[Span], series: Index, lacking: Doubles) -> Self:
        """By run, of the series and spans given. `lacking` (series, day): the share of a series' demand that promotions
        of its subcategory take."""
        grid, shape = demand.grid, (len(spans), demand.grid.demand.shape[1])
        sums = tuple(np.zeros(shape) for _ in range(2))
        there = grid.family[series] >= 0
        for span, at in runs_by_span(spans).items():
            expected = demand.expected(span) / (1 - np.clip(demand.around(span, lacking), 0, MOST))[:, None]
            values = (
                expected - grid.demand,
                np.broadcast_to(np.square(demand.scatter)[:, None], expected.shape),
            )
            compared = grid.usual & np.isfinite(expected)
            at = at[there[at]]
            for kept, one in zip(sums, values, strict=True):
                kept[at] = added_up(np.where(compared, one, 0.0), grid.family)[grid.family[series[at]]]
        return cls(*sums)


def siblings_of_runs(
    grid: DayGrid, series: Index, on: Bools, usual: Doubles, error: Doubles, days: SiblingDays, taken: float
) -> dict[str, Doubles]:
    """By run: `siblings`, units that they sold less, `siblings_error`, one standard deviation of it, `sibling_margin`
    of a unit. NaN where nothing is known; `error` (run) is that of what would have sold.

    What is seen of one promotion is mostly chance, so it leans on the share of what was added that is learned to be
    taken; that may be as far off as it is large, and so may what was added be by its own error. It is the mean of both,
    weighed by their variances."""
    share = _shares(grid, series, on, usual)
    seen, variance = (share * days.lost).sum(axis=1), (share**2 * days.variance).sum(axis=1)
    added = np.where(on, grid.demand[series] - usual, 0.0).sum(axis=1)
    margin, any_there = _margin_of_siblings(grid, series)
    learned, spread = taken * np.clip(added, 0.0, None), taken * np.hypot(np.clip(added, 0.0, None), error)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = 0.0 if np.isnan(taken) else learned
        chance = variance * squared_error((seen - expected) / np.sqrt(variance))
        precision = np.where(variance > 0, 1 / chance, 0.0), np.where(spread > 0, 1 / spread**2, 0.0)
        whole = precision[0] + precision[1]
        mean = (seen * precision[0] + np.nan_to_num(learned) * precision[1]) / whole
        told = {"siblings": mean, "siblings_error": 1 / np.sqrt(whole), "sibling_margin": margin}
    known = any_there & (whole > 0) & np.isfinite(added)
    return {name: np.where(known, values, np.nan) for name, values in told.items()}


def _margin_of_siblings(grid: DayGrid, series: Index) -> tuple[Doubles, Bools]:
    """Of a unit of what siblings of each run's product sold over all days, and whether they sold anything."""
    sums = np.stack([grid.sums["wanted_money"].sum(axis=1), grid.demand.sum(axis=1)], axis=1)
    family = grid.family[series]
    money, units = (added_up(sums, grid.family)[family] - sums[series]).T
    there = (family >= 0) & (units > LEAST)
    with np.errstate(invalid="ignore", divide="ignore"):
        return money / units, there


def pressure(grid: DayGrid, series: Index, on: Bools, usual: Doubles) -> Doubles:
    """What promoted products add on each day over what the others of their subcategory sell there (series, day)."""
    added = np.where(on, np.nan_to_num(grid.demand[series] - usual), 0.0)
    others = np.where(grid.promoted, 0.0, grid.demand)
    groups = int(grid.family.max(initial=0)) + 1
    adding = added_up(added, grid.family[series], groups)
    selling = added_up(others, grid.family, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        pressed = np.where(selling > 0, adding / selling, 0.0)
    return np.where((grid.family >= 0)[:, None], pressed[grid.family], 0.0)


def _shares(grid: DayGrid, series: Index, on: Bools, usual: Doubles) -> Doubles:
    """What of its subcategory's added demand is each run's (run, day); 0 outside of its days."""
    added = np.where(on, np.clip(np.nan_to_num(grid.demand[series] - usual), LEAST, None), 0.0)
    family = grid.family[series]
    whole = added_up(added, family)[family]
    shares: Doubles = np.where((family >= 0)[:, None] & (whole > 0), added / np.maximum(whole, LEAST), 0.0)
    return shares
