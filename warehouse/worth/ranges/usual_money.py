"""What cells and products would have earned and wasted on some days had nothing changed, and how far that may be off.

The weeks before say how much, the nearer the more. What was earned moves half as the rest of the warehouse has moved
since, half as its category has in other warehouses, of what nothing changed in (difference in differences; Angrist and
Pischke, Mostly Harmless Econometrics, ch. 5): each alone leans on few customers. Waste is left as it was: it comes in
packs, and moves with volume far less.

How far that is off is measured on earlier weeks in which nothing had changed, by the same rule, with the same
comparisons (placebos in time; Abadie, Diamond and Hainmueller 2015)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from warehouse.worth.ranges.money_grid import Bools, Doubles, Money, MoneyGrid

WEEK: Final = 7
USUAL_WEEKS: Final = 12
HALF_LIFE: Final = 4  # weeks, of the weight of a week
PLACEBO_WEEKS: Final = 14  # before the usual weeks, so that eleven stretches of four weeks lie there
LEAST_PLACEBOS: Final = 8  # of cells, below which nothing is known of errors
LEAST_LISTED: Final = 28  # days of a product that a placebo of it needs
LEANING: Final = 4.0  # independent placebos as which what all cells show counts for one
PRODUCTS_WASTE_HALF_LIFE: Final = 12  # weeks: a product's waste comes in portions, some weeks apart


@dataclass(frozen=True)
class Stretch:
    """Days by their column: usual ones from `usual` to before `first`, and `days` that are told, `gap` after it."""

    usual: int
    first: int
    gap: int
    days: int

    @property
    def told(self) -> slice:
        """The days that are told."""
        return slice(self.first + self.gap, self.first + self.gap + self.days)

    def back(self, days: int) -> "Stretch":
        """The same, so many days earlier."""
        return Stretch(self.usual - days, self.first - days, self.gap, self.days)


@dataclass(frozen=True, eq=False)
class Beside:
    """By row: what was earned and wasted beyond the usual on the days that are told, what is usual on as many days
    (margin and waste, one error's scale together), and how many of the days are known. NaN: too little is known."""

    margin: Doubles
    waste: Doubles
    usual_margin: Doubles
    usual_waste: Doubles
    known_days: Doubles

    @property
    def off(self) -> Doubles:
        """Money beyond the usual."""
        return np.asarray(self.margin - self.waste)

    @property
    def scale(self) -> Doubles:
        """Money that moves."""
        return np.asarray(np.maximum(self.usual_margin, 0.0) + np.maximum(self.usual_waste, 0.0))


@dataclass(frozen=True, eq=False)
class UsualMoney:
    """Of all cells and changed products around a stretch."""

    grid: MoneyGrid
    stretch: Stretch

    @cached_property
    def compared(self) -> Bools:
        """Cells in which nothing changed."""
        return self.grid.cells.is_same(self.stretch.usual, self.stretch.told.stop)

    @cached_property
    def cells(self) -> Beside:
        """Of cells, without the products that changes are about."""
        return _beside(self.grid.cells, self.stretch, self._moved(self.stretch, self.compared), HALF_LIFE)

    @cached_property
    def products(self) -> Beside:
        """Of these products: all that is earned with what was not sold before is beyond the usual."""
        moved = self._moved(self.stretch, self.compared)[self.grid.cell]
        return _beside(self.grid.products, self.stretch, moved, PRODUCTS_WASTE_HALF_LIFE)

    @cached_property
    def _placebos(self) -> tuple[Doubles, Doubles]:
        """Errors of earlier stretches (stretch, row) of cells and of products; NaN where something had changed."""
        cells, products = [], []
        for back in range(self.stretch.days + self.stretch.gap, self.stretch.usual + 1, WEEK):
            earlier = self.stretch.back(back)
            same = self.grid.cells.is_same(earlier.usual, earlier.told.stop)
            moved = self._moved(earlier, self.compared & same)
            cells.append(np.where(same, _beside(self.grid.cells, earlier, moved, HALF_LIFE).off, np.nan))
            own = _beside(self.grid.products, earlier, moved[self.grid.cell], PRODUCTS_WASTE_HALF_LIFE).off
            kept = self.grid.products.is_same(earlier.usual, earlier.told.stop) & (
                self.grid.products.known[:, earlier.usual : earlier.first].sum(axis=1) >= LEAST_LISTED
            )
            products.append(np.where(kept, own, np.nan))
        none = [np.empty((0, len(of.known))) for of in (self.grid.cells, self.grid.products)]
        return (np.array(cells), np.array(products)) if cells else (none[0], none[1])

    @property
    def is_told(self) -> bool:
        """Whether enough earlier stretches say how far off it may be."""
        return int(np.isfinite(self._placebos[0]).sum()) >= LEAST_PLACEBOS

    @cached_property
    def cell_errors(self) -> Doubles:
        """One standard deviation of each cell."""
        return _errors(self._placebos[0], self.cells.scale, self.stretch.days)

    @cached_property
    def product_errors(self) -> Doubles:
        """One standard deviation of each product; nothing where it was not sold before."""
        return _errors(self._placebos[1], self.products.scale, self.stretch.days)

    @cached_property
    def shared(self) -> float:
        """The part of a cell's error that all cells share, over what moves in it."""
        seen, scale = self._placebos[0], np.nan_to_num(self.cells.scale)
        told = np.isfinite(seen)
        whole = (told * scale).sum(axis=1)
        some = whole > 0
        if not some.any():
            return 0.0
        together = np.nansum(seen[some], axis=1) / whole[some]
        own = (told[some] * self.cell_errors**2).sum(axis=1) / whole[some] ** 2
        return float(np.sqrt(max(np.mean(together**2 - own), 0.0)))

    def _moved(self, stretch: Stretch, compared: Bools) -> Doubles:
        """By cell, what was earned since over what was before, in what it is compared with; 1 where that is nothing."""
        level, _ = _levels(self.grid.cells.margin, self.grid.cells.known, stretch, HALF_LIFE)
        since, _ = _means(self.grid.cells.margin, self.grid.cells.known, stretch)
        used = compared & np.isfinite(level) & np.isfinite(since) & (np.nan_to_num(level) > 0)
        before, after = np.where(used, level, 0.0), np.where(used, since, 0.0)
        factor = np.ones(len(used))
        for group in (self.grid.warehouse, self.grid.category):
            sums = [np.bincount(group, one)[group] - one for one in (before, after)]
            there = (sums[0] > 1e-9 * max(float(before.sum()), 1e-300)) & (sums[1] > 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                factor *= np.where(there, np.sqrt(sums[1] / sums[0]), 1.0)
        return factor


def _beside(money: Money, stretch: Stretch, moved: Doubles, waste_half_life: int) -> Beside:
    margin, listed = _levels(money.margin, money.known, stretch, HALF_LIFE)
    waste, _ = _levels(money.waste, money.known, stretch, waste_half_life)
    margin, waste = (np.where(listed > 0, one, 0.0) for one in (margin, waste))
    earned, known = _means(money.margin, money.known, stretch)
    wasted, _ = _means(money.waste, money.known, stretch)
    days = stretch.days
    return Beside(
        margin=days * (earned - margin * moved),
        waste=days * (wasted - waste),
        usual_margin=days * margin * moved,
        usual_waste=days * waste,
        known_days=known,
    )


def _levels(values: Doubles, known: Bools, stretch: Stretch, half_life: int) -> tuple[Doubles, Doubles]:
    """The mean of a usual day (NaN: none is known), weighed by whole weeks, so that each weekday counts as much; and
    how many of them are known."""
    usual = slice(stretch.usual, stretch.first)
    weeks = (stretch.first - 1 - np.arange(stretch.usual, stretch.first)) // WEEK
    weight = np.where(known[:, usual], np.exp2(-weeks / half_life), 0.0)
    whole = weight.sum(axis=1)
    with np.errstate(invalid="ignore"):
        level = np.where(whole > 0, (weight * values[:, usual]).sum(axis=1) / np.where(whole > 0, whole, 1.0), np.nan)
    return level, known[:, usual].sum(axis=1).astype(float)


def _means(values: Doubles, known: Bools, stretch: Stretch) -> tuple[Doubles, Doubles]:
    """The mean of the days that are told (NaN: none is known), and how many are known."""
    count = known[:, stretch.told].sum(axis=1).astype(float)
    return np.where(count > 0, values[:, stretch.told].sum(axis=1) / np.maximum(count, 1.0), np.nan), count


def _errors(placebos: Doubles, scale: Doubles, days: int) -> Doubles:
    """By row, from its own placebos and those of all, whose variance goes with what moves; stretches overlap, so some
    of them count as one."""
    told = np.isfinite(placebos)
    squares, count = np.where(told, placebos**2, 0.0).sum(axis=0), told.sum(axis=0)
    whole = float((count * np.nan_to_num(scale)).sum())
    of_all = float(squares.sum()) / whole if whole > 0 else 0.0
    independent = count * WEEK / days
    own = squares / np.maximum(count, 1)
    errors: Doubles = np.sqrt((independent * own + LEANING * of_all * np.nan_to_num(scale)) / (independent + LEANING))
    return errors
