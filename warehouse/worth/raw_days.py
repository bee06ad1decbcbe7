"""What some days of a warehouse are worked out from: frames of what was ordered, came, sold, was forecast and thrown
away, by product and local day (`date`: midnight without a zone; `product_id`: text)."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class RawDays:
    """The rows of one warehouse. Days are worked out from `first` to `last`; sales are known up to `known_until`.

    Quantities are floats in the product's unit, money per unit in the warehouse's currency, NaN where it is not known.

    sales      product_id, date, sold
    demand     product_id, date, demand: only of days whose demand is known; from `first` on to `known_until`
    forecasts  product_id, date, mean, median: made before the day began
    accepted   product_id, date, quantity, unit_cost, supplier_id (empty: nobody said), expires_on: a row a lot that was
               delivered, from COST_DAYS before `first` on
    ordered    product_id, date: deliveries that were ordered, those of days to come too
    rejected   product_id, date, stage (receipt, dispatch, complaint), quantity
    taken_out  product_id, date, why (expired, damaged, other, marked_down, given_away), quantity, unit_cost,
               supplier_id
    needs      product_id, date (of the delivery), covers_until, beside (usable stock and what is under way), suggested
               and quantity (ordered), suggested_accepted and accepted (what is expected to be accepted of them)
    stock      product_id, date, quantity: what was left when the day ended
    products   product_id, category, list_price
    terms      date, category, goodwill, disposal: a row for every category and day
    markup     list price / purchase price where one of them is not known
    """

    first: pd.Timestamp
    last: pd.Timestamp
    known_until: pd.Timestamp
    sales: pd.DataFrame
    demand: pd.DataFrame
    forecasts: pd.DataFrame
    accepted: pd.DataFrame
    ordered: pd.DataFrame
    rejected: pd.DataFrame
    taken_out: pd.DataFrame
    needs: pd.DataFrame
    stock: pd.DataFrame
    products: pd.DataFrame
    terms: pd.DataFrame
    markup: float
