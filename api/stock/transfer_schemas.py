"""What operations on transfers take and give: goods that a plan carries from one warehouse to another."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import PageQuery
from api.stock.asked_changes import LotQuantity
from api.values import Day, Quantity, Remark
from data.tables import TransferLotRow, TransferStage, Unit
from flows.stock.transfers.asked_quantities import by_lot
from flows.stock.transfers.showing import ShownTransfer

MOST_LOTS = 500
TRANSFER: dict[str, Any] = {
    "transfer_id": "0d0c2f6e5c1b5b0b8e0a5d1c2b3a4f50",
    "plan_id": "6f2b7c1e9a40",
    "transfer_no": 1,
    "stage": "sent",
    "from_warehouse_id": "W02",
    "from_warehouse_name": "Binjiang",
    "to_warehouse_id": "W01",
    "to_warehouse_name": "Xihu",
    "product_id": "P0001",
    "product_name": "Baby spinach 200 g",
    "unit": "piece",
    "lots": [
        {
            "lot_id": "261120-004",
            "to_lot_id": None,
            "last_day": "2026-11-23",
            "approved": 18,
            "sent": 16,
            "accepted": None,
        }
    ],
    "send_by": "2026-11-23T14:00:00Z",
    "hours": 2.0,
    "arrives_at": "2026-11-22T06:40:00Z",
    "approved_at": "2026-11-22T02:00:00Z",
    "approved_by": "Li Na",
    "sent_at": "2026-11-22T04:40:00Z",
    "sent_by": "Zhang Wei",
    "received_at": None,
    "received_by": None,
    "ended_at": None,
    "ended_by": None,
    "because": "two were crushed",
}


class TransfersQuery(PageQuery):
    """Which transfers."""

    stage: TransferStage | None = Field(None, description="those that have come so far")


class TransferLotOut(BaseModel):
    """Of a lot, what was approved, what has left and what was accepted where it came, there in `to_lot_id`; null: not
    yet. `last_day`: on which it may be dispatched, as the plan saw it."""

    lot_id: str
    to_lot_id: str | None
    last_day: Day
    approved: Quantity
    sent: Quantity | None
    accepted: Quantity | None

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, lot: TransferLotRow) -> Self:
        return cls.model_validate(lot)


class TransferOut(BaseModel):
    """A product on its way from one warehouse to another, in its unit. `approved`: kept aside, it must have left before
    `send_by`, else it has `lapsed`; `sent`: nobody's stock, there by `arrives_at`; `received`; `refused` by who should
    have sent it, or `cancelled` by a buyer. What had left and was not accepted is lost. `because` is why, or how."""

    transfer_id: str
    plan_id: str | None
    transfer_no: int
    stage: TransferStage
    from_warehouse_id: str
    from_warehouse_name: str
    to_warehouse_id: str
    to_warehouse_name: str
    product_id: str
    product_name: str
    unit: Unit
    lots: list[TransferLotOut]
    send_by: datetime
    hours: float
    arrives_at: datetime | None
    approved_at: datetime
    approved_by: str
    sent_at: datetime | None
    sent_by: str | None
    received_at: datetime | None
    received_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    because: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSFER]})

    @classmethod
    def of(cls, one: ShownTransfer) -> Self:
        known = {name: getattr(one.transfer, name) for name in cls.model_fields if hasattr(one.transfer, name)}
        shown = {name: getattr(one, name) for name in cls.model_fields if name not in known and hasattr(one, name)}
        return cls(**known | shown | {"stage": one.stage, "lots": [TransferLotOut.of(lot) for lot in one.lots]})


class _OfLots(BaseModel):
    """How much of each lot; None: of all of them all."""

    lots: list[LotQuantity] | None = Field(None, max_length=MOST_LOTS)
    because: Remark | None = None

    def by_lot(self) -> dict[str, Decimal] | None:
        """The quantities by lot, None where none are named. Raises Invalid for a lot that is named twice."""
        return None if self.lots is None else by_lot([(lot.lot_id, lot.quantity) for lot in self.lots])


class SentIn(_OfLots):
    """What really left, by lot: all that was approved where no lots are named, nothing of those that are not named.
    Where nothing leaves, `because` says why, and the transfer is refused."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"lots": [{"lot_id": "261120-004", "quantity": 16}], "because": "two were crushed"}]
        },
    )


class AcceptedIn(_OfLots):
    """What arrived and was accepted, by lot: all that had left where no lots are named, nothing of those that are not
    named. Of less, `because` says how the rest was lost."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"lots": [{"lot_id": "261120-004", "quantity": 15}], "because": "one was wet"}]
        },
    )


class CancelledIn(BaseModel):
    """Why it is not wanted any more."""

    because: Remark | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"because": "sold out there after all"}]})
