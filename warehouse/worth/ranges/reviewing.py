"""Reviews changes of ranges whose weeks are over: what the product itself earned and wasted beyond the usual, and what
its siblings, the rest of its category there, did.

Changes of a cell that begin within LEAST_USUAL days of each other are looked at together, from the weeks before the
first of them. What their siblings earned beyond the usual is shared by what each change has moved: margin of its own
that came or went."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from warehouse.worth.ranges.came import Part
from warehouse.worth.ranges.known_changes import KnownChanges
from warehouse.worth.ranges.money_grid import Index, MoneyGrid
from warehouse.worth.ranges.usual_money import USUAL_WEEKS, WEEK, Stretch, UsualMoney

LEAST_USUAL: Final = 28  # days before a change in which nothing else has changed in its cell
LEAST_KNOWN: Final = 0.75  # of the days that are usual, and of those that are told
MOVES: Final = 0.45  # share of a product's customers who take a sibling, where changes work against each other
MOVES_SD: Final = 0.2  # how far products differ in that, where several share what siblings did
DAY: Final = pd.Timedelta(days=1)


@dataclass(frozen=True, eq=False)
class _Changes:
    """All changes as arrays, by row of `known.changes`; `group_first` is the first day of those looked at together,
    `before` the last one of the group before it, or the first day of the grid."""

    first: Index
    days: Index
    cell: Index
    series: Index
    group_first: Index
    before: Index


def review(known: KnownChanges) -> dict[str, list[Part | None]]:
    """The parts of each change to be reviewed, one a product and warehouse, in the order of the changes; None where too
    little is known of it. The cells must hold a day."""
    grid = MoneyGrid.of(known)
    changes = _arranged(grid, known.changes)
    seen: dict[Stretch, UsualMoney] = {}
    found: dict[str, list[Part | None]] = {}
    for at, one in enumerate(known.changes.itertuples(index=False)):
        if one.reviewed:
            stretch = _stretch(changes, at)
            usual = seen.setdefault(stretch, UsualMoney(grid, stretch))
            found.setdefault(str(one.change), []).append(_part(usual, changes, at))
    return found


def _arranged(grid: MoneyGrid, frame: pd.DataFrame) -> _Changes:
    rows = pd.MultiIndex.from_frame(grid.series).get_indexer(pd.MultiIndex.from_frame(frame[list(grid.series)]))
    series = rows.astype(np.intp)
    cell, first = grid.cell[series], np.asarray((frame["first"] - grid.first).dt.days, dtype=np.intp)
    group_first, before = first.copy(), np.zeros(len(first), dtype=np.intp)
    for name in np.unique(cell):
        at = np.flatnonzero(cell == name)
        at = at[np.argsort(first[at], kind="stable")]
        begins, last = first[at[0]], 0
        for one, previous in zip(at, [at[0], *at[:-1]], strict=True):
            if first[one] - first[previous] >= LEAST_USUAL:
                begins, last = first[one], first[previous]
            group_first[one], before[one] = begins, max(last, 0)
    return _Changes(first, frame["days"].to_numpy(np.intp), cell, series, group_first, before)


def _stretch(changes: _Changes, at: int) -> Stretch:
    begins = int(changes.group_first[at])
    known = max(begins // 2, LEAST_USUAL)  # as much again is left to tell errors from
    usual = max(int(changes.before[at]), begins - min(USUAL_WEEKS * WEEK, known), 0)
    return Stretch(usual, begins, int(changes.first[at]) - begins, int(changes.days[at]))


def _part(usual: UsualMoney, changes: _Changes, at: int) -> Part | None:
    grid, stretch, cell, series = usual.grid, usual.stretch, changes.cell[at], changes.series[at]
    usual_days = grid.cells.known[cell, max(stretch.usual, 0) : max(stretch.first, 0)].sum()
    told_days = usual.cells.known_days[cell]
    if usual_days < LEAST_KNOWN * LEAST_USUAL or told_days < LEAST_KNOWN * stretch.days or not usual.is_told:
        return None
    share, against, spread = _shared_with(usual, changes, at)
    common = usual.shared * float(usual.cells.scale[cell])
    alone = float(np.sqrt(max(float(usual.cell_errors[cell]) ** 2 - common**2, 0.0)))
    first, begins = (grid.first + day * DAY for day in (stretch.told.start, stretch.first))
    return Part(
        warehouse_id=str(grid.series["warehouse_id"].iloc[series]),
        first=first.date(),
        last=(first + (stretch.days - 1) * DAY).date(),
        margin=float(usual.products.margin[series]),
        waste=float(usual.products.waste[series]),
        siblings_margin=share * float(usual.cells.margin[cell]) + against,
        siblings_waste=share * float(usual.cells.waste[cell]),
        own_error=float(np.hypot(usual.product_errors[series], spread)),
        siblings_error=share * alone,
        shared_error=share * common,
        together=f"{grid.frame['category'].iloc[cell]} {begins.date()}",
    )


def _shared_with(usual: UsualMoney, changes: _Changes, at: int) -> tuple[float, float, float]:
    """A change's share of what siblings did, what moves beside that between changes that work against each other, and
    how far a single share may be off."""
    together = (changes.cell == changes.cell[at]) & (changes.group_first == changes.group_first[at])
    begun = together & (changes.first < usual.stretch.told.stop)
    series = np.unique(changes.series[begun])
    frees = -np.nan_to_num(usual.products.margin[series])  # margin of its own that is free to move to siblings
    own = float(frees[series == changes.series[at]][0])
    whole, squares = float(np.abs(frees).sum()), float((frees**2).sum())
    if whole <= 0.0:
        return 1.0 / len(series), 0.0, 0.0
    share = abs(own) / whole
    return share, MOVES * (own - share * float(frees.sum())), MOVES_SD * abs(own) * float(np.sqrt(1 - own**2 / squares))
