"""The known days as arrays: of cells (a category in a warehouse) without the products that changes are about, and of
these products, by day; and when something changed in each."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.worth.ranges.known_changes import KnownChanges

CELL: Final = ["warehouse_id", "category"]
SERIES: Final = ["warehouse_id", "product_id"]

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Money:
    """Margin and waste by row and day, the days that are known (0 on all others), and how many changes there were
    before each day (row, day + 1)."""

    margin: Doubles
    waste: Doubles
    known: Bools
    changed: Index

    def is_same(self, first: int, end: int) -> Bools:
        """In which rows nothing changed on the days from `first` to before `end`."""
        size = self.known.shape[1]
        begin, stop = (min(max(day, 0), size) for day in (first, end))
        return np.asarray(self.changed[:, stop] == self.changed[:, begin])


@dataclass(frozen=True, eq=False)
class MoneyGrid:
    """Cells (codes of their warehouse and category beside them) and changed products (`cell`: the row of each one's);
    a product's days are known from its first line or change on."""

    first: pd.Timestamp
    frame: pd.DataFrame  # CELL, by row
    cells: Money
    warehouse: Index
    category: Index
    series: pd.DataFrame  # SERIES, by row
    products: Money
    cell: Index

    def column(self, day: pd.Timestamp) -> int:
        """Of a day."""
        return int((day - self.first).days)

    @classmethod
    def of(cls, known: KnownChanges) -> Self:
        """The grid of all days of the cells, which must hold one."""
        cells, changes = known.cells, known.changes
        first, last = cells["date"].min(), cells["date"].max()
        days = int((last - first).days) + 1
        # a product that is alone in its category and has no day there has a cell too
        frame = pd.concat([cells[CELL], changes[CELL]]).drop_duplicates().sort_values(CELL, ignore_index=True)
        series = changes[[*SERIES, "category"]].drop_duplicates(SERIES).sort_values(SERIES, ignore_index=True)
        of_cell, of_series = _rows(frame, cells, CELL), _rows(series, changes, SERIES)
        place = _columns(cells, first)
        margin, waste = (_spread((len(frame), days), of_cell, place, cells[name]) for name in ("margin", "waste"))
        warehouse, category = (pd.factorize(frame[name])[0].astype(np.intp) for name in CELL)
        known_days = _spread((int(warehouse.max()) + 1, days), warehouse[of_cell], place, cells["known_days"])
        is_known = (known_days > 0)[warehouse]
        cell = _rows(frame, series, CELL)
        at, on = _rows(series, known.lines, SERIES), _columns(known.lines, first)
        own_margin, own_waste = (
            _spread((len(series), days), at, on, known.lines[name]) for name in ("margin", "waste")
        )
        when = _columns(changes.rename(columns={"first": "date"}), first)
        listed = np.zeros((len(series), days))
        np.add.at(listed, (at, on), 1.0)
        inside = (when >= 0) & (when < days)
        np.add.at(listed, (of_series[inside], when[inside]), 1.0)
        is_listed = (np.cumsum(listed, axis=1) > 0) & is_known[cell]
        np.subtract.at(margin, cell, own_margin)
        np.subtract.at(waste, cell, own_waste)
        return cls(
            first=first,
            frame=frame,
            cells=Money(
                margin * is_known, waste * is_known, is_known, _counted(cell[of_series], when, len(frame), days)
            ),
            warehouse=warehouse,
            category=category,
            series=series[SERIES],
            products=Money(
                own_margin * is_listed, own_waste * is_listed, is_listed, _counted(of_series, when, len(series), days)
            ),
            cell=cell,
        )


def _rows(of: pd.DataFrame, frame: pd.DataFrame, by: list[str]) -> Index:
    return pd.MultiIndex.from_frame(of[by]).get_indexer(pd.MultiIndex.from_frame(frame[by])).astype(np.intp)


def _columns(frame: pd.DataFrame, first: pd.Timestamp) -> Index:
    return np.asarray((frame["date"] - first).dt.days, dtype=np.intp)


def _spread(shape: tuple[int, int], row: Index, day: Index, values: pd.Series) -> Doubles:
    table = np.zeros(shape)
    np.add.at(table, (row, day), values.to_numpy(float))
    return table


def _counted(row: Index, day: Index, rows: int, days: int) -> Index:
    """How many of these there were before each day (row, day + 1)."""
    count = np.zeros((rows, days + 1), dtype=np.intp)
    inside = day < days
    np.add.at(count, (row[inside], np.maximum(day[inside], 0) + 1), 1)
    return np.cumsum(count, axis=1)
