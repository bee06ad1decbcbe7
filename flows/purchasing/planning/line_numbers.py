"""The numbers of a plan's lines: a line of the same warehouse and product keeps the one it had."""

from collections import defaultdict
from collections.abc import Iterable

from data.tables import PlanLineRow
from warehouse.purchasing.plan import PlanLine


class LineNumbers:
    """Hands out numbers to lines in their order; those of `before` go to the same warehouse and product again."""

    def __init__(self, before: Iterable[PlanLineRow]) -> None:
        self._had: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for line in sorted(before, key=lambda line: line.line_no, reverse=True):
            self._had[line.warehouse_id, line.product_id].append(line.line_no)
        self._last = max((number for numbers in self._had.values() for number in numbers), default=0)

    def take(self, line: PlanLineRow) -> None:
        """A line that stays as it is: its number is not handed out."""
        self._had[line.warehouse_id, line.product_id].remove(line.line_no)

    def of(self, line: PlanLine) -> int:
        """The number of a line."""
        had = self._had[line.warehouse_id, line.product_id]
        if had:
            return had.pop()
        self._last += 1
        return self._last
