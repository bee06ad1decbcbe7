"""Shifts that the rules allow: when they begin and end, when they rest, what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.terms import Employed

Floats = NDArray[np.float64]
LENGTHS_APART = 2  # half hours: shifts differ by whole hours


@dataclass(frozen=True, order=True)
class Shift:
    """Half hours of a day, from `first` up to `end`; rests in those from `rests` up to `works_again` (both 0: none)."""

    first: int
    end: int
    rests: int = 0
    works_again: int = 0

    @property
    def paid_hours(self) -> float:
        """Hours without the break."""
        return (self.end - self.first - (self.works_again - self.rests)) / 2

    def working(self, half_hours: int) -> Floats:
        """1 in the half hours that are worked."""
        works = np.zeros(half_hours)
        works[self.first : self.end] = 1.0
        works[self.rests : self.works_again] = 0.0
        return works


def possible_shifts(rules: Employed, first: int, end: int) -> Sequence[Shift]:
    """All between two half hours of a day."""
    shortest, longest = round(2 * rules.shortest_hours), round(2 * rules.longest_hours)
    found = []
    for length in range(shortest, longest + 1, LENGTHS_APART):
        for start in range(first, end - length + 1):
            found.append(Shift(start, start + length, *_break(rules, start, length)))
    return found


def _break(rules: Employed, start: int, length: int) -> tuple[int, int]:
    rest = rules.break_half_hours
    if length < 2 * rules.break_after_hours or not rest:
        return 0, 0
    begins = start + (length - rest) // 2
    return begins, begins + rest
