"""What becomes of goods that a plan carries from one warehouse to another: approved, sent, received, or none of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables.declaration import Base, Id, LocalDay, Quantity


class TransferStage(StrEnum):
    """How far a transfer has come. The last three end it before anything has left."""

    APPROVED = "approved"  # kept aside for it where it comes from
    SENT = "sent"  # on the way: nobody's stock on hand
    RECEIVED = "received"
    REFUSED = "refused"  # by who should have sent it
    CANCELLED = "cancelled"  # by a buyer
    LAPSED = "lapsed"  # had not left by the moment planned


class TransferRow(Base):
    """A product carried from one warehouse to another. It must have left before `send_by` to come in time, and is
    `hours` on the way; one that is still approved then has lapsed, whether or not somebody has written so.

    `because` is why it was refused or cancelled, or how what did not arrive was lost."""

    __tablename__ = "transfers"

    transfer_id: Mapped[Id] = mapped_column(primary_key=True)
    plan_id: Mapped[Id | None] = mapped_column(ForeignKey("purchase_plans.plan_id", ondelete="SET NULL"))
    transfer_no: Mapped[int]
    from_warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    to_warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    stage: Mapped[TransferStage]
    send_by: Mapped[datetime]
    hours: Mapped[float]
    approved_at: Mapped[datetime]
    approved_by: Mapped[str]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str | None]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]  # refused, cancelled or lapsed
    ended_by: Mapped[str | None]
    because: Mapped[str | None]

    lots: Mapped[list["TransferLotRow"]] = relationship(
        order_by="TransferLotRow.last_day, TransferLotRow.lot_id", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (
        Index(None, "from_warehouse_id", "stage"),
        Index(None, "to_warehouse_id", "stage"),
        Index(None, "plan_id"),
        CheckConstraint("from_warehouse_id <> to_warehouse_id", "leads_elsewhere"),
    )


class TransferLotRow(Base):
    """Of a lot, in the product's unit: what was approved, what has left, and what was accepted where it came, there in
    `to_lot_id`. The rest of what has left is lost. `last_day`: on which it may be dispatched, as the plan saw it.

    `action_id` names its changes of stock in both warehouses."""

    __tablename__ = "transfer_lots"

    transfer_id: Mapped[Id] = mapped_column(ForeignKey("transfers.transfer_id", ondelete="CASCADE"), primary_key=True)
    lot_id: Mapped[Id] = mapped_column(primary_key=True)
    to_lot_id: Mapped[Id | None]
    action_id: Mapped[Id] = mapped_column(unique=True)
    last_day: Mapped[LocalDay]
    approved: Mapped[Quantity]
    sent: Mapped[Quantity | None]
    accepted: Mapped[Quantity | None]

    __table_args__ = (
        CheckConstraint("approved > 0", "something_is_approved"),
        CheckConstraint("sent >= 0 AND sent <= approved", "no_more_leaves_than_was_approved"),
        CheckConstraint("accepted >= 0 AND accepted <= sent", "no_more_comes_than_has_left"),
    )
