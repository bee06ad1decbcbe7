"""How much of what is bought will be usable: accepted / inspected, by product and supplier.

Few inspections say little, so each product and supplier is drawn towards all inspections together, with the
weight of `PRIOR_INSPECTIONS` inspections (shrinkage with a beta prior's mean).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

PRIOR_INSPECTIONS = 10
LOWEST_YIELD = 0.05  # an order is never more than twenty times the need, whatever was rejected


@dataclass(frozen=True)
class Yields:
    """The share (0..1] of an order that will be accepted; `overall` where a product and supplier is unknown."""

    overall: float = 1.0
    by_product_and_supplier: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of(self, product_id: str, supplier_id: str) -> float:
        """What to expect of that supplier's product."""
        return self.by_product_and_supplier.get((product_id, supplier_id), self.overall)


def estimate_yields(inspections: pd.DataFrame) -> Yields:
    """From inspections at receipt: product_id, supplier_id, inspected, accepted (product's unit), one row each.

    Raises ValueError for a missing column, or a row that accepts more than it inspected.
    """
    missing = {"product_id", "supplier_id", "inspected", "accepted"} - set(inspections.columns)
    if missing:
        raise ValueError(f"inspections: missing columns {sorted(missing)}")
    rows = inspections.assign(
        inspected=inspections["inspected"].astype(float), accepted=inspections["accepted"].astype(float)
    )
    rows = rows[rows["inspected"] > 0]
    if (rows["accepted"] > rows["inspected"]).any():
        worst = rows[rows["accepted"] > rows["inspected"]].iloc[0]
        raise ValueError(
            f"inspection of product {worst['product_id']} from {worst['supplier_id']}: "
            f"accepted {worst['accepted']} of {worst['inspected']}"
        )
    if rows.empty:
        return Yields()
    # the mean of shares, not the share of sums: kilograms and pieces do not add up
    overall = max(float((rows["accepted"] / rows["inspected"]).mean()), LOWEST_YIELD)
    by_pair = rows.groupby(["product_id", "supplier_id"]).agg(
        inspected=("inspected", "sum"), accepted=("accepted", "sum"), inspections=("inspected", "size")
    )
    weight = by_pair["inspections"] / (by_pair["inspections"] + PRIOR_INSPECTIONS)
    share = weight * by_pair["accepted"] / by_pair["inspected"] + (1 - weight) * overall
    pairs = zip(by_pair.index.get_level_values(0), by_pair.index.get_level_values(1), share, strict=True)
    return Yields(
        overall, {(str(product), str(supplier)): max(value, LOWEST_YIELD) for product, supplier, value in pairs}
    )
