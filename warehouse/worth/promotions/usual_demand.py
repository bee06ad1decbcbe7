"""What a product would have sold on some days without its promotion, and how far that may be off.

A product's usual days within four weeks before and a fortnight after, the nearer the more, say how much it sells of
what other products of its category sell (its subcategory, which the promotion takes from, left out); what these sold
on the promoted days, weekday, weather and holidays among it, says the rest (difference in differences; Angrist and
Pischke, Mostly Harmless Econometrics, ch. 5).

How far that is off is measured on products that were not promoted, for which the same is worked out on the same days
(placebos; Abadie, Diamond and Hainmueller 2010): their errors, in units of the scatter of their own usual days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from warehouse.worth.promotions.day_grid import AHEAD_DAYS, DAYS_AFTER, USUAL_BEFORE, DayGrid, Doubles, Index, added_up

HALF_LIFE: Final = 10.0  # days, of the weight of a usual day
LEAST_DAYS: Final = 7  # usual days below which nothing is known of what is usual
ROUNDS: Final = 4  # of levels and days in turn
ASSUMED: Final = 2.0  # squared error of placebos, in units of independent days, where there are none
LEANING: Final = 30.0  # placebos as which the assumed one, and that of all days, counts


@dataclass(frozen=True)
class Span:
    """Days of a promotion by their column, both included."""

    first: int
    last: int

    def columns(self, ahead: int = 0) -> slice:
        """The days of the grid, with some after it."""
        return slice(max(self.first, 0), self.last + 1 + ahead)


def runs_by_span(spans: Sequence[Span]) -> dict[Span, Index]:
    """Which runs have the same days: they share the work."""
    found: dict[Span, list[int]] = {}
    for at, span in enumerate(spans):
        found.setdefault(span, []).append(at)
    return {span: np.array(at, dtype=np.intp) for span, at in found.items()}


@dataclass(frozen=True, eq=False)
class UsualDemand:
    """`moved` (series, day): what the category's other products sold, as a multiple of their level; `scatter`
    (series): the standard deviation of a usual day around what is expected of it."""

    grid: DayGrid
    moved: Doubles
    scatter: Doubles

    @classmethod
    def of(cls, grid: DayGrid) -> Self:
        """Learned from all usual days of the grid."""
        moved = _moved(grid)
        return cls(grid, moved, _scatter(grid, moved))

    def expected(self, span: Span) -> Doubles:
        """What each series would have sold on each day (series, day) had nothing been promoted in the span, from usual
        days around it; NaN where too few are known."""
        near = self._near(span)
        with np.errstate(invalid="ignore", divide="ignore"):
            level = (near * self.grid.demand).sum(axis=1) / (near * self.moved).sum(axis=1)
        level[np.count_nonzero(near, axis=1) < LEAST_DAYS] = np.nan
        result: Doubles = level[:, None] * self.moved
        return result

    def around(self, span: Span, values: Doubles) -> Doubles:
        """The mean of values (series, day) by series over the days that say what is usual, weighed as they are; 0 where
        there are none."""
        weight = self._near(span) * self.moved
        whole = weight.sum(axis=1)
        result: Doubles = (weight * values).sum(axis=1) / np.where(whole > 0, whole, 1.0)
        return result

    def _near(self, span: Span) -> Doubles:
        """The weight of each day (series, day) for what is usual around a span."""
        day = np.arange(self.moved.shape[1])
        away = np.where(day < span.first, span.first - day, day - span.last)
        around = (day >= span.first - USUAL_BEFORE) & (day <= span.last + DAYS_AFTER)
        outside = (day < span.first) | (day > span.last + AHEAD_DAYS)
        weight: Doubles = np.where(around & outside, np.exp2(-away / HALF_LIFE), 0.0) * self.grid.usual
        return weight


@dataclass(frozen=True, eq=False)
class Placebos:
    """Errors of products that were not promoted on the days of a span, each over the scatter of as many independent
    days; by series and whether the week after is among the days."""

    of_run: Doubles  # NaN: the product was promoted, or too little is known
    with_week_after: Doubles

    @classmethod
    def of(cls, usual: UsualDemand, expected: Doubles, span: Span) -> Self:
        """All series that had usual days only; `expected` (series, day) of the span."""
        return cls(*(_errors(usual, expected, span.columns(ahead)) for ahead in (0, AHEAD_DAYS)))


def squared_error(errors: Doubles, of_all: float = ASSUMED) -> float:
    """The mean square of placebos (NaN: none), leaning on another one."""
    seen = errors[np.isfinite(errors)]
    return float((np.square(seen).sum() + LEANING * of_all) / (len(seen) + LEANING))


def squared_errors(errors: Sequence[Doubles]) -> Doubles:
    """That of each span's placebos, leaning on that of all spans together."""
    of_all = squared_error(np.concatenate([np.zeros(0), *errors]))
    return np.array([squared_error(one, of_all) for one in errors])


def correlation(errors: Iterable[Doubles], product: Index) -> float:
    """How alike the errors (by series) of a product are in several warehouses, 0..1."""
    squares = pairs = together = number = 0.0
    for one in errors:
        seen = np.isfinite(one)
        sums, own, count = (
            np.bincount(product[seen], values, int(product.max()) + 1)
            for values in (one[seen], np.square(one[seen]), np.ones(int(seen.sum())))
        )
        together += float((sums**2 - own).sum())
        pairs += float((count**2 - count).sum())
        squares += float(own.sum())
        number += float(count.sum())
    if not pairs or not squares:
        return 1.0  # nothing is known: as if it were one error
    return float(np.clip(together / pairs / (squares / number), 0.0, 1.0))


def _errors(usual: UsualDemand, expected: Doubles, days: slice) -> Doubles:
    off = (usual.grid.demand - expected)[:, days].sum(axis=1)
    only_usual, length = usual.grid.usual[:, days].all(axis=1), usual.grid.usual[:, days].shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(only_usual & (usual.scatter > 0), off / (usual.scatter * np.sqrt(length)), np.nan)


def _moved(grid: DayGrid) -> Doubles:
    """What the warehouse's other products of the category sold on each day over their levels (series, day); of a
    category of one subcategory, all of them."""
    usual, seen = grid.usual, np.where(grid.usual, grid.demand, 0.0)
    moved: Doubles = np.ones_like(seen)
    family = np.where(grid.family >= 0, grid.family, grid.family.max(initial=-1) + 1 + np.arange(len(seen)))
    for _ in range(ROUNDS):
        with np.errstate(invalid="ignore", divide="ignore"):
            level = seen.sum(axis=1) / np.where(usual, moved, 0.0).sum(axis=1)
        due = np.where(usual, np.nan_to_num(level)[:, None], 0.0)
        sold, wanted = (added_up(values, grid.warehouse)[grid.warehouse] for values in (seen, due))
        others = tuple(whole - added_up(own, family)[family] for whole, own in ((sold, seen), (wanted, due)))
        alone = others[1] < 1e-9 * np.maximum(wanted, 1.0)  # nothing but its own subcategory was usual
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(alone, sold / wanted, others[0] / others[1])
        moved = np.where(np.isfinite(ratio), ratio, 1.0)
    return moved


def _scatter(grid: DayGrid, moved: Doubles) -> Doubles:
    """From usual days around a level that follows them, leaning on what is usual for as much demand in the grid."""
    day = np.arange(moved.shape[1])
    near = np.exp2(-np.abs(day[:, None] - day[None, :]) / HALF_LIFE)
    seen, due = (np.where(grid.usual, values, 0.0) for values in (grid.demand, moved))
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = (seen @ near) / (due @ near) * moved
    off = np.where(grid.usual, np.square(grid.demand - np.nan_to_num(expected)), 0.0).sum(axis=1)
    days = np.count_nonzero(grid.usual, axis=1)
    mean = seen.sum(axis=1) / np.maximum(days, 1)
    per_unit = off.sum() / max(float(seen.sum()), 1e-9)
    result: Doubles = np.sqrt((off + LEAST_DAYS * per_unit * mean) / (days + LEAST_DAYS))
    return result
