"""What we hold: lots, what changed them, receipts and inspections."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables.changing import Changing, PartOf
from data.tables.declaration import Base, Id, LocalDay, Money, Quantity, Stage


class LotRow(Changing, Base):
    """A receipt with an expiry; its number is the warehouse's own. `expires_on` is the last local day on which it may
    be dispatched.

    `quantity_on_hand` is what was left at `counted_at`: what was sold since is not taken off. Nothing is dispatched
    from a lot that is blocked."""

    __tablename__ = "lots"

    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    lot_id: Mapped[Id] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    supplier_id: Mapped[Id | None] = mapped_column(ForeignKey("suppliers.supplier_id"))
    received_at: Mapped[datetime]
    expires_on: Mapped[LocalDay | None]
    quantity_received: Mapped[Quantity]
    quantity_on_hand: Mapped[Quantity]
    unit_cost: Mapped[Money | None]
    known_at: Mapped[datetime]
    counted_at: Mapped[datetime] = mapped_column(default=lambda row: row.get_current_parameters()["known_at"])
    blocked_at: Mapped[datetime | None]
    blocked_by: Mapped[str | None]
    blocked_because: Mapped[str | None]

    __table_args__ = (
        Index(None, "warehouse_id", "product_id"),
        Index(None, "received_at", "warehouse_id", "lot_id"),
        Index(None, "expires_on", "warehouse_id", "lot_id"),
        Index(None, "updated_at", "warehouse_id", "lot_id"),
        Index(  # few of all there ever were
            "ix_lots_on_hand",
            "warehouse_id",
            "lot_id",
            postgresql_where=text("quantity_on_hand > 0"),
            sqlite_where=text("quantity_on_hand > 0"),
        ),
        CheckConstraint("quantity_on_hand >= 0", "on_hand_is_not_negative"),
    )


class StockChangeKind(StrEnum):
    """Why a lot's quantity is another."""

    RECEIVED = "received"
    COUNTED = "counted"
    WRITTEN_OFF = "written_off"
    MARKED_DOWN = "marked_down"
    GIVEN_AWAY = "given_away"
    RETURNED = "returned"  # by a customer, or a dispatch that came back
    MOVED = "moved"  # to or from another warehouse


class StockChangeRow(Base):
    """A change of a lot: by how much, and what was `left` then, sales since its last count not taken off; written once
    and never changed. `change_no` counts the changes of a lot; `action_id` is given by who asks, and shared by what one
    request changed. What was known of a lot at a moment is its latest change with `known_at` up to it."""

    __tablename__ = "stock_changes"

    change_id: Mapped[Id] = mapped_column(primary_key=True)
    action_id: Mapped[Id] = mapped_column(index=True)
    warehouse_id: Mapped[Id]
    lot_id: Mapped[Id]
    change_no: Mapped[int]
    kind: Mapped[StockChangeKind]
    quantity: Mapped[Quantity]  # signed
    left: Mapped[Quantity]
    happened_at: Mapped[datetime]
    known_at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str | None]
    note: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(["warehouse_id", "lot_id"], ["lots.warehouse_id", "lots.lot_id"], ondelete="CASCADE"),
        UniqueConstraint("warehouse_id", "lot_id", "change_no"),
        Index(None, "warehouse_id", "lot_id", "known_at"),
        Index(None, "warehouse_id", "happened_at"),
        Index(None, "warehouse_id", "known_at"),
    )


class ReserveStockRow(Base):
    """How much of a lot lies in a slot that holds reserve, as it was put there; what lies in none is in the product's
    pick face."""

    __tablename__ = "reserve_stock"

    slot_id: Mapped[Id] = mapped_column(ForeignKey("slots.slot_id"), primary_key=True)
    lot_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    quantity: Mapped[Quantity]

    __table_args__ = (
        ForeignKeyConstraint(["warehouse_id", "lot_id"], ["lots.warehouse_id", "lots.lot_id"], ondelete="CASCADE"),
        Index(None, "warehouse_id", "lot_id"),
        CheckConstraint("quantity > 0", "something_lies_there"),
    )


class ReceiptRow(Changing, Base):
    """A delivery as it was taken in; its id is given by who enters it, so that entering it again changes nothing."""

    __tablename__ = "receipts"

    receipt_id: Mapped[Id] = mapped_column(primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    supplier_id: Mapped[Id | None] = mapped_column(ForeignKey("suppliers.supplier_id"))
    received_at: Mapped[datetime]
    known_at: Mapped[datetime]
    by: Mapped[str]
    note: Mapped[str | None]

    lines: Mapped[list["ReceiptLineRow"]] = relationship(
        order_by="ReceiptLineRow.line_no", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (
        Index(None, "warehouse_id", "received_at"),
        Index(None, "supplier_id", "received_at"),
        Index(None, "received_at", "receipt_id"),
        Index(None, "updated_at", "receipt_id"),
    )


class ReceiptLineRow(PartOf, Base):
    """One product of a receipt, in its unit: what was accepted and became a lot, and what was rejected for a defect.
    `without_order` is how much of it nobody had ordered."""

    __tablename__ = "receipt_lines"
    WHOLE = ReceiptRow

    receipt_id: Mapped[Id] = mapped_column(ForeignKey("receipts.receipt_id", ondelete="CASCADE"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    accepted: Mapped[Quantity]
    rejected: Mapped[Quantity]
    defect: Mapped[str | None]
    lot_id: Mapped[Id | None]
    expires_on: Mapped[LocalDay | None]
    without_order: Mapped[Quantity]


class InspectionRow(Base):
    """How much of what was inspected was accepted; yield = accepted / inspected. `lot_id` is a lot of the warehouse,
    `residues` what a laboratory found."""

    __tablename__ = "inspections"

    inspection_id: Mapped[Id] = mapped_column(primary_key=True)
    stage: Mapped[Stage]
    supplier_id: Mapped[Id | None] = mapped_column(ForeignKey("suppliers.supplier_id"))
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    warehouse_id: Mapped[Id | None] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    lot_id: Mapped[Id | None]
    inspected_at: Mapped[datetime]
    inspected_quantity: Mapped[Quantity]
    accepted_quantity: Mapped[Quantity]
    defect: Mapped[str | None]
    residues: Mapped[str | None]
    known_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "product_id", "stage"),
        Index(None, "stage", "known_at"),
        Index(None, "warehouse_id", "lot_id"),
        Index(None, "warehouse_id", "inspected_at"),
        CheckConstraint("accepted_quantity >= 0 AND accepted_quantity <= inspected_quantity", "accepted_is_a_part"),
    )
