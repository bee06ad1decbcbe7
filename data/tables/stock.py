"""What we hold and what is coming: lots, inspections and purchase orders."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.tables.declaration import Base, Id, LocalDay, Money, Quantity, Stage


class LotRow(Base):
    """A receipt with an expiry; its number is the warehouse's own. `expires_on` is the last local day on which it may
    be dispatched."""

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

    __table_args__ = (
        Index(None, "warehouse_id", "product_id"),
        CheckConstraint("quantity_on_hand >= 0", "on_hand_is_not_negative"),
    )


class InspectionRow(Base):
    """How much of what was inspected was accepted; yield = accepted / inspected. `lot_id` is a lot of the warehouse."""

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
    known_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "product_id", "stage"),
        CheckConstraint("accepted_quantity >= 0 AND accepted_quantity <= inspected_quantity", "accepted_is_a_part"),
    )


class PurchaseOrderRow(Base):
    """What was ordered from a supplier for a warehouse and a delivery date; made when a plan is approved."""

    __tablename__ = "purchase_orders"

    purchase_order_id: Mapped[Id] = mapped_column(primary_key=True)
    plan_id: Mapped[Id | None] = mapped_column(ForeignKey("purchase_plans.plan_id"))
    supplier_id: Mapped[Id] = mapped_column(ForeignKey("suppliers.supplier_id"))
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"))
    delivery_date: Mapped[LocalDay]
    ordered_at: Mapped[datetime]
    received_at: Mapped[datetime | None]

    lines: Mapped[list["PurchaseOrderLineRow"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __table_args__ = (Index(None, "warehouse_id", "delivery_date"),)


class PurchaseOrderLineRow(Base):
    """One product of a purchase order under one offer, in the product's unit."""

    __tablename__ = "purchase_order_lines"

    purchase_order_id: Mapped[Id] = mapped_column(
        ForeignKey("purchase_orders.purchase_order_id", ondelete="CASCADE"), primary_key=True
    )
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[Id] = mapped_column(ForeignKey("products.product_id"))
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
