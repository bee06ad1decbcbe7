"""What promotions of a category are reviewed from: the added-up days of its products in all warehouses, the promotions
as they were known last, and what the forecasts that orders were made from had made of them."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class KnownDays:
    """Frames by `warehouse_id`, `product_id` (text) and `date` (midnight without a zone). Quantities are in the
    product's unit, money is in the warehouse's currency.

    lines     warehouse_id, product_id, date, known_days, demand, met, sold, wanted_money, waste_money, thrown: sums of
              the products' days (`warehouse.worth.measures`; thrown: units of waste of all stages), from USUAL_BEFORE
              days before the first run to be reviewed to DAYS_AFTER days after the last
    runs      warehouse_id, product_id, starts_on, ends_on, discount, promoted, reviewed: promotions that touch these
              days, and which of them are to be reviewed
    products  product_id, subcategory (empty: none), list_price (NaN: not known)
    plans     warehouse_id, product_id, date, mean, level, promotion: the forecast that the day's orders were made from,
              its level and what the promotion adds to it, units; of the days that it is known of
    taken     the share of what promotions add that siblings lose, as learned of the category; NaN: not known
    """

    lines: pd.DataFrame
    runs: pd.DataFrame
    products: pd.DataFrame
    plans: pd.DataFrame
    taken: float
