"""What a warehouse's days with suppliers are worked out from beside `RawDays`: what was due, what was inspected."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class RawSuppliers:
    """The rows of one warehouse; `supplier_id` is empty where nobody said who it was. NaN: not known.

    order_lines  supplier_id, product_id, date (due), ordered, wanted (ordered, less what we called off), arrived, late
                 (of it after the day), confirmed, unit_price, offer_id: from SILENT_DAYS before the first day on
    tiers        offer_id, min_quantity, unit_price: by offer and quantity
    inspections  supplier_id, product_id, date, stage (origin, receipt, dispatch, complaint), inspected, accepted
    lives        product_id, shelf_life_days
    """

    order_lines: pd.DataFrame
    tiers: pd.DataFrame
    inspections: pd.DataFrame
    lives: pd.DataFrame
