"""How goods get from one warehouse to another, what a plan carries that way, and what that earns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Way:
    """From one warehouse to another, for what leaves now.

    hours          until it has come
    arrives, hour  the day, there, on which it comes, and the hour (0 to 24) from which it can be sold
    drive_cost     of one drive, however much it carries, in the currency of both
    cost_per_unit  of carrying a unit of a product
    """

    from_warehouse_id: str
    to_warehouse_id: str
    arrives: date
    hour: float = 0.0
    hours: float = 0.0
    drive_cost: float = 0.0
    cost_per_unit: float = 0.0

    @property
    def ends(self) -> tuple[str, str]:
        """Where it begins and ends."""
        return self.from_warehouse_id, self.to_warehouse_id


@dataclass(frozen=True)
class LotPart:
    """How much of a lot is carried, in the product's unit; `last_day`: on which it may be dispatched."""

    lot_id: str
    quantity: Decimal
    last_day: date


@dataclass(frozen=True)
class PlannedTransfer:
    """What is carried of a product on one way; expectations in the product's unit, money in the places' currency.

    lots              whole units, those that expire first in front
    waste_avoided     of stock in both places that would have expired
    shortage_avoided  in both, after all that is bought
    bought_less       usable units that the two order less
    cost              of carrying it, with its share of the drive
    earns             money saved by all of this, beyond the cost
    """

    way: Way
    product_id: str
    lots: Sequence[LotPart]
    waste_avoided: float
    shortage_avoided: float
    bought_less: float
    cost: float
    earns: float

    @property
    def quantity(self) -> Decimal:
        """All that is carried."""
        return sum((part.quantity for part in self.lots), Decimal(0))
