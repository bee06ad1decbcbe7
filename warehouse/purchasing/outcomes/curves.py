"""Concave curves of what so many usable units are expected to earn: one, and many at once as rows of arrays."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Numbers = TypeVar("Numbers", NDArray[np.float64], NDArray[np.intp])

LEVELS: Final = 200  # between which the last one is found at which a pack more pays
HALVINGS: Final = (128, 64, 32, 16, 8, 4, 2, 1)


@dataclass(frozen=True, eq=False)
class ResultCurve:
    """The expected result in money of having so many usable units: concave, a line between its corners."""

    units: Floats
    result: Floats
    slope_beyond: float
    in_packs: bool = False

    @property
    def best(self) -> float:
        """The corner with the best result."""
        return float(self.units[self.result.argmax()])

    @property
    def needed(self) -> float:
        """The units with the best result, if any quantity could be bought: where corners are packs, as much before or
        after the best one as the packs beside it say."""
        at = int(self.result.argmax())
        if not self.in_packs or not 0 < at < len(self.units) - 1:
            return float(self.units[at])
        low, best, high = (float(units) for units in self.units[at - 1 : at + 2])
        before, at_best, after = (float(result) for result in self.result[at - 1 : at + 2])
        gained, lost = (at_best - before) / (best - low), (at_best - after) / (high - best)
        share = gained / (gained + lost) if gained + lost > 0 else 0.5
        return (low + best) / 2 + share * (high - low) / 2

    def at(self, usable: float) -> float:
        """The result of so many usable units."""
        corner = max(bisect_right(self.units, usable) - 1, 0)
        if corner == len(self.units) - 1:
            slope = self.slope_beyond
        else:
            rise, run = self.result[corner + 1] - self.result[corner], self.units[corner + 1] - self.units[corner]
            slope = rise / run
        return float(self.result[corner] + slope * (usable - self.units[corner]))

    def at_all(self, usable: Floats) -> Floats:
        """The result of each of so many usable units; below 0 what the first earns is what is lacking."""
        first = float(self.result[1] / self.units[1]) if len(self.units) > 1 else self.slope_beyond
        found: Floats = np.interp(usable, self.units, self.result)
        found += self.slope_beyond * np.maximum(usable - self.units[-1], 0) + first * np.minimum(usable, 0)
        return found


@dataclass(frozen=True, eq=False)
class ManyCurves:
    """As many `ResultCurve`s as there are rows (c), with the slope from each corner on. One with fewer corners than
    others (`count`) repeats its last one."""

    units: Floats
    result: Floats
    slope: Floats
    count: Ints
    in_packs: bool = False

    @classmethod
    def of_slopes(cls, units: Floats, slope: Floats, count: Ints, *, in_packs: bool = False) -> "ManyCurves":
        """Added up from 0 on; what is steeper than what lies before it is not believed."""
        slope = np.minimum.accumulate(slope, axis=1)
        result = np.zeros_like(slope)
        np.cumsum(slope[:, :-1] * np.diff(units, axis=1), axis=1, out=result[:, 1:])
        return cls(units, result, slope, count, in_packs)

    def __iter__(self) -> Iterator[ResultCurve]:
        for units, result, slope, count in zip(self.units, self.result, self.slope, self.count.tolist(), strict=True):
            yield ResultCurve(units[:count], result[:count], float(slope[-1]), self.in_packs)

    def only(self, rows: Ints) -> "ManyCurves":
        """These curves."""
        return ManyCurves(self.units[rows], self.result[rows], self.slope[rows], self.count[rows], self.in_packs)

    @cached_property
    def best(self) -> Floats:
        """c: as of `ResultCurve`."""
        return _of_rows(self.units, self._at_best)

    @property
    def needed(self) -> Floats:
        """c: as of `ResultCurve`."""
        if not self.in_packs:
            return self.best
        at = self._at_best
        before, after = np.maximum(at - 1, 0), np.minimum(at + 1, self.units.shape[1] - 1)
        gained, lost = _of_rows(self.slope, before), -_of_rows(self.slope, at)
        share = np.divide(gained, gained + lost, out=np.full(len(at), 0.5), where=gained + lost > 0)
        low, high = _of_rows(self.units, before), _of_rows(self.units, after)
        between = (low + self.best) / 2 + share * (high - low) / 2
        needed: Floats = np.where((at > 0) & (at < self.count - 1), between, self.best)
        return needed

    @cached_property
    def _at_best(self) -> Ints:
        at: Ints = self.result.argmax(axis=1)
        return at

    def at(self, usable: Floats) -> Floats:
        """Of each curve the results of so many usable units (c x any)."""
        up_to = np.count_nonzero(self.units[:, None] <= usable[:, :, None], axis=2)
        corner = np.maximum(up_to - 1, 0)
        units, result, slope = (in_each_row(values, corner) for values in (self.units, self.result, self.slope))
        found: Floats = result + slope * (usable - units)
        return found

    def last_that_pays(self, pack: Floats) -> Floats:
        """c: the most units from which on a pack more still pays, in `LEVELS` steps from two packs too many up to the
        best corner. The curve is concave: it pays up to some step, and from there on no more."""
        step = (self.best + 2 * pack) / (LEVELS - 1)
        steps = np.zeros(len(pack))
        for more in HALVINGS:
            units = (steps + more) * step - 2 * pack
            without, with_it = self.at(np.column_stack([units, units + pack])).T
            steps[(steps + more < LEVELS) & (with_it >= without)] += more
        level: Floats = steps * step - 2 * pack
        return level

    def with_first(self, units: Floats, slope: Floats, count: Ints, until: Floats, corners: int) -> "ManyCurves":
        """With whole packs as corners and their slopes (c x any, `count` of each row) up to `until` (c), and from there
        on at most so many `corners` of their own, evenly among them."""
        start = np.count_nonzero(self.units <= until[:, None], axis=1)[:, None]
        there = np.maximum(self.count[:, None] - start, 0)
        steps = np.arange(corners)
        evenly = np.where(there > corners, (steps * (there - 1) / (corners - 1)).round(), steps).astype(np.intp)
        kept = np.minimum(start + evenly, self.count[:, None] - 1)
        own = np.column_stack([until, np.maximum(in_each_row(self.units, kept), until[:, None])])
        result = np.column_stack([self.at(until[:, None]), in_each_row(self.result, kept)])
        width = np.diff(own, axis=1)
        own_slope = np.repeat(self.slope[:, -1:], corners + 1, axis=1)
        np.divide(np.diff(result, axis=1), width, out=own_slope[:, :-1], where=width > 0)
        in_all = count + 1 + np.minimum(there[:, 0], corners)
        units, slope = _joined(units, count, own), _joined(slope, count, own_slope)
        return ManyCurves.of_slopes(units, slope, in_all, in_packs=True)


def in_each_row(values: Numbers, columns: Ints) -> Numbers:
    """Of each row (c x any) the values in columns of its own (c x any)."""
    found: Numbers = values.take(columns + np.arange(0, values.size, values.shape[1])[:, None])
    return found


def _of_rows(values: Floats, columns: Ints) -> Floats:
    """Of each row the value in its column."""
    return in_each_row(values, columns[:, None])[:, 0]


def _joined(first: Floats, count: Ints, then: Floats) -> Floats:
    """Of each row the first so many values, and all of the row of `then`, whose last one fills it up."""
    columns = np.arange(first.shape[1] + then.shape[1])
    behind = np.minimum(columns + first.shape[1] - count[:, None], columns[-1])
    return in_each_row(np.hstack([first, then]), np.where(columns < count[:, None], columns, behind))
