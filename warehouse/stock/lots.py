"""Which stock may still be dispatched on which day, and which lot is taken first.

A lot is usable on every day up to and including its last local day of dispatch: `expires_on`, earlier by the days of
life that it lost to warmth; a lot without one does not expire. Lots are taken first-expired, first-out (FEFO), by the
life that they have left.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

NOTHING = Decimal(0)


@dataclass(frozen=True)
class StockLot:
    """A receipt of which `quantity` (the product's unit) is left. `expires_on`: its last day as received; None: does
    not expire. `days_lost`: of its life, by the temperatures it was kept at.

    Raises ValueError for a negative quantity, and for life gained."""

    lot_id: str
    product_id: str
    quantity: Decimal
    expires_on: date | None
    days_lost: float = 0.0

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise ValueError(f"lot {self.lot_id} of product {self.product_id}: quantity {self.quantity} < 0")
        if self.days_lost < 0:
            raise ValueError(f"lot {self.lot_id} of product {self.product_id}: days_lost {self.days_lost} < 0")

    @property
    def last_day(self) -> date | None:
        """The last day on which it may be dispatched; None: it does not expire."""
        return last_day_left(self.expires_on, self.days_lost)

    def usable_on(self, day: date) -> bool:
        """Whether it may still be dispatched on that day."""
        return self.last_day is None or day <= self.last_day


@dataclass(frozen=True)
class Taken:
    """What a consumption took, lot by lot in the order taken; what is left; what no lot could give."""

    taken: tuple[tuple[str, Decimal], ...]
    left: tuple[StockLot, ...]
    missing: Decimal


def last_dispatch_day(received_on: date, shelf_life_days: int) -> date:
    """The `expires_on` of something received that day; the day of receipt is the first day of its life."""
    return received_on + timedelta(days=shelf_life_days - 1)


def last_day_left(expires_on: date | None, days_lost: float) -> date | None:
    """The last day of dispatch once days of life are lost, to the nearest whole day."""
    return None if expires_on is None else expires_on - timedelta(days=int(days_lost + 0.5))


def days_left(expires_on: date | None, days_lost: float, today: date) -> float | None:
    """For how many days it may still be dispatched, today included, once days of life are lost; 0: for none, None: it
    does not expire."""
    return None if expires_on is None else max((expires_on - today).days + 1 - days_lost, 0.0)


def expiring_first(lots: Iterable[StockLot]) -> list[StockLot]:
    """The lots in the order they should be taken, what has least life left first; lots that do not expire come last."""
    return sorted(lots, key=lambda lot: life_left_key(lot.expires_on, lot.days_lost, lot.lot_id))


def life_left_key(expires_on: date | None, days_lost: float, lot_id: str) -> tuple[float, str]:
    """By which lots are sorted that are taken by the life they have left."""
    return math.inf if expires_on is None else expires_on.toordinal() - days_lost, lot_id


def usable_lots(lots: Iterable[StockLot], day: date) -> list[StockLot]:
    """The lots with something left that may be dispatched on `day`, in the order they should be taken."""
    return expiring_first(lot for lot in lots if lot.quantity > 0 and lot.usable_on(day))


def usable_quantity(lots: Iterable[StockLot], day: date) -> Decimal:
    """How much may be dispatched on `day`, if none of it is taken before."""
    return sum((lot.quantity for lot in usable_lots(lots, day)), NOTHING)


def take_first_expired(lots: Sequence[StockLot], quantity: Decimal, day: date) -> Taken:
    """Take `quantity` of one product's lots on `day`, first-expired first; what is not usable stays in `left`."""
    products = {lot.product_id for lot in lots}
    if len(products) > 1:
        raise ValueError(f"lots of several products offered as one: {sorted(products)}")
    taken: list[tuple[str, Decimal]] = []
    left: list[StockLot] = []
    missing = quantity
    for lot in expiring_first(lots):
        part = min(missing, lot.quantity) if lot.usable_on(day) else NOTHING
        if part > 0:
            taken.append((lot.lot_id, part))
            missing -= part
        if lot.quantity > part:
            left.append(replace(lot, quantity=lot.quantity - part))
    return Taken(tuple(taken), tuple(left), missing)
