"""What receipts and inspections look like."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from api.values import Day, Quantity
from data.tables import Stage


class ReceiptLineOut(BaseModel):
    """A line of a receipt; `without_order` is how much of what came nobody had ordered."""

    line_no: int
    product_id: str
    accepted: Quantity
    rejected: Quantity
    defect: str | None
    lot_id: str | None
    expires_on: Day | None
    without_order: Quantity

    model_config = ConfigDict(from_attributes=True)


class ReceiptOut(BaseModel):
    """A delivery as it was taken in."""

    receipt_id: str
    warehouse_id: str
    supplier_id: str | None
    received_at: datetime
    known_at: datetime
    by: str
    note: str | None
    lines: list[ReceiptLineOut]
    updated_at: datetime

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": "door-2026-11-24-F01",
                    "warehouse_id": "W01",
                    "supplier_id": "F01",
                    "received_at": "2026-11-23T22:10:00Z",
                    "known_at": "2026-11-23T22:14:00Z",
                    "by": "Li Na",
                    "note": None,
                    "lines": [
                        {
                            "line_no": 1,
                            "product_id": "P0001",
                            "accepted": 26,
                            "rejected": 2,
                            "defect": "wilted",
                            "lot_id": "261124-001",
                            "expires_on": "2026-11-26",
                            "without_order": 0,
                        }
                    ],
                    "updated_at": "2026-11-23T22:14:00Z",
                }
            ]
        },
    )


class InspectionOut(BaseModel):
    """An inspection as it is kept."""

    inspection_id: str
    stage: Stage
    supplier_id: str | None
    product_id: str
    warehouse_id: str | None
    lot_id: str | None
    inspected_at: datetime
    inspected_quantity: Quantity
    accepted_quantity: Quantity
    defect: str | None
    residues: str | None
    known_at: datetime

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "inspection_id": "lab-118",
                    "stage": "origin",
                    "supplier_id": "F01",
                    "product_id": "P0001",
                    "warehouse_id": None,
                    "lot_id": None,
                    "inspected_at": "2026-11-22T02:00:00Z",
                    "inspected_quantity": 40,
                    "accepted_quantity": 40,
                    "defect": None,
                    "residues": "none found",
                    "known_at": "2026-11-22T02:00:00Z",
                }
            ]
        },
    )
