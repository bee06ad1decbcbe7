"""Heads of a plan's spreadsheet, which people read; its CSV, which programs read too, has the names of the columns."""

from collections.abc import Mapping
from typing import Final

from data.languages import worded

HEADS: Final[Mapping[str, str]] = {
    "head.line_no": "Line",
    "head.transfer_no": "No.",
    "head.warehouse_id": "Warehouse no.",
    "head.from_warehouse_id": "From warehouse",
    "head.to_warehouse_id": "To warehouse",
    "head.supplier_id": "Supplier no.",
    "head.supplier_name": "Supplier",
    "head.product_id": "Product no.",
    "head.product_name": "Product",
    "head.unit": "Unit",
    "head.quantity": "Quantity",
    "head.pack_size": "Pack",
    "head.unit_price": "Unit price",
    "head.cost": "Cost",
    "head.currency": "Currency",
    "head.planned_quantity": "Suggested quantity",
    "head.delivery_date": "Delivery date",
    "head.covers_from": "Covers from",
    "head.covers_until": "Covers until",
    "head.forecast_mean": "Forecast demand",
    "head.forecast_q10": "Forecast, low (10%)",
    "head.forecast_q90": "Forecast, high (90%)",
    "head.usable_stock": "Usable stock",
    "head.on_order": "On order",
    "head.expected_shortage": "Expected shortage",
    "head.expected_waste": "Expected waste",
    "head.edit_reason": "Reason for the change",
    "head.edited_by": "Changed by",
    "head.lot_ids": "Lots",
    "head.waste_avoided": "Waste avoided",
    "head.shortage_avoided": "Shortage avoided",
    "head.bought_less": "Bought less",
    "head.earns": "Earns",
}


def head_of(column: str) -> str:
    """What a column is called, in the language read now."""
    return worded(f"head.{column}", HEADS[f"head.{column}"])
