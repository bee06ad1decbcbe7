"""Which days a product is sold on: none after its own last day or its warehouse's, either of which may lie ahead, and
none outside what the warehouse's own range says of it."""

import pandas as pd

from forecasting.known.frames import KnownAtOrigin

PAIR = ["warehouse_id", "product_id"]


def days_on_sale(rows: pd.DataFrame, known: KnownAtOrigin) -> pd.DataFrame:
    """The rows (warehouse_id, product_id, date and any others) of days up to the last of their product and of their
    warehouse: `delisted` of known.products and `closed` of known.warehouses, NaT or without the column where none is
    known; and within what known.ranges says of both together."""
    keep = pd.Series(True, index=rows.index)
    for frame, key, last in ((known.products, "product_id", "delisted"), (known.warehouses, "warehouse_id", "closed")):
        if last in frame:
            last_day = rows[key].map(frame.set_index(key)[last])
            keep &= last_day.isna() | (rows["date"] <= last_day)
    if known.ranges is not None and len(known.ranges):
        keep &= _in_range(rows, known.ranges)
    return rows if keep.all() else rows[keep].reset_index(drop=True)


def _in_range(rows: pd.DataFrame, ranges: pd.DataFrame) -> pd.Series:
    """Whether each row's day lies within what was known last of its warehouse and product."""
    latest = ranges.sort_values("known_at", kind="stable").drop_duplicates(PAIR, keep="last")
    days = rows[PAIR].merge(latest, on=PAIR, how="left").set_axis(rows.index)
    begun = days["sold_from"].isna() | (rows["date"] >= days["sold_from"])
    return begun & (days["sold_until"].isna() | (rows["date"] <= days["sold_until"]))
