"""Which unit a product's errors are learned with: its own where many products have it, else that of its kind.

The shape of forecast errors is learned by unit and volume. A dozen products sold by the box tell little of it; what is
sold in wholes errs much as pieces do, and what can be divided as kilograms do.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

OWN: Final = 30  # products from which on a unit has shapes of its own
WHOLE, DIVISIBLE = "piece", "kg"


def learned_with(products: pd.DataFrame) -> pd.Series:
    """The unit by which the errors of each product (PRODUCT_COLUMNS) are learned."""
    unit = products["unit"]
    if "in_wholes" not in products:
        return unit
    kind = np.where(products["in_wholes"], WHOLE, DIVISIBLE)
    return unit.where(unit.map(unit.value_counts()) >= OWN, pd.Series(kind, index=products.index, dtype=unit.dtype))
