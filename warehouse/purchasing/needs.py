"""What a warehouse needs for a delivery: demand that stock by age will not meet, scenario by scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.purchasing.offers import Offer, OnOrder
from warehouse.purchasing.plan import DemandOverDays
from warehouse.reasons import Reason
from warehouse.stock.lots import StockLot


@dataclass(frozen=True)
class PlanSettings:
    """How a plan is computed. `assumed_markup` is list price / purchase price where one of them is not known
    (1.63 is the median of the recorded vegetable prices)."""

    scenarios: int = 256
    seed: int = 0
    assumed_markup: float = 1.63


@dataclass(frozen=True, eq=False)
class WarehouseOutlook:
    """What one warehouse has and expects at the start of the order date.

    forecasts  product_id, date (day, no zone), q05, q10, q25, q50, q75, q90, q95, mean: from the order date on
    lots       stock that is there, by age
    on_order   ordered before and not arrived yet
    """

    warehouse_id: str
    forecasts: pd.DataFrame
    lots: Sequence[StockLot]
    on_order: Sequence[OnOrder]


@dataclass(frozen=True, eq=False)
class Need:
    """What a warehouse lacks of a product, before packs, suppliers and prices; units of the product.

    unmet_in_cover  by scenario, ascending: demand of the covered days that older stock does not meet; the most
                    of this delivery that can sell before the next one comes
    unmet_in_life   the same over the whole life of this delivery: more than this expires
    """

    warehouse_id: str
    product_id: str
    list_price: Decimal | None
    covers_from: date
    covers_until: date
    usable_stock: float
    on_order: float
    forecast: DemandOverDays
    unmet_in_cover: NDArray[np.float64]
    unmet_in_life: NDArray[np.float64]
    reasons: tuple[Reason, ...]


def estimate_needs(
    outlook: WarehouseOutlook,
    products: pd.DataFrame,
    offers: Sequence[Offer],
    *,
    order_date: date,
    delivery_date: date,
    settings: PlanSettings = PlanSettings(),
) -> tuple[Need, ...]:
    """The need of every product in `products`, in its order.

    products  product_id, shelf_life_days (NaN: does not expire; the day of receipt is the first), list_price
              (Decimal or None)
    offers    of any product and supplier; they tell when the next delivery is possible

    Raises ValueError for missing columns and for a delivery date before the order date.
    """
    raise NotImplementedError
