"""The model that chooses one way for each need, within the rows: linear for prices and a bound, in whole ways for a
plan. Solved by HiGHS."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from warehouse.purchasing.allocation.rows import Rows
from warehouse.purchasing.allocation.tables import Floats
from warehouse.purchasing.allocation.ways import Ways
from warehouse.silent_highs import run, silent_highs


@dataclass(frozen=True)
class Effort:
    """How far whole ways are searched for: nodes of the search tree, and the gap at which the search ends. Work is
    counted and not timed, so that a loaded machine finds the same plan."""

    nodes: int
    gap: float


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A linear solution: its value, the share taken of each way, how far deliveries are open, and the prices of rows
    and of needs."""

    value: float
    taken: Floats
    opened: Floats
    row_price: Floats
    need_price: Floats


@dataclass(frozen=True, eq=False)
class Whole:
    """A choice: 1 for each way taken and each delivery opened, its value, and what no choice among these ways
    exceeds."""

    taken: Floats
    opened: Floats
    value: float
    bound: float


class Master:
    """Columns are deliveries, then ways as they are found."""

    def __init__(self, rows: Rows, needs: int) -> None:
        self._rows, self._needs = rows, needs
        self._highs = silent_highs()
        self._add_rows_and_deliveries()

    def _add_rows_and_deliveries(self) -> None:
        rows = self._rows
        limit = np.concatenate([np.ones(self._needs), rows.limit])
        none = np.zeros(0, np.int32)
        self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._highs.addRows(
            len(limit),
            np.full(len(limit), -highspy.kHighsInf),
            limit,
            0,
            np.zeros(len(limit), np.int32),
            none,
            np.zeros(0),
        )
        count = len(rows.deliveries)
        self._add_columns(-rows.delivery_cost, rows.must_open, np.ones(count), _below_needs(rows.opened, self._needs))

    def limit_rows(self, limit: Floats) -> None:
        """Other limits of the rows from now on."""
        for row, at_most in enumerate(limit.tolist(), start=self._needs):
            self._highs.changeRowBounds(row, -highspy.kHighsInf, at_most)

    def add(self, ways: Ways) -> None:
        """More ways to choose among."""
        parts = sparse.csc_array(
            (ways.packs.astype(float), (ways.tier, ways.way)), shape=(self._rows.a_pack.shape[1], len(ways))
        )
        picked = sparse.csc_array((np.ones(len(ways.way)), (ways.tier, ways.way)), shape=parts.shape)
        in_rows = self._rows.a_pack @ parts + self._rows.picked @ picked
        of_need = sparse.csc_array(
            (np.ones(len(ways)), (ways.need, np.arange(len(ways)))), shape=(self._needs, len(ways))
        )
        columns = sparse.csc_array(sparse.vstack([of_need, in_rows]))
        self._add_columns(ways.earns, np.zeros(len(ways)), np.ones(len(ways)), columns)

    def _add_columns(self, cost: Floats, lower: Floats, upper: Floats, columns: sparse.csc_array) -> None:
        columns.sort_indices()
        self._highs.addCols(
            len(cost),
            cost,
            lower,
            upper,
            columns.nnz,
            columns.indptr[:-1].astype(np.int32),
            columns.indices.astype(np.int32),
            columns.data,
        )

    def relaxed(self) -> Relaxed:
        """The best mixture of ways."""
        self._in_wholes(False)
        run(self._highs)
        solution, count = self._highs.getSolution(), len(self._rows.deliveries)
        columns, prices = np.array(solution.col_value), np.array(solution.row_dual)
        return Relaxed(
            value=self._highs.getInfo().objective_function_value,
            taken=columns[count:],
            opened=columns[:count],
            row_price=np.maximum(prices[self._needs :], 0.0),
            need_price=np.maximum(prices[: self._needs], 0.0),
        )

    def whole(self, effort: Effort) -> Whole:
        """The best choice of whole ways that is found."""
        self._in_wholes(True)
        self._highs.setOptionValue("mip_max_nodes", effort.nodes)
        self._highs.setOptionValue("mip_rel_gap", effort.gap)
        run(self._highs)
        info = self._highs.getInfo()
        found = np.rint(np.array(self._highs.getSolution().col_value))
        count = len(self._rows.deliveries)
        return Whole(found[count:], found[:count], info.objective_function_value, info.mip_dual_bound)

    def open_only(self, opened: Floats | None) -> None:
        """From now on these deliveries (1) and no others (0); None: any, as at first."""
        count = len(self._rows.deliveries)
        lower, upper = (self._rows.must_open, np.ones(count)) if opened is None else (opened, opened)
        self._highs.changeColsBounds(count, np.arange(count, dtype=np.int32), lower, upper)

    def _in_wholes(self, wanted: bool) -> None:
        count = self._highs.getNumCol()
        kind = highspy.HighsVarType.kInteger if wanted else highspy.HighsVarType.kContinuous
        self._highs.changeColsIntegrality(count, np.arange(count, dtype=np.int32), np.full(count, int(kind), np.uint8))


def _below_needs(columns: sparse.csc_array, needs: int) -> sparse.csc_array:
    return sparse.csc_array(sparse.vstack([sparse.csc_array((needs, columns.shape[1])), columns]))
