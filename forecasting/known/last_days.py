"""Which days a product is sold on: none after its own last day or its warehouse's, either of which may lie ahead."""

import pandas as pd

from forecasting.known.frames import KnownAtOrigin


def up_to_last_days(rows: pd.DataFrame, known: KnownAtOrigin) -> pd.DataFrame:
    """The rows (warehouse_id, product_id, date and any others) of days up to the last of their product and of their
    warehouse: `delisted` of known.products and `closed` of known.warehouses, NaT or without the column where none is
    known."""
    keep = pd.Series(True, index=rows.index)
    for frame, key, last in ((known.products, "product_id", "delisted"), (known.warehouses, "warehouse_id", "closed")):
        if last in frame:
            last_day = rows[key].map(frame.set_index(key)[last])
            keep &= last_day.isna() | (rows["date"] <= last_day)
    return rows if keep.all() else rows[keep].reset_index(drop=True)
