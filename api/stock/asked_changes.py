"""What is asked of the operations that change stock. `id` is of the caller's choice: what is sent again under it
changes nothing and is answered the same."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.values import Day, Identifier, Moment, NewId, Quantity, Remark
from data.tables import Stage
from flows.stock.writing_off import WriteOffReason

MOST_LINES = 5_000
ActionId = Annotated[NewId | None, Field(description="one is made if not given")]


class LotQuantity(BaseModel):
    """A quantity of a lot."""

    model_config = ConfigDict(extra="forbid")

    lot_id: Identifier
    quantity: Quantity


class ProductQuantity(BaseModel):
    """A quantity of a product, whatever its lots."""

    model_config = ConfigDict(extra="forbid")

    product_id: Identifier
    quantity: Quantity


class CountIn(BaseModel):
    """What was counted. `whole`: there is nothing else in the warehouse."""

    id: ActionId = None
    warehouse_id: Identifier
    counted_at: Moment | None = Field(None, description="now if not given")
    lots: list[LotQuantity] = Field([], max_length=MOST_LINES)
    products: list[ProductQuantity] = Field(
        [], max_length=MOST_LINES, description="where lots were not told apart: what is missing expired first"
    )
    whole: bool = False
    note: Remark | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "count-2026-11-23",
                    "warehouse_id": "W01",
                    "lots": [{"lot_id": "L-0412", "quantity": 12.5}],
                    "products": [{"product_id": "P0040", "quantity": 30}],
                }
            ]
        },
    )


class WriteOffIn(BaseModel):
    """What is taken out of lots, and why; `other` needs a note."""

    id: ActionId = None
    warehouse_id: Identifier
    lots: list[LotQuantity] = Field(min_length=1, max_length=MOST_LINES)
    reason: WriteOffReason
    happened_at: Moment | None = Field(None, description="now if not given")
    note: Remark | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "waste-2026-11-23-1",
                    "warehouse_id": "W01",
                    "lots": [{"lot_id": "L-0412", "quantity": 1.5}],
                    "reason": "expired",
                }
            ]
        },
    )


class ReturnIn(BaseModel):
    """What came back and can be sold again; without a lot it goes to the one that expires first."""

    id: ActionId = None
    warehouse_id: Identifier
    product_id: Identifier
    quantity: Quantity
    lot_id: Identifier | None = None
    note: Remark | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"id": "return-7", "warehouse_id": "W01", "product_id": "P0040", "quantity": 2}]
        },
    )


class TransferIn(BaseModel):
    """How much of a lot goes to which warehouse."""

    id: ActionId = None
    from_warehouse_id: Identifier
    lot_id: Identifier
    to_warehouse_id: Identifier
    quantity: Quantity
    note: Remark | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "transfer-3",
                    "from_warehouse_id": "W01",
                    "lot_id": "L-0412",
                    "to_warehouse_id": "W02",
                    "quantity": 4,
                }
            ]
        },
    )


class BlockIn(BaseModel):
    """Why a lot may not be dispatched."""

    because: Remark

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"because": "recall by the farm"}]})


class ReceivedLineIn(BaseModel):
    """What came of a product. Without a lot number one is made; without an expiry it follows from the shelf life."""

    product_id: Identifier
    accepted: Quantity
    rejected: Quantity = Field(0, validate_default=True)
    defect: Remark | None = Field(None, description="what was wrong with what was rejected")
    lot_id: Identifier | None = None
    expires_on: Day | None = Field(None, description="the last day on which it may be dispatched")

    model_config = ConfigDict(extra="forbid")


class ReceiptIn(BaseModel):
    """A delivery as it was taken in. It counts against the purchase order that it names, then against those of its
    supplier or, without one, of its products, those due that day first, then the earliest due."""

    receipt_id: ActionId = None
    warehouse_id: Identifier
    supplier_id: Identifier | None = None
    purchase_order_id: Identifier | None = Field(None, description="its id or number, where it came for one")
    received_at: Moment | None = Field(None, description="now if not given")
    lines: list[ReceivedLineIn] = Field(min_length=1, max_length=MOST_LINES)
    note: Remark | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": "door-2026-11-24-F01",
                    "warehouse_id": "W01",
                    "supplier_id": "F01",
                    "lines": [
                        {"product_id": "P0001", "accepted": 26, "rejected": 2, "defect": "wilted"},
                        {"product_id": "P0040", "accepted": 20, "lot_id": "G-77", "expires_on": "2026-12-20"},
                    ],
                }
            ]
        },
    )


class CorrectedLineIn(BaseModel):
    """What a line of a receipt should have said."""

    accepted: Quantity
    rejected: Quantity = Field(0, validate_default=True)
    defect: Remark | None = None

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"accepted": 25, "rejected": 3, "defect": "wilted"}]}
    )


class InspectionIn(BaseModel):
    """An inspection at origin or before dispatch, or what a customer complains about. What is inspected at receipt is
    entered with the receipt."""

    id: ActionId = None
    stage: Stage
    product_id: Identifier
    inspected: Quantity
    accepted: Quantity
    inspected_at: Moment | None = Field(None, description="now if not given")
    supplier_id: Identifier | None = None
    warehouse_id: Identifier | None = None
    lot_id: Identifier | None = None
    defect: Remark | None = None
    residues: Remark | None = Field(None, description="what a laboratory found")

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "lab-118",
                    "stage": "origin",
                    "supplier_id": "F01",
                    "product_id": "P0001",
                    "inspected": 40,
                    "accepted": 40,
                    "residues": "none found",
                }
            ]
        },
    )
