"""What is left of lots at a moment: each as it was counted, less what was sold since, first-expired first.

A lot that came at six is not drawn down by what was sold at three. What was sold beyond all that lots held is not
stock below zero: the lots were told of wrongly, or something came that nobody told of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from warehouse.stock.lots import StockLot, expiring_first

PLACES = 6  # of a quantity that is worked out


@dataclass(frozen=True)
class CountedLot:
    """A lot whose `quantity` was left at `counted_at`."""

    lot: StockLot
    counted_at: datetime


@dataclass(frozen=True)
class Sold:
    """What of a product left the shelves between two moments of the local day `day`, evenly; at once where they are
    one. The product's unit."""

    start: datetime
    end: datetime
    day: date
    quantity: float


def stock_now(lots: Iterable[CountedLot], sold: Mapping[str, Sequence[Sold]]) -> tuple[StockLot, ...]:
    """The lots with something left at a moment, the first to expire first, product by product.

    A lot past its last day sells no more; what is left of it stays among them, not usable. Of a lot whose only count is
    later than the moment, that count holds.

    sold  by product, up to the moment and not beyond it"""
    by_product: defaultdict[str, list[CountedLot]] = defaultdict(list)
    for counted in lots:
        by_product[counted.lot.product_id].append(counted)
    return tuple(
        lot
        for product_id, of_product in sorted(by_product.items())
        for lot in _left_of(of_product, sold.get(product_id, ()))
    )


def _left_of(lots: Sequence[CountedLot], sold: Iterable[Sold]) -> list[StockLot]:
    """What is left of one product's lots."""
    counted_at = {one.lot.lot_id: one.counted_at for one in lots}
    in_order = expiring_first(one.lot for one in lots)
    left = {lot.lot_id: float(lot.quantity) for lot in in_order}
    for part in sorted(_cut(sold, counted_at.values()), key=lambda part: (part.end, part.start)):
        wanted = part.quantity
        for lot in in_order:
            if counted_at[lot.lot_id] < part.end and lot.usable_on(part.day):
                taken = min(left[lot.lot_id], wanted)
                left[lot.lot_id] -= taken
                wanted -= taken
    return [changed for lot in in_order if (changed := _with(lot, left[lot.lot_id])).quantity > 0]


def _cut(sold: Iterable[Sold], moments: Iterable[datetime]) -> Iterable[Sold]:
    """What was sold, cut at the moments, so that each part lies before or after each of them as a whole."""
    at = sorted(set(moments))
    for one in sold:
        edges = [one.start, *(moment for moment in at if one.start < moment < one.end), one.end]
        for start, end in pairwise(edges):
            share = 1.0 if len(edges) == 2 else (end - start) / (one.end - one.start)
            yield replace(one, start=start, end=end, quantity=one.quantity * share)


def _with(lot: StockLot, quantity: float) -> StockLot:
    if quantity == float(lot.quantity):
        return lot  # as it was counted, to its last digit
    return replace(lot, quantity=Decimal(f"{quantity:.{PLACES}f}"))
