"""The known days as arrays of (series, day): a series is a product in a warehouse.

A day is *usual* where its demand is known and its product is neither in a promotion nor within AHEAD_DAYS after one.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.worth.promotions.known_days import KnownDays

AHEAD_DAYS: Final = 7  # after a promotion on which customers still live on what they bought ahead
DAYS_AFTER: Final = 14  # after a promotion whose waste is its own, and whose demand tells what is usual
USUAL_BEFORE: Final = 28  # days before a promotion that tell what is usual
CHEAPER: Final = 0.955  # of the list price: from here down a day is promoted, as is one that was announced
DAY: Final = pd.Timedelta(days=1)
SERIES: Final = ["warehouse_id", "product_id"]
SUMS: Final = ("demand", "met", "sold", "wanted_money", "waste_money", "thrown")

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class DayGrid:
    """Arrays of (series, day); codes are by series (0..), that of a subcategory -1 where there is none."""

    first: pd.Timestamp
    series: pd.DataFrame  # SERIES, in their order
    known: Bools
    usual: Bools
    promoted: Bools
    sums: dict[str, Doubles]  # by SUMS; 0 on days that are not known
    warehouse: Index
    product: Index
    subcategory: Index

    @property
    def demand(self) -> Doubles:
        """What was wanted; 0 where it is not known."""
        return self.sums["demand"]

    @property
    def family(self) -> Index:
        """Warehouse and subcategory of each series; -1 without a subcategory."""
        width = int(self.subcategory.max(initial=0)) + 1
        return np.where(self.subcategory >= 0, self.warehouse * width + self.subcategory, -1)

    def place(self, days: pd.Series) -> Index:
        """The column of each day."""
        return np.asarray((days - self.first).dt.days, dtype=np.intp)

    def rows(self, frame: pd.DataFrame) -> Index:
        """The row of each row's series, -1 where it has none."""
        return pd.MultiIndex.from_frame(self.series).get_indexer(pd.MultiIndex.from_frame(frame[SERIES]))

    @classmethod
    def of(cls, known: KnownDays) -> Self:
        """The grid of all days of the lines."""
        lines = known.lines
        first, last = lines["date"].min(), lines["date"].max()
        series = lines[SERIES].drop_duplicates().sort_values(SERIES, ignore_index=True)
        shape = len(series), int((last - first).days) + 1
        at = (
            pd.MultiIndex.from_frame(series).get_indexer(pd.MultiIndex.from_frame(lines[SERIES])),
            ((lines["date"] - first).dt.days.to_numpy().astype(np.intp)),
        )
        warehouse, product = (pd.factorize(series[name])[0].astype(np.intp) for name in SERIES)
        kept = _of_warehouses(at, lines["known_days"].to_numpy(float) > 0, warehouse, shape)
        sums = {}
        for name in SUMS:
            sums[name] = np.zeros(shape)
            sums[name][at] = lines[name].to_numpy(float)
            sums[name] *= kept
        promoted, soon_after = _promoted(known.runs, series, first, shape)
        subcategory = series["product_id"].map(known.products.set_index("product_id")["subcategory"])
        codes = pd.factorize(subcategory.where(subcategory != ""))[0].astype(np.intp)
        return cls(first, series, kept, kept & ~promoted & ~soon_after, promoted, sums, warehouse, product, codes)


def added_up(values: Doubles, group: Index, groups: int = 0) -> Doubles:
    """Sums of values (n, day) by group (n): (group, day), of those that have one (0 or more); `groups` at least."""
    sums = np.zeros((max(groups, int(group.max(initial=0)) + 1), values.shape[1]))
    np.add.at(sums, group[group >= 0], values[group >= 0])
    return sums


def _of_warehouses(at: tuple[Index, Index], known: Bools, warehouse: Index, shape: tuple[int, int]) -> Bools:
    """Where demand is known: a product without a line on a day on which that of others is known was not wanted."""
    days = np.zeros((int(warehouse.max()) + 1, shape[1]), dtype=bool)
    days[warehouse[at[0][known]], at[1][known]] = True
    return days[warehouse]


def _promoted(
    runs: pd.DataFrame, series: pd.DataFrame, first: pd.Timestamp, shape: tuple[int, int]
) -> tuple[Bools, Bools]:
    """On which days (series, day) a product is promoted, and which lie soon after one."""
    on = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)  # +1 where a stretch begins, -1 after it
    after = on.copy()
    rows = pd.MultiIndex.from_frame(series).get_indexer(pd.MultiIndex.from_frame(runs[SERIES]))
    begin, end = ((runs[name] - first).dt.days.to_numpy() for name in ("starts_on", "ends_on"))
    inside = (rows >= 0) & (end + AHEAD_DAYS >= 0) & (begin < shape[1])
    for marks, ahead in ((on, 0), (after, AHEAD_DAYS)):
        np.add.at(marks, (rows[inside], np.clip(begin[inside], 0, shape[1])), 1)
        np.add.at(marks, (rows[inside], np.clip(end[inside] + ahead + 1, 0, shape[1])), -1)
    promoted, both = (np.cumsum(marks, axis=1)[:, :-1] > 0 for marks in (on, after))
    return promoted, both & ~promoted
