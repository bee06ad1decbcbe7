"""Which purchase orders a delivery counts against, and what of it nobody had ordered.

What is counted on comes first: what is due on the day itself, then the earliest due before the later ones, and of one
day by their numbers. So a farm that brought nothing yesterday and comes today has brought today's order: what it owes
lapses, and is not handed on from delivery to delivery as if it were still to come. An early delivery ends the order
that it came for. What is left counts against what had been declined or had lapsed, the latest due first: a farm that
comes after all brings what it owed last. What was cancelled is not wanted, so what comes of it is without an order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from warehouse.ordering.purchase_order_lines import NOTHING, PurchaseOrderLine

LATEST_DELIVERY = timedelta(days=30)  # fresh goods that come later than that after their day came for another reason


@dataclass(frozen=True)
class MatchedDelivery:
    """What of a delivery counts against which lines (quantities above zero, each line once), and what is without an
    order; together they are the delivery."""

    against: tuple[tuple[PurchaseOrderLine, Decimal], ...]
    without_order: Decimal


def match_delivery(lines: Iterable[PurchaseOrderLine], quantity: Decimal, received_on: date) -> MatchedDelivery:
    """Counts a delivery (the product's unit, not negative) of a local day against lines of the same product and, where
    it is known, of the same supplier. Raises ValueError for a negative quantity."""
    if quantity < 0:
        raise ValueError(f"a delivery of {quantity}: what is taken back is no delivery")
    earliest_first = sorted(
        (line for line in lines if received_on - line.delivery_date <= LATEST_DELIVERY),
        key=lambda line: (line.delivery_date, line.number, line.purchase_order_id, line.line_no),
    )
    counted: dict[PurchaseOrderLine, Decimal] = {}
    left = quantity
    for line in sorted(earliest_first, key=lambda line: line.delivery_date != received_on):  # stable
        counted[line] = min(line.under_way, left)
        left -= counted[line]
    for line in reversed(earliest_first):
        more = min(line.may_come - counted[line], left)
        counted[line] += more
        left -= more
    return MatchedDelivery(tuple((line, of_it) for line, of_it in counted.items() if of_it), left)


def match_taken_back(counted: Sequence[tuple[str, int, Decimal]], quantity: Decimal) -> list[tuple[str, int, Decimal]]:
    """What a correction downwards takes back from which line, the last counted first; `counted` and the result are
    (purchase_order_id, line_no, quantity above zero). What is beyond all that was counted had been without an order."""
    taken: list[tuple[str, int, Decimal]] = []
    left = quantity
    for purchase_order_id, line_no, of_it in reversed(counted):
        back = min(of_it, left)
        if back > NOTHING:
            taken.append((purchase_order_id, line_no, back))
        left -= back
    return taken
