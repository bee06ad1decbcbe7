"""What a range is judged from: the days of its products, what they are, and what was bought together; and by which
settings. Frames have fixed columns; `date` is a local day (midnight without a zone), ids are text, quantities are
floats in the product's unit and money in one currency (NaN: not known)."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

DAY_COLUMNS: Final = (
    "warehouse_id",
    "product_id",
    "date",
    "sold",
    "demand",
    "in_stock",
    "price",
    "cost",
    "waste",
    "waste_money",
)
PRODUCT_COLUMNS: Final = (
    "product_id",
    "category",
    "subcategory",
    "band",
    "unit",
    "list_price",
    "shelf_life_days",
    "introduced_on",
    "delisted_on",
)
BASKET_COLUMNS: Final = ("basket_id", "warehouse_id", "date", "product_id", "quantity", "money")


@dataclass(frozen=True, eq=False)
class AssortmentHistory:
    """The record of warehouses of one currency.

    days      a row for every day on which a warehouse had a product in its range: sold; demand (what would have been
              sold with the shelf full); in_stock, the share of the day's open hours in which it could be bought; price
              and cost per unit; waste, units rejected or written off, and what they cost. A column `assumed` beside
              those named says where price or cost is not known and the usual markup stands in for it
    products  what products are alike in; `introduced_on` and `delisted_on` are days or NaT
    baskets   the lines of orders; no rows where orders are not known. A column `customer_id` beside those named says
              whose they are, where that is known
    """

    days: pd.DataFrame
    products: pd.DataFrame
    baskets: pd.DataFrame

    def __post_init__(self) -> None:
        for name, columns in (("days", DAY_COLUMNS), ("products", PRODUCT_COLUMNS), ("baskets", BASKET_COLUMNS)):
            if lacking := [column for column in columns if column not in getattr(self, name).columns]:
                raise ValueError(f"{name} of an assortment's history lack {', '.join(lacking)}")
        if (self.days["sold"].isna() | (self.days["sold"] < 0)).any():
            raise ValueError("days of an assortment's history need `sold` of 0 or more; leave unknown days out")
        if unknown := sorted(set(self.days["product_id"]) - set(self.products["product_id"])):
            raise ValueError(f"products of an assortment's history lack {', '.join(unknown[:3])}, which was sold")

    def before(self, day: pd.Timestamp) -> "AssortmentHistory":
        """What was known when `day` began."""
        return AssortmentHistory(
            self.days[self.days["date"] < day], self.products, self.baskets[self.baskets["date"] < day]
        )


@dataclass(frozen=True)
class RangeSettings:
    """How a range is judged.

    horizon_days        for how many days the effect of a proposal is stated
    confidence          of every interval
    least_chance        the chance that a proposal earns money, below which it is not made
    least_days          a product with fewer days is new: it is neither ranked nor retired
    most_retired        share of a warehouse's range, and of each of its categories, that is retired at once: what more
                        would do, nobody has seen
    most_tried          the same of what is tried
    half_life_days      a day so long ago counts half for what a product sells
    waste_half_life_days   the same for what it wastes, which comes in rarer, larger portions
    trial_days          after how many days a trial ends
    taken_instead       share of a missing product's customers that take a sibling, before stock-outs tell: 45% over
                        40 studies (Corsten and Gruen 2003)
    taken_instead_sd    how far that is believed
    basket_leaves       share of a missing product's orders that are not placed at all, before stock-outs tell: an
                        assumption
    basket_leaves_sd    how far that is believed, and how much products differ at least
    waits_on_demand     share of customers who order a day ahead what does not lie on the shelf: an assumption
    place_cost          what a product's place costs a day, in money
    """

    horizon_days: int = 28
    confidence: float = 0.95
    least_chance: float = 0.8
    least_days: int = 56
    most_retired: float = 0.15
    most_tried: float = 0.03
    half_life_days: float = 28.0
    waste_half_life_days: float = 84.0
    trial_days: int = 28
    taken_instead: float = 0.45
    taken_instead_sd: float = 0.2
    basket_leaves: float = 0.05
    basket_leaves_sd: float = 0.1
    waits_on_demand: float = 0.5
    place_cost: float = 0.0
