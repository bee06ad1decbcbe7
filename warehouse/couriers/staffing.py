"""Who is there when: shifts of employed couriers, and those of the crowd who turn up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.shifts import Shift
from warehouse.couriers.terms import HALF_HOUR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Staffing:
    """The employed by their `shifts`, one a courier, and of the crowd as many as are `asked` for by half hour, each of
    whom turns up with the chance `reliability`."""

    shifts: Sequence[Shift]
    asked: Ints
    reliability: float = 1.0

    @property
    def employed(self) -> Ints:
        """Employed couriers at work by half hour."""
        works = [shift.working(len(self.asked)) for shift in self.shifts]
        return np.asarray(np.sum([np.zeros(len(self.asked)), *works], axis=0), np.int64)

    @property
    def expected(self) -> Floats:
        """Couriers expected to be there, by half hour."""
        return np.asarray(self.employed + self.asked * self.reliability)

    def there(self, days: int, seed: int) -> Bools:
        """Who is there (half hours x days x couriers). Each place that the crowd is asked for is filled or not, by
        chance; the same days and seed fill the same places."""
        half_hours, places = len(self.asked), int(self.asked.max(initial=0))
        of_shifts = np.array([shift.working(half_hours) for shift in self.shifts], dtype=bool).reshape(-1, half_hours)
        turn_up = np.random.default_rng(seed).random((places, days, half_hours)) < self.reliability
        turn_up &= (self.asked > np.arange(places)[:, None])[:, None, :]
        employed = np.broadcast_to(of_shifts.T[:, None, :], (half_hours, days, len(self.shifts)))
        return np.concatenate([employed, turn_up.transpose(2, 1, 0)], axis=2)

    def rests(self) -> Floats:
        """Minutes of the rests that begin in each half hour (half hours x couriers)."""
        found = np.zeros((len(self.asked), len(self.shifts) + int(self.asked.max(initial=0))))
        for courier, shift in enumerate(self.shifts):
            if shift.works_again:
                found[shift.rests, courier] = HALF_HOUR * (shift.works_again - shift.rests)
        return found


def as_numbers(numbers: Ints) -> Staffing:
    """So many employed by half hour, who come last as they are fewer."""
    shifts = []
    for place in range(int(numbers.max(initial=0))):
        changes = np.flatnonzero(np.diff(np.concatenate([[0], (numbers > place).astype(np.int8), [0]])))
        shifts += [Shift(int(first), int(end)) for first, end in changes.reshape(-1, 2)]
    return Staffing(shifts, np.zeros(len(numbers), np.int64))
