"""What a shortage and waste cost beyond margin and price, by category, the least share of demand to be met, how much is
to lie on display, and how much is taken freshest first.

A buyer judges these, nobody can measure them: a customer who found the shelf empty may buy elsewhere next time
(goodwill), and what is thrown away must be fetched (disposal). A floor on the fill rate is dearer than the optimum by
definition; `FloorCost` is what a plan says of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

# times the usual selling price, for a unit of shortage avoided: where a unit costs 0.6 of it and lives a day, an order
# is as high as nine days of ten ask for; no floor is held for more
MOST_WORTH: Final = 5
HIGHEST_FLOOR: Final = 0.999  # beyond it a plan would buy for days that no history has shown


@dataclass(frozen=True)
class CategoryTerms:
    """What a buyer has said of a category's goods, in the warehouse's currency per unit of the product.

    goodwill         what a unit short costs beyond its margin
    disposal         what a unit thrown away costs beyond its price
    fill_rate_floor  the least share of demand (0..1) to be met over the category's lines of a plan; None: none
    display_minimum  units of each product that are to lie on display when the days that a delivery covers end
    freshest_first   the share of units (0..1) that customers, or pickers, take of what is freshest; the others are
                     taken of what expires first
    """

    goodwill: float = 0.0
    disposal: float = 0.0
    fill_rate_floor: float | None = None
    display_minimum: float = 0.0
    freshest_first: float = 0.0

    def __post_init__(self) -> None:
        for name, what in (("goodwill", "of money"), ("disposal", "of money"), ("display_minimum", "of units")):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; it must be an amount {what}, 0 or more")
        if not 0 <= self.freshest_first <= 1:
            raise ValueError(f"freshest_first is {self.freshest_first}; it must be a share from 0 to 1")
        if self.fill_rate_floor is not None and not 0 <= self.fill_rate_floor <= HIGHEST_FLOOR:
            raise ValueError(f"fill_rate_floor is {self.fill_rate_floor}; it must lie between 0 and {HIGHEST_FLOOR}")


USUAL_TERMS: Final = CategoryTerms()


@dataclass(frozen=True)
class ServiceLevel:
    """The terms of every category; `overall` holds where a category has none of its own, but for its floor, which is
    of the whole plan. A warehouse in `tried_in` has the terms that are tried there in their place; a floor is held over
    those warehouses of a plan that have the same."""

    by_category: Mapping[str, CategoryTerms] = field(default_factory=dict, hash=False)
    overall: CategoryTerms = USUAL_TERMS
    tried: "ServiceLevel | None" = None
    tried_in: frozenset[str] = frozenset()

    def at(self, warehouse_id: str) -> "ServiceLevel":
        """What holds in a warehouse."""
        return self.tried if self.tried is not None and warehouse_id in self.tried_in else self

    @property
    def levels(self) -> "tuple[ServiceLevel, ...]":
        """This one and, where another is tried, that."""
        return (self,) if self.tried is None else (self, self.tried)

    def of(self, category_id: str | None) -> CategoryTerms:
        """What holds for a category's products; None: of no category."""
        own = None if category_id is None else self.by_category.get(category_id)
        return replace(self.overall, fill_rate_floor=None) if own is None else own


NO_SERVICE_LEVEL: Final = ServiceLevel()


@dataclass(frozen=True)
class FloorCost:
    """What a floor on the fill rate makes of a plan, as expected over its lines that could be bought.

    category_id        None: of the whole plan
    floor              as it was set
    fill_rate_without  if nothing were bought for the floor's sake; it holds by itself where this is not below it
    fill_rate_with     as planned
    cost               the expected result that buying for it gives up, in money; 0 where it holds by itself
    reached            whether the plan holds it, as far as offers and capacities allow
    """

    category_id: str | None
    floor: float
    fill_rate_without: float
    fill_rate_with: float
    cost: float
    reached: bool
