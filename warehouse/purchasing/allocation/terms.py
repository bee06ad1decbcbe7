"""What ties lines of a plan together: what suppliers ask of whole orders, and what the buyer limits.

It needs no more than the standard library, since settings name it and commands load settings first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

Delivery = tuple[str, str, date]  # supplier, warehouse, day
CENT: Final = 0.005  # money; less is no difference


@dataclass(frozen=True)
class SupplierTerms:
    """What a supplier asks for a whole delivery to one warehouse on one day, over all products: what it costs whatever
    it holds, and the least it must hold in money and in packs, beside what is ordered of it already."""

    delivery_cost: float = 0.0
    least_value: float = 0.0
    least_packs: int = 0
    ordered_value: float = 0.0
    ordered_packs: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is asked."""
        return self.delivery_cost > 0 or self.least_value > 0 or self.least_packs > 0

    def after(self, packs: int, value: float) -> "SupplierTerms":
        """What is asked of an addition to an order that holds so much: its delivery is paid, its minimum is less."""
        return SupplierTerms(
            least_value=max(self.least_value - value, 0.0),
            least_packs=max(self.least_packs - packs, 0),
            ordered_value=value,
            ordered_packs=packs,
        )

    def reached_by(self, packs: int, value: float) -> bool:
        """Whether an order holds as much as is asked for."""
        return packs >= self.least_packs and value >= self.least_value - CENT

    def beside(self, packs: int, value: float) -> dict[str, str | int | float | None]:
        """An order with what is ordered of it already, and what it should hold at least, as values of a reason."""
        return {
            "minimum_packs": self.ordered_packs + self.least_packs,
            "packs": self.ordered_packs + packs,
            "minimum_value": round(self.ordered_value + self.least_value, 2),
            "value": round(self.ordered_value + value, 2),
        }


@dataclass(frozen=True)
class Limits:
    """What the buyer sets for an order day, over all its plans and orders.

    budget           money for goods and deliveries; None: as much as pays
    most_of_product  the share (0..1] of what is bought of a product that one supplier may bring, give or take a pack
    most_of_budget   the share (0..1] of the budget that one supplier may get
    budgets          by currency, where there are several
    """

    budget: float | None = None
    most_of_product: float = 1.0
    most_of_budget: float = 1.0
    budgets: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def any(self) -> bool:
        """Whether anything is limited."""
        return self.budget is not None or bool(self.budgets) or self.most_of_product < 1

    def of(self, currency: str) -> "Limits":
        """Those of the warehouses of one currency: the lower of two budgets."""
        named = [budget for budget in (self.budget, self.budgets.get(currency)) if budget is not None]
        return replace(self, budget=min(named, default=None), budgets={})


@dataclass(frozen=True)
class OrderedToday:
    """What was ordered on the order day already, in one currency: it comes off a budget and counts in shares.

    money       of goods and deliveries, by supplier
    quantities  by product and supplier, in the product's unit
    warehouses  whose orders these are
    """

    money: Mapping[str, float] = field(default_factory=dict)
    quantities: Mapping[tuple[str, str], float] = field(default_factory=dict)
    warehouses: frozenset[str] = frozenset()

    @property
    def total(self) -> float:
        """All the money."""
        return sum(self.money.values(), 0.0)


NO_TERMS = SupplierTerms()
NO_LIMITS = Limits()
NOTHING_ORDERED = OrderedToday()
