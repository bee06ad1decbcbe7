"""What we hold and what came: lots and receipts."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement

from api.resources.resource import Filter, Resource, days, ids, moments, updated_since
from api.stock.receipt_schemas import ReceiptOut
from api.values import Money, Quantity
from data.tables import LotRow, ReceiptRow


class KeptLot(BaseModel):
    """A lot as it is kept: `quantity_on_hand` is what was left at `counted_at`. What is expected to be left now, after
    what was sold since: `GET /v1/warehouses/{warehouse_id}/stock`."""

    warehouse_id: str
    lot_id: str
    product_id: str
    supplier_id: str | None
    received_at: datetime
    expires_on: date | None
    quantity_received: Quantity
    quantity_on_hand: Quantity
    counted_at: datetime
    unit_cost: Money | None
    known_at: datetime
    blocked_at: datetime | None
    blocked_by: str | None
    blocked_because: str | None
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "lot_id": "L-0412",
                    "product_id": "P0001",
                    "supplier_id": "F01",
                    "received_at": "2026-11-22T22:10:00Z",
                    "expires_on": "2026-11-24",
                    "quantity_received": 40.0,
                    "quantity_on_hand": 12.5,
                    "counted_at": "2026-11-23T13:00:00Z",
                    "unit_cost": 3.2,
                    "known_at": "2026-11-22T22:14:00Z",
                    "blocked_at": None,
                    "blocked_by": None,
                    "blocked_because": None,
                    "updated_at": "2026-11-23T13:04:00Z",
                }
            ]
        }
    )


def _on_hand(wanted: bool) -> ColumnElement[bool]:
    return LotRow.quantity_on_hand > 0 if wanted else LotRow.quantity_on_hand <= 0


LOTS = Resource(
    path="lots",
    one="lot",
    many="lots",
    what="Lots, those of which nothing is left too. A lot's number is its warehouse's own.",
    tag="stock",
    row=LotRow,
    shown=KeptLot,
    key=[LotRow.warehouse_id, LotRow.lot_id],
    filters=[
        ids(LotRow.warehouse_id),
        ids(LotRow.lot_id),
        ids(LotRow.product_id),
        ids(LotRow.supplier_id),
        Filter("on_hand", bool, "of which something, or nothing, is left", _on_hand),
        *days(LotRow.expires_on, "expires_from", "expires_until", "which may be dispatched up to a day"),
        *moments(LotRow.received_at, "received_since", "received_before", "which came"),
        updated_since(LotRow),
    ],
    sorts=[LotRow.received_at, LotRow.updated_at],
)
RECEIPTS = Resource(
    path="receipts",
    one="receipt",
    many="receipts",
    what="Receipts with their lines.",
    tag="stock",
    row=ReceiptRow,
    shown=ReceiptOut,
    key=[ReceiptRow.receipt_id],
    filters=[
        ids(ReceiptRow.receipt_id),
        ids(ReceiptRow.warehouse_id),
        ids(ReceiptRow.supplier_id),
        *moments(ReceiptRow.received_at, "received_since", "received_before", "which came"),
        updated_since(ReceiptRow),
    ],
    sorts=[ReceiptRow.received_at, ReceiptRow.updated_at],
    sorted_by="-received_at",
    one_is_told_elsewhere=True,
    listed_as="list_all_receipts",
)
