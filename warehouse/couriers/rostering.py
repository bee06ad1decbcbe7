"""Who delivers at the least cost: shifts of employed couriers and how many of the crowd are asked for, as a linear
programme whose shifts and crowd are then made whole.

Late orders are added up from what one changed half hour would do, read from the expected number of couriers there;
mixtures of numbers stand for the curve between them. Atlason, Epelman, Henderson: Optimizing call center staffing using
simulation and analytic center cutting-plane methods, 2008, iterate likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from warehouse.couriers.rounding import Programme, in_whole_numbers
from warehouse.couriers.shifts import Shift

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LATE_COSTS: Final = 200.0  # of an order beyond what may be late, or a missing courier, in hours employed


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
    """Late orders by half hour with so many couriers expected (`numbers`, half hours x several, the fewest first): of
    the day (beside what nothing changes) and the half hour's own; and how many may be late, of the day and of each half
    hour."""

    numbers: Floats
    day: Floats
    own: Floats
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


def cheapest_roster(late: LateOrders, work: Work) -> Roster:
    """The cheapest that keeps lateness within its limits. Beyond them an order costs `LATE_COSTS` hours, and so does
    each courier below the fewest that are looked at: so much dearer than a courier that more than a hair of one is late
    only where nobody can be had."""
    half_hours, shifts, weights = len(late.numbers), len(work.shifts), late.numbers.size
    works = np.stack([shift.working(half_hours) for shift in work.shifts], axis=1)
    one, never = sparse.eye_array(half_hours), highspy.kHighsInf
    # columns: shifts, crowd by half hour, weights of numbers, who is missing, lateness beyond the limits (by half hour,
    # then of the day)
    blocks: list[list[Any]] = [
        [None, None, _by_half_hour(np.ones(late.numbers.shape)), None, None, None],
        [sparse.csr_array(works), one * work.reliability, -_by_half_hour(late.numbers), one, None, None],
        [sparse.csr_array(works), None, None, None, None, None],
        [None, None, _by_half_hour(late.own), None, -one, None],
        [None, None, sparse.csr_array(late.day.reshape(1, -1)), None, None, -sparse.eye_array(1)],
    ]
    too_few = 2 * half_hours + 1
    programme = Programme(
        sparse.block_array(blocks).tocsc(),
        cost=np.concatenate(
            [work.shift_cost, work.crowd_cost * work.reliability, np.zeros(weights), np.full(too_few, _dear(work))]
        ),
        upper=np.concatenate(
            [np.full(shifts, float(work.employed)), work.crowd, np.ones(weights), np.full(too_few, never)]
        ),
        low=np.repeat([1.0, 0.0, 0.0, -never], [half_hours, half_hours, half_hours, half_hours + 1]),
        high=np.concatenate(
            [np.repeat([1.0, never, float(work.employed)], half_hours), late.of_half_hour, [late.of_day]]
        ),
        groups=(slice(0, shifts), slice(shifts, shifts + half_hours)),
    )
    found, bound = in_whole_numbers(programme)
    whole = np.rint(found[: shifts + half_hours]).astype(np.int64)
    return roster_of(work, whole[:shifts], whole[shifts:], bound)


def _by_half_hour(of_numbers: Floats) -> sparse.csr_array:
    """A row a half hour, with what each of its own numbers has."""
    half_hours, several = of_numbers.shape
    row = np.repeat(np.arange(half_hours), several)
    return sparse.csr_array((of_numbers.ravel(), (row, np.arange(row.size))), shape=(half_hours, row.size))


def _dear(work: Work) -> float:
    """What is paid in the programme for a late order too many, or a missing courier."""
    return LATE_COSTS * float(work.shift_cost.min() / min(shift.paid_hours for shift in work.shifts))


def roster_of(work: Work, taken: Ints, asked: Ints, bound: float = 0.0) -> Roster:
    """So many of each shift, and so many of the crowd by half hour."""
    works = np.stack([shift.working(len(asked)) for shift in work.shifts], axis=1)
    return Roster(
        shifts=[(shift, int(count)) for shift, count in zip(work.shifts, taken, strict=True) if count],
        employed=np.rint(works @ taken).astype(np.int64),
        asked=asked,
        cost=float(work.shift_cost @ taken + (work.crowd_cost * work.reliability) @ asked),
        bound=bound,
    )
