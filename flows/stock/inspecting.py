"""Inspections that are entered apart from a receipt: at origin with what a laboratory found, before dispatch, and what
customers complain about."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from data.tables import InspectionRow, Stage, SupplierRow, WarehouseRow
from flows.errors import Invalid, NotNow, Unknown
from flows.stock.changing_lots import known_lot, known_product, require_past, require_quantity


@dataclass(frozen=True)
class Inspection:
    """How much of what was looked at was accepted, in the product's unit. `residues` is what a laboratory found."""

    stage: Stage
    product_id: str
    inspected: Decimal
    accepted: Decimal
    inspected_at: datetime
    supplier_id: str | None = None
    warehouse_id: str | None = None
    lot_id: str | None = None
    defect: str | None = None
    residues: str | None = None


def keep_inspection(session: Session, inspection_id: str, made: Inspection, now: datetime) -> InspectionRow:
    """Keeps an inspection; of a lot, its supplier is known by it. Safe to repeat under its id.

    Raises Unknown, Invalid, NotNow for an inspection at receipt, which is made by receiving."""
    if made.stage is Stage.RECEIPT:
        raise NotNow("What is inspected at receipt is entered with the receipt: accepted and rejected.")
    if (kept := session.get(InspectionRow, inspection_id)) is not None:
        return kept
    require_past(made.inspected_at, now, "inspected_at")
    require_quantity(made.inspected, "inspected")
    require_quantity(made.accepted, "accepted", above_zero=False)
    if made.accepted > made.inspected:
        raise Invalid("No more can be accepted than was inspected.", field="accepted")
    known_product(session, made.product_id)
    supplier_id = made.supplier_id
    if supplier_id is not None and session.get(SupplierRow, supplier_id) is None:
        raise Unknown("Supplier {supplier_id!r} was not found.", supplier_id=supplier_id, field="supplier_id")
    if made.warehouse_id is not None and session.get(WarehouseRow, made.warehouse_id) is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=made.warehouse_id, field="warehouse_id")
    if made.lot_id is not None:
        if made.warehouse_id is None:
            raise Invalid("A lot is one of a warehouse: say of which.", field="warehouse_id")
        lot = known_lot(session, made.warehouse_id, made.lot_id)
        if lot.product_id != made.product_id:
            raise Invalid(
                "Lot {lot_id} is of product {product_id}.",
                lot_id=lot.lot_id,
                product_id=lot.product_id,
                field="product_id",
            )
        supplier_id = supplier_id or lot.supplier_id
    inspection = InspectionRow(
        inspection_id=inspection_id,
        stage=made.stage,
        supplier_id=supplier_id,
        product_id=made.product_id,
        warehouse_id=made.warehouse_id,
        lot_id=made.lot_id,
        inspected_at=made.inspected_at,
        inspected_quantity=made.inspected,
        accepted_quantity=made.accepted,
        defect=made.defect,
        residues=made.residues,
        known_at=now,
    )
    session.add(inspection)
    session.flush()
    return inspection
