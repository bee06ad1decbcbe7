"""A product's stock in a place once some of it has been carried away, or more has been brought."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from warehouse.purchasing.need.needs import WarehouseOutlook
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.transfers.ways import LotPart, Way
from warehouse.stock.lots import StockLot, expiring_first


@dataclass(frozen=True)
class Brought:
    """Units that come on a day at an hour, with the last day on which they may be dispatched."""

    arrives: date
    hour: float
    last_day: date
    units: int


@dataclass(frozen=True)
class Carried:
    """Units taken from a product's lots, by their last day, and those brought; sorted, each kind of them once."""

    taken: tuple[tuple[date, int], ...] = ()
    brought: tuple[Brought, ...] = ()

    def without(self, last_day: date, units: int) -> "Carried":
        """Once so many more of that last day are taken."""
        by_day = dict(self.taken)
        by_day[last_day] = by_day.get(last_day, 0) + units
        return replace(self, taken=tuple(sorted(by_day.items())))

    def with_more(self, way: Way, last_day: date, units: int) -> "Carried":
        """Once so many more of that last day have come."""
        kinds = {(one.arrives, one.hour, one.last_day): one.units for one in self.brought}
        kind = way.arrives, way.hour, last_day
        kinds[kind] = kinds.get(kind, 0) + units
        return replace(self, brought=tuple(Brought(*of, units=many) for of, many in sorted(kinds.items())))


def parts_taken(lots: Sequence[StockLot], product_id: str, last_day: date, units: int) -> list[LotPart]:
    """Which lots of a product that end on that day give so many units, in the order in which they are dispatched."""
    left, parts = Decimal(units), []
    for lot in expiring_first(lot for lot in lots if lot.product_id == product_id and lot.last_day == last_day):
        part = min(left, lot.quantity)
        if part > 0:
            parts.append(LotPart(lot.lot_id, part, last_day))
            left -= part
    return parts


def lots_without(lots: Sequence[StockLot], parts: Iterable[LotPart]) -> list[StockLot]:
    """The lots of a warehouse without these parts of them."""
    taken = {part.lot_id: part.quantity for part in parts}
    return [replace(lot, quantity=lot.quantity - taken.get(lot.lot_id, Decimal(0))) for lot in lots]


def outlook_after(outlook: WarehouseOutlook, carried: Mapping[str, Carried]) -> WarehouseOutlook:
    """The outlook with what is carried, by product: lots give, and what is brought is under way."""
    lots, coming = outlook.lots, list(outlook.on_order)
    for product_id, of_it in carried.items():
        for last_day, units in of_it.taken:
            lots = lots_without(lots, parts_taken(lots, product_id, last_day, units))
        for one in of_it.brought:
            brought = OnOrder(product_id, Decimal(one.units), one.arrives, one.hour, last_day=one.last_day)
            coming.append(brought)
    return replace(outlook, lots=lots, on_order=coming)
