"""What became of a policy's days, by day, warehouse and product, in units and money: what scores are made from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Played:
    """Arrays (day, warehouse, product): the product's unit, money without a unit.

    wanted, sold, came       what customers wanted and got; what suppliers brought
    rejected, expired, left  at receipt; on the shelf in the evening; still good then
    revenue                  of what was sold, at list prices: what a promotion gives away is no policy's doing
    spent                    what was paid for what was sold, thrown away or rejected: stock is kept at its cost
    promised_short           what plans expected to be short from a delivery of that day to the next one (NaN: no plans)
    promised_waste           what plans expected to expire of it
    """

    policy: str
    days: Sequence[date]
    wanted: Floats
    sold: Floats
    came: Floats
    rejected: Floats
    expired: Floats
    left: Floats
    revenue: Floats
    spent: Floats
    promised_short: Floats
    promised_waste: Floats

    @classmethod
    def nothing_yet(cls, policy: str, days: Sequence[date], warehouses: int, products: int) -> "Played":
        """Zeros to be filled day by day."""
        return cls(policy, days, *(np.zeros((len(days), warehouses, products)) for _ in QUANTITIES))

    def since(self, day: int) -> "Played":
        """Without the days before that number: a warm-up."""
        return replace(self, days=self.days[day:], **{name: getattr(self, name)[day:] for name in QUANTITIES})

    @property
    def accepted(self) -> Floats:
        """What came and was not rejected."""
        return self.came - self.rejected

    @property
    def profit(self) -> Floats:
        """Money earned: what was sold, less what it, and what was lost, had cost."""
        return self.revenue - self.spent


QUANTITIES = tuple(field.name for field in fields(Played) if field.name not in ("policy", "days"))
