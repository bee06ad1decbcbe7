"""The lines of a purchase plan with the names that people read, as tables and files show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, ProductRow, SupplierRow, Unit, WarehouseRow


@dataclass(frozen=True)
class NamedLine:
    """A plan line, in the product's unit; cost = quantity x unit_price in the warehouse's currency, None where
    nobody offers the product."""

    line_no: int
    warehouse_id: str
    supplier_id: str | None
    supplier_name: str | None
    product_id: str
    product_name: str
    unit: Unit
    quantity: Decimal
    pack_size: Decimal | None
    unit_price: Decimal | None
    cost: Decimal | None
    currency: str
    planned_quantity: Decimal
    delivery_date: date
    order_by: datetime | None
    covers_from: date
    covers_until: date
    forecast_mean: float
    forecast_q10: float
    forecast_q90: float
    usable_stock: Decimal
    on_order: Decimal
    expected_shortage: float
    expected_waste: float
    edit_reason: str | None
    edited_by: str | None


OF_THE_ROW = [name for name in NamedLine.__dataclass_fields__ if hasattr(PlanLineRow, name)]


def named_lines(session: Session, plan_id: str, only_bought: bool = False) -> Iterator[NamedLine]:
    """A plan's lines in their order, all or those that buy something."""
    query = (
        select(PlanLineRow, ProductRow.name, ProductRow.unit, SupplierRow.name, WarehouseRow.currency)
        .join(WarehouseRow, WarehouseRow.warehouse_id == PlanLineRow.warehouse_id)
        .join(ProductRow, ProductRow.product_id == PlanLineRow.product_id)
        .outerjoin(SupplierRow, SupplierRow.supplier_id == PlanLineRow.supplier_id)
        .where(PlanLineRow.plan_id == plan_id)
        .order_by(PlanLineRow.line_no)
    )
    if only_bought:
        query = query.where(PlanLineRow.quantity > 0)
    for line, product_name, unit, supplier_name, currency in session.execute(query).yield_per(1000):
        yield NamedLine(
            **{name: getattr(line, name) for name in OF_THE_ROW},
            product_name=product_name,
            unit=unit,
            supplier_name=supplier_name,
            currency=currency,
            cost=None if line.unit_price is None else line.quantity * line.unit_price,
        )
