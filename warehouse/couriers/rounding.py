"""Whole numbers for a linear programme: HiGHS solves it without asking for them, then one column after the other is
held up or down, whichever costs less once the others have followed. What is small is searched by HiGHS as it is.

The programme stays loaded, so each run begins where the last one ended, and a column's bounds only come nearer. HiGHS'
own search with a limit to it takes ten times as long over the roster of a day and seldom finds one that costs less: of
ten it found one."""

from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from warehouse.silent_highs import SilentHighs, run, silent_highs

Floats = NDArray[np.float64]
SMALL: Final = 40  # whole columns
GAP: Final = 0.005  # of the cost, where a small programme is searched
NODES: Final = 200  # of that search: work is counted and not timed, so a loaded machine finds the same
WHOLE: Final = 1e-6
FIRST_HELD: Final = 0.7  # the part of a number that is held before others: there rather than not


@dataclass(frozen=True, eq=False)
class Programme:
    """Columns at the least `cost`, from 0 to `upper`, whose sums by row lie between `low` and `high`. Those of `groups`
    are whole; one group after the other where they are held."""

    rows: sparse.csc_array
    cost: Floats
    upper: Floats
    low: Floats
    high: Floats
    groups: tuple[slice, ...]

    @property
    def whole(self) -> int:
        """How many columns are whole."""
        return sum(group.stop - group.start for group in self.groups)


def in_whole_numbers(programme: Programme) -> tuple[Floats, float]:
    """Columns with the groups whole, and a bound below which no such columns cost."""
    return _searched(programme) if programme.whole <= SMALL else _held_one_by_one(programme)


def _searched(programme: Programme) -> tuple[Floats, float]:
    highs = silent_highs(mip_rel_gap=GAP, mip_max_nodes=NODES)
    model = _model(programme)
    kinds = np.full(len(programme.cost), highspy.HighsVarType.kContinuous)
    for group in programme.groups:
        kinds[group] = highspy.HighsVarType.kInteger
    model.integrality_ = kinds.tolist()
    highs.passModel(model)
    run(highs)
    return _values(highs), float(highs.getInfo().mip_dual_bound)


def _held_one_by_one(programme: Programme) -> tuple[Floats, float]:
    highs = silent_highs(presolve="off")
    highs.passModel(_model(programme))
    run(highs)
    bound = float(highs.getInfo().objective_function_value)
    lower, upper = np.zeros(len(programme.upper)), programme.upper.copy()
    for group in programme.groups:
        while (column := _part_there(highs, group)) is not None:
            value = _values(highs)[column]
            up, down = (float(np.ceil(value)), upper[column]), (lower[column], float(np.floor(value)))
            goes_up = _cost_within(highs, column, *up) < _cost_within(highs, column, *down)
            lower[column], upper[column] = up if goes_up else down
            if goes_up:
                _cost_within(highs, column, *up)
    return _values(highs), bound


def _part_there(highs: SilentHighs, group: slice) -> int | None:
    """A column of the group that is not whole."""
    values = _values(highs)[group]
    part = values - np.floor(values)
    apart = np.where((part > WHOLE) & (part < 1 - WHOLE), np.abs(part - FIRST_HELD), np.inf)
    return None if np.isinf(apart).all() else group.start + int(apart.argmin())


def _cost_within(highs: SilentHighs, column: int, low: float, high: float) -> float:
    """What all columns cost where one is held within bounds; for ever where they cannot be kept."""
    highs.changeColBounds(column, low, high)
    run(highs)
    kept = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value) if kept else highspy.kHighsInf


def _values(highs: SilentHighs) -> Floats:
    return np.array(highs.getSolution().col_value)


def _model(programme: Programme) -> highspy.HighsLp:
    model, rows = highspy.HighsLp(), programme.rows
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_, model.col_upper_ = programme.cost, programme.upper
    model.col_lower_ = np.zeros(len(programme.upper))
    model.row_lower_, model.row_upper_ = programme.low, programme.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    return model
