"""Purchase orders: what is ordered from whom, what became of it, and the links on which suppliers confirm."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables.changing import Changing, PartOf
from data.tables.declaration import Base, Id, LocalDay, Money, Quantity


class PurchaseOrderRow(Changing, Base):
    """What was ordered from a supplier for a warehouse and a delivery date; one without a `plan_id` was entered by hand
    or imported. `number` is what people call it.

    `send_by` is the moment by which the supplier must have it. `closed_at` is when nothing of it was under way any
    more; an order that is only overdue stays open."""

    __tablename__ = "purchase_orders"

    purchase_order_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[Id] = mapped_column(unique=True)
    plan_id: Mapped[Id | None] = mapped_column(ForeignKey("purchase_plans.plan_id"), index=True)
    supplier_id: Mapped[Id] = mapped_column(ForeignKey("suppliers.supplier_id"))
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    delivery_date: Mapped[LocalDay]
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str]
    send_by: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    note: Mapped[str | None]

    lines: Mapped[list["PurchaseOrderLineRow"]] = relationship(
        order_by="PurchaseOrderLineRow.line_no", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (
        Index(None, "warehouse_id", "delivery_date"),
        Index(None, "supplier_id", "delivery_date"),
        Index(None, "delivery_date"),
        Index(None, "delivery_date", "number"),
        Index(None, "updated_at", "delivery_date", "number"),
    )


class PurchaseOrderLineRow(PartOf, Base):
    """One product of a purchase order, in the product's unit: what was ordered, what the supplier says that it will
    bring (`confirmed`; null: it has not answered), what came, and what we do not want any more."""

    __tablename__ = "purchase_order_lines"
    WHOLE = PurchaseOrderRow

    purchase_order_id: Mapped[Id] = mapped_column(
        ForeignKey("purchase_orders.purchase_order_id", ondelete="CASCADE"), primary_key=True
    )
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    offer_id: Mapped[Id | None] = mapped_column(ForeignKey("offers.offer_id"))
    pack_size: Mapped[Quantity | None]
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money | None]
    confirmed: Mapped[Quantity | None]
    received: Mapped[Quantity] = mapped_column(default=0, server_default="0")
    cancelled: Mapped[Quantity] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        CheckConstraint("quantity > 0", "quantity_is_positive"),
        CheckConstraint(
            "received >= 0 AND cancelled >= 0 AND received + cancelled <= quantity", "no_more_came_than_ordered"
        ),
    )


class PurchaseOrderEventKind(StrEnum):
    """What happens to a purchase order; `quantity` of each event:"""

    ORDERED = "ordered"  # none; of the line where it joined an order that was there
    SENT = "sent"  # none
    CONFIRMED = "confirmed"  # of the line: what the supplier will bring in all
    RECEIVED = "received"  # of the line: what came, below zero where a receipt is corrected
    CANCELLED = "cancelled"  # of the line: what is not wanted any more


class PurchaseOrderEventRow(Base):
    """Something that happened to a purchase order, or to one of its lines; written once and never changed. What was
    known at a moment are the events with `known_at` up to it."""

    __tablename__ = "purchase_order_events"

    order_event_id: Mapped[Id] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[Id] = mapped_column(
        ForeignKey("purchase_orders.purchase_order_id", ondelete="CASCADE"), index=True
    )
    line_no: Mapped[int | None]
    kind: Mapped[PurchaseOrderEventKind]
    quantity: Mapped[Quantity | None]
    happened_at: Mapped[datetime]
    known_at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str]
    note: Mapped[str | None]
    lot_id: Mapped[Id | None]  # that the quantity became
    receipt_id: Mapped[Id | None]

    __table_args__ = tuple(
        Index(None, column, sqlite_where=text(f"{column} IS NOT NULL"), postgresql_where=text(f"{column} IS NOT NULL"))
        for column in ("lot_id", "receipt_id")
    )


class PurchaseOrderNumberRow(Base):
    """The highest number given to a purchase order of an order day."""

    __tablename__ = "purchase_order_numbers"

    order_date: Mapped[LocalDay] = mapped_column(primary_key=True)
    highest: Mapped[int]


class SupplierLinkRow(Base):
    """A link on which a supplier confirms one purchase order without an account; only the token's SHA-256 is kept."""

    __tablename__ = "supplier_links"

    link_id: Mapped[Id] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    purchase_order_id: Mapped[Id] = mapped_column(
        ForeignKey("purchase_orders.purchase_order_id", ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
