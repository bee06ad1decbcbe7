"""What a plan carries between warehouses, with the names that people read, as pages, answers and files show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanTransferRow, ProductRow, TransferRow, TransferStage, Unit, WarehouseRow


@dataclass(frozen=True)
class NamedTransfer:
    """A transfer of a plan: quantities in the product's unit, money in the currency of both warehouses. `lots` have
    lot_id, quantity and last_day. Once approved it has an id, a moment before which it must have left, and the stage
    that it has come to."""

    transfer_no: int
    from_warehouse_id: str
    from_warehouse_name: str
    to_warehouse_id: str
    to_warehouse_name: str
    product_id: str
    product_name: str
    unit: Unit
    quantity: Decimal
    lots: Sequence[Mapping[str, Any]]
    arrives_at: datetime
    timezone: str
    waste_avoided: float
    shortage_avoided: float
    bought_less: float
    cost: Decimal
    earns: Decimal
    currency: str
    approved_at: datetime | None
    approved_by: str | None
    transfer_id: str | None
    stage: TransferStage | None
    send_by: datetime | None

    @property
    def lot_ids(self) -> str:
        """The lots, those that expire first in front."""
        return ", ".join(lot["lot_id"] for lot in self.lots)


OF_THE_ROW = [name for name in NamedTransfer.__dataclass_fields__ if hasattr(PlanTransferRow, name)]


def named_transfers(session: Session, plan_id: str) -> list[NamedTransfer]:
    """A plan's transfers in their order, of which the session sees both warehouses."""
    row, approved = PlanTransferRow, TransferRow
    query = (
        select(row, ProductRow.name, ProductRow.unit, approved)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .outerjoin(approved, (approved.plan_id == row.plan_id) & (approved.transfer_no == row.transfer_no))
        .where(row.plan_id == plan_id)
        .order_by(row.transfer_no)
    )
    kept = session.execute(query).tuples().all()
    names = {name for one, *_ in kept for name in (one.from_warehouse_id, one.to_warehouse_id)}
    rows = session.scalars(select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(names))) if names else ()
    places = {place.warehouse_id: place for place in rows}
    return [
        NamedTransfer(
            **{name: getattr(one, name) for name in OF_THE_ROW},
            from_warehouse_name=places[one.from_warehouse_id].name,
            to_warehouse_name=places[one.to_warehouse_id].name,
            timezone=places[one.to_warehouse_id].timezone,
            currency=places[one.to_warehouse_id].currency,
            product_name=product,
            unit=unit,
            transfer_id=None if decided is None else decided.transfer_id,
            stage=None if decided is None else decided.stage,
            send_by=None if decided is None else decided.send_by,
        )
        for one, product, unit, decided in kept
    ]
