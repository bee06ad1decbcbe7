"""Who delivers at the least cost: shifts of employed couriers and how many of the crowd are asked for, as an integer
programme solved by HiGHS.

Late orders are added up from what one changed half hour would do; mixtures of numbers of couriers stand for the curve
between them, so only shifts and the crowd are whole numbers. Atlason, Epelman, Henderson: Optimizing call center
staffing using simulation and analytic center cutting-plane methods, 2008, iterate likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import binom

from warehouse.couriers.shifts import Shift
from warehouse.silent_highs import run, silent_highs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NODES: Final = 10  # of the search tree: work is counted and not timed, so a loaded machine finds the same roster
GAP: Final = 0.01
LATE_COSTS: Final = 200.0  # of an order beyond what may be late, in the cost of an hour employed


@dataclass(frozen=True, eq=False)
class Work:
    """What can be had: `shifts` with what each costs, at most `employed` at once; crowd by half hour, at most `crowd`,
    with what a half hour of one who comes costs, and the chance that one comes."""

    shifts: Sequence[Shift]
    shift_cost: Floats
    employed: int
    crowd: Ints
    crowd_cost: Floats
    reliability: float


@dataclass(frozen=True, eq=False)
class LateOrders:
    """Late orders by half hour with so many couriers there (`numbers`): of the day (beside what nothing changes) and
    the half hour's own; and how many may be late, of the day and of each half hour."""

    numbers: Sequence[Ints]
    day: Sequence[Floats]
    own: Sequence[Floats]
    of_day: float
    of_half_hour: Floats


@dataclass(frozen=True, eq=False)
class Roster:
    """Shifts with how many work each, and the crowd asked for by half hour; what it costs, and what no roster that the
    model can see would go below."""

    shifts: Sequence[tuple[Shift, int]]
    employed: Ints
    asked: Ints
    cost: float
    bound: float


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Columns: so many employed and so many asked for in a half hour."""

    half_hour: Ints
    employed: Ints
    asked: Ints
    day: Floats
    own: Floats


def cheapest_roster(late: LateOrders, work: Work) -> Roster:
    """The cheapest that keeps lateness within its limits. Beyond them an order costs `LATE_COSTS` hours: so much dearer
    than a courier that more than a hair of one is late only where nobody can be had."""
    half_hours, pairs = len(late.numbers), _pairs(late, work)
    shifts, several = len(work.shifts), len(pairs.half_hour)
    works = np.stack([shift.working(half_hours) for shift in work.shifts], axis=1)
    in_half_hour = sparse.csr_array(
        (np.ones(several), (pairs.half_hour, np.arange(several))), shape=(half_hours, several)
    )
    one = sparse.eye_array(half_hours)
    # columns: shifts, crowd by half hour, pairs, lateness beyond the limits (by half hour, then of the day)
    blocks: list[list[Any]] = [
        [None, None, in_half_hour, None, None],
        [-sparse.csr_array(works), None, _times(in_half_hour, pairs.employed), None, None],
        [None, -one, _times(in_half_hour, pairs.asked), None, None],
        [None, None, _times(in_half_hour, pairs.own), -one, None],
        [None, None, sparse.csr_array(pairs.day[None, :]), None, -sparse.eye_array(1)],
    ]
    rows = sparse.block_array(blocks).tocsc()
    zeros, never = np.zeros(half_hours), np.full(half_hours, -highspy.kHighsInf)
    too_late = np.full(half_hours + 1, _dear(work))
    found, bound = _solve(
        rows,
        cost=np.concatenate([work.shift_cost, work.crowd_cost * work.reliability, np.zeros(several), too_late]),
        upper=np.concatenate(
            [np.full(shifts, work.employed), work.crowd, np.ones(several), np.full(half_hours + 1, highspy.kHighsInf)]
        ).astype(float),
        whole=shifts + half_hours,
        low=np.concatenate([np.ones(half_hours), zeros, zeros, never, [-highspy.kHighsInf]]),
        high=np.concatenate([np.ones(half_hours), zeros, zeros, late.of_half_hour, [late.of_day]]),
    )
    return _roster(work, works, found, bound)


def _times(in_half_hour: sparse.csr_array, of_pairs: Floats | Ints) -> sparse.csr_array:
    return sparse.csr_array(in_half_hour.multiply(of_pairs[None, :].astype(float)))


def _pairs(late: LateOrders, work: Work) -> _Pairs:
    """Pairs whose expected number is looked at; and, since nobody is worse off with more, all employed beyond."""
    found = []
    for half_hour, (numbers, day, own) in enumerate(zip(late.numbers, late.day, late.own, strict=True)):
        fewest, most = int(numbers[0]), int(numbers[-1])
        crowd = int(min(work.crowd[half_hour], most))
        employed, asked = (
            grid.ravel() for grid in np.meshgrid(np.arange(most + 1), np.arange(crowd + 1), indexing="ij")
        )
        expected = employed + asked * work.reliability
        keep = (expected >= fewest - 1e-9) & (employed + asked <= most) & (employed <= work.employed)
        employed, asked = np.append(employed[keep], work.employed), np.append(asked[keep], 0)
        chance = binom.pmf(np.arange(crowd + 1)[None, :], asked[:, None], work.reliability)
        there = np.clip(employed[:, None] + np.arange(crowd + 1), fewest, most) - fewest
        of_pairs = ((chance * table[there]).sum(axis=1) for table in (day, own))
        found.append((np.full(len(employed), half_hour), employed, asked, *of_pairs))
    return _Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def covering_roster(needed: Ints, work: Work) -> Roster:
    """The cheapest with whom at least so many are expected in each half hour, fewer only where nobody can be had."""
    half_hours, shifts = len(needed), len(work.shifts)
    works = np.stack([shift.working(half_hours) for shift in work.shifts], axis=1)
    one = sparse.eye_array(half_hours)
    blocks: list[list[Any]] = [
        [sparse.csr_array(works), one * work.reliability, one],  # who covers, and who is missing
        [sparse.csr_array(works), None, None],
    ]
    found, bound = _solve(
        sparse.block_array(blocks).tocsc(),
        cost=np.concatenate([work.shift_cost, work.crowd_cost * work.reliability, np.full(half_hours, _dear(work))]),
        upper=np.concatenate([np.full(shifts, work.employed), work.crowd, needed]).astype(float),
        whole=shifts + half_hours,
        low=np.concatenate([needed, np.zeros(half_hours)]).astype(float),
        high=np.repeat([highspy.kHighsInf, float(work.employed)], half_hours),
    )
    return _roster(work, works, found, bound)


def _dear(work: Work) -> float:
    """What is paid in the programme for a late order too many, or a missing courier."""
    return LATE_COSTS * float(work.shift_cost.min() / min(shift.paid_hours for shift in work.shifts))


def _roster(work: Work, works: Floats, found: Floats, bound: float) -> Roster:
    half_hours, shifts = works.shape
    taken = np.rint(found[:shifts]).astype(np.int64)
    asked = np.rint(found[shifts : shifts + half_hours]).astype(np.int64)
    return Roster(
        shifts=[(shift, int(count)) for shift, count in zip(work.shifts, taken, strict=True) if count],
        employed=np.rint(works @ taken).astype(np.int64),
        asked=asked,
        cost=float(work.shift_cost @ taken + (work.crowd_cost * work.reliability) @ asked),
        bound=bound,
    )


def _solve(
    rows: sparse.csc_array, cost: Floats, upper: Floats, whole: int, low: Floats, high: Floats
) -> tuple[Floats, float]:
    """The best columns that are found, and the bound on their cost."""
    highs = silent_highs(mip_max_nodes=NODES, mip_rel_gap=GAP)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(len(cost)), upper
    model.row_lower_, model.row_upper_ = low, high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    kinds = [highspy.HighsVarType.kInteger] * whole + [highspy.HighsVarType.kContinuous] * (len(cost) - whole)
    model.integrality_ = kinds
    highs.passModel(model)
    run(highs)
    return np.array(highs.getSolution().col_value), float(highs.getInfo().mip_dual_bound)
