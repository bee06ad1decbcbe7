"""What should become of purchase orders, told the plain way: every unit is carried by hand from a delivery to a line.

The oracle of the simulated week. It shares nothing with the code: no sums are kept but lists of units, and each unit
looks for its line anew.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
COUNTS_FOR = timedelta(hours=24)
LATEST = timedelta(days=30)


@dataclass
class Line:
    """A line, and the lots that brought its units, one entry a unit."""

    order_id: str
    number: str
    line_no: int
    warehouse: str
    supplier: str
    product: str
    due: date
    ordered_at: datetime
    ordered: int
    confirmed: int | None = None
    cancelled: int = 0
    units: list[str] = field(default_factory=list)

    @property
    def name(self) -> tuple[str, int]:
        return self.order_id, self.line_no

    def room(self) -> int:
        """How many more units would count."""
        return self.ordered - self.cancelled - len(self.units)

    def promised(self) -> int:
        """How many units the supplier should still bring by its word."""
        wanted = self.ordered - self.cancelled
        word = wanted if self.confirmed is None else min(wanted, self.confirmed)
        return max(word - len(self.units), 0)

    def counted_on(self, moment: datetime) -> bool:
        """Whether somebody still counts on it at a moment."""
        end = datetime.combine(self.due + timedelta(days=1), datetime.min.time(), SHANGHAI)
        return moment < end + COUNTS_FOR

    def became(self, moment: datetime) -> dict[str, int]:
        promised, came = self.promised(), len(self.units)
        return {
            "under_way": promised if self.counted_on(moment) else 0,
            "lapsed": 0 if self.counted_on(moment) else promised,
            "received": came,
            "cancelled": self.cancelled,
            "declined": self.ordered - self.cancelled - came - promised,
        }


@dataclass
class Lot:
    """What came once; `said` is how much, as far as it was said."""

    lot_id: str
    warehouse: str
    supplier: str | None
    product: str
    came_at: datetime
    said: int = 0

    @property
    def name(self) -> str:
        return f"{self.warehouse}/{self.lot_id}"


class NaiveOrders:
    """All lines and lots."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, int], Line] = {}
        self.lots: dict[str, Lot] = {}
        self.ended: set[str] = set()  # orders of which all that had not come was cancelled

    def without_order(self, lot: Lot) -> int:
        return lot.said - sum(line.units.count(lot.name) for line in self.lines.values())

    def bring(self, lot: Lot, more: int, first: str | None = None) -> None:
        """Units of a lot come, one after the other; for the order named `first` first."""
        lot.said += more
        for _ in range(more):
            if line := self._line_for(lot, first):
                line.units.append(lot.name)

    def take_back(self, lot: Lot, fewer: int) -> None:
        """Units of a lot had not come."""
        for _ in range(fewer):
            spare = self.without_order(lot) > 0
            lot.said -= 1
            if spare:
                continue
            holding = [line for line in self.lines.values() if lot.name in line.units]
            last = max(holding, key=lambda line: (line.due, line.number, line.line_no))
            last.units.remove(lot.name)
            if last.cancelled or last.order_id in self.ended:
                last.cancelled += 1

    def cancel(self, lines: list[Line]) -> None:
        """What has not come of these lines of an order is not wanted any more."""
        rest = any(line.room() for line in lines)
        for line in lines:
            line.cancelled += line.room()
        order_id = lines[0].order_id
        if rest and not any(line.room() for line in self.lines.values() if line.order_id == order_id):
            self.ended.add(order_id)

    def look_again(self, warehouse: str, products: set[str], since: datetime) -> None:
        """What came since a moment and was without an order looks for one again."""
        for lot in sorted(self.lots.values(), key=lambda lot: (lot.came_at, lot.lot_id)):
            if lot.warehouse == warehouse and lot.product in products and lot.came_at >= since:
                spare = self.without_order(lot)
                lot.said -= spare
                self.bring(lot, spare)

    def _line_for(self, lot: Lot, first: str | None) -> Line | None:
        day = lot.came_at.astimezone(SHANGHAI).date()
        fitting = [
            line
            for line in self.lines.values()
            if (line.warehouse, line.product) == (lot.warehouse, lot.product)
            and lot.supplier in (None, line.supplier)
            and line.ordered_at <= lot.came_at
            and day - line.due <= LATEST
            and line.room()
        ]
        for group in ([line for line in fitting if line.order_id == first], fitting):
            expected = [line for line in group if line.promised() and line.counted_on(lot.came_at)]
            if expected:
                return min(expected, key=lambda line: (line.due, line.number, line.line_no))
            if group:
                return max(group, key=lambda line: (line.due, line.number, line.line_no))
        return None
