"""Which warehouses' sales cannot be true, and why: what no importer lets in, but a database written otherwise holds.

A frame of all warehouses is only as good as its worst row: one that is no number turns the sums of its whole city
into none. So what is broken is looked for by warehouse, and told, before anything learns from it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.tables import HOURS


class BrokenRow(ValueError):
    """A row that cannot be read as what its table says it is."""


def check_hours(
    warehouse: Sequence[str], product: Sequence[str], day: Sequence[str], blobs: Sequence[bytes | None]
) -> None:
    """Raises BrokenRow naming the first row whose hourly sales are not 24 32-bit numbers (or unknown: None)."""
    size = 4 * HOURS
    if {len(blob) for blob in blobs if blob is not None} <= {size}:
        return
    at, blob = next((n, blob) for n, blob in enumerate(blobs) if blob is not None and len(blob) != size)
    raise BrokenRow(
        f"the hourly sales of {product[at]} in {warehouse[at]} on {day[at]} are {len(blob)} bytes, {size} are expected"
    )


def broken_warehouses(
    days: pd.DataFrame, hourly_sales: NDArray[np.float32], products: pd.DataFrame, warehouses: pd.DataFrame
) -> dict[str, str]:
    """What is wrong, by warehouse, with the first row of it that cannot be true; sound warehouses are absent.

    `days` and `hourly_sales` as `sales_as_of` returns them; products with product_id, warehouses with warehouse_id.
    A sale is a number from 0 on; hours are all known or all unknown; products and warehouses are in the catalogue."""
    sales = days["sales"].to_numpy(dtype=float)
    total = hourly_sales.sum(axis=1)  # not finite where any hour is not
    some_unknown = ~np.isfinite(total)
    some_unknown[some_unknown] = ~np.isnan(hourly_sales[some_unknown]).all(axis=1)
    found: dict[str, str] = {}
    for wrong, what in (
        (~days["warehouse_id"].isin(warehouses["warehouse_id"]).to_numpy(), "a warehouse that is not known"),
        (~days["product_id"].isin(products["product_id"]).to_numpy(), "a product that is not in the catalogue"),
        (~np.isfinite(sales), "sales that are no number"),
        (sales < 0, "sales below 0"),
        (some_unknown, "hourly sales that are no numbers"),
        ((hourly_sales < 0).any(axis=1), "hourly sales below 0"),
    ):
        if not wrong.any():
            continue
        first = days.iloc[np.flatnonzero(wrong)].drop_duplicates("warehouse_id")
        for warehouse, product, day in zip(first["warehouse_id"], first["product_id"], first["date"], strict=True):
            found.setdefault(warehouse, f"{what}: {product} on {day:%Y-%m-%d}")
    return found
